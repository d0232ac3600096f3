/*
 * Conditional requests, in the order of RFC 9110, 13.2.2.
 */
#include <string.h>

#include "base/clock.h"
#include "web/wire.h"

bool
etag_listed(const char *list, const char *etag, bool weak)
{
	size_t n = strlen(etag), len;
	bool is_weak;

	for (;;) {
		list += strspn(list, ", \t");
		if (!*list)
			return false;
		if (*list == '*')
			return true;
		is_weak = strncmp(list, "W/", 2) == 0;
		if (is_weak)
			list += 2;
		/* A tag may hold commas: it ends at its quote. */
		len = *list == '"' ? strcspn(list + 1, "\"") + 2 : strcspn(list, ", \t");
		if (len > strlen(list))
			return false;
		if (len == n && strncmp(list, etag, n) == 0 && (weak || !is_weak))
			return true;
		list += len;
	}
}

/* The preconditions that a change needs: false means 412. */
static bool
may_go_on(struct req *r, const char *etag, int64_t modified_s)
{
	const char *im = req_header(r, "If-Match"), *ius = req_header(r, "If-Unmodified-Since");
	int64_t t;

	if (im)
		return etag_listed(im, etag, false);
	if (ius && modified_s) {
		t = clock_parse_http_date(ius);
		return t < 0 || modified_s <= t;
	}
	return true;
}

static bool
is_known(struct req *r, const char *etag, int64_t modified_s, bool reads)
{
	const char *inm = req_header(r, "If-None-Match"), *ims = req_header(r, "If-Modified-Since");
	int64_t t;

	if (inm)
		return etag_listed(inm, etag, true);
	if (!ims || !modified_s || !reads)
		return false;
	t = clock_parse_http_date(ims);
	return t >= 0 && modified_s <= t;
}

bool
answer_conditional(struct req *r, struct answer *a, const char *etag, int64_t modified_s)
{
	bool reads = r->method == METHOD_GET || r->method == METHOD_HEAD;
	char date[HTTP_DATE_SIZE];

	answer_header(r, a, "ETag", "%s", etag);
	if (modified_s) {
		clock_http_date(modified_s, date);
		answer_header(r, a, "Last-Modified", "%s", date);
	}
	if (!may_go_on(r, etag, modified_s))
		a->status = 412;
	else if (is_known(r, etag, modified_s, reads))
		a->status = reads ? 304 : 412;
	else
		return false;
	a->kind = BODY_NONE;
	return true;
}
