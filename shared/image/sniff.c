/*
 * What is this file? By its bytes alone, a row a type: the pictures we take with their sizes, and
 * the well-known types that we do not take, so that a refusal can name them.
 */
#include <ctype.h>
#include <strings.h>

#include "image/bytes.h"
#include "image/fmt.h"
#include "image/sniff_box.h"
#include "image/sniff_jpeg.h"
#include "image/sniff_tiff.h"

static enum err
size_set(struct sniffed *s, uint32_t w, uint32_t h, struct fault *f)
{
	if (w == 0 || h == 0)
		return fault_set(f, ERR_BROKEN, "a side of this %s is 0", fmt_name(s->fmt));
	s->width_px = w;
	s->height_px = h;
	return ERR_OK;
}

static enum err
cut_short(const char *what, struct fault *f)
{
	return fault_set(f, ERR_BROKEN, "this %s is cut short in its header", what);
}

static enum err
size_png(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	if (len < 26)
		return cut_short("PNG", f);
	if (memcmp(p + 12, "IHDR", 4) != 0 || be32(p + 8) != 13)
		return fault_set(f, ERR_BROKEN, "this PNG does not start with its header");
	if (be32(p + 16) > INT32_MAX || be32(p + 20) > INT32_MAX)
		return fault_set(f, ERR_BROKEN, "the size of this PNG is impossible");
	return size_set(s, be32(p + 16), be32(p + 20), f);
}

static enum err
size_gif(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	if (len < 13)
		return cut_short("GIF", f);
	return size_set(s, le16(p + 6), le16(p + 8), f);
}

/* The first chunk: one lossy or lossless picture, or the extended header. */
static enum err
size_webp(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	uint32_t bits;

	if (len < 30)
		return cut_short("WebP", f);
	if (memcmp(p + 12, "VP8X", 4) == 0)
		return size_set(s, le24(p + 24) + 1, le24(p + 27) + 1, f);
	if (memcmp(p + 12, "VP8L", 4) == 0) {
		bits = le32(p + 21);
		if (p[20] != 0x2f)
			return fault_set(
			    f, ERR_BROKEN, "the picture in this WebP does not start as it should");
		return size_set(s, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, f);
	}
	if (memcmp(p + 12, "VP8 ", 4) == 0) {
		if (p[23] != 0x9d || p[24] != 0x01 || p[25] != 0x2a)
			return fault_set(
			    f, ERR_BROKEN, "the picture in this WebP does not start as it should");
		return size_set(s, le16(p + 26) & 0x3fff, le16(p + 28) & 0x3fff, f);
	}
	return fault_set(f, ERR_BROKEN, "this WebP has no picture in front");
}

/* Heights may be negative: rows from the top. */
static enum err
size_bmp(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	uint32_t header, h;

	if (len < 26)
		return cut_short("BMP", f);
	header = le32(p + 14);
	if (header == 12)
		return size_set(s, le16(p + 18), le16(p + 20), f);
	if (header < 16 || header > 256)
		return fault_set(f, ERR_BROKEN, "the header of this BMP has an unknown length");
	h = le32(p + 22);
	if (h > INT32_MAX)
		h = 0u - h;
	if (le32(p + 18) > INT32_MAX || h > INT32_MAX)
		return fault_set(f, ERR_BROKEN, "the size of this BMP is impossible");
	return size_set(s, le32(p + 18), h, f);
}

static enum err
size_tiff(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	return tiff_header_size(p, len, &s->width_px, &s->height_px, f);
}

static enum err
size_jpeg(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	return jpeg_header_size(p, len, &s->width_px, &s->height_px, f);
}

/* Pictures: a magic number somewhere, a second one to be sure. */
static const struct picture_type {
	enum fmt	 fmt;
	const char	*magic;
	size_t		 magic_len;
	const char	*also;		/* at also_at, or NULL */
	size_t		 also_at;
	enum err	(*size)(const uint8_t *, size_t, struct sniffed *, struct fault *);
} picture_types[] = {
#define MAGIC(s) s, sizeof(s) - 1
	{ FMT_JPEG, MAGIC("\xff\xd8"), NULL, 0, size_jpeg },
	{ FMT_PNG, MAGIC("\x89PNG\r\n\x1a\n"), NULL, 0, size_png },
	{ FMT_GIF, MAGIC("GIF87a"), NULL, 0, size_gif },
	{ FMT_GIF, MAGIC("GIF89a"), NULL, 0, size_gif },
	{ FMT_WEBP, MAGIC("RIFF"), "WEBP", 8, size_webp },
	{ FMT_TIFF, MAGIC("II*\0"), NULL, 0, size_tiff },
	{ FMT_TIFF, MAGIC("MM\0*"), NULL, 0, size_tiff },
	{ FMT_BMP, MAGIC("BM"), "\0\0\0", 15, size_bmp },
};

