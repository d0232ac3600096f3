/*
 * The writing half of the GIF codec, for its row in codec_gif.c. See codec.h for what each does.
 */
#ifndef IMAGE_CODEC_GIF_H
#define IMAGE_CODEC_GIF_H

#include "image/codec.h"

enum err gif_encode(struct encode *e, struct picture *p, struct fault *f);
enum err gif_anim_begin(struct encode *e, struct fault *f);
enum err gif_anim_put(struct encode *e, struct picture *p, uint32_t delay_ms, struct fault *f);
enum err gif_anim_end(struct encode *e, struct fault *f);
void	 gif_abandon(struct encode *e);

#endif
