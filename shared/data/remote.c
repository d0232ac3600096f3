/*
 * One request to a bucket: put together, signed, sent, and repeated where that is safe. All our requests are: an object is put whole or
 * not at all, and putting, reading or deleting it twice is as good as once.
 */
#include "data/remote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/metric.h"
#include "base/rnd.h"

#define TRIES		3
#define PAUSE_MS	60		/* doubled each time, and up to twice that at random */
#define FAILURES	3		/* in a row, and the store is left alone ... */
#define CLOSED_US	INT64_C(1000000)	/* ... so long, doubled up to the longest */
#define CLOSED_MAX_US	INT64_C(30000000)

/* --- families ----------------------------------------------------------------------------------- */

static void
add(struct sign_request *q, struct sign_pair *header, const char *name, const char *value)
{
	header[q->nheader++] = (struct sign_pair){ name, value };
	q->header = header;
}

static const char *
s3_sign(struct remote *r, struct arena *a, struct sign_request *q, struct sign_pair *header, int64_t now_s)
{
	char date[SIGN_DATE_SIZE];

	sign_date(now_s, date);
	add(q, header, "host", r->path_style ? r->host : arena_printf(a, "%s.%s", r->bucket, r->host));
	add(q, header, "x-amz-date", arena_strdup(a, date));
	add(q, header, "x-amz-content-sha256", q->payload);
	if (*r->token != '\0')
		add(q, header, "x-amz-security-token", r->token);
	return sign_s3(a, &r->creds, q);
}

static const char *
oss4_sign(struct remote *r, struct arena *a, struct sign_request *q, struct sign_pair *header, int64_t now_s)
{
	char date[SIGN_DATE_SIZE];

	sign_date(now_s, date);
	q->payload = "UNSIGNED-PAYLOAD";	/* the only value OSS documents; its CRC-64 stands guard instead */
	add(q, header, "x-oss-date", arena_strdup(a, date));
	add(q, header, "x-oss-content-sha256", q->payload);
	if (*r->token != '\0')
		add(q, header, "x-oss-security-token", r->token);
	return sign_oss4(a, &r->creds, q, "");
}

static const char *
oss1_sign(struct remote *r, struct arena *a, struct sign_request *q, struct sign_pair *header, int64_t now_s)
{
	char date[HTTP_DATE_SIZE];

	clock_http_date(now_s, date);
	add(q, header, "date", arena_strdup(a, date));
	if (*r->token != '\0')
		add(q, header, "x-oss-security-token", r->token);
	return sign_oss1(a, &r->creds, q);
}

const struct remote_family remote_s3 = { "s3", "x-amz-", s3_sign };
const struct remote_family remote_oss4 = { "oss", "x-oss-", oss4_sign };
const struct remote_family remote_oss1 = { "oss", "x-oss-", oss1_sign };

/* --- one try ------------------------------------------------------------------------------------ */

static const char *
url_of(const struct remote *r, struct arena *a, const struct sign_request *q)
{
	const char *url = arena_printf(a, "%s://%s%s%s%s", r->scheme, r->path_style ? "" : r->bucket, r->path_style ? "" : ".", r->host,
	    sign_path(a, q, r->path_style));

	for (size_t i = 0; i < q->nquery; i++)
		url = arena_printf(a, "%s%c%s%s%s", url, i == 0 ? '?' : '&', enc_percent(a, q->query[i].name, ""),
		    *q->query[i].value != '\0' ? "=" : "", enc_percent(a, q->query[i].value, ""));
	return url;
}

static enum err
try_once(struct remote *r, struct arena *a, const struct remote_ask *ask, struct fetch_answer *out, bool *sent, struct fault *f)
{
	struct sign_pair header[NELEM(ask->header) + 6];
	struct sign_request q = { .method = ask->method, .bucket = r->bucket, .key = ask->key, .path_style = r->path_style,
	    .query = ask->query, .nquery = ask->nquery, .header = header,
	    .payload = ask->payload != NULL ? ask->payload : "UNSIGNED-PAYLOAD" };
	struct fetch_ask fa = FETCH_ASK;
	const char *line[NELEM(header) + 2], *authorization;
	size_t n = 0;

	for (size_t i = 0; i < ask->nheader; i++)
		add(&q, header, ask->header[i].name, ask->header[i].value);
	authorization = r->fam->sign(r, a, &q, header, clock_now_s());
	line[n++] = arena_printf(a, "Authorization: %s", authorization);
	for (size_t i = 0; i < q.nheader; i++)
		line[n++] = arena_printf(a, "%s: %s", header[i].name, header[i].value);
	line[n] = NULL;
	fa.method = ask->method;
	fa.url = url_of(r, a, &q);
	fa.header = line;
	fa.body_fd = ask->body_fd;
	fa.body_off = ask->body_off;
	fa.body_len = ask->body_len;
	fa.body = ask->body;
	fa.to_fd = ask->to_fd;
	return fetch_run(r->fetch, &fa, out, sent, f);
}

