/*
 * The five filters of PNG rows, both ways. All kernels give the same bytes.
 */
#ifndef IMAGE_PNG_FILTER_H
#define IMAGE_PNG_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum png_filter { PNG_F_NONE, PNG_F_SUB, PNG_F_UP, PNG_F_AVG, PNG_F_PAETH, PNG_F__MAX };

#define PNG_FILTER_SLACK 16	/* bytes behind the last row that may be read (not written) by the kernels */

struct png_filter_kernels {
	const char	*name;

	/* n filtered bytes at row become what they were; prior is the row above, unfiltered. bpp: 1..4 bytes a pixel; n a multiple of it. */
	void		(*undo)(uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n);

	/*
	 * n bytes of row by filter NONE, SUB or UP to out; the result is how much is left to code: the sum of the bytes taken
	 * as -128..127, without sign.
	 */
	uint64_t	(*apply)(uint8_t *out, const uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n);
};
extern const struct png_filter_kernels png_filter_scalar, png_filter_sse41;

/* The best for this processor, or what was asked for last. */
const struct png_filter_kernels *png_filter_kernels(void);

/* For the tests: false when this processor cannot. */
bool	 png_filter_use(const char *kernel);

#endif
