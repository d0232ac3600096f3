/*
 * ETags of originals and variants.
 */
#include "view.h"

#include <string.h>

static bool
by_apache(const struct req *r)
{
	const char *name = req_server(r, "SERVER_SOFTWARE");

	return name != NULL && strncmp(name, "Apache", 6) == 0;
}

/* size: in hexadecimal digits. */
static const char *
etag_with(const struct req *r, const struct picture_row *p, const char *id, const char *size)
{
	unsigned long long s = (unsigned long long)p->created_s;

	return by_apache(r) ? arena_printf(r->mem, "\"%s%s-%llx\"", size, id, s * 1000000) : arena_printf(r->mem, "\"%llx-%s%s\"", s, size, id);
}

const char *
view_etag(const struct req *r, const struct picture_row *p, bool by_key, int64_t bytes)
{
	return etag_with(r, p, by_key ? arena_printf(r->mem, "-%s", p->id) : "", arena_printf(r->mem, "%llx", (unsigned long long)bytes));
}

bool
view_known(struct req *r, struct answer *a, const struct picture_row *p)
{
	const char *inm = req_header(r, "If-None-Match"), *dash, *size;
	size_t n;

	/* A date alone will not do: a 304 carries the ETag, and that needs the variant's size. */
	if (inm == NULL || (dash = strchr(inm, '-')) == NULL)
		return false;
	if (strncmp(inm, "W/", 2) == 0)
		inm += 2;
	size = by_apache(r) ? inm + 1 : dash + 1;
	n = strspn(size, "0123456789abcdef");
	return n > 0 && strcmp(inm, etag_with(r, p, "", arena_strndup(r->mem, size, n))) == 0 &&
	    answer_conditional(r, a, arena_strdup(r->mem, inm), p->created_s);
}
