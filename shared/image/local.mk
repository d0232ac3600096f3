# Pictures, in two libraries made of one folder.
#
# libplan.a: what a worker links. Sniffing, the steps, the plan of sizes; no codec header.
# libpixels.a: all of that again with -DTINTYPE_PIXELS, and the files that see pixels.
# A file of both kinds goes into the first list, a file of pixels only into the second.
noinst_LIBRARIES += libplan.a libpixels.a

libplan_a_SOURCES = \
	%D%/box.c %D%/box.h \
	%D%/bytes.h \
	%D%/exif.c %D%/exif.h \
	%D%/exif_build.c %D%/exif_build.h \
	%D%/exif_find.c \
	%D%/exif_print.c \
	%D%/exif_tags.c %D%/exif_tags.h \
	%D%/fmt.c %D%/fmt.h \
	%D%/job.h \
	%D%/legacy.c %D%/legacy.h \
	%D%/op.h \
	%D%/op_auto_orient.c \
	%D%/op_blur.c \
	%D%/op_bright.c \
	%D%/op_circle.c \
	%D%/op_contrast.c \
	%D%/op_crop.c \
	%D%/op_doc.c %D%/op_doc.h \
	%D%/op_format.c \
	%D%/op_geo.h \
	%D%/op_indexcrop.c \
	%D%/op_info.c \
	%D%/op_interlace.c \
	%D%/op_list.h \
	%D%/op_quality.c \
	%D%/op_resize.c %D%/op_resize.h \
	%D%/op_rotate.c \
	%D%/op_rounded_corners.c \
	%D%/op_sharpen.c \
	%D%/op_table.c \
	%D%/op_watermark.c %D%/op_watermark.h \
	%D%/sniff.c \
	%D%/sniff_box.c %D%/sniff_box.h \
	%D%/sniff_jpeg.c %D%/sniff_jpeg.h \
	%D%/sniff_tiff.c %D%/sniff_tiff.h \
	%D%/spec.c %D%/spec.h \
	%D%/spec_args.c %D%/spec_args.h \
	%D%/spec_canonical.c \
	%D%/spec_mark.c \
	%D%/spec_plan.c \
	%D%/steps_text.c %D%/steps_text.h \
	%D%/strip.c %D%/strip.h \
	%D%/strip_bmp.c \
	%D%/strip_copyright.c %D%/strip_copyright.h \
	%D%/strip_gif.c \
	%D%/strip_heif.c \
	%D%/strip_jpeg.c \
	%D%/strip_out.c %D%/strip_out.h \
	%D%/strip_png.c \
	%D%/strip_tiff.c \
	%D%/strip_webp.c

libpixels_a_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS \
	$(GD_CFLAGS) $(JPEG_CFLAGS) $(PNG_CFLAGS) $(DEFLATE_CFLAGS) $(WEBP_CFLAGS) $(LCMS_CFLAGS) $(EXIF_CFLAGS) \
	$(GIF_CFLAGS) $(AVIF_CFLAGS) $(HEIF_CFLAGS) $(TIFF_CFLAGS) $(FREETYPE_CFLAGS)
libpixels_a_SOURCES = $(libplan_a_SOURCES) \
	%D%/alpha.c %D%/alpha.h \
	%D%/alpha_x86.c \
	%D%/cicp.c %D%/cicp.h \
	%D%/codec.c %D%/codec.h \
	%D%/codec_avif.c \
	%D%/codec_bmp.c \
	%D%/codec_gif.c %D%/codec_gif.h %D%/codec_gif_out.c \
	%D%/codec_heic.c %D%/codec_heic.h %D%/codec_heic_out.c \
	%D%/codec_jpeg.c %D%/codec_jpeg.h %D%/codec_jpeg_out.c %D%/codec_jpeg_own.h %D%/codec_jpeg_planes.c \
	%D%/codec_png.c %D%/codec_png.h %D%/codec_png_out.c \
	%D%/codec_tiff.c \
	%D%/codec_webp.c %D%/codec_webp.h %D%/codec_webp_out.c \
	%D%/color.c %D%/color.h \
	%D%/cpu.c %D%/cpu.h \
	%D%/filter.c %D%/filter.h \
	%D%/frames.c \
	%D%/info.c \
	%D%/ingest.c \
	%D%/jpeg_huff.c %D%/jpeg_huff.h \
	%D%/jpeg_idct.c %D%/jpeg_idct.h \
	%D%/jpeg_prove.c %D%/jpeg_prove.h \
	%D%/jpeg_scan.c %D%/jpeg_scan.h \
	%D%/mark.c %D%/mark.h \
	%D%/palette.c %D%/palette.h \
	%D%/picture.c %D%/picture.h \
	%D%/pipeline.c %D%/pipeline.h \
	%D%/planes.c %D%/planes.h \
	%D%/png_colour.c %D%/png_colour.h \
	%D%/png_filter.c %D%/png_filter.h \
	%D%/png_filter_x86.c \
	%D%/png_whole.c %D%/png_whole.h \
	%D%/resample.c %D%/resample.h \
	%D%/resample_neon.c \
	%D%/resample_x86.c \
	%D%/scale.c %D%/scale.h \
	%D%/tag.c %D%/tag.h \
	%D%/text.c %D%/text.h \
	%D%/turn.c %D%/turn.h \
	%D%/turn_row.c %D%/turn_row.h \
	%D%/turn_row_x86.c \
	%D%/warm.c \
	%D%/window.c \
	%D%/ycc.c %D%/ycc.h
