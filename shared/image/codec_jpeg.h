/*
 * Members of the JPEG codec for its row in codec_jpeg.c: what is written, and the way past the pixels. See codec.h for what
 * each does. A picture is possible as planes when it is grey or YCbCr.
 */
#ifndef IMAGE_CODEC_JPEG_H
#define IMAGE_CODEC_JPEG_H

#include "image/codec.h"

/* On ARM the library reads /proc/cpuinfo when it is first used; to be called while files can be opened. */
void	 jpeg_warm(void);

enum err jpeg_encode(struct encode *e, struct picture *p, struct fault *f);

/* The scan as jpeg_scan_new() wants it, with n 1. false: it is not one for that. What is found in it is another question. */
struct scan_spec;
bool	 jpeg_scan_spec(const struct decoder *d, struct scan_spec *spec);

bool	 jpeg_prove(struct decoder *d);
bool	 jpeg_planes_possible(const struct decoder *d);
bool	 jpeg_planes_fast(const struct decoder *d);
enum err jpeg_planes_start(struct decoder *d, const struct want *w, bool half_chroma, struct coded_planes *out, struct fault *f);
enum err jpeg_planes_read(struct decoder *d, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg,
	enum planes_state *state, struct fault *f);
enum err jpeg_planes_encode(struct encode *e, uint8_t *const plane[PLANES_MAX], unsigned n, struct fault *f);

#endif
