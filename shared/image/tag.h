/*
 * The few facts that a made picture carries along: its orientation when the pixels were left as they lie, and the
 * copyright by option. As an EXIF block (TIFF structure, without "Exif\0\0").
 */
#ifndef IMAGE_TAG_H
#define IMAGE_TAG_H

#include <stddef.h>
#include <stdint.h>

#define TAG_BYTES 512		/* enough for any block made here */

/* Makes the block; returns its bytes, 0 when there is nothing to say (orientation 0 or 1, no copyright). Long copyrights are cut. */
size_t	 tag_exif(int orientation, const char *copyright, uint8_t out[TAG_BYTES]);

#endif
