/*
 * What HEIC needs before files can no longer be opened, and the writing half of the codec, for its row in codec_heic.c.
 */
#ifndef IMAGE_CODEC_HEIC_H
#define IMAGE_CODEC_HEIC_H

#include "image/codec.h"

/* The library looks for plugins once; here and now. */
void	 heic_warm(void);

/* As codec.h says. Where libheif came without x265 ERR_BADSPEC, as for a format that is not known. */
enum err heic_encode(struct encode *e, struct picture *p, struct fault *f) MUST_USE;

#endif
