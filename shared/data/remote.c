/*
 * One request to a bucket: put together, signed, sent, and repeated where that is safe. All our requests are: an object is put whole or
 * not at all, and putting, reading or deleting it twice is as good as once.
 */
#include "data/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The host is signed in every address, so it must be the one the visitor will ask. */
static const char *
s3_presign(struct remote *r, struct arena *a, struct sign_request *q, int64_t now_s, int64_t expires_s)
{
	struct sign_pair host;

	q->header = &host;
	host = (struct sign_pair){ "host", r->path_style ? r->host : arena_printf(a, "%s.%s", r->bucket, r->host) };
	q->nheader = 1;
	return sign_s3_query(a, &r->creds, q, now_s, expires_s, r->token);
}

static const char *
oss4_presign(struct remote *r, struct arena *a, struct sign_request *q, int64_t now_s, int64_t expires_s)
{
	q->payload = "UNSIGNED-PAYLOAD";
	return sign_oss4_query(a, &r->creds, q, "", now_s, expires_s, r->token);
}

static const char *
oss1_presign(struct remote *r, struct arena *a, struct sign_request *q, int64_t now_s, int64_t expires_s)
{
	struct sign_pair token = { "security-token", r->token };
	const char *signature;

	q->query = &token;
	q->nquery = *r->token != '\0';
	signature = sign_oss1_query(a, &r->creds, q, now_s + expires_s);
	return arena_printf(a, "OSSAccessKeyId=%s&Expires=%lld&Signature=%s%s%s", enc_percent(a, r->creds.access_key, ""),
	    (long long)(now_s + expires_s), enc_percent(a, signature, ""), q->nquery > 0 ? "&security-token=" : "",
	    enc_percent(a, r->token, ""));
}

const struct remote_family remote_s3 = {
	.name = "s3", .storage_class = "x-amz-storage-class", .encryption = "x-amz-server-side-encryption",
	.encryption_key = "x-amz-server-side-encryption-aws-kms-key-id", .sha256 = "x-amz-meta-sha256",
	.copy_source = "x-amz-copy-source", .copy_directive = "x-amz-metadata-directive",
	.sign = s3_sign, .presign = s3_presign,
};

#define OSS_NAMES .name = "oss", .storage_class = "x-oss-storage-class", .encryption = "x-oss-server-side-encryption", \
	.encryption_key = "x-oss-server-side-encryption-key-id", .sha256 = "x-oss-meta-sha256", .copy_source = "x-oss-copy-source", .copy_directive = "x-oss-metadata-directive", \
	.no_overwrite = "x-oss-forbid-overwrite"

const struct remote_family remote_oss4 = { OSS_NAMES, .sign = oss4_sign, .presign = oss4_presign };
const struct remote_family remote_oss1 = { OSS_NAMES, .sign = oss1_sign, .presign = oss1_presign };

/* --- one try ------------------------------------------------------------------------------------ */

void
remote_header(struct remote_ask *q, const char *name, const char *value)
{
	if (*value != '\0')
		q->header[q->nheader++] = (struct sign_pair){ name, value };
}

void
remote_query(struct remote_ask *q, const char *name, const char *value)
{
	q->query[q->nquery++] = (struct sign_pair){ name, value };
}

const char *
remote_url(const struct remote *r, struct arena *a, const char *key)
{
	const struct sign_request q = { .bucket = r->bucket, .key = key };

	return arena_printf(a, "%s://%s%s%s%s", r->scheme, r->path_style ? "" : r->bucket, r->path_style ? "" : ".", r->host,
	    sign_path(a, &q, r->path_style));
}

const char *
remote_presign(struct remote *r, struct arena *a, const char *key, int64_t expires_s)
{
	struct sign_request q = { .method = "GET", .bucket = r->bucket, .key = key, .path_style = r->path_style };

	return arena_printf(a, "%s?%s", remote_url(r, a, key), r->fam->presign(r, a, &q, clock_now_s(), expires_s));
}

static const char *
url_of(const struct remote *r, struct arena *a, const struct sign_request *q)
{
	const char *url = remote_url(r, a, q->key);

	for (size_t i = 0; i < q->nquery; i++)
		url = arena_printf(a, "%s%c%s%s%s", url, i == 0 ? '?' : '&', enc_percent(a, q->query[i].name, ""),
		    *q->query[i].value != '\0' ? "=" : "", enc_percent(a, q->query[i].value, ""));
	return url;
}

