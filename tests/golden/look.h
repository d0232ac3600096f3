/*
 * Do two pictures look the same? Libraries of other versions round differently, so bytes are no
 * measure.
 */
#ifndef TESTS_GOLDEN_LOOK_H
#define TESTS_GOLDEN_LOOK_H

#include <stdbool.h>

#include "image/picture.h"

struct look {
	double	 ssim;		/* structural similarity of luma on white: mean of 8x8 windows */
	double	 worst;		/* the window that differs most */
	double	 diff[4];	/* mean difference of 255: red, green, blue on white; alpha */
};

/*
 * Of two pictures of the same size. Pixels that are transparent in both are equal whatever their
 * colour.
 */
void	 look_compare(const struct picture *a, const struct picture *b, struct look *l);

/* How alike is the same: at least that similar, and no channel further away than diff. */
struct look_bounds {
	double	 ssim, worst, diff;
};

/* The same size, and within the bounds? Fills *l always; it is zero when the sizes differ. */
bool	 look_same(const struct picture *a, const struct picture *b,
    const struct look_bounds *bounds, struct look *l);

#endif
