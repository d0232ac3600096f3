/*
 * Colour: what a file says its numbers mean becomes sRGB. Profiles through lcms2, CMYK without a profile by the
 * plain formula. The bare gamma of a PNG is not obeyed: writers are wrong about it more often than right, and no
 * other converter looks at it.
 */
#ifndef IMAGE_COLOR_H
#define IMAGE_COLOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/codec.h"

struct colour;

/* What these pixels need; *out is NULL when they are sRGB already. A profile that is broken or of another space is not used. */
enum err colour_new(struct colour **out, const struct head *h, struct fault *f) MUST_USE;
void	 colour_free(struct colour *c);

/* n pixels in place: four bytes in head.space become sRGB red green blue alpha. c NULL: nothing happens. */
void	 colour_row(const struct colour *c, uint8_t *px, size_t n);

/* The same for a picture. */
void	 colour_picture(const struct colour *c, struct picture *p);

#endif
