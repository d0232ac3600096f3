/*
 * What must happen while files can still be opened and nothing of a stranger was read: fonts and tables.
 */
#include "image/job.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "image/codec.h"
#include "image/codec_heic.h"
#include "image/codec_jpeg.h"
#include "image/png_whole.h"
#include "image/text.h"

#define KEEP_BYTES	(4 << 20)

void
image_warm(const char *const *fonts)
{
	/* The C library looks for a time zone at the first date it converts, also for UTC: by then it could open no file. */
	setenv("TZ", "UTC0", 1);
	tzset();
	/* Buffers of some megabytes are taken again with each job: not a new mapping of zeroed pages for each. */
	mallopt(M_MMAP_THRESHOLD, KEEP_BYTES);
	mallopt(M_TRIM_THRESHOLD, 2 * KEEP_BYTES);
	heic_warm();
	avif_warm();
	jpeg_warm();
	png_warm();
	text_warm(fonts);
}
