/*
 * The writing half of the JPEG codec, for its row in codec_jpeg.c. See codec.h for what each does.
 */
#ifndef IMAGE_CODEC_JPEG_H
#define IMAGE_CODEC_JPEG_H

#include "image/codec.h"

enum err jpeg_encode(struct encode *e, struct picture *p, struct fault *f);
enum err jpeg_rows_begin(struct encode *e, struct fault *f);
enum err jpeg_rows_put(struct encode *e, const uint8_t *px, struct fault *f);
enum err jpeg_rows_end(struct encode *e, struct fault *f);
void	 jpeg_abandon(struct encode *e);

#endif
