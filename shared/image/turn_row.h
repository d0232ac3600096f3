/*
 * A straight walk through a picture: what turning is made of. All kernels give the same bytes.
 */
#ifndef IMAGE_TURN_ROW_H
#define IMAGE_TURN_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TURN_ONE ((int64_t)1 << 32)	/* a pixel, in the fixed point of walks */

struct turn_walk {
	int64_t	 x, y, dx, dy;
};

struct turn_kernels {
	const char	*name;

	/*
	 * n pixels of four bytes, premultiplied, at (x, y) and then (dx, dy) further each, from their four neighbours by straight
	 * lines, with 7 bits of the place between them. All neighbours lie in the picture at px.
	 */
	void		(*row)(uint8_t *to, const uint8_t *px, size_t stride, struct turn_walk w, size_t n);
};
extern const struct turn_kernels turn_scalar, turn_sse41;

/* The best for this processor, or what was asked for last. */
const struct turn_kernels *turn_kernels(void);

/* For the tests: false when this processor cannot. */
bool	 turn_use(const char *kernel);

#endif
