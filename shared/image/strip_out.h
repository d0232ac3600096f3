/*
 * The clean file while it is put together: a list of ranges of the old file, new bytes and filling.
 * For the strip_*.c files. Adding never fails by itself; a lack of memory shows at the end.
 */
#ifndef IMAGE_STRIP_OUT_H
#define IMAGE_STRIP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "image/job.h"

struct strip_piece {
	enum { PIECE_FILE, PIECE_OWN, PIECE_FILL } kind;
	size_t	 at;		/* in the file, in own; the byte to fill with */
	size_t	 len;
};

struct strip_out {
	const uint8_t		*p;		/* the old file */
	size_t			 len;
	enum metadata_policy	 policy;	/* private or all */
	struct strip_piece	*piece;
	size_t			 n, cap;
	struct buf		 own;
	enum err		 err;
};

/* Append bytes [at, at + len) of the old file. */
void	 strip_keep(struct strip_out *o, size_t at, size_t len);

/* Append new bytes (copied). */
void	 strip_add(struct strip_out *o, const void *data, size_t len);

/* Append len times the byte c. */
void	 strip_fill(struct strip_out *o, uint8_t c, size_t len);

/* Bytes so far. */
uint64_t strip_size(const struct strip_out *o);

/* Does the list say the very same as the old file? */
bool	 strip_same(const struct strip_out *o);

/* One stripper a format: reads o->p, fills the list. */
enum err strip_jpeg(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_png(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_webp(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_gif(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_bmp(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_tiff(struct strip_out *o, struct fault *f) MUST_USE;
enum err strip_heif(struct strip_out *o, struct fault *f) MUST_USE;

/*
 * Changes in place: a set of patches on the old file, in any order. Where two overlap, filling over
 * filling is fine and anything else is refused when they are applied.
 */
struct strip_patch {
	size_t	 at, len;
	bool	 fill;
	size_t	 from;		/* fill: the byte; else: where in own */
};

struct strip_patches {
	struct strip_patch	*patch;
	size_t			 n, cap;
	enum err		 err;
};

void	 patch_fill(struct strip_patches *s, size_t at, size_t len, uint8_t c);
void patch_bytes(
    struct strip_patches *s, struct strip_out *o, size_t at, const void *data, size_t len);

/*
 * The whole old file up to `end`, with the patches (those behind it are cut off), becomes the list
 * of o. Frees the patches in any case.
 */
enum err patches_apply(
    struct strip_patches *s, struct strip_out *o, size_t end, struct fault *f) MUST_USE;

#endif
