/*
 * The formats, a row each.
 */
#include "image/fmt.h"

#include <string.h>
#include <strings.h>

const struct fmt_row fmt_table[FMT__MAX] = {
	[FMT_JPEG] = { .name = "jpg", .alias = "jpeg", .mime = "image/jpeg",
	    .out_side_px = 65500 },
	[FMT_PNG] = { .name = "png", .mime = "image/png",
	    .alpha = true, .out_side_px = 65535 },
	[FMT_GIF] = { .name = "gif", .mime = "image/gif",
	    .alpha = true, .anim = true, .out_side_px = 65535 },
	[FMT_WEBP] = { .name = "webp", .mime = "image/webp",
	    .alpha = true, .anim = true, .out_side_px = 16383 },
	[FMT_AVIF] = { .name = "avif", .mime = "image/avif",
	    .alpha = true, .out_side_px = 16384 },
	[FMT_BMP] = { .name = "bmp", .mime = "image/bmp",
	    .alpha = true, .out_side_px = 65535 },
	[FMT_TIFF] = { .name = "tiff", .alias = "tif", .mime = "image/tiff",
	    .alpha = true, .out_side_px = 65535 },
	[FMT_HEIC] = { .name = "heic", .alias = "heif", .mime = "image/heic",
	    .named = true, .alpha = true, .out_side_px = 4096 },
};

static bool
same(const char *name, const char *s, size_t len)
{
	return name != NULL && strlen(name) == len && strncasecmp(name, s, len) == 0;
}

enum fmt
fmt_by_name(const char *s, size_t len)
{
	enum fmt f;

	for (f = FMT_NONE + 1; f < FMT__MAX; f++)
		if (same(fmt_table[f].name, s, len) || same(fmt_table[f].alias, s, len))
			return f;
	return FMT_NONE;
}

const char *
fmt_mime(enum fmt f)
{
	return f == FMT_NONE ? "application/octet-stream" : fmt_table[f].mime;
}

const char *
fmt_name(enum fmt f)
{
	return f == FMT_NONE ? "" : fmt_table[f].name;
}