static enum err
try_once(struct remote *r, struct arena *a, const struct remote_ask *ask, struct fetch_answer *out, bool *sent, struct fault *f)
{
	struct sign_pair header[REMOTE_HEADERS + 6];
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
	fa.to_open = ask->to_open;
	fa.to_arg = ask->to_arg;
	fa.rest = ask->rest;
	fa.early = ask->early;
	return fetch_run(r->fetch, &fa, out, sent, f);
}

/* --- what the answer means ---------------------------------------------------------------------- */

const char *
remote_element(struct arena *a, const char **at, const char *tag)
{
	const char *open = arena_printf(a, "<%s>", tag), *close = arena_printf(a, "</%s>", tag), *s, *end;

	if (*at == NULL || (s = strstr(*at, open)) == NULL || (end = strstr(s, close)) == NULL)
		return NULL;
	s += strlen(open);
	*at = end + strlen(close);
	return arena_strndup(a, s, (size_t)(end - s));
}

/* One byte, or the entity that stands for one; *s moves behind it. No store writes entities for what is beyond ASCII. */
static char
decode_one(const char **s)
{
	static const struct { const char *name; char c; } entity[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
	};
	bool hex = strncmp(*s, "&#x", 3) == 0;
	char *end;
	long n;

	for (size_t i = 0; **s == '&' && i < NELEM(entity); i++)
		if (strncmp(*s, entity[i].name, strlen(entity[i].name)) == 0) {
			*s += strlen(entity[i].name);
			return entity[i].c;
		}
	if (strncmp(*s, "&#", 2) == 0 && (n = strtol(*s + (hex ? 3 : 2), &end, hex ? 16 : 10)) > 0 && n < 0x80 && *end == ';') {
		*s = end + 1;
		return (char)n;
	}
	return *(*s)++;
}

const char *
remote_xml(struct arena *a, const char **at, const char *tag)
{
	const char *s = remote_element(a, at, tag);
	char *out, *o;

	if (s == NULL)
		return NULL;
	o = out = arena_alloc(a, strlen(s) + 1);
	while (*s != '\0')
		*o++ = decode_one(&s);
	return out;
}

/* What an operator should look at, by the store's own code. */
static const struct { const char *code; enum err err; const char *hint; } hints[] = {
	{ "NoSuchBucket",		ERR_STORE, "there is no such bucket" },
	{ "InvalidAccessKeyId",		ERR_STORE, "the access key is not known there" },
	{ "SignatureDoesNotMatch",	ERR_STORE, "the secret key is wrong" },
	{ "RequestTimeTooSkewed",	ERR_STORE, "the clock of this machine is wrong" },
	{ "AccessDenied",		ERR_STORE, "the key has no right to do this" },
	{ "InvalidSecurityToken",	ERR_STORE, "the session token is not valid" },
	{ "InvalidToken",		ERR_STORE, "the session token is not valid" },
	{ "ExpiredToken",		ERR_STORE, "the session token has ended" },
	{ "SecurityTokenExpired",	ERR_STORE, "the session token has ended" },
	{ "AuthorizationHeaderMalformed", ERR_STORE, "the region is wrong" },
	{ "QuotaExceeded",		ERR_NOSPACE, "the quota is used up" },
	{ "InsufficientStorage",	ERR_NOSPACE, "it is full" },
};

/* The clocks differ by so much: the server tells its own in every answer. */
static const char *
clock_hint(struct arena *a, const struct fetch_answer *out)
{
	int64_t theirs = clock_parse_http_date(out->date), off = clock_now_s() - theirs;

	if (theirs < 0 || (off < 300 && off > -300))
		return "";
	return arena_printf(a, "; the clock of this machine is %lld s %s that of the store", (long long)(off < 0 ? -off : off),
	    off < 0 ? "behind" : "ahead of");
}

/* Not every service says so in its own words. */
static const char *
token_hint(const struct remote *r, const struct fetch_answer *out)
{
	return *r->token != '\0' && (out->status == 400 || out->status == 403) ? "; perhaps the session token is not valid" : "";
}

static enum err
refused(struct fault *f, enum err e, const char *hint, const char *why)
{
	fault_set(f, e, "%s", why);
	f->hint = hint;
	return e;
}

