# Pictures, in two libraries made of one folder.
#
# libplan.a: what a worker links. Sniffing, the steps, the plan of sizes; no codec header.
# libpixels.a: all of that again with -DTINTYPE_PIXELS, and the files that see pixels.
# A file of both kinds goes into the first list, a file of pixels only into the second.
noinst_LIBRARIES += libplan.a libpixels.a

libplan_a_SOURCES =

libpixels_a_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS \
	$(GD_CFLAGS) $(JPEG_CFLAGS) $(PNG_CFLAGS) $(WEBP_CFLAGS) $(LCMS_CFLAGS) $(EXIF_CFLAGS) \
	$(GIF_CFLAGS) $(AVIF_CFLAGS) $(HEIF_CFLAGS) $(TIFF_CFLAGS) $(FREETYPE_CFLAGS)
libpixels_a_SOURCES = $(libplan_a_SOURCES)
