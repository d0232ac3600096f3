/*
 * Settings files: the strict reader and iniparser must agree on all that is let through.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char begin[] = "[site]\nsecret = 0123456789abcdef0123456789abcdef\n";

/* Is it the refusal that the two readers disagree (":12: the value of ...")? */
static bool
disagree(const char *why)
{
	size_t n = strspn(why, ":0123456789");

	return strncmp(why + n, " the value of ", 14) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	struct fault f = FAULT_NONE;
	struct conf *c = NULL;
	char path[64];
	FILE *nowhere;

	if (fd < 0 || write(fd, begin, sizeof(begin) - 1) < 0 || write(fd, data, size) < 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_read(path, &c, &f) == ERR_OK) {
		nowhere = fopen("/dev/null", "w");
		if (nowhere == NULL)
			abort();
		conf_print(c, nowhere);
		fclose(nowhere);
		if (c->site_secret == NULL || strlen(c->site_secret) < 32)
			abort();
	} else if (f.why[0] == '\0')
		abort();	/* a refusal without a reason */
	else if (disagree(f.why + strlen(path)))
		abort();	/* the strict reader let something through */
	conf_free(c);
	close(fd);
	return 0;
}
