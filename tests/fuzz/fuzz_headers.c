/*
 * The small header parsers: Accept, Range, If-Range, entity tags, parameters, file names, paths,
 * addresses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_range(const char *s)
{
	static const int64_t sizes[] = { 0, 1, 1000, INT64_MAX };
	int64_t first, last;

	for (size_t i = 0; i < NELEM(sizes); i++)
		if (range_parse(s, sizes[i], &first, &last) == RANGE_PART &&
		    (first < 0 || first > last || last >= sizes[i]))
			abort();
}

static void
try_text(struct arena *mem, const char *s)
{
	struct fault f = FAULT_NONE;
	const char *p = s, *d, *path;
	struct accept_item it;
	char param[64];

	while (accept_next(&p, &it))
		if (it.q < 0 || it.q > 1000 || !it.type[0])
			abort();
	accept_wants(s);
	etag_listed(s, "\"x\"", true);
	range_allowed(s, "\"x\"", NULL);
	if (header_param(s, "name", param, sizeof(param)) && strlen(param) >= sizeof(param))
		abort();
	d = disposition_text(mem, true, s);
	if (!header_value_ok(d, strlen(d)))
		abort();
	if (!head_path(mem, s, &path, &f) && (path[0] != '/' || strstr(path, "/../") || strstr(path, "//")))
		abort();
	d = head_client(mem, "192.0.2.1", s, 2);
	if (!header_value_ok(d, strlen(d)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	char *s = malloc(size + 1);

	memcpy(s, data, size);
	s[size] = '\0';
	try_range(s);
	try_text(mem, s);
	free(s);
	arena_free(mem);
	return 0;
}
