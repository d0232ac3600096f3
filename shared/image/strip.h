/*
 * Taking private metadata out of a picture's file without touching its pixels. Works on bytes from
 *anybody, in the sandbox.
 *
 *	METADATA_PRIVATE	location, serial numbers, owner and author names, maker notes,
 *thumbnails and previews, comments, XMP and IPTC, and all that is not known to be harmless go, with
 *what follows the end of the picture. Orientation, colour profile, dates, camera, lens, exposure
 *and copyright stay (one in XMP or IPTC moves to EXIF). METADATA_ALL		all goes but
 *orientation, colour profile and what is needed to show the picture right. METADATA_NONE
 *nothing goes.
 *
 * JPEG, PNG, WebP, GIF are written anew without the unwanted parts. BMP is cut at its end. TIFF,
 *AVIF and HEIC are full of offsets: there the unwanted parts are overwritten in place, and unlinked
 *where that can be done.
 *
 * Never fails open: what cannot be cleaned for sure is ERR_BROKEN with its cause.
 */
#ifndef IMAGE_STRIP_H
#define IMAGE_STRIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "image/fmt.h"
#include "image/job.h"

/*
 * p: the whole file. *changed false: there is nothing to remove, and nothing was written. true: the
 * clean file is in out_fd (an empty regular file, written from offset 0). Stripping the result
 * again changes nothing.
 */
enum err strip(enum fmt fmt, const void *p, size_t len, enum metadata_policy policy, int out_fd,
    bool *changed, struct fault *f) MUST_USE;

#endif
