/*
 * Straight pixels (what pictures hold) to premultiplied ones (what may be averaged) and back, both rounded to the
 * nearest. All kernels give the same bytes.
 */
#ifndef IMAGE_ALPHA_H
#define IMAGE_ALPHA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alpha_kernels {
	const char	*name;

	/* n pixels of four bytes in place. Colours over their alpha become 255, those of alpha 0 become 0. */
	void		(*premultiply)(uint8_t *px, size_t n);
	void		(*straighten)(uint8_t *px, size_t n);
};
extern const struct alpha_kernels alpha_scalar, alpha_sse41;

/* The best for this processor, or what was asked for last. */
const struct alpha_kernels *alpha_kernels(void);

/* For the tests: false when this processor cannot. */
bool	 alpha_use(const char *kernel);

#endif
