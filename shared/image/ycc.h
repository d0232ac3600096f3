/*
 * From brightness and two differences of colour, as JPEG has them, to red, green and blue.
 */
#ifndef IMAGE_YCC_H
#define IMAGE_YCC_H

#include <stddef.h>
#include <stdint.h>

/* n pixels of red green blue 255 into px. cb and cr NULL: grey. All kinds of processors give the same bytes. */
void	 ycc_row(uint8_t *px, const uint8_t *y, const uint8_t *cb, const uint8_t *cr, size_t n);

#endif
