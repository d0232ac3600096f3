/*
 * What must happen while files can still be opened and nothing of a stranger was read: fonts and tables.
 */
#include "image/job.h"

#include <stddef.h>

#include "image/codec_heic.h"
#include "image/text.h"

void
image_warm(const char *const *fonts)
{
	heic_warm();
	text_warm(fonts);
}
