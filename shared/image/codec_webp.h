/*
 * The writing half of the WebP codec, for its row in codec_webp.c. See codec.h for what each does.
 */
#ifndef IMAGE_CODEC_WEBP_H
#define IMAGE_CODEC_WEBP_H

#include "image/codec.h"

enum err webp_encode(struct encode *e, struct picture *p, struct fault *f);
enum err webp_encode_planes(struct encode *e, uint8_t *const plane[PLANES_MAX], unsigned n, struct fault *f);
enum err webp_anim_begin(struct encode *e, struct fault *f);
enum err webp_anim_put(struct encode *e, struct picture *p, uint32_t delay_ms, struct fault *f);
enum err webp_anim_end(struct encode *e, struct fault *f);
void	 webp_abandon(struct encode *e);

#endif
