/*
 * What must happen while files can still be opened and nothing of a stranger was read: fonts and tables.
 */
#include "image/job.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "image/codec_heic.h"
#include "image/text.h"

void
image_warm(const char *const *fonts)
{
	/* The C library looks for a time zone at the first date it converts, also for UTC: by then it could open no file. */
	setenv("TZ", "UTC0", 1);
	tzset();
	heic_warm();
	text_warm(fonts);
}
