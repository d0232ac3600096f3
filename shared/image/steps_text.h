/*
 * Steps being written into memory of a fixed size.
 */
#ifndef IMAGE_STEPS_TEXT_H
#define IMAGE_STEPS_TEXT_H

#include <stddef.h>

#include "base/defs.h"

struct steps_text {
	char	*p;
	size_t	 size, len;	/* len may reach or pass size: then it did not fit */
};

/* Appends; what does not fit is only counted. */
void	 steps_put(struct steps_text *t, const char *fmt, ...) PRINTF(2, 3);

#endif
