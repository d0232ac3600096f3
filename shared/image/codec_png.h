/*
 * The two halves of PNG.
 */
#ifndef IMAGE_CODEC_PNG_H
#define IMAGE_CODEC_PNG_H

#include "image/codec.h"

enum err png_encode(struct encode *e, struct picture *p, struct fault *f) MUST_USE;

#endif
