/*
 * The size in a JPEG's frame header; for sniff.c.
 */
#ifndef IMAGE_SNIFF_JPEG_H
#define IMAGE_SNIFF_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * 0 x 0 when the frame header is beyond len (long metadata). ERR_TYPE for codings that no browser
 * shows: 12-bit, lossless, hierarchical, arithmetic.
 */
enum err jpeg_header_size(
    const uint8_t *p, size_t len, uint32_t *w, uint32_t *h, struct fault *f) MUST_USE;

#endif
