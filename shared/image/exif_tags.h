/*
 * The tags we know, one table: names for info, and which may stay in a stored picture.
 */
#ifndef IMAGE_EXIF_TAGS_H
#define IMAGE_EXIF_TAGS_H

#include "image/exif.h"

struct exif_tag {
	enum exif_ifd	 ifd;		/* rows of EXIF_IFD0 name the tags of EXIF_IFD1, too */
	uint16_t	 tag;
	const char	*name;
	/*
	 * enum exif_type it must have to be kept (SHORT and LONG are one); 0: private or not needed
	 */
	uint16_t	 keep_type;
	uint16_t	 keep_bytes;	/* ... and at most so long */
};

/* NULL when unknown. */
const struct exif_tag *exif_tag_find(enum exif_ifd ifd, uint16_t tag);

#endif