/* --- what the answer means ---------------------------------------------------------------------- */

const char *
remote_xml(struct arena *a, const char **at, const char *tag)
{
	static const struct { const char *name; char c; } entity[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }, { "&#34;", '"' }, { "&#39;", '\'' },
	};
	const char *open = arena_printf(a, "<%s>", tag), *close = arena_printf(a, "</%s>", tag), *s, *end;
	char *out, *o;

	if (*at == NULL || (s = strstr(*at, open)) == NULL || (end = strstr(s, close)) == NULL)
		return NULL;
	s += strlen(open);
	o = out = arena_alloc(a, (size_t)(end - s) + 1);
	while (s < end) {
		size_t n = 1;

		*o = *s;
		for (size_t i = 0; *s == '&' && i < NELEM(entity); i++)
			if (strncmp(s, entity[i].name, strlen(entity[i].name)) == 0) {
				*o = entity[i].c;
				n = strlen(entity[i].name);
			}
		o++;
		s += n;
	}
	*at = end + strlen(close);
	return out;
}

/* What an operator should look at, by the store's own code. */
static const struct { const char *code, *hint; } hints[] = {
	{ "NoSuchBucket",		"there is no such bucket" },
	{ "InvalidAccessKeyId",		"the access key is not known there" },
	{ "SignatureDoesNotMatch",	"the secret key is wrong" },
	{ "RequestTimeTooSkewed",	"the clock of this machine is wrong" },
	{ "AccessDenied",		"the key has no right to do this" },
	{ "InvalidSecurity",		"the session token is not valid" },
	{ "AuthorizationHeaderMalformed", "the region is wrong" },
};

static enum err
judge(const struct remote *r, struct arena *a, const struct remote_ask *ask, const struct fetch_answer *out, struct fault *f)
{
	const char *at = buf_str(&out->text), *code;

	if (out->status / 100 == 2)
		return ERR_OK;
	code = remote_xml(a, &at, "Code");
	if (out->status == 404 && *ask->key != '\0' && (code == NULL || strcmp(code, "NoSuchBucket") != 0))
		return fault_set(f, ERR_NOTFOUND, "store: there is no %s", ask->key);
	for (size_t i = 0; code != NULL && i < NELEM(hints); i++)
		if (strcmp(code, hints[i].code) == 0)
			return fault_set(f, ERR_STORE, "%s://%s, bucket %s: %s (%s)", r->scheme, r->host, r->bucket, hints[i].hint, code);
	return fault_set(f, ERR_STORE, "%s://%s, bucket %s: %s %s gave %ld %s", r->scheme, r->host, r->bucket, ask->method, ask->key,
	    out->status, code != NULL ? code : "");
}

/* Worth another try: no answer, or one that says "later". */
static bool
is_passing(enum err e, const struct fetch_answer *out)
{
	return e == ERR_STORE && (out->status == 0 || out->status == 429 || out->status / 100 == 5);
}

/* --- the circuit breaker ------------------------------------------------------------------------ */

static bool
is_closed(struct remote *r)
{
	return r->closed_until_us > clock_mono_us();
}

static void
remember(struct remote *r, bool well)
{
	int64_t pause = CLOSED_US;

	if (well) {
		r->failures = 0;
		r->closed_until_us = 0;
		return;
	}
	if (++r->failures < FAILURES)
		return;
	for (int i = FAILURES; i < r->failures && pause < CLOSED_MAX_US; i++)
		pause *= 2;
	r->closed_until_us = clock_mono_us() + (pause < CLOSED_MAX_US ? pause : CLOSED_MAX_US);
}

/* --- asking ------------------------------------------------------------------------------------- */

static void
pause_before(int again)
{
	int64_t ms = ((int64_t)PAUSE_MS << again) + rnd_below((uint32_t)(PAUSE_MS << again));
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

enum err
remote_ask(struct remote *r, const struct remote_ask *ask, struct fetch_answer *out, struct fault *f)
{
	struct fault why = FAULT_NONE;
	bool sent, passing;
	enum err e;

	memset(out, 0, sizeof(*out));
	if (is_closed(r))
		return fault_set(f, ERR_STORE, "%s://%s does not answer; it is asked again in a moment", r->scheme, r->host);
	for (int i = 0;; i++) {
		struct arena *a = arena_new();

		why = (struct fault)FAULT_NONE;
		e = try_once(r, a, ask, out, &sent, &why);
		if (e == ERR_OK)
			e = judge(r, a, ask, out, &why);
		arena_free(a);
		passing = is_passing(e, out);
		/* What went into a descriptor half cannot be taken back here. */
		if (!passing || i + 1 == TRIES || out->got > 0)
			break;
		buf_free(&out->text);
		pause_before(i);
	}
	remember(r, !passing);
	return e == ERR_OK ? ERR_OK : fault_set(f, e, "%s", why.why);
}
