/*
 * Objects in parts: begun, sent part by part from the descriptor, then put together. An upload that died with its process is taken up by the
 * next one of the same key: a part that is there with the right checksum is not sent again. One that fails for good is given up as a whole,
 * so that nothing half-sent is paid for; what nobody came back for, tidy gives up.
 */
#include "data/remote.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/metric.h"
#include "base/num.h"

#define BEGINS 2	/* somebody else may finish or give up the same upload under us */

struct upload {
	struct remote		*r;
	struct arena		*mem;
	const struct remote_ask	*as;		/* its key and headers */
	int			 fd;
	off_t			 size;
	const char		*id;
	const char		**have;		/* checksums of parts that are there, by number; NULL: none */
	int64_t			 parts;
	uint64_t		 crc64;
	struct buf		 list;
};

/* --- uploads that are under way ------------------------------------------------------------------ */

typedef enum err each_upload(const char *key, const char *id, int64_t begun_s, void *arg, struct fault *f);

/* Up to a thousand; nobody has more than a few. */
static enum err
list_uploads(struct remote *r, struct arena *a, const char *prefix, each_upload *each, void *arg, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("GET", "");
	struct fetch_answer out;
	const char *text, *one;
	enum err e;

	remote_query(&q, "uploads", "");
	remote_query(&q, "prefix", prefix);
	e = remote_ask(r, &q, &out, f);
	text = buf_str(&out.text);
	while (e == ERR_OK && (one = remote_element(a, &text, "Upload")) != NULL) {
		const char *at = one, *key = remote_xml(a, &at, "Key"), *id, *when;

		at = one;
		id = remote_xml(a, &at, "UploadId");
		at = one;
		when = remote_xml(a, &at, "Initiated");
		if (key != NULL && id != NULL)
			e = each(key, id, when != NULL ? remote_time_s(when) : 0, arg, f);
	}
	buf_free(&out.text);
	return e;
}

static enum err
take_id(const char *key, const char *id, int64_t begun_s, void *arg, struct fault *f)
{
	struct upload *u = arg;

	(void)begun_s;
	(void)f;
	if (u->id == NULL && strcmp(key, u->as->key) == 0)
		u->id = arena_strdup(u->mem, id);
	return ERR_OK;
}

static enum err
give_up(struct remote *r, const char *key, const char *id, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("DELETE", key);
	struct fetch_answer out;
	enum err e;

	remote_query(&q, "uploadId", id);
	e = remote_ask(r, &q, &out, f);
	buf_free(&out.text);
	return e;
}

struct tidy {
	struct remote	*r;
	int64_t		 before_s;
	int		*removed;
};

