/*
 * Making pictures smaller (or larger): Lanczos-3, separable, fixed point, streaming. Source rows go in from top
 * to bottom, finished rows come out as soon as their taps are in; only a filter's height of rows is kept.
 * All kernels (scalar, SSE4.1, AVX2, NEON) give the same bytes.
 */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One axis: out_n pixels out of the window [at, at + size) of in_n pixels; the filter sees only [lo, hi). */
struct resample_axis {
	uint32_t	 in_n, out_n;
	double		 at, size;
	uint32_t	 lo, hi;	/* 0, 0: all of in_n */
};

struct resample;

/*
 * channels: 1 or 4. premultiply: the fourth channel is alpha; rows go in and come out straight.
 * The caller feeds rows lo.. to the end of the window only if he likes: rows_needed() tells which matter.
 */
enum err resample_new(struct resample **out, const struct resample_axis *x, const struct resample_axis *y, unsigned channels,
	bool premultiply, struct fault *f) MUST_USE;
void	 resample_free(struct resample *r);

/* Bytes that resample_new would take, to be asked before. */
uint64_t resample_bytes(const struct resample_axis *x, const struct resample_axis *y, unsigned channels);

/* Where the next source row (in_n * channels bytes) is to be written; then resample_put() takes it. */
uint8_t	*resample_slot(struct resample *r);
void	 resample_put(struct resample *r);

/* The next finished row into out (out_n * channels bytes); false: more source is needed, or all came out. */
bool	 resample_get(struct resample *r, uint8_t *out);

/* All rows came out. */
bool	 resample_done(const struct resample *r);

/*
 * The kernels, chosen at first use. resample_use("scalar" | "sse4.1" | "avx2" | "neon") for the tests: false when this
 * processor cannot.
 */
bool	 resample_use(const char *kernel);
const struct resample_kernels *resample_kernels(void);

#define RESAMPLE_ONE (1 << 14)	/* the sum of the coefficients that keep a picture's brightness */

struct resample_kernels {
	const char	*name;

	/* out[i] = (sum over t of rows[t][i] * coef[t] + 128) >> 8, to int16 with saturation. n is a multiple of 32, ntaps even. */
	void		(*down)(int16_t *out, const uint8_t *const *rows, const int16_t *coef, unsigned ntaps, size_t n);

	/*
	 * out[j * ch + c] = (sum over t of in[(start[j] + t) * ch + c] * coef[j * ntaps + t] + 2^19) >> 20, clamped to 0..255.
	 * ntaps is a multiple of 4 (ch 4) or 16 (ch 1); in may be read to there.
	 */
	void		(*across4)(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n);
	void		(*across1)(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n);

	/* out[i] = (in[i] + 32) >> 6, clamped to 0..255. n is a multiple of 32. */
	void		(*narrow)(uint8_t *out, const int16_t *in, size_t n);
};
extern const struct resample_kernels resample_scalar, resample_sse41, resample_avx2, resample_neon;

#endif
