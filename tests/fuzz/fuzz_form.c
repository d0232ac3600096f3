/*
 * Urlencoded text: forms and queries.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	struct fault f = FAULT_NONE;
	struct form fm;

	if (!form_parse(mem, (const char *)data, size, &fm, &f)) {
		if (fm.n > LIMIT_FORM_FIELDS)
			abort();
		for (size_t i = 0; i < fm.n; i++)
			if (strlen(fm.field[i].value) != fm.field[i].value_len || !form_get(&fm, fm.field[i].key))
				abort();
	}
	arena_free(mem);
	return 0;
}