static enum err
give_up_old(const char *key, const char *id, int64_t begun_s, void *arg, struct fault *f)
{
	struct tidy *t = arg;
	enum err e;

	if (begun_s == 0 || begun_s >= t->before_s)
		return ERR_OK;
	if ((e = give_up(t->r, key, id, f)) == ERR_OK)
		(*t->removed)++;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err
remote_tidy(void *d, int64_t age_s, int *removed, struct fault *f)
{
	struct tidy t = { d, clock_now_s() - age_s, removed };
	struct arena *a = arena_new();
	enum err e = list_uploads(d, a, "", give_up_old, &t, f);

	arena_free(a);
	return e;
}

/* --- beginning, or going on ----------------------------------------------------------------------- */

/* Which parts are there? Unknown: none. */
static void
look(struct upload *u)
{
	struct remote_ask q = REMOTE_ASK("GET", u->as->key);
	struct fault ignored = FAULT_NONE;
	struct fetch_answer out;
	const char *text, *part;

	remote_query(&q, "uploadId", u->id);
	if (remote_ask(u->r, &q, &out, &ignored) != ERR_OK)
		u->id = NULL;
	text = buf_str(&out.text);
	while (u->id != NULL && (part = remote_element(u->mem, &text, "Part")) != NULL) {
		const char *at = part, *number = remote_xml(u->mem, &at, "PartNumber"), *etag;
		int64_t n;

		at = part;
		etag = remote_xml(u->mem, &at, "ETag");
		if (number == NULL || etag == NULL || !num_parses(number, 1, u->parts, &n))
			continue;
		etag += *etag == '"';
		u->have[n] = arena_strndup(u->mem, etag, strcspn(etag, "\""));
	}
	buf_free(&out.text);
}

static enum err
begin(struct upload *u, struct fault *f)
{
	struct remote_ask q = *u->as;
	struct fetch_answer out;
	const char *at;
	enum err e;

	q.method = "POST";
	remote_query(&q, "uploads", "");
	q.body = "";
	e = remote_ask(u->r, &q, &out, f);
	at = buf_str(&out.text);
	if (e == ERR_OK && (u->id = remote_xml(u->mem, &at, "UploadId")) == NULL)
		e = fault_set(f, ERR_STORE, "%s began no upload in parts", u->r->host);
	buf_free(&out.text);
	return e;
}

/* --- parts ----------------------------------------------------------------------------------------- */

static enum err
put_part(struct upload *u, const char *number, off_t off, off_t len, const struct digest_sums *sums, const char **etag, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("PUT", u->as->key);
	struct fetch_answer out;
	char hex[SHA256_HEX];
	enum err e;

	enc_hex(sums->sha256, sizeof(sums->sha256), hex);
	q.payload = hex;
	remote_query(&q, "partNumber", number);
	remote_query(&q, "uploadId", u->id);
	q.body_fd = u->fd;
	q.body_off = off;
	q.body_len = len;
	if ((e = remote_ask(u->r, &q, &out, f)) == ERR_OK && (e = remote_check_crc(&out, out.crc64, u->as->key, f)) == ERR_OK)
		*etag = arena_strdup(u->mem, out.etag);
	buf_free(&out.text);
	return e;
}

static enum err
send_part(struct upload *u, int64_t n, struct fault *f)
{
	off_t off = (off_t)(n - 1) * REMOTE_PART_BYTES, len = u->size - off < REMOTE_PART_BYTES ? u->size - off : REMOTE_PART_BYTES;
	struct digest_sums sums = { .crc64 = u->crc64 };
	const char *etag = u->have[n];
	char md5[2 * MD5_BYTES + 1], number[24];
	enum err e;

	if ((e = digest_range(u->fd, off, len, &sums, f)))
		return e;
	enc_hex(sums.md5, sizeof(sums.md5), md5);
	snprintf(number, sizeof(number), "%lld", (long long)n);
	if (etag != NULL && strcasecmp(etag, md5) == 0)
		metric_add(METRIC_REMOTE_RESUMED, 1);
	else if ((e = put_part(u, number, off, len, &sums, &etag, f)))
		return e;
	u->crc64 = sums.crc64;
	return buf_printf(&u->list, "<Part><PartNumber>%s</PartNumber><ETag>\"%s\"</ETag></Part>", number, etag);
}

/* S3 may answer 200 and tell the failure in the body. */
static enum err
finish(struct upload *u, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("POST", u->as->key);
	struct fetch_answer out;
	const char *at, *code;
	enum err e;

	remote_query(&q, "uploadId", u->id);
	remote_header(&q, "content-type", "application/xml");
	q.body = buf_str(&u->list);
	q.body_len = (off_t)u->list.len;
	e = remote_ask(u->r, &q, &out, f);
	at = buf_str(&out.text);
	if (e == ERR_OK && strstr(at, "<Error>") != NULL && (code = remote_xml(u->mem, &at, "Code")) != NULL)
		e = fault_set(f, ERR_STORE, "%s could not put the parts together: %s", u->r->host, code);
	if (e == ERR_OK)
		e = remote_check_crc(&out, u->crc64, u->as->key, f);
	buf_free(&out.text);
	return e;
}

static enum err
send_all(struct upload *u, struct fault *f)
{
	struct fault ignored = FAULT_NONE;
	enum err e = ERR_OK;

	u->crc64 = 0;
	u->have = arena_calloc(u->mem, (size_t)u->parts + 1, sizeof(*u->have));
	if (u->id != NULL)
		look(u);
	if (u->id == NULL && (e = begin(u, f)))
		return e;
	u->list.len = 0;
	e = buf_adds(&u->list, "<CompleteMultipartUpload>");
	for (int64_t n = 1; e == ERR_OK && n <= u->parts; n++)
		e = send_part(u, n, f);
	if (e == ERR_OK && (e = buf_adds(&u->list, "</CompleteMultipartUpload>")) == ERR_OK)
		e = finish(u, f);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		(void)!give_up(u->r, u->as->key, u->id, &ignored);
	return e;
}

enum err
remote_put_parts(struct remote *r, const struct remote_ask *as, int fd, off_t size, struct fault *f)
{
	struct upload u = { .r = r, .mem = arena_new(), .as = as, .fd = fd, .size = size, .list = BUF_INIT(4 << 20),
	    .parts = (size + REMOTE_PART_BYTES - 1) / REMOTE_PART_BYTES };
	struct fault why = FAULT_NONE;
	enum err e = ERR_OK;

	(void)!list_uploads(r, u.mem, as->key, take_id, &u, &why);
	/* ERR_NOTFOUND: the upload is no longer there; then it must be begun anew. */
	for (int i = 0; i == 0 || (e == ERR_NOTFOUND && i < BEGINS); i++) {
		why = (struct fault)FAULT_NONE;
		if (i > 0)
			u.id = NULL;
		e = send_all(&u, &why);
	}
	buf_free(&u.list);
	arena_free(u.mem);
	return e == ERR_OK ? ERR_OK : fault_set(f, e == ERR_NOTFOUND ? ERR_STORE : e, "%s", why.why);
}
