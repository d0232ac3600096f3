/*
 * Filters over whole pictures: masks, blur, tables.
 */
#ifndef IMAGE_FILTER_H
#define IMAGE_FILTER_H

#include "image/picture.h"

/* Gaussian, cut at radius (1..50) pixels; the edge is continued. Premultiplied where there is alpha. */
enum err picture_blur(struct picture *p, unsigned radius, double sigma, struct fault *f) MUST_USE;

/* Unsharp mask: the difference to the blurred picture is added amount times. */
enum err picture_sharpen(struct picture *p, unsigned radius, double sigma, double amount, struct fault *f) MUST_USE;

/* Each colour channel by a table. */
void	 picture_map(struct picture *p, const uint8_t table[256]);

/* Outside of the rectangle with corners of that radius pixels become transparent; the edge is smooth. */
void	 picture_round(struct picture *p, double radius);

#endif
