/*
 * The copyright notice in IPTC and XMP, which go away as a whole; for the stripper.
 */
#ifndef IMAGE_STRIP_COPYRIGHT_H
#define IMAGE_STRIP_COPYRIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "image/exif.h"

/*
 * Both leave out as it is when they find nothing, or when something is there already. The text is
 * UTF-8 without control bytes.
 */

/* dc:rights of an XMP packet. */
void	 copyright_xmp(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES]);

/* Dataset 2:116 in Photoshop's resource blocks ("8BIM"), as in JPEG's APP13. */
void	 copyright_photoshop(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES]);

/* The same of bare IPTC data, as in TIFF. */
void	 copyright_iptc(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES]);

#endif
