/*
 * What spares requests and bytes: many objects deleted by one request, and objects that the service copies by itself. A service that knows
 * neither answers so, and the caller does it the long way.
 */
#include "data/remote.h"

#include <string.h>
#include <strings.h>

#include "base/enc.h"

#define BODY_BYTES	(256 << 10)	/* of a thousand keys of ours */

/* --- deleting ----------------------------------------------------------------------------------- */

static enum err
order(struct buf *b, const char *const *key, size_t n)
{
	enum err e = buf_adds(b, "<Delete><Quiet>true</Quiet>");

	/* Ours have nothing that XML would mind. */
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = buf_printf(b, "<Object><Key>%s</Key></Object>", key[i]);
	return e == ERR_OK ? buf_adds(b, "</Delete>") : e;
}

/* The answer is 200 and tells of each that is not gone; one that was not there is. */
static enum err
first_refused(struct remote *r, struct arena *a, const char *text, struct fault *f)
{
	const char *one, *at, *key, *code;

	while ((one = remote_element(a, &text, "Error")) != NULL) {
		at = one;
		code = remote_xml(a, &at, "Code");
		at = one;
		key = remote_xml(a, &at, "Key");
		if (code != NULL && strcmp(code, "NoSuchKey") == 0)
			continue;
		return fault_set(f, ERR_STORE, "%s, bucket %s: DELETE %s gave %s", r->host, r->bucket, key != NULL ? key : "",
		    code != NULL ? code : "no reason");
	}
	return ERR_OK;
}

static enum err
delete_page(struct remote *r, struct arena *a, const char *const *key, size_t n, bool *unknown, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("POST", "");
	struct buf body = BUF_INIT(BODY_BYTES);
	struct digest_sums sums;
	struct fetch_answer out = { .status = 0 };
	char hex[SHA256_HEX];
	enum err e;

	if ((e = order(&body, key, n)) == ERR_OK) {
		digest_mem(buf_str(&body), body.len, &sums);
		enc_hex(sums.sha256, sizeof(sums.sha256), hex);
		q.payload = hex;
		remote_query(&q, "delete", "");
		remote_header(&q, "content-type", "application/xml");
		remote_header(&q, "content-md5", enc_b64(a, sums.md5, sizeof(sums.md5)));
		q.body = buf_str(&body);
		q.body_len = (off_t)body.len;
		e = remote_ask(r, &q, &out, f);
	}
	*unknown = out.status == 405 || out.status == 501;
	if (e == ERR_OK)
		e = first_refused(r, a, buf_str(&out.text), f);
	buf_free(&out.text);
	buf_free(&body);
	return e;
}

enum err
remote_delete_many(struct remote *r, const char *const *key, size_t n, bool *unknown, struct fault *f)
{
	struct arena *a = arena_new();
	enum err e = ERR_OK;

	*unknown = false;
	for (size_t i = 0; i < n && e == ERR_OK; i += REMOTE_DELETE_KEYS)
		e = delete_page(r, a, key + i, n - i < REMOTE_DELETE_KEYS ? n - i : REMOTE_DELETE_KEYS, unknown, f);
	arena_free(a);
	return e;
}

/* --- copying ------------------------------------------------------------------------------------ */

bool
remote_is_same_service(const struct remote *r, const struct remote *from)
{
	return r->fam == from->fam && strcmp(r->scheme, from->scheme) == 0 && strcasecmp(r->host, from->host) == 0 &&
	    strcmp(r->creds.access_key, from->creds.access_key) == 0 && strcmp(r->creds.region, from->creds.region) == 0 &&
	    strcmp(r->token, from->token) == 0;
}

/* S3 may answer 200 and tell the failure in the body. The MD5 it tells is compared, where it is one (not of parts, not encrypted). */
static enum err
judge_copy(struct arena *a, const struct remote_ask *as, const char *text, const struct store_source *src, bool encrypted, struct fault *f)
{
	struct digest_sums sums = { .crc64 = 0 };
	const char *at = text, *etag = remote_xml(a, &at, "ETag");
	char md5[2 * MD5_BYTES + 1];
	enum err e;

	if (strstr(text, "<Error>") != NULL || etag == NULL)
		return fault_set(f, ERR_STORE, "%s was not copied", as->key);
	etag += *etag == '"';
	if (encrypted || strcspn(etag, "\"") != 2 * MD5_BYTES || strchr(etag, '-') != NULL)
		return ERR_OK;
	if ((e = digest_range(src->fd, 0, src->size, &sums, f)) != ERR_OK)
		return e;
	enc_hex(sums.md5, sizeof(sums.md5), md5);
	return strncasecmp(etag, md5, 2 * MD5_BYTES) == 0 ? ERR_OK : fault_set(f, ERR_DAMAGED, "the copy of %s has other bytes", as->key);
}

enum err
remote_copy_from(struct remote *r, const struct remote *from, const struct remote_ask *as, const struct store_source *src, struct fault *f)
{
	const struct sign_request place = { .bucket = from->bucket, .key = as->key };
	struct arena *a = arena_new();
	struct remote_ask q = *as;
	struct fetch_answer out;
	enum err e;

	remote_header(&q, r->fam->copy_source, sign_path(a, &place, true));
	remote_header(&q, r->fam->copy_directive, "REPLACE");
	q.body = "";
	e = remote_ask(r, &q, &out, f);
	if (e == ERR_OK)
		e = judge_copy(a, as, buf_str(&out.text), src, *r->encryption != '\0', f);
	buf_free(&out.text);
	arena_free(a);
	return e;
}
