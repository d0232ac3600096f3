/*
 * The pictures that watermarks name: "KEY" or "KEY?x-oss-process=image/STEPS".
 */
#include <string.h>

#include "image/op_list.h"
#include "image/op_watermark.h"

#define EC_IMAGE "0040-00000265"

enum err
spec_mark_split(const char *text, struct spec_mark *out, struct fault *f)
{
	static const char param[] = "x-oss-process=";
	const char *q = strchr(text, '?');

	*out = (struct spec_mark){ .key = text, .key_len = strlen(text), .steps = "" };
	if (q == NULL)
		return ERR_OK;
	if (strncmp(q + 1, param, sizeof(param) - 1) != 0)
		return fault_ec(f, ERR_BADREQ, EC_IMAGE,
		    "The watermark image has a query other than x-oss-process.");
	out->key_len = (size_t)(q - text);
	out->steps = q + sizeof(param);
	return ERR_OK;
}

size_t
spec_marks(const struct spec *s, struct spec_mark *out, size_t cap)
{
	size_t i, n = 0;

	for (i = 0; i < s->n && n < cap; i++) {
		const struct arg *a = &s->step[i].arg[WM_IMAGE];

		if (s->step[i].op == &op_watermark && a->set &&
		    spec_mark_split(a->text, &out[n], NULL) == ERR_OK)
			n++;
	}
	return n;
}
