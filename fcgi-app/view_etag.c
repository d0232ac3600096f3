/*
 * ETags of originals and variants.
 */
#include "view.h"

#include <stdlib.h>
#include <string.h>

static bool
by_apache(const struct req *r)
{
	const char *name = req_server(r, "SERVER_SOFTWARE");

	return name != NULL && strncmp(name, "Apache", 6) == 0;
}

const char *
view_etag(const struct req *r, const struct picture_row *p, bool by_key, int64_t bytes)
{
	unsigned long long s = (unsigned long long)p->created_s, size = (unsigned long long)bytes;
	const char *id = by_key ? arena_printf(r->mem, "-%s", p->id) : "";

	return by_apache(r) ? arena_printf(r->mem, "\"%llx%s-%llx\"", size, id, s * 1000000) : arena_printf(r->mem, "\"%llx-%llx%s\"", s, size, id);
}

/* Behind the digits that s begins with, at most 16; NULL: there are none. */
static const char *
hex_number(const char *s, unsigned long long *out)
{
	size_t n = strspn(s, "0123456789abcdef");

	*out = n > 0 && n <= 16 ? strtoull(s, NULL, 16) : 0;
	return n > 0 && n <= 16 ? s + n : NULL;
}

bool
view_known(struct req *r, struct answer *a, const struct picture_row *p)
{
	const char *inm = req_header(r, "If-None-Match"), *at;
	unsigned long long first, second, s = (unsigned long long)p->created_s;

	/* A date alone will not do: a 304 carries the ETag, and that needs the variant's size. */
	if (inm == NULL)
		return false;
	if (strncmp(inm, "W/", 2) == 0)
		inm += 2;
	if (*inm != '"' || (at = hex_number(inm + 1, &first)) == NULL || *at != '-' || (at = hex_number(at + 1, &second)) == NULL || strcmp(at, "\"") != 0)
		return false;
	if (by_apache(r) ? second != s * 1000000 : first != s)
		return false;
	return answer_conditional(r, a, arena_strdup(r->mem, inm), p->created_s);
}