/* Types we do not take but know by name. */
static const struct other_type {
	const char	*magic;
	size_t		 magic_len;
	size_t		 at;
	const char	*cause;
} other_types[] = {
	{ MAGIC("%PDF-"), 0, "this is a PDF document, not a picture" },
	{ MAGIC("%!PS"), 0, "this is a PostScript file, not a picture" },
	{ MAGIC("\0\0\1\0"), 0, "ICO (icon) files are not taken; send a PNG" },
	{ MAGIC("\0\0\2\0\0\0\0\0\0\0\0\0"), 0, "TGA is not taken; send a PNG" },
	{ MAGIC("\0\0\x0a\0\0\0\0\0\0\0\0\0"), 0, "TGA is not taken; send a PNG" },
	{ MAGIC("\0\0\2\0"), 0, "CUR (cursor) files are not taken; send a PNG" },
	{ MAGIC("8BPS"), 0, "PSD (Photoshop) files are not taken; send a PNG or JPEG" },
	{ MAGIC("\xff\x0a"), 0, "JPEG XL is not taken; send a JPEG, PNG, WebP or AVIF" },
	{ MAGIC("\0\0\0\x0cJXL \r\n\x87\n"), 0,
	    "JPEG XL is not taken; send a JPEG, PNG, WebP or AVIF" },
	{ MAGIC("\0\0\0\x0cjP  \r\n\x87\n"), 0, "JPEG 2000 is not taken; send a JPEG or PNG" },
	{ MAGIC("\xff\x4f\xff\x51"), 0, "JPEG 2000 is not taken; send a JPEG or PNG" },
	{ MAGIC("\xff\xd8\xff\xf7"), 0, "JPEG-LS is not taken; send a JPEG or PNG" },
	{ MAGIC("II+\0"), 0, "BigTIFF is not taken; send a TIFF below 4 GB, a JPEG or PNG" },
	{ MAGIC("MM\0+"), 0, "BigTIFF is not taken; send a TIFF below 4 GB, a JPEG or PNG" },
	{ MAGIC("II\xbc\1"), 0, "JPEG XR is not taken; send a JPEG or PNG" },
	{ MAGIC("\x8aMNG\r\n\x1a\n"), 0, "MNG is not taken; send a GIF or WebP" },
	{ MAGIC("\x8bJNG\r\n\x1a\n"), 0, "JNG is not taken; send a PNG" },
	{ MAGIC("gimp xcf"), 0, "XCF (GIMP) files are not taken; send a PNG or JPEG" },
	{ MAGIC("qoif"), 0, "QOI is not taken; send a PNG" },
	{ MAGIC("\x76\x2f\x31\x01"), 0, "OpenEXR is not taken; send a PNG or JPEG" },
	{ MAGIC("#?RADIANCE"), 0, "Radiance HDR is not taken; send a PNG or JPEG" },
	{ MAGIC("DDS "), 0, "DDS textures are not taken; send a PNG" },
	{ MAGIC("FLIF"), 0, "FLIF is not taken; send a PNG" },
	{ MAGIC("BPG\xfb"), 0, "BPG is not taken; send a JPEG or PNG" },
	{ MAGIC("AT&TFORM"), 0, "DjVu is not taken; send a JPEG or PNG" },
	{ MAGIC("PK\3\4"), 0, "this is a ZIP archive or an office document, not a picture" },
	{ MAGIC("PK\5\6"), 0, "this is an empty ZIP archive, not a picture" },
	{ MAGIC("Rar!\x1a\x07"), 0, "this is a RAR archive, not a picture" },
	{ MAGIC("7z\xbc\xaf\x27\x1c"), 0, "this is a 7z archive, not a picture" },
	{ MAGIC("\x1f\x8b"), 0, "this is gzip data, not a picture" },
	{ MAGIC("BZh"), 0, "this is bzip2 data, not a picture" },
	{ MAGIC("\xfd" "7zXZ"), 0, "this is xz data, not a picture" },
	{ MAGIC("\x28\xb5\x2f\xfd"), 0, "this is zstd data, not a picture" },
	{ MAGIC("ustar"), 257, "this is a tar archive, not a picture" },
	{ MAGIC("\x7f" "ELF"), 0, "this is a program, not a picture" },
	{ MAGIC("MZ"), 0, "this is a program, not a picture" },
	{ MAGIC("\xca\xfe\xba\xbe"), 0, "this is a program, not a picture" },
	{ MAGIC("\xcf\xfa\xed\xfe"), 0, "this is a program, not a picture" },
	{ MAGIC("#!"), 0, "this is a script, not a picture" },
	{ MAGIC("<?php"), 0, "this is a script, not a picture" },
	{ MAGIC("\x1a\x45\xdf\xa3"), 0, "this is a WebM or Matroska film, not a picture" },
	{ MAGIC("OggS"), 0, "this is an Ogg file, not a picture" },
	{ MAGIC("ID3"), 0, "this is an MP3 file, not a picture" },
	{ MAGIC("fLaC"), 0, "this is a FLAC file, not a picture" },
	{ MAGIC("\0\0\1\xba"), 0, "this is an MPEG film, not a picture" },
	{ MAGIC("FLV\1"), 0, "this is a Flash film, not a picture" },
	{ MAGIC("WAVE"), 8, "this is a WAV file, not a picture" },
	{ MAGIC("AVI "), 8, "this is an AVI film, not a picture" },
	{ MAGIC("SQLite format 3"), 0, "this is a database file, not a picture" },
	{ MAGIC("wOFF"), 0, "this is a font, not a picture" },
	{ MAGIC("wOF2"), 0, "this is a font, not a picture" },
	{ MAGIC("OTTO"), 0, "this is a font, not a picture" },
	{ MAGIC("{\\rtf"), 0, "this is an RTF document, not a picture" },
	{ MAGIC("\xd0\xcf\x11\xe0"), 0, "this is an office document, not a picture" },
	{ MAGIC("\xd7\xcd\xc6\x9a"), 0, "WMF is not taken; send a PNG" },
	{ MAGIC(" EMF"), 40, "EMF is not taken; send a PNG" },
};

