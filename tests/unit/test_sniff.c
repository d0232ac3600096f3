/*
 * Types from bytes: sizes of what we take, names of what we do not.
 */
#include "image/fmt.h"
#include "test.h"

#define B(s) s, sizeof(s) - 1

static const struct good {
	const char	*bytes;
	size_t		 len;
	enum fmt	 fmt;
	uint32_t	 w, h;
} goods[] = {
	{ B("\xff\xd8\xff\xe0\0\4ab\xff\xff\xc0\0\x0b\x08\0\x20\0\x10\1\1\x11\0"), FMT_JPEG, 16,
	    32 },
	{ B("\xff\xd8\xff\xc2\0\x0b\x08\0\x20\0\x10\1\1\x11\0"), FMT_JPEG, 16, 32 },
	{ B("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\1\0\0\0\0\x10\x08\2\0\0\0"), FMT_PNG, 256, 16 },
	{ B("GIF89a\x20\0\x10\0\x80\0\0\0"), FMT_GIF, 32, 16 },
	{ B("RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x1f\0\0\x0f\0\0\0"), FMT_WEBP, 32, 16 },
	{ B("RIFF\x1a\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x1f\xc0\3\0\0\0\0\0\0"), FMT_WEBP, 32, 16 },
	{ B("RIFF\x1a\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\x20\0\x10\x40"), FMT_WEBP, 32, 16 },
	{ B("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x20\0\0\0\xf0\xff\xff\xff"), FMT_BMP, 32, 16 },
	{ B("BM\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\0\0\x20\0\x10\0\1\0\1\0"), FMT_BMP, 32, 16 },
	{ B("II*\0\x08\0\0\0\2\0\0\1\3\0\1\0\0\0\x20\0\0\0\1\1\4\0\1\0\0\0\x10\0\0\0\0\0\0\0"),
	    FMT_TIFF, 32, 16 },
	{ B("MM\0*\0\0\0\x08\0\2\1\0\0\3\0\0\0\1\0\x20\0\0\1\1\0\4\0\0\0\1\0\0\0\x10\0\0\0\0"),
	    FMT_TIFF, 32, 16 },
	{ B("II*\0\0\0\1\0xxxx"), FMT_TIFF, 0, 0 }, /* its directory is behind what we see */
	{ B("\0\0\0\x18"
	    "ftypavif\0\0\0\0mif1miaf"),
	    FMT_AVIF, 0, 0 },
	{ B("\0\0\0\x18"
	    "ftypmif1\0\0\0\0mif1heic"),
	    FMT_HEIC, 0, 0 },
	{ B("\0\0\0\x10"
	    "ftypavif\0\0\0\0"
	    "\0\0\0\x30meta\0\0\0\0"
	    "\0\0\0\x24iprp"
	    "\0\0\0\x1cipco"
	    "\0\0\0\x14ispe\0\0\0\0\0\0\0\x20\0\0\0\x10"),
	    FMT_AVIF, 32, 16 },
};

