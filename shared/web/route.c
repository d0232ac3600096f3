/*
 * The row of a route table for a request. A pattern is compared segment by segment; the first match
 * wins.
 */
#include <string.h>

#include "web/http.h"

/* Does path match, and what stood for {} and {*}? */
static bool
match(struct req *r, const char *pattern, const char *path, const char **seg, size_t *nseg)
{
	size_t n, max = NELEM(r->seg);

	*nseg = 0;
	while (*pattern) {
		if (strncmp(pattern, "{*}", 3) == 0) {
			if (!*path || *nseg == max)
				return false;
			seg[(*nseg)++] = path;
			return true;
		}
		if (strncmp(pattern, "{}", 2) == 0) {
			n = strcspn(path, "/");
			if (!n || *nseg == max)
				return false;
			seg[(*nseg)++] = arena_strndup(r->mem, path, n);
			pattern += 2;
			path += n;
			continue;
		}
		if (*pattern++ != *path++)
			return false;
	}
	return !*path;
}

static bool
method_fits(const struct req *r, const struct route *rt)
{
	return strcmp(rt->method, r->method_text) == 0 || (r->method == METHOD_HEAD && strcmp(rt->method, "GET") == 0);
}

/* "GET, HEAD, POST" of all rows that have this path. */
static const char *
allow_list(struct req *r, const char *list, const struct route *rt)
{
	if (!*list)
		return strcmp(rt->method, "GET") == 0 ? "GET, HEAD" : rt->method;
	return arena_printf(
	    r->mem, "%s, %s%s", list, rt->method, strcmp(rt->method, "GET") == 0 ? ", HEAD" : "");
}

enum err
route_find(const struct route *table, struct req *r, const struct route **out, const char **allow)
{
	const char *seg[NELEM(r->seg)], *list = "";
	size_t n;

	for (const struct route *rt = table; rt->pattern; rt++) {
		if (!match(r, rt->pattern, r->path, seg, &n))
			continue;
		if (!method_fits(r, rt)) {
			list = allow_list(r, list, rt);
			continue;
		}
		memcpy(r->seg, seg, n * sizeof(*seg));
		r->nseg = n;
		*out = rt;
		return ERR_OK;
	}
	if (!*list)
		return fault_set(&r->fault, ERR_NOTFOUND, "no page has this address");
	*allow = list;
	return fault_set(&r->fault, ERR_METHOD, "this address takes %s", list);
}
