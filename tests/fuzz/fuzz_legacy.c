/*
 * The old grammar: whatever comes out must be plain text, and the parser gets it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/legacy.h"
#include "image/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct spec sp;
	char out[LIMIT_STEPS_BYTES];
	struct fault f = FAULT_NONE;

	if (legacy_translate((const char *)data, size, out, sizeof(out), &f) != ERR_OK) {
		if (f.why[0] == '\0')
			abort();
		return 0;
	}
	if (strncmp(out, "image/", 6) != 0 && strncmp(out, "style/", 6) != 0)
		abort();
	(void)!spec_parse(out, strlen(out), &sp, NULL);
	return 0;
}
