/*
 * The inverse cosine transform of eight JPEG blocks side by side, to n x n pixels each: from the n x n lowest frequencies,
 * which is the block made smaller as well as that can be (better than the means of its pixels, SSIM 0.9992 against 0.9984
 * at half size before the last bit of scaling). 8 gives the bytes of the slow integer transform that everybody uses.
 */
#ifndef IMAGE_JPEG_IDCT_H
#define IMAGE_JPEG_IDCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDCT_LANES	8
#define IDCT_SLOTS	65			/* 64 and one for what is not wanted */
#define IDCT_OVER	8			/* bytes that may be written behind the last pixel of a row */

/* c[row * n + column][block], dequantised; zeros again afterwards. out: n rows of 8 * n pixels (and IDCT_OVER). */
typedef void	 idct_fn(int32_t (*c)[IDCT_LANES], uint8_t *out, size_t stride);

/* For n 2, 3, 4, 6, 8; NULL: there is none. All kinds of processors give the same bytes. */
idct_fn	*idct_of(unsigned n);

/* "scalar", "sse4.1" or "avx2" for the tests: false when this processor cannot. */
bool	 idct_use(const char *name);

/* The mean of a block from its first coefficient. */
static inline uint8_t
idct_mean(int32_t dc)
{
	int32_t	 v = ((dc + 4) >> 3) + 128;

	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif
