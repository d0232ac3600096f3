/*
 * The drivers for S3 and Alibaba OSS: objects in a bucket. What is read gets a copy on the node's disk: remote_tier.c.
 */
#include "data/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "data/conf.h"
#include "data/media_type.h"

#define CHECK_US INT64_C(10000000)	/* a store that was well is believed to be so for so long */

/* --- opening ------------------------------------------------------------------------------------ */

/* "https://s3.example.org:9000" or a bare host, which is https. */
static enum err
set_endpoint(struct remote *r, const char *section, const char *endpoint, struct fault *f)
{
	const char *sep = strstr(endpoint, "://");

	r->scheme = sep != NULL ? arena_strndup(r->mem, endpoint, (size_t)(sep - endpoint)) : "https";
	r->host = arena_strdup(r->mem, sep != NULL ? sep + 3 : endpoint);
	if (*r->host == '\0' || strchr(r->host, '/') != NULL || (strcmp(r->scheme, "https") != 0 && strcmp(r->scheme, "http") != 0))
		return fault_set(f, ERR_BADREQ, "%s.endpoint is https://HOST or http://HOST[:PORT], nothing behind it", section);
	return ERR_OK;
}

static enum err
need(const char *section, const char *option, const char *value, struct fault *f)
{
	return *value != '\0' ? ERR_OK : fault_set(f, ERR_BADREQ, "%s.%s must be set to use this store", section, option);
}

static void
remote_close(void *d)
{
	struct remote *r = d;

	if (r == NULL)
		return;
	fetch_close(r->fetch);
	fd_close(&r->tier_fd);
	fd_close(&r->spare_fd);
	arena_free(r->mem);
	arena_free(r->ask_mem);
	free(r);
}

static enum err
remote_open(const struct conf *c, enum conf_store which, const struct remote_family *fam, const struct conf_bucket *s, struct remote **out, struct fault *f)
{
	const char *name = conf_store_names[which];
	struct remote *r = calloc(1, sizeof(*r));
	struct fetch_conf fc = { .connect_ms = c->store_connect_ms, .stall_ms = c->store_timeout_ms,
	    .total_ms = c->store_total_ms };
	enum err e;

	if (r == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the store");
	r->mem = arena_new();
	r->ask_mem = arena_new();
	r->tier_fd = r->spare_fd = -1;
	r->fam = fam;
	fc.ca_file = arena_strdup(r->mem, s->ca_file);
	if ((e = need(name, "endpoint", s->endpoint, f)) || (e = need(name, "bucket", s->bucket, f)) ||
	    (e = need(name, "access_key", s->access_key, f)) || (e = need(name, "secret_key", s->secret_key, f)) ||
	    (e = set_endpoint(r, name, s->endpoint, f)) || (e = remote_tier_open(r, c, f)) || (e = fetch_open(&fc, &r->fetch, f))) {
		remote_close(r);
		return e;
	}
	r->creds = (struct sign_creds){ arena_strdup(r->mem, s->access_key), arena_strdup(r->mem, s->secret_key),
	    arena_strdup(r->mem, s->region), NULL };
	r->bucket = arena_strdup(r->mem, s->bucket);
	r->token = arena_strdup(r->mem, s->token);
	r->path_style = s->path_style != 0;
	r->storage_class = arena_strdup(r->mem, s->storage_class);
	r->encryption = arena_strdup(r->mem, s->encryption);
	r->encryption_key = arena_strdup(r->mem, s->encryption_key);
	*out = r;
	return ERR_OK;
}

static enum err
s3_open(const struct conf *c, enum conf_store which, void **d, struct fault *f)
{
	return remote_open(c, which, &remote_s3, which == STORE_S3_B ? &c->s3_b : &c->s3, (struct remote **)d, f);
}

static enum err
oss_open(const struct conf *c, enum conf_store which, void **d, struct fault *f)
{
	bool b = which == STORE_OSS_B, v4 = (b ? c->oss_b_signature : c->oss_signature) == 0;

	return remote_open(c, which, v4 ? &remote_oss4 : &remote_oss1, b ? &c->oss_b : &c->oss, (struct remote **)d, f);
}

/* --- writing ------------------------------------------------------------------------------------ */

enum err
remote_check_crc(const struct fetch_answer *out, uint64_t crc, const char *key, struct fault *f)
{
	char mine[24];

	snprintf(mine, sizeof(mine), "%llu", (unsigned long long)crc);
	if (*out->crc_header != '\0' && strcmp(out->crc_header, mine) != 0)
		return fault_set(f, ERR_STORE, "%s was damaged on its way to the store", key);
	return ERR_OK;
}

/* What foreign clients shall see: sidecars are JSON, all else is what its first bytes say. */
static const char *
type_of(const char *key, const struct store_source *src)
{
	char head[MEDIA_TYPE_HEAD];
	struct fault ignored = FAULT_NONE;
	size_t n = strlen(key), got = 0;

	if (n > 5 && strcmp(key + n - 5, ".json") == 0)
		return "application/json";
	if (src->fd < 0)
		return media_type(src->mem, (size_t)src->size);
	(void)!fd_pread_all(src->fd, head, sizeof(head), 0, &got, &ignored);
	return media_type(head, got);
}

static enum err
put_whole(struct remote *r, const struct remote_ask *as, const struct store_source *src, struct fault *f)
{
	struct remote_ask q = *as;
	struct fetch_answer out;
	enum err e;

	q.payload = as->header[0].value;	/* the sum goes along in any case */
	q.body_fd = src->fd;
	q.body = src->fd < 0 ? src->mem : NULL;
	q.body_len = src->size;
	/* OSS tells the CRC-64 of what it has; S3 has checked the hash that was signed. */
	if ((e = remote_ask(r, &q, &out, f)) == ERR_OK)
		e = remote_check_crc(&out, out.crc64, as->key, f);
	buf_free(&out.text);
	return e;
}

static enum err
put(struct remote *r, const struct remote_ask *as, const struct store_source *src, struct fault *f)
{
	if (src->fd >= 0 && src->size > REMOTE_ONE_PUT_BYTES)
		return remote_put_parts(r, as, src->fd, src->size, f);
	return put_whole(r, as, src, f);
}

/* Does the object that is in the way hold the same bytes? */
static bool
is_same(struct remote *r, const char *key, const struct store_source *src)
{
	struct remote_ask q = REMOTE_ASK("HEAD", key);
	struct digest_sums sums = { .crc64 = 0 };
	struct fault ignored = FAULT_NONE;
	struct fetch_answer out;
	bool same = remote_ask(r, &q, &out, &ignored) == ERR_OK && out.length == (int64_t)src->size && *out.crc_header != '\0' &&
	    digest_range(src->fd, 0, src->size, &sums, &ignored) == ERR_OK &&
	    remote_check_crc(&out, sums.crc64, key, &ignored) == ERR_OK;

	buf_free(&out.text);
	return same;
}

/* The question that writes an object, with all its headers. hex: where its hash is kept; it must live as long as q. */
static enum err
ask_to_put(struct remote *r, const char *key, const struct store_source *src, char hex[SHA256_HEX], struct remote_ask *q, struct fault *f)
{
	uint8_t sum[SHA256_BYTES];
	enum err e;

	if (src->fd < 0)
		sha256_of(src->mem, (size_t)src->size, sum);
	else if ((e = sha256_fd(src->fd, sum, f)) != ERR_OK)
		return e;
	if (src->sha256 != NULL && memcmp(src->sha256, sum, sizeof(sum)) != 0)
		return fault_set(f, ERR_IO, "the bytes to be stored as %s changed on the way", key);
	enc_hex(sum, sizeof(sum), hex);
	*q = (struct remote_ask)REMOTE_ASK("PUT", key);
	remote_header(q, r->fam->sha256, hex);
	remote_header(q, "content-type", type_of(key, src));
	remote_header(q, r->fam->storage_class, r->storage_class);
	remote_header(q, r->fam->encryption, r->encryption);
	remote_header(q, r->fam->encryption_key, r->encryption_key);
	return ERR_OK;
}

static enum err
remote_put(void *d, const char *key, const struct store_source *src, struct fault *f)
{
	struct remote *r = d;
	struct remote_ask q;
	struct fault why = FAULT_NONE;
	char hex[SHA256_HEX];
	enum err e = ask_to_put(r, key, src, hex, &q, f);

	/* A blob is never replaced by itself, only damaged bytes are; sidecars are. */
	if (e != ERR_OK || r->fam->no_overwrite == NULL || src->fd < 0)
		return e != ERR_OK ? e : put(r, &q, src, f);
	remote_header(&q, r->fam->no_overwrite, "true");
	e = put(r, &q, src, &why);
	if (e != ERR_CONFLICT)
		return e == ERR_OK ? e : fault_set(f, e, "%s", why.why);
	if (is_same(r, key, src))
		return ERR_OK;
	q.nheader--;
	return put(r, &q, src, f);
}

static enum err
remote_copy(void *d, void *from, const char *key, const struct store_source *src, bool *unknown, struct fault *f)
{
	struct remote_ask q;
	char hex[SHA256_HEX];
	enum err e;

	*unknown = !remote_is_same_service(d, from);
	if (*unknown)
		return ERR_STORE;
	if ((e = ask_to_put(d, key, src, hex, &q, f)) != ERR_OK)
		return e;
	/* Whatever is in its way (rights, size, a source that went away), it can be put as always. */
	*unknown = (e = remote_copy_from(d, from, &q, src, f)) != ERR_OK;
	return e;
}

static enum err
remote_del(void *d, const char *key, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("DELETE", key);
	struct fetch_answer out;
	enum err e = remote_ask(d, &q, &out, f);

	buf_free(&out.text);
	if (e == ERR_OK || e == ERR_NOTFOUND)
		remote_untier(d, key);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err
remote_del_many(void *d, const char *const *key, size_t n, bool *unknown, struct fault *f)
{
	enum err e = remote_delete_many(d, key, n, unknown, f);

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		remote_untier(d, key[i]);
	return e;
}

/* --- reading ------------------------------------------------------------------------------------ */

static enum err remote_check(void *d, struct fault *f);

static enum err
remote_stat(void *d, const char *key, off_t *size, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("HEAD", key);
	struct fetch_answer out;
	struct remote *r = d;
	struct fault why = FAULT_NONE;
	enum err e = remote_ask(r, &q, &out, &why);

	buf_free(&out.text);
	/* No answer to HEAD has a body: without a look at the bucket itself one that is missing would seem to be empty, too. */
	if (e != ERR_OK && out.status / 100 == 4 && r->checked_us == 0) {
		enum err bucket = remote_check(d, f);

		if (bucket != ERR_OK)
			return bucket;
	}
	if (e != ERR_OK)
		return fault_set(f, e, "%s", why.why);
	if (out.length < 0)
		return fault_set(f, ERR_STORE, "the store does not tell the size of %s", key);
	*size = (off_t)out.length;
	return ERR_OK;
}

static enum err
remote_list_all(void *d, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	return remote_list(d, prefix, each, arg, f);
}

/* One listing of one key: proves endpoint, clock, keys, bucket. Uploads ask this each time, so a good answer holds for a while. */
static enum err
remote_check(void *d, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("GET", "");
	struct remote *r = d;
	struct fetch_answer out;
	enum err e;

	if (r->checked_us > 0 && r->failures == 0 && clock_mono_us() - r->checked_us < CHECK_US)
		return ERR_OK;
	remote_query(&q, "list-type", "2");
	remote_query(&q, "max-keys", "1");
	e = remote_ask(r, &q, &out, f);
	buf_free(&out.text);
	if (e == ERR_OK)
		r->checked_us = clock_mono_us();
	return e;
}

static enum err
remote_address(void *d, const char *key, int64_t expires_s, struct arena *a, const char **out, struct fault *f)
{
	(void)f;
	*out = remote_presign(d, a, key, expires_s);
	return ERR_OK;
}

const struct store_driver store_s3 = {
	.name = "s3", .open = s3_open, .close = remote_close, .put = remote_put, .get = remote_get, .stat = remote_stat,
	.del = remote_del, .del_many = remote_del_many, .copy = remote_copy, .list = remote_list_all, .check = remote_check, .tidy = remote_tidy,
	.begin = remote_begin, .piece = remote_rest_piece, .more = remote_rest_more,
	.end = remote_rest_end, .tier = remote_tier, .untier = remote_untier, .adopt = remote_adopt, .foreign = remote_foreign, .url = remote_address,
};

const struct store_driver store_oss = {
	.name = "oss", .open = oss_open, .close = remote_close, .put = remote_put, .get = remote_get, .stat = remote_stat,
	.del = remote_del, .del_many = remote_del_many, .copy = remote_copy, .list = remote_list_all, .check = remote_check, .tidy = remote_tidy,
	.begin = remote_begin, .piece = remote_rest_piece, .more = remote_rest_more,
	.end = remote_rest_end, .tier = remote_tier, .untier = remote_untier, .adopt = remote_adopt, .foreign = remote_foreign, .url = remote_address,
};
