/*
 * A small clean EXIF block made of what may stay of another one; for the stripper.
 */
#ifndef IMAGE_EXIF_BUILD_H
#define IMAGE_EXIF_BUILD_H

#include "image/exif.h"
#include "image/job.h"

/*
 * tiff: the block that was there, or NULL. copyright: one found elsewhere, used when the block has
 * none; or "". The result (nothing at all when nothing may stay) is appended to out. *same: the
 * block that was there holds exactly this and can stay as it is.
 */
enum err exif_build(const uint8_t *tiff, size_t len, enum metadata_policy policy,
    const char *copyright, struct buf *out, bool *same, struct fault *f) MUST_USE;

#endif
