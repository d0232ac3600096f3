/*
 * The Cookie header, and names and values we would send.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	const char *v;
	size_t len;

	memcpy(s, data, size);
	s[size] = '\0';
	if (cookie_find(s, "sid", &v, &len) && (v < s || v + len > s + size))
		abort();
	if (cookie_value_ok(s) && (strpbrk(s, "\r\n;") || !header_value_ok(s, strlen(s))))
		abort();
	free(s);
	return 0;
}