static bool
holds(const uint8_t *p, size_t len, size_t at, const char *magic, size_t n)
{
	return len >= at && starts(p + at, len - at, magic, n);
}

/* Does s occur in the text, whatever the case of its letters? */
static bool
text_has(const uint8_t *p, size_t len, const char *s)
{
	size_t i, n = strlen(s);

	for (i = 0; i + n <= len; i++)
		if (strncasecmp((const char *)p + i, s, n) == 0)
			return true;
	return false;
}

#define TEXT_LOOK_BYTES 4096

/* Nothing but printable characters, white space and bytes above 0x7f. */
static bool
is_text(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] < ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r' && p[i] != '\f' &&
		    p[i] != 0x1b)
			return false;
	return true;
}

static bool
is_utf16(const uint8_t *p, size_t len)
{
	return STARTS(p, len, "\xff\xfe") || STARTS(p, len, "\xfe\xff") || STARTS(p, len, "<\0");
}

static const char *
text_cause(const uint8_t *p, size_t len)
{
	size_t n = len < TEXT_LOOK_BYTES ? len : TEXT_LOOK_BYTES;

	if (is_utf16(p, len))
		return "this is a text (UTF-16), not a picture";
	if (!is_text(p, n))
		return NULL;
	if (text_has(p, n, "<svg"))
		return "SVG is not taken: it may hold scripts; send a PNG";
	if (text_has(p, n, "<!doctype html") || text_has(p, n, "<html") ||
	    text_has(p, n, "<script") || text_has(p, n, "<body"))
		return "this is an HTML page, not a picture";
	if (text_has(p, n, "<?php"))
		return "this is a script, not a picture";
	if (text_has(p, n, "<?xml"))
		return "this is an XML file, not a picture";
	if (n >= 2 && p[0] == 'P' && p[1] >= '1' && p[1] <= '7' && (n == 2 || isspace(p[2])))
		return "PNM is not taken; send a PNG";
	if (text_has(p, n < 128 ? n : 128, "#define ") && text_has(p, n, "_width"))
		return "XBM is not taken; send a PNG";
	if (text_has(p, n < 64 ? n : 64, "/* XPM"))
		return "XPM is not taken; send a PNG";
	return "this is a text, not a picture";
}

static enum err
refuse(const uint8_t *p, size_t len, struct fault *f)
{
	const char *cause;
	size_t i;

	if (len == 0)
		return fault_set(f, ERR_TYPE, "the file is empty");
	for (i = 0; i < NELEM(other_types); i++)
		if (holds(
			p, len, other_types[i].at, other_types[i].magic, other_types[i].magic_len))
			return fault_set(f, ERR_TYPE, "%s", other_types[i].cause);
	cause = text_cause(p, len);
	if (cause == NULL && p[0] == 'P' && len > 2 && p[1] >= '1' && p[1] <= '7' && isspace(p[2]))
		cause = "PNM is not taken; send a PNG";
	return fault_set(
	    f, ERR_TYPE, "%s", cause != NULL ? cause : "this is no picture of a known type");
}

static const struct picture_type *
picture_find(const uint8_t *p, size_t len)
{
	const struct picture_type *t;

	for (t = picture_types; t < picture_types + NELEM(picture_types); t++)
		if (holds(p, len, 0, t->magic, t->magic_len) &&
		    (t->also == NULL || holds(p, len, t->also_at, t->also,
					    t->fmt == FMT_BMP ? 3 : strlen(t->also))))
			return t;
	return NULL;
}

enum err
sniff(const void *head, size_t len, struct sniffed *out, struct fault *f)
{
	const uint8_t *p = head;
	struct sniffed s = { .fmt = FMT_NONE };
	const struct picture_type *t;
	enum err e;

	if (STARTS(p, len, "\xff\xd8\xff\xf7"))
		return refuse(p, len, f);
	t = picture_find(p, len);
	if (t != NULL) {
		s.fmt = t->fmt;
		e = t->size(p, len, &s, f);
	} else if (holds(p, len, 4, "ftyp", 4)) {
		e = box_sniff(p, len, &s, f);
	} else {
		e = refuse(p, len, f);
	}
	if (e == ERR_OK)
		*out = s;
	return e;
}
