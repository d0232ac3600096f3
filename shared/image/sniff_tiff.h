/*
 * The size in a TIFF's first directory; for sniff.c.
 */
#ifndef IMAGE_SNIFF_TIFF_H
#define IMAGE_SNIFF_TIFF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* 0 x 0 when the directory is beyond len. */
enum err tiff_header_size(
    const uint8_t *p, size_t len, uint32_t *w, uint32_t *h, struct fault *f) MUST_USE;

#endif
