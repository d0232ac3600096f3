/*
 * From JPEG or WebP to JPEG or WebP without pixels: see planes.c.
 */
#ifndef IMAGE_PLANES_H
#define IMAGE_PLANES_H

#include "image/pipeline.h"

/*
 * Makes the picture of a window (in stored pixels) that is then turned upright by orientation, straight from the planes of
 * the picture in d. *done is false when this way is not open (another colour space, a profile, little of the picture shown):
 * nothing was started then. out can encode planes; enc has w and h of the result.
 */
enum err planes_make(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, int orientation,
	const struct codec *out, struct encode *enc, bool *done, struct fault *f) MUST_USE;

/*
 * The same to pixels, as window_read() makes them, colours made sRGB. *done is false when this way is not open or would be
 * no gain: nothing was started then.
 */
enum err planes_picture(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, struct picture *p, bool *done,
	struct fault *f) MUST_USE;

#endif
