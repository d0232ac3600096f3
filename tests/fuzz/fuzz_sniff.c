/*
 * The first bytes of a file.
 */
#include <stdint.h>
#include <stdlib.h>

#include "image/fmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f = FAULT_NONE;
	struct sniffed s = { 0 };
	enum err e = sniff(data, size < SNIFF_BYTES ? size : SNIFF_BYTES, &s, &f);

	if (e == ERR_OK) {
		if (s.fmt == FMT_NONE || s.fmt >= FMT__MAX || (s.width_px == 0) != (s.height_px == 0))
			abort();
		if (s.width_px > INT32_MAX || s.height_px > INT32_MAX)
			abort();
	} else if ((e != ERR_TYPE && e != ERR_BROKEN) || f.why[0] == '\0') {
		abort();
	}
	return 0;
}
