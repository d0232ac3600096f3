/*
 * ETags of originals and variants.
 */
#include "view.h"

#include <stdio.h>
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

/* Is s of len characters this number? */
static bool
is_hex_of(const char *s, size_t len, unsigned long long n)
{
	char text[20];

	return (size_t)snprintf(text, sizeof(text), "%llx", n) == len && memcmp(s, text, len) == 0;
}

bool
view_known(struct req *r, struct answer *a, const struct picture_row *p)
{
	static const char digits[] = "0123456789abcdef";
	const char *inm = req_header(r, "If-None-Match"), *first, *second;
	unsigned long long s = (unsigned long long)p->created_s;
	size_t nfirst, nsecond;

	/* A date alone will not do: a 304 carries the ETag, and that needs the variant's size. */
	if (inm == NULL)
		return false;
	if (strncmp(inm, "W/", 2) == 0)
		inm += 2;
	first = inm + 1;
	if (*inm != '"' || (nfirst = strspn(first, digits)) == 0 || first[nfirst] != '-')
		return false;
	second = first + nfirst + 1;
	if ((nsecond = strspn(second, digits)) == 0 || strcmp(second + nsecond, "\"") != 0)
		return false;
	if (by_apache(r) ? !is_hex_of(second, nsecond, s * 1000000) : !is_hex_of(first, nfirst, s))
		return false;
	return answer_conditional(r, a, arena_strdup(r->mem, inm), p->created_s);
}