static enum err
judge(const struct remote *r, struct arena *a, const struct remote_ask *ask, const struct fetch_answer *out, struct fault *f)
{
	const char *at = buf_str(&out->text), *code, *where;
	enum err e = out->status == 507 ? ERR_NOSPACE : ERR_STORE;

	if (out->status / 100 == 2)
		return ERR_OK;
	code = remote_xml(a, &at, "Code");
	if (out->status == 404 && *ask->key != '\0' && (code == NULL || strcmp(code, "NoSuchBucket") != 0))
		return fault_set(f, ERR_NOTFOUND, "store: there is no %s", ask->key);
	if (out->status == 409 && code != NULL && strcmp(code, "FileAlreadyExists") == 0)
		return fault_set(f, ERR_CONFLICT, "store: %s is there already", ask->key);
	where = arena_printf(a, "%s://%s, bucket %s", r->scheme, r->host, r->bucket);
	for (size_t i = 0; code != NULL && i < NELEM(hints); i++)
		if (strcmp(code, hints[i].code) == 0)
			return refused(f, hints[i].err, hints[i].hint,
			    arena_printf(a, "%s: %s (%s)%s%s", where, hints[i].hint, code, clock_hint(a, out),
				strcmp(code, "AccessDenied") == 0 ? token_hint(r, out) : ""));
	return fault_set(f, e, "%s: %s %s gave %ld %s%s%s", where, ask->method, ask->key, out->status, code != NULL ? code : "",
	    out->status == 403 ? clock_hint(a, out) : "", token_hint(r, out));
}

/* Worth another try: no answer, or one that says "later". 501: never. */
static bool
is_passing(enum err e, bool answered, long status)
{
	return e == ERR_STORE && (!answered || status == 429 || (status / 100 == 5 && status != 501));
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
	metric_add(METRIC_REMOTE_BREAKS, 1);
}

/* --- asking ------------------------------------------------------------------------------------- */

static void
pause_before(int again)
{
	int64_t ms = ((int64_t)PAUSE_MS << again) + rnd_below((uint32_t)(PAUSE_MS << again));
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* One try, counted, and what the breaker learns of it. *passing: worth another. */
static enum err
ask_once(struct remote *r, const struct remote_ask *ask, struct fetch_answer *out, bool *passing, struct fault *f)
{
	struct arena *a = r->ask_mem;
	int64_t t0 = clock_mono_us();
	bool sent, answered;
	enum err e;

	e = try_once(r, a, ask, out, &sent, f);
	answered = e == ERR_OK;
	if (answered)
		e = judge(r, a, ask, out, f);
	arena_reset(a);
	metric_add(METRIC_REMOTE_REQUESTS, 1);
	metric_time_us(METRIC_REMOTE_MS, clock_mono_us() - t0);
	*passing = is_passing(e, answered, out->status);
	if (e == ERR_OK || e == ERR_STORE || e == ERR_NOTFOUND)
		remember(r, !*passing);
	return e;
}

enum err
remote_ask(struct remote *r, const struct remote_ask *ask, struct fetch_answer *out, struct fault *f)
{
	struct fault why = FAULT_NONE;
	bool passing;
	enum err e;

	memset(out, 0, sizeof(*out));
	if (is_closed(r)) {
		metric_add(METRIC_REMOTE_SPARED, 1);
		if (f != NULL && f->err == ERR_OK)
			f->hint = "it did not answer a moment ago";
		return fault_set(f, ERR_STORE, "%s://%s does not answer; it is asked again in a moment", r->scheme, r->host);
	}
	for (int i = 0;; i++) {
		why = (struct fault)FAULT_NONE;
		e = ask_once(r, ask, out, &passing, &why);
		/* What went into a descriptor half cannot be taken back here. */
		if (!passing || i + 1 == TRIES || out->got > 0 || is_closed(r))
			break;
		buf_free(&out->text);
		metric_add(METRIC_REMOTE_RETRIES, 1);
		pause_before(i);
	}
	if (e != ERR_OK && f != NULL && f->err == ERR_OK)
		f->hint = why.hint != NULL ? why.hint : passing ? "it does not answer, or not well" : NULL;
	return e == ERR_OK ? ERR_OK : fault_set(f, e, "%s", why.why);
}

enum err
remote_more(struct remote *r, struct fault *f)
{
	enum err e = fetch_more(r->fetch, f);

	if (e == ERR_STORE)
		remember(r, false);
	return e;
}

void
remote_stop(struct remote *r)
{
	fetch_stop(r->fetch);
}
