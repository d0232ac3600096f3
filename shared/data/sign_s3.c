/*
 * AWS Signature Version 4 for S3: the path encoded once, every query parameter with "=", every header given signed.
 */
#include "data/sign_text.h"

#include <string.h>

#include "base/enc.h"

#define ALGORITHM	"AWS4-HMAC-SHA256"
#define TERMINATOR	"aws4_request"

static bool
every(const char *name, const void *arg)
{
	(void)name;
	(void)arg;
	return true;
}

static const char *
scope_of(struct arena *a, const struct sign_creds *c, const char *date)
{
	return arena_printf(a, "%.8s/%s/s3/" TERMINATOR, date, c->region);
}

static const char *
canonical(struct arena *a, const struct sign_request *r, const struct sign_pair *h, const char *query, const char *payload)
{
	return arena_printf(a, "%s\n%s\n%s\n%s\n%s\n%s", r->method, sign_path(a, r, r->path_style), query,
	    sign_headers(a, h, r->nheader, every, NULL), sign_names(a, h, r->nheader, every, NULL), payload);
}

static const char *
signature(struct arena *a, const struct sign_creds *c, const char *date, const char *text)
{
	return sign_v4(a, "AWS4", c, arena_strndup(a, date, 8), "s3", TERMINATOR,
	    sign_to_sign(a, ALGORITHM, date, scope_of(a, c, date), text));
}

const char *
sign_s3(struct arena *a, const struct sign_creds *c, const struct sign_request *r)
{
	const struct sign_pair *h = sign_sorted(a, r->header, r->nheader);
	const char *date = sign_get(h, r->nheader, "x-amz-date");
	const char *text = canonical(a, r, h, sign_query(a, r->query, r->nquery, false), r->payload);

	return arena_printf(a, ALGORITHM " Credential=%s/%s,SignedHeaders=%s,Signature=%s", c->access_key, scope_of(a, c, date),
	    sign_names(a, h, r->nheader, every, NULL), signature(a, c, date, text));
}

const char *
sign_s3_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, int64_t now_s, int64_t expires_s, const char *token)
{
	const struct sign_pair *h = sign_sorted(a, r->header, r->nheader);
	struct sign_pair *q = arena_calloc(a, r->nquery + 6, sizeof(*q));
	char date[SIGN_DATE_SIZE];
	const char *query;
	size_t n = r->nquery;

	sign_date(now_s, date);
	if (n > 0)
		memcpy(q, r->query, n * sizeof(*q));
	q[n++] = (struct sign_pair){ "X-Amz-Algorithm", ALGORITHM };
	q[n++] = (struct sign_pair){ "X-Amz-Credential", arena_printf(a, "%s/%s", c->access_key, scope_of(a, c, date)) };
	q[n++] = (struct sign_pair){ "X-Amz-Date", arena_strdup(a, date) };
	q[n++] = (struct sign_pair){ "X-Amz-Expires", arena_printf(a, "%lld", (long long)expires_s) };
	q[n++] = (struct sign_pair){ "X-Amz-SignedHeaders", sign_names(a, h, r->nheader, every, NULL) };
	if (token != NULL && *token != '\0')
		q[n++] = (struct sign_pair){ "X-Amz-Security-Token", token };
	query = sign_query(a, q, n, false);
	return arena_printf(a, "%s&X-Amz-Signature=%s", query,
	    signature(a, c, date, canonical(a, r, h, query, "UNSIGNED-PAYLOAD")));
}
