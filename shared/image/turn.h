/*
 * Turning a picture by any number of degrees.
 */
#ifndef IMAGE_TURN_H
#define IMAGE_TURN_H

#include "image/picture.h"

/*
 * Clockwise, 0..359. Right angles keep every pixel; others grow the canvas to the size rotate_geometry() tells, what is
 * outside of the picture being transparent white.
 */
enum err picture_rotate(struct picture *p, unsigned degrees, struct fault *f) MUST_USE;

#endif
