/*
 * No pixels: what the test build of the sandbox links instead of the codecs, so that its tests
 * are about the cage alone.
 */
#include "sandbox.h"

#include <stdio.h>

void
image_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *out)
{
	(void)job;
	(void)fds;
	(void)nfds;
	out->err = ERR_TYPE;
	snprintf(out->why, sizeof(out->why), "this build has no codecs");
}

void
image_warm(const char *const *fonts)
{
	(void)fonts;
}
