/*
 * The two halves of PNG.
 */
#ifndef IMAGE_CODEC_PNG_H
#define IMAGE_CODEC_PNG_H

#include "image/codec.h"

enum err png_encode(struct encode *e, struct picture *p, struct fault *f) MUST_USE;

/*
 * Drawn rather than photographed? Many pixels are like their left neighbour then, even when lettering was made smaller.
 */
bool	 picture_is_drawn(const struct picture *p) MUST_USE;

#endif
