/*
 * The picture formats we know, and telling them from bytes. Pure: nothing is decoded.
 */
#ifndef IMAGE_FMT_H
#define IMAGE_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum fmt {
	FMT_NONE,
	FMT_JPEG, FMT_PNG, FMT_GIF, FMT_WEBP, FMT_AVIF, FMT_BMP, FMT_TIFF, FMT_HEIC,
	FMT__MAX
};

/* A row a format (fmt_table[FMT_x]); FMT_NONE's row is all zero. */
struct fmt_row {
	const char	*name;		/* as in format,NAME and as our extension: "jpg" */
	/* a second extension that means the same ("jpeg", "tif", "heif") or NULL */
	const char	*alias;
	const char	*mime;		/* "image/jpeg" */
	/* made only when its name was given; other steps on one make a PNG or a JPEG */
	bool		 named;
	bool		 alpha;		/* can hold transparency */
	bool		 anim;		/* can hold frames (in and out) */
	uint32_t	 out_side_px;	/* largest side that can be made */
};
extern const struct fmt_row fmt_table[FMT__MAX];

/* By name, alias or extension (without dot, any case); FMT_NONE when unknown. */
enum fmt	 fmt_by_name(const char *s, size_t len);

/* "image/webp" and the like. "application/octet-stream" for FMT_NONE. */
const char	*fmt_mime(enum fmt f);
const char	*fmt_name(enum fmt f);

#define SNIFF_BYTES 65536	/* the first bytes of a file are enough to be given */

/*
 * What the first bytes tell. Sizes are as coded (before orientation), 0 when the format does not
 * tell cheaply (AVIF, HEIC, some TIFF, JPEG with a huge header).
 */
struct sniffed {
	enum fmt	 fmt;
	uint32_t	 width_px, height_px;
};

/*
 * Type and size from the first len bytes of a file. ERR_TYPE for what we do not take, its cause
 * naming the type where known ("SVG is not taken: ...", "this is an HTML page"). ERR_BROKEN when
 * the header contradicts itself or a side is 0.
 */
enum err	 sniff(const void *head, size_t len, struct sniffed *out, struct fault *f) MUST_USE;

#endif
