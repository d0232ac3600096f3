/*
 * Pixels in memory: eight bits a channel, red green blue alpha, alpha straight (not premultiplied), sRGB.
 * One frame. A picture owns its memory; all living pictures of the process together stay under one budget,
 * so that no list of steps can grow past what the job was admitted for.
 */
#ifndef IMAGE_PICTURE_H
#define IMAGE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct picture {
	uint32_t	 w, h;
	bool		 alpha;		/* some pixel may be less than opaque; false: every alpha byte is 255 */
	uint8_t		*px;		/* w * h * 4 bytes, rows without gaps; NULL while empty */
};
#define PICTURE_EMPTY { .px = NULL }

/* What all pictures may hold together, in bytes, from now on. */
void	 picture_budget(size_t bytes);

/* May a decoder or encoder take that much beside the pictures that live? ERR_TOOBIG when not. */
enum err picture_may_need(uint64_t bytes, struct fault *f) MUST_USE;

/* A w x h picture, not initialised. ERR_TOOBIG past the budget, ERR_NOMEM. *p must be empty. */
enum err picture_new(struct picture *p, uint32_t w, uint32_t h, bool alpha, struct fault *f) MUST_USE;

/* Gives the memory back; *p is empty then. Empty is fine. */
void	 picture_free(struct picture *p);

/* *p takes what *from holds; *from is empty then; what *p held is freed. */
void	 picture_adopt(struct picture *p, struct picture *from);

static inline uint8_t *
picture_row(const struct picture *p, uint32_t y)
{
	return p->px + (size_t)y * p->w * 4;
}

static inline size_t
picture_bytes(const struct picture *p)
{
	return (size_t)p->w * p->h * 4;
}

/* All pixels one colour, 0xRRGGBB, with that alpha. */
void	 picture_fill(struct picture *p, uint32_t rgb, uint8_t alpha);

/* Keep w x h from (x, y); must lie inside. In place, cannot fail. */
void	 picture_cut(struct picture *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h);

/* Show what EXIF orientation 1..8 means: the stored pixels become upright. 5..8 swap the sides. */
enum err picture_upright(struct picture *p, int orientation, struct fault *f) MUST_USE;

/* The way back: upright pixels become what is stored under that orientation. */
enum err picture_unupright(struct picture *p, int orientation, struct fault *f) MUST_USE;

/* On that colour, 0xRRGGBB: alpha becomes 255 everywhere. */
void	 picture_flatten(struct picture *p, uint32_t rgb);

/* Puts src over dst with its corner at (x, y), which may lie outside; opacity 0..255 scales src's alpha. */
void	 picture_over(struct picture *dst, const struct picture *src, int64_t x, int64_t y, unsigned opacity);

/* Is any pixel less than opaque? Clears p->alpha when none is. */
bool	 picture_check_alpha(struct picture *p);

#endif
