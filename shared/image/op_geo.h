/*
 * Small shared geometry of the operations that cut or turn; plan and apply both use it.
 */
#ifndef IMAGE_OP_GEO_H
#define IMAGE_OP_GEO_H

#include "image/op.h"

struct rect {
	int64_t	 x, y, w, h;
};

/* Of a crop step on w x h; ERR_BADIMAGE when it starts outside. */
enum err crop_geometry(
    const struct step *st, int64_t w, int64_t h, struct rect *r, struct fault *f) MUST_USE;

/* Of an indexcrop step. */
void	 indexcrop_geometry(const struct step *st, int64_t w, int64_t h, struct rect *r);

/* Of a circle step: the enclosing square. */
void	 circle_geometry(const struct step *st, int64_t w, int64_t h, struct rect *r);

/* Radius of a rounded-corners step after clamping. */
int64_t	 rounded_radius(const struct step *st, int64_t w, int64_t h);

/* Size of w x h turned by any number of degrees. */
void	 rotate_geometry(int degrees, int64_t w, int64_t h, int64_t *ow, int64_t *oh);

/* The nine places, in the order of gravity_words. */
enum gravity { G_NW, G_NORTH, G_NE, G_WEST, G_CENTER, G_EAST, G_SW, G_SOUTH, G_SE };
extern const char *const gravity_words[];

#endif
