/*
 * Files made of boxes (ISO 14496-12): AVIF and HEIC, and the films that share the container; for
 * sniff.c.
 */
#ifndef IMAGE_SNIFF_BOX_H
#define IMAGE_SNIFF_BOX_H

#include "image/fmt.h"

/* len >= 8 and "ftyp" at 4. Fills s; the size stays 0 x 0 when it is not told in front. */
enum err box_sniff(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f) MUST_USE;

#endif
