/*
 * Putting an answer together.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "web/wire.h"

#define HEADER_MAX 8192

static void
add(struct req *r, struct answer *a, const char *name, const char *value)
{
	struct param *grown;

	if (a->nheaders == a->cap) {
		a->cap = a->cap ? 2 * a->cap : 12;
		grown = arena_calloc(r->mem, a->cap, sizeof(*grown));
		if (a->nheaders)
			memcpy(grown, a->headers, a->nheaders * sizeof(*grown));
		a->headers = grown;
	}
	a->headers[a->nheaders++] =
	    (struct param){ .key = name, .value = value, .value_len = strlen(value) };
}

void
answer_header(struct req *r, struct answer *a, const char *name, const char *fmt, ...)
{
	char text[HEADER_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || !header_name_ok(name) ||
	    !header_value_ok(text, (size_t)n)) {
		fault_set(&r->fault, ERR_INTERNAL, "header %.64s cannot be sent", name);
		return;
	}
	add(r, a, arena_strdup(r->mem, name), arena_strndup(r->mem, text, (size_t)n));
}

void
answer_text(struct req *r, struct answer *a, int status, const char *type, const char *text)
{
	(void)r;
	a->status = status;
	a->kind = BODY_MEM;
	a->type = type;
	a->data = text;
	a->len = strlen(text);
}

void
answer_redirect(struct req *r, struct answer *a, int status, const char *location)
{
	/* "//host" is another site to a browser. */
	bool ours = location[0] == '/' && location[1] != '/' && location[1] != '\\';

	a->status = status;
	a->kind = BODY_NONE;
	answer_header(r, a, "Location", "%s%s", ours ? r->tr->conf.base_path : "", location);
}

static void
forget_json(void *j)
{
	json_decref(j);
}

json_t *
req_json(struct req *r, json_t *j)
{
	if (j)
		arena_defer(r->mem, forget_json, j);
	return j;
}
