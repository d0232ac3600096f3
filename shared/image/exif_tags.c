/*
 * The table of tags. What is not in it, and what has no keep_type, does not survive in a stored
 * picture: only facts of camera, lens, exposure and date, colour, and the copyright do. Places,
 * people, serial numbers and free text do not.
 */
#include "image/exif_tags.h"

#include <stddef.h>

#include "base/defs.h"

#define TEXT(n)		EXIF_ASCII, n
#define NUMBER(n)	EXIF_SHORT, 4 * (n)
#define RATIO(n)	EXIF_RATIONAL, 8 * (n)
#define SRATIO		EXIF_SRATIONAL, 8
#define BYTES(n)	EXIF_UNDEFINED, n
#define GONE		0, 0

static const struct exif_tag tags[] = {
	{ EXIF_IFD0, 0x0100, "ImageWidth", GONE },
	{ EXIF_IFD0, 0x0101, "ImageLength", GONE },
	{ EXIF_IFD0, 0x0102, "BitsPerSample", GONE },
	{ EXIF_IFD0, 0x0103, "Compression", GONE },
	{ EXIF_IFD0, 0x0106, "PhotometricInterpretation", GONE },
	{ EXIF_IFD0, 0x010d, "DocumentName", GONE },
	{ EXIF_IFD0, 0x010e, "ImageDescription", GONE },
	{ EXIF_IFD0, 0x010f, "Make", TEXT(64) },
	{ EXIF_IFD0, 0x0110, "Model", TEXT(64) },
	{ EXIF_IFD0, 0x0111, "StripOffsets", GONE },
	{ EXIF_IFD0, EXIF_TAG_ORIENTATION, "Orientation", NUMBER(1) },
	{ EXIF_IFD0, 0x0115, "SamplesPerPixel", GONE },
	{ EXIF_IFD0, 0x0116, "RowsPerStrip", GONE },
	{ EXIF_IFD0, 0x0117, "StripByteCounts", GONE },
	{ EXIF_IFD0, 0x011a, "XResolution", RATIO(1) },
	{ EXIF_IFD0, 0x011b, "YResolution", RATIO(1) },
	{ EXIF_IFD0, 0x011c, "PlanarConfiguration", GONE },
	{ EXIF_IFD0, 0x0128, "ResolutionUnit", NUMBER(1) },
	{ EXIF_IFD0, 0x012d, "TransferFunction", GONE },
	{ EXIF_IFD0, 0x0131, "Software", TEXT(64) },
	{ EXIF_IFD0, EXIF_TAG_DATETIME, "DateTime", TEXT(20) },
	{ EXIF_IFD0, EXIF_TAG_ARTIST, "Artist", GONE },
	{ EXIF_IFD0, 0x013c, "HostComputer", GONE },
	{ EXIF_IFD0, 0x013e, "WhitePoint", RATIO(2) },
	{ EXIF_IFD0, 0x013f, "PrimaryChromaticities", RATIO(6) },
	{ EXIF_IFD0, 0x0201, "JPEGInterchangeFormat", GONE },
	{ EXIF_IFD0, 0x0202, "JPEGInterchangeFormatLength", GONE },
	{ EXIF_IFD0, 0x0211, "YCbCrCoefficients", RATIO(3) },
	{ EXIF_IFD0, 0x0212, "YCbCrSubSampling", GONE },
	{ EXIF_IFD0, 0x0213, "YCbCrPositioning", NUMBER(1) },
	{ EXIF_IFD0, 0x0214, "ReferenceBlackWhite", RATIO(6) },
	{ EXIF_IFD0, 0x02bc, "XMLPacket", GONE },
	{ EXIF_IFD0, 0x4746, "Rating", GONE },
	{ EXIF_IFD0, EXIF_TAG_COPYRIGHT, "Copyright", TEXT(EXIF_COPYRIGHT_BYTES) },
	{ EXIF_IFD0, EXIF_TAG_EXIF, "ExifTag", GONE },
	{ EXIF_IFD0, EXIF_TAG_GPS, "GPSTag", GONE },
	{ EXIF_IFD0, 0x9c9b, "XPTitle", GONE },
	{ EXIF_IFD0, 0x9c9c, "XPComment", GONE },
	{ EXIF_IFD0, 0x9c9d, "XPAuthor", GONE },
	{ EXIF_IFD0, 0x9c9e, "XPKeywords", GONE },
	{ EXIF_IFD0, 0x9c9f, "XPSubject", GONE },
	{ EXIF_IFD0, 0xc4a5, "PrintImageMatching", GONE },

	{ EXIF_IFD_EXIF, 0x829a, "ExposureTime", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x829d, "FNumber", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x8822, "ExposureProgram", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x8824, "SpectralSensitivity", GONE },
	{ EXIF_IFD_EXIF, 0x8827, "ISOSpeedRatings", NUMBER(3) },
	{ EXIF_IFD_EXIF, 0x8830, "SensitivityType", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x8831, "StandardOutputSensitivity", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x8832, "RecommendedExposureIndex", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x8833, "ISOSpeed", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x9000, "ExifVersion", BYTES(4) },
	{ EXIF_IFD_EXIF, EXIF_TAG_DATE_ORIGINAL, "DateTimeOriginal", TEXT(20) },
	{ EXIF_IFD_EXIF, EXIF_TAG_DATE_DIGITIZED, "DateTimeDigitized", TEXT(20) },
	{ EXIF_IFD_EXIF, 0x9010, "OffsetTime", TEXT(8) },
	{ EXIF_IFD_EXIF, 0x9011, "OffsetTimeOriginal", TEXT(8) },
	{ EXIF_IFD_EXIF, 0x9012, "OffsetTimeDigitized", TEXT(8) },
	{ EXIF_IFD_EXIF, 0x9101, "ComponentsConfiguration", BYTES(4) },
	{ EXIF_IFD_EXIF, 0x9102, "CompressedBitsPerPixel", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x9201, "ShutterSpeedValue", SRATIO },
	{ EXIF_IFD_EXIF, 0x9202, "ApertureValue", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x9203, "BrightnessValue", SRATIO },
	{ EXIF_IFD_EXIF, 0x9204, "ExposureBiasValue", SRATIO },
	{ EXIF_IFD_EXIF, 0x9205, "MaxApertureValue", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x9206, "SubjectDistance", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x9207, "MeteringMode", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x9208, "LightSource", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x9209, "Flash", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0x920a, "FocalLength", RATIO(1) },
	{ EXIF_IFD_EXIF, 0x9214, "SubjectArea", NUMBER(4) },
	{ EXIF_IFD_EXIF, EXIF_TAG_MAKERNOTE, "MakerNote", GONE },
	{ EXIF_IFD_EXIF, 0x9286, "UserComment", GONE },
	{ EXIF_IFD_EXIF, 0x9290, "SubSecTime", TEXT(8) },
	{ EXIF_IFD_EXIF, 0x9291, "SubSecTimeOriginal", TEXT(8) },
	{ EXIF_IFD_EXIF, 0x9292, "SubSecTimeDigitized", TEXT(8) },
	{ EXIF_IFD_EXIF, 0xa000, "FlashpixVersion", BYTES(4) },
	{ EXIF_IFD_EXIF, 0xa001, "ColorSpace", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa002, "PixelXDimension", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa003, "PixelYDimension", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa004, "RelatedSoundFile", GONE },
	{ EXIF_IFD_EXIF, EXIF_TAG_INTEROP, "InteroperabilityTag", GONE },
	{ EXIF_IFD_EXIF, 0xa20e, "FocalPlaneXResolution", RATIO(1) },
	{ EXIF_IFD_EXIF, 0xa20f, "FocalPlaneYResolution", RATIO(1) },
	{ EXIF_IFD_EXIF, 0xa210, "FocalPlaneResolutionUnit", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa215, "ExposureIndex", RATIO(1) },
	{ EXIF_IFD_EXIF, 0xa217, "SensingMethod", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa300, "FileSource", BYTES(1) },
	{ EXIF_IFD_EXIF, 0xa301, "SceneType", BYTES(1) },
	{ EXIF_IFD_EXIF, 0xa302, "CFAPattern", GONE },
	{ EXIF_IFD_EXIF, 0xa401, "CustomRendered", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa402, "ExposureMode", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa403, "WhiteBalance", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa404, "DigitalZoomRatio", RATIO(1) },
	{ EXIF_IFD_EXIF, 0xa405, "FocalLengthIn35mmFilm", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa406, "SceneCaptureType", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa407, "GainControl", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa408, "Contrast", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa409, "Saturation", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa40a, "Sharpness", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa40b, "DeviceSettingDescription", GONE },
	{ EXIF_IFD_EXIF, 0xa40c, "SubjectDistanceRange", NUMBER(1) },
	{ EXIF_IFD_EXIF, 0xa420, "ImageUniqueID", GONE },
	{ EXIF_IFD_EXIF, 0xa430, "CameraOwnerName", GONE },
	{ EXIF_IFD_EXIF, 0xa431, "BodySerialNumber", GONE },
	{ EXIF_IFD_EXIF, 0xa432, "LensSpecification", RATIO(4) },
	{ EXIF_IFD_EXIF, 0xa433, "LensMake", TEXT(64) },
	{ EXIF_IFD_EXIF, 0xa434, "LensModel", TEXT(64) },
	{ EXIF_IFD_EXIF, 0xa435, "LensSerialNumber", GONE },
	{ EXIF_IFD_EXIF, 0xa500, "Gamma", RATIO(1) },

	/* "R03" here says Adobe RGB in cameras that write no profile. */
	{ EXIF_IFD_INTEROP, 0x0001, "InteroperabilityIndex", TEXT(4) },
	{ EXIF_IFD_INTEROP, 0x0002, "InteroperabilityVersion", BYTES(4) },

	{ EXIF_IFD_GPS, 0x0000, "GPSVersionID", GONE },
	{ EXIF_IFD_GPS, 0x0001, "GPSLatitudeRef", GONE },
	{ EXIF_IFD_GPS, 0x0002, "GPSLatitude", GONE },
	{ EXIF_IFD_GPS, 0x0003, "GPSLongitudeRef", GONE },
	{ EXIF_IFD_GPS, 0x0004, "GPSLongitude", GONE },
	{ EXIF_IFD_GPS, 0x0005, "GPSAltitudeRef", GONE },
	{ EXIF_IFD_GPS, 0x0006, "GPSAltitude", GONE },
	{ EXIF_IFD_GPS, 0x0007, "GPSTimeStamp", GONE },
	{ EXIF_IFD_GPS, 0x0008, "GPSSatellites", GONE },
	{ EXIF_IFD_GPS, 0x0009, "GPSStatus", GONE },
	{ EXIF_IFD_GPS, 0x000a, "GPSMeasureMode", GONE },
	{ EXIF_IFD_GPS, 0x000b, "GPSDOP", GONE },
	{ EXIF_IFD_GPS, 0x000c, "GPSSpeedRef", GONE },
	{ EXIF_IFD_GPS, 0x000d, "GPSSpeed", GONE },
	{ EXIF_IFD_GPS, 0x000e, "GPSTrackRef", GONE },
	{ EXIF_IFD_GPS, 0x000f, "GPSTrack", GONE },
	{ EXIF_IFD_GPS, 0x0010, "GPSImgDirectionRef", GONE },
	{ EXIF_IFD_GPS, 0x0011, "GPSImgDirection", GONE },
	{ EXIF_IFD_GPS, 0x0012, "GPSMapDatum", GONE },
	{ EXIF_IFD_GPS, 0x001b, "GPSProcessingMethod", GONE },
	{ EXIF_IFD_GPS, 0x001d, "GPSDateStamp", GONE },
};

const struct exif_tag *
exif_tag_find(enum exif_ifd ifd, uint16_t tag)
{
	const struct exif_tag *t;

	if (ifd == EXIF_IFD1)
		ifd = EXIF_IFD0;
	for (t = tags; t < tags + NELEM(tags); t++)
		if (t->ifd == ifd && t->tag == tag)
			return t;
	return NULL;
}

const char *
exif_name(enum exif_ifd ifd, uint16_t tag)
{
	const struct exif_tag *t = exif_tag_find(ifd, tag);

	return t != NULL ? t->name : NULL;
}
