/*
 * Scaling a picture that is in memory.
 */
#ifndef IMAGE_SCALE_H
#define IMAGE_SCALE_H

#include "image/picture.h"

/* Makes the window at (x, y) of w x h pixels out_w x out_h; the filter sees all of the picture. In place of *p. */
enum err picture_scale(struct picture *p, double x, double y, double w, double h, uint32_t out_w, uint32_t out_h,
	struct fault *f) MUST_USE;

/* Puts *p at (x, y) of a w x h canvas of that colour (0xRRGGBB), opaque. */
enum err picture_pad(struct picture *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h, uint32_t rgb, struct fault *f) MUST_USE;

#endif
