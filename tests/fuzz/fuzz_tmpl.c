/*
 * Templates. The first line is a JSON model, the rest a template that may call itself as {{>self}}.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/tmpl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *eol = size ? memchr(data, '\n', size) : NULL;
	struct buf out = BUF_INIT(1 << 16);
	struct fault f = FAULT_NONE;
	json_t *model, *partials;
	size_t n = eol ? (size_t)(eol - text) : 0;

	if (!eol)
		return 0;
	model = json_loadb(text, n, JSON_DECODE_ANY, NULL);
	text += n + 1;
	size -= n + 1;
	partials = json_pack("{s:o?}", "self", json_stringn(text, size));
	if (tmpl_render_text(text, size, partials, model, &out, &f) && !f.why[0])
		abort();
	json_decref(partials);
	json_decref(model);
	buf_free(&out);
	return 0;
}
