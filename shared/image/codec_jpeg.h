/*
 * The writing half of the JPEG codec, for its row in codec_jpeg.c (see codec.h for what each does), and the way past the
 * pixels: from JPEG to JPEG the planes of brightness and colour are scaled as they are, without ever becoming RGB.
 */
#ifndef IMAGE_CODEC_JPEG_H
#define IMAGE_CODEC_JPEG_H

#include "image/codec.h"

enum err jpeg_encode(struct encode *e, struct picture *p, struct fault *f);

#define JPEG_PLANES 3

/* Planes as they come: sizes, and their pixels for one of the full-size picture. */
struct jpeg_planes {
	unsigned	 n;			/* 1: grey, 3 */
	uint32_t	 w[JPEG_PLANES], h[JPEG_PLANES];
	double		 kx[JPEG_PLANES], ky[JPEG_PLANES];
};

/* Can the opened JPEG be read as planes? (Grey or YCbCr.) */
bool	 jpeg_planes_possible(const struct decoder *d);

/* And can parts of it be read for less than the whole? (As far as the headers tell.) */
bool	 jpeg_planes_fast(const struct decoder *d);

/*
 * Instead of start(), when possible. The whole picture comes, shrunk as want says, colour perhaps to half of that; what lies
 * outside of the wanted part may be anything.
 */
enum err jpeg_planes_start(struct decoder *d, const struct want *w, bool half_chroma, struct jpeg_planes *out, struct fault *f) MUST_USE;

enum planes_state {
	PLANES_MORE,
	PLANES_END,		/* there were no rows left */
	PLANES_AGAIN		/* damage: what came is void, start once more (and another way is taken) */
};

/* The next few rows of each plane go to take(). */
enum err jpeg_planes_read(struct decoder *d, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg,
	enum planes_state *state, struct fault *f) MUST_USE;

enum err jpeg_planes_encode(struct encode *e, uint8_t *const plane[JPEG_PLANES], unsigned n, struct fault *f);

#endif