static const struct bad {
	const char	*bytes;
	size_t		 len;
	enum err	 err;
	const char	*names;		/* occurs in the cause */
} bads[] = {
	{ B(""), ERR_TYPE, "empty" },
	{ B("hello world\n"), ERR_TYPE, "text" },
	{ B("<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='x'/>"), ERR_TYPE, "SVG" },
	{ B("\xef\xbb\xbf  <SVG>"), ERR_TYPE, "SVG" },
	{ B("<!DOCTYPE html><p>"), ERR_TYPE, "HTML" },
	{ B("<script>alert(1)</script>"), ERR_TYPE, "HTML" },
	{ B("<?xml version='1.0'?><a/>"), ERR_TYPE, "XML" },
	{ B("\xff\xfe<\0s\0v\0g\0"), ERR_TYPE, "UTF-16" },
	{ B("%PDF-1.4"), ERR_TYPE, "PDF" },
	{ B("\0\0\1\0\1\0\x10\x10"), ERR_TYPE, "ICO" },
	{ B("8BPS\0\1"), ERR_TYPE, "PSD" },
	{ B("\xff\x0a\xfa"), ERR_TYPE, "JPEG XL" },
	{ B("\0\0\0\x0cJXL \r\n\x87\n"), ERR_TYPE, "JPEG XL" },
	{ B("\0\0\0\x0cjP  \r\n\x87\n"), ERR_TYPE, "JPEG 2000" },
	{ B("\xff\x4f\xff\x51\0\x2f"), ERR_TYPE, "JPEG 2000" },
	{ B("\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom"), ERR_TYPE, "MP4" },
	{ B("\0\0\0\x14" "ftypqt  \0\0\0\0qt  "), ERR_TYPE, "QuickTime" },
	{ B("PK\3\4\x14"), ERR_TYPE, "ZIP" },
	{ B("#!/bin/sh\n"), ERR_TYPE, "script" },
	{ B("<?php echo 1;"), ERR_TYPE, "script" },
	{ B("\x7f" "ELF\2"), ERR_TYPE, "program" },
	{ B("P6 1 1 255\n\1\2\3"), ERR_TYPE, "PNM" },
	{ B("\0\0\2\0\0\0\0\0\0\0\0\0\1\0\1\0"), ERR_TYPE, "TGA" },
	{ B("II+\0\x08\0\0\0"), ERR_TYPE, "BigTIFF" },
	{ B("II*\0\x10\0\0\0CR\2\0"), ERR_TYPE, "raw" },
	{ B("\1\2\3\4"), ERR_TYPE, "no picture" },
	{ B("BMW is a car"), ERR_TYPE, "text" },
	{ B("\xff\xd8\xff\xf7\0\x0b\x08"), ERR_TYPE, "JPEG-LS" },
	{ B("\xff\xd8\xff\xc1\0\x0b\x0c\0\x20\0\x10\1\1\x11\0"), ERR_TYPE, "12 bits" },
	{ B("\xff\xd8\xff\xc3\0\x0b\x08\0\x20\0\x10\1\1\x11\0"), ERR_TYPE, "lossless" },
	{ B("\xff\xd8\xff\xc9\0\x0b\x08\0\x20\0\x10\1\1\x11\0"), ERR_TYPE, "arithmetic" },
	{ B("\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\x10\1\1\x11\0"), ERR_BROKEN, "side" },
	{ B("\xff\xd8\xff\xda\0\x08"), ERR_BROKEN, "no frame" },
	{ B("\xff\xd8\xff\xe0\0\1xx"), ERR_BROKEN, "impossible" },
	{ B("\xff\xd8\xff"), ERR_BROKEN, "cut short" },
	{ B("\x89PNG\r\n\x1a\n"), ERR_BROKEN, "cut short" },
	{ B("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x10\x08\2\0\0\0"), ERR_BROKEN, "side" },
	{ B("GIF89a\0\0\x10\0\x80\0\0\0"), ERR_BROKEN, "side" },
	{ B("RIFF\x1a\0\0\0WEBPVP8L\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), ERR_BROKEN, "WebP" },
};

static void
test_good(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(goods); i++) {
		struct fault f = FAULT_NONE;
		struct sniffed s = { 0 };

		ROW("%zu %s", i, fmt_name(goods[i].fmt));
		assert_int_equal(sniff(goods[i].bytes, goods[i].len, &s, &f), ERR_OK);
		assert_int_equal(s.fmt, goods[i].fmt);
		assert_int_equal(s.width_px, goods[i].w);
		assert_int_equal(s.height_px, goods[i].h);
	}
}

static void
test_bad(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(bads); i++) {
		struct fault f = FAULT_NONE;
		struct sniffed s = { .fmt = FMT_HEIC };

		ROW("%zu %s", i, bads[i].names);
		assert_int_equal(sniff(bads[i].bytes, bads[i].len, &s, &f), bads[i].err);
		assert_non_null(strstr(f.why, bads[i].names));
		assert_int_equal(s.fmt, FMT_HEIC);
	}
}

/* Every beginning of a good file: any answer, but no read beyond its end. */
static void
test_prefixes(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < NELEM(goods); i++) {
		for (n = 0; n < goods[i].len; n++) {
			char *copy = malloc(n > 0 ? n : 1);
			struct sniffed s;
			enum err e;

			assert_non_null(copy);
			memcpy(copy, goods[i].bytes, n);
			e = sniff(copy, n, &s, NULL);
			assert_true(e == ERR_OK || e == ERR_TYPE || e == ERR_BROKEN);
			free(copy);
		}
	}
}

/* A JPEG whose metadata fills all that is given of it: known, but not how large. */
static void
test_long_header(void **state)
{
	static unsigned char head[SNIFF_BYTES];
	struct sniffed s;
	size_t at;

	(void)state;
	head[0] = 0xff;
	head[1] = 0xd8;
	for (at = 2; at + 32 * 1024 < sizeof(head); at += 2 + 32 * 1024)
		memcpy(head + at, "\xff\xe1\x80\0", 4);
	memcpy(head + at, "\xff\xe1\xff\xff", 4);
	assert_int_equal(sniff(head, sizeof(head), &s, NULL), ERR_OK);
	assert_int_equal(s.fmt, FMT_JPEG);
	assert_int_equal(s.width_px, 0);
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(fmt_by_name("JPEG", 4), FMT_JPEG);
	assert_int_equal(fmt_by_name("jpg", 3), FMT_JPEG);
	assert_int_equal(fmt_by_name("tif", 3), FMT_TIFF);
	assert_int_equal(fmt_by_name("svg", 3), FMT_NONE);
	assert_int_equal(fmt_by_name("", 0), FMT_NONE);
	assert_string_equal(fmt_mime(FMT_WEBP), "image/webp");
	assert_string_equal(fmt_mime(FMT_NONE), "application/octet-stream");
	assert_string_equal(fmt_name(FMT_NONE), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
