/*
 * The drivers for S3 and Alibaba OSS: objects in a bucket, with a copy on the node's disk for what is read (the tier, below cache.dir: it
 * may vanish at any time). A blob's key is the hash of its bytes, so every read proves itself.
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
#include "data/conf.h"

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

static enum err
open_tier(struct remote *r, const struct conf *c, struct fault *f)
{
	const char *dir = arena_printf(r->mem, "%s/t", c->cache_dir);
	enum err e = dir_make(AT_FDCWD, dir, 0755, f);

	if (e == ERR_OK && (r->tier_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		e = fault_errno(f, ERR_IO, "%s", dir);
	return e;
}

static void
remote_close(void *d)
{
	struct remote *r = d;

	if (r == NULL)
		return;
	fetch_close(r->fetch);
	fd_close(&r->tier_fd);
	arena_free(r->mem);
	free(r);
}

static enum err
remote_open(const struct conf *c, enum conf_store which, const struct remote_family *fam, const struct conf_bucket *s, struct remote **out, struct fault *f)
{
	const char *name = conf_store_names[which];
	struct remote *r = calloc(1, sizeof(*r));
	struct fetch_conf fc = { .connect_ms = c->store_connect_ms, .total_ms = c->store_timeout_ms };
	enum err e;

	if (r == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the store");
	r->mem = arena_new();
	r->tier_fd = -1;
	r->fam = fam;
	fc.ca_file = arena_strdup(r->mem, s->ca_file);
	if ((e = need(name, "endpoint", s->endpoint, f)) || (e = need(name, "bucket", s->bucket, f)) ||
	    (e = need(name, "access_key", s->access_key, f)) || (e = need(name, "secret_key", s->secret_key, f)) ||
	    (e = set_endpoint(r, name, s->endpoint, f)) || (e = open_tier(r, c, f)) || (e = fetch_open(&fc, &r->fetch, f))) {
		remote_close(r);
		return e;
	}
	r->creds = (struct sign_creds){ arena_strdup(r->mem, s->access_key), arena_strdup(r->mem, s->secret_key),
	    arena_strdup(r->mem, s->region), NULL };
	r->bucket = arena_strdup(r->mem, s->bucket);
	r->token = arena_strdup(r->mem, s->token);
	r->path_style = s->path_style != 0;
	r->storage_class = r->encryption = "";
	*out = r;
	return ERR_OK;
}

static enum err
s3_open(const struct conf *c, enum conf_store which, void **d, struct fault *f)
{
	bool b = which == STORE_S3_B;
	struct remote *r = NULL;
	enum err e = remote_open(c, which, &remote_s3, b ? &c->s3_b : &c->s3, &r, f);

	if (e != ERR_OK)
		return e;
	r->storage_class = arena_strdup(r->mem, b ? c->s3_b_storage_class : c->s3_storage_class);
	r->encryption = arena_strdup(r->mem, b ? c->s3_b_encryption : c->s3_encryption);
	*d = r;
	return ERR_OK;
}

static enum err
oss_open(const struct conf *c, enum conf_store which, void **d, struct fault *f)
{
	bool b = which == STORE_OSS_B, v4 = (b ? c->oss_b_signature : c->oss_signature) == 0;

	return remote_open(c, which, v4 ? &remote_oss4 : &remote_oss1, b ? &c->oss_b : &c->oss, (struct remote **)d, f);
}

/* --- writing ------------------------------------------------------------------------------------ */

static void
add_header(struct remote_ask *q, const char *name, const char *value)
{
	if (*value != '\0')
		q->header[q->nheader++] = (struct sign_pair){ name, value };
}

/* OSS tells the CRC-64 of what it has; S3 has checked the hash that was signed. */
static enum err
check_crc(const struct fetch_answer *out, const char *key, struct fault *f)
{
	char mine[24];

	snprintf(mine, sizeof(mine), "%llu", (unsigned long long)out->crc64);
	if (*out->crc_header != '\0' && strcmp(out->crc_header, mine) != 0)
		return fault_set(f, ERR_STORE, "%s was damaged on its way to the store", key);
	return ERR_OK;
}

static enum err
put_whole(struct remote *r, const char *key, const struct store_source *src, const uint8_t *sha256, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("PUT", key);
	struct fetch_answer out;
	char hex[SHA256_HEX];
	enum err e;

	enc_hex(sha256, SHA256_BYTES, hex);
	q.payload = hex;
	q.body_fd = src->fd;
	q.body = src->fd < 0 ? src->mem : NULL;
	q.body_len = src->size;
	add_header(&q, "content-type", src->fd < 0 ? "application/json" : "application/octet-stream");
	if (r->fam == &remote_s3) {
		add_header(&q, "x-amz-storage-class", r->storage_class);
		add_header(&q, "x-amz-server-side-encryption", r->encryption);
	}
	if ((e = remote_ask(r, &q, &out, f)) == ERR_OK)
		e = check_crc(&out, key, f);
	buf_free(&out.text);
	return e;
}

static enum err
remote_put(void *d, const char *key, const struct store_source *src, struct fault *f)
{
	struct remote *r = d;
	uint8_t sum[SHA256_BYTES];
	enum err e = ERR_OK;

	if (src->fd < 0)
		sha256_of(src->mem, (size_t)src->size, sum);
	else
		e = sha256_fd(src->fd, sum, f);
	if (e != ERR_OK)
		return e;
	if (src->sha256 != NULL && memcmp(src->sha256, sum, sizeof(sum)) != 0)
		return fault_set(f, ERR_IO, "the bytes to be stored as %s changed on the way", key);
	if (src->fd >= 0 && src->size > REMOTE_ONE_PUT_BYTES)
		return remote_put_parts(r, key, src->fd, src->size, f);
	return put_whole(r, key, src, sum, f);
}

static void
tier_drop(void *d, const char *key)
{
	struct remote *r = d;
	char name[STORE_KEY_SIZE + 8];

	snprintf(name, sizeof(name), "%.2s/%s", strchr(key, '/') + 1, strchr(key, '/') + 1);
	unlinkat(r->tier_fd, name, 0);
}

static enum err
remote_del(void *d, const char *key, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("DELETE", key);
	struct fetch_answer out;
	enum err e = remote_ask(d, &q, &out, f);

	buf_free(&out.text);
	if (e == ERR_OK || e == ERR_NOTFOUND)
		tier_drop(d, key);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* --- reading ------------------------------------------------------------------------------------ */

static enum err
remote_stat(void *d, const char *key, off_t *size, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("HEAD", key);
	struct fetch_answer out;
	enum err e = remote_ask(d, &q, &out, f);

	buf_free(&out.text);
	if (e == ERR_OK && out.length < 0)
		e = fault_set(f, ERR_STORE, "the store does not tell the size of %s", key);
	if (e == ERR_OK)
		*size = (off_t)out.length;
	return e;
}

/* Where the copy of a blob lies below the tier. */
static void
tier_name(const char *key, char dir[3], char name[STORE_KEY_SIZE + 8])
{
	const char *hash = strchr(key, '/') + 1;

	snprintf(dir, 3, "%.2s", hash);
	snprintf(name, STORE_KEY_SIZE + 8, "%s/%s", dir, hash);
}

/* A blob proves itself by its name; a sidecar has only its length. */
static enum err
check_bytes(const char *key, const struct fetch_answer *out, struct fault *f)
{
	char hex[SHA256_HEX];

	if (out->length >= 0 && out->got != out->length)
		return fault_set(f, ERR_STORE, "%s broke off after %lld of %lld bytes", key, (long long)out->got, (long long)out->length);
	enc_hex(out->sha256, SHA256_BYTES, hex);
	if (strncmp(key, "o/", 2) == 0 && strcmp(key + 2, hex) != 0)
		return fault_set(f, ERR_DAMAGED, "the bytes of %s are not what its name says", key);
	return ERR_OK;
}

static enum err
download(struct remote *r, const char *key, int *fd, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("GET", key);
	struct fetch_answer out;
	int to = openat(r->tier_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	enum err e;

	if (to < 0)
		return fault_errno(f, ERR_IO, "a copy of %s", key);
	q.to_fd = to;
	if ((e = remote_ask(r, &q, &out, f)) == ERR_OK)
		e = check_bytes(key, &out, f);
	buf_free(&out.text);
	if (e != ERR_OK)
		fd_close(&to);
	else
		*fd = to;
	return e;
}

/* Give the downloaded file its name in the tier; who else did it first is as good. */
static void
keep(struct remote *r, const char *key, int fd)
{
	char dir[3], name[STORE_KEY_SIZE + 8], self[40];
	struct fault ignored = FAULT_NONE;

	tier_name(key, dir, name);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (dir_make(r->tier_fd, dir, 0755, &ignored) == ERR_OK)
		(void)!linkat(AT_FDCWD, self, r->tier_fd, name, AT_SYMLINK_FOLLOW);
}

static enum err
remote_get(void *d, const char *key, bool fresh, int *fd, off_t *size, struct fault *f)
{
	struct remote *r = d;
	bool blob = strncmp(key, "o/", 2) == 0;
	char dir[3], name[STORE_KEY_SIZE + 8];
	struct stat st;
	enum err e = ERR_OK;
	int got = -1;

	tier_name(key, dir, name);
	if (blob && !fresh)
		got = openat(r->tier_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (got < 0 && (e = download(r, key, &got, f)) == ERR_OK && blob && !fresh)
		keep(r, key, got);
	if (e == ERR_OK && fstat(got, &st) != 0)
		e = fault_errno(f, ERR_IO, "a copy of %s", key);
	if (e != ERR_OK) {
		fd_close(&got);
		return e;
	}
	*fd = got;
	*size = st.st_size;
	return ERR_OK;
}

static enum err
remote_tier(void *d, const char *key, char *out, size_t size, struct fault *f)
{
	struct remote *r = d;
	char dir[3], name[STORE_KEY_SIZE + 8];

	tier_name(key, dir, name);
	if (faccessat(r->tier_fd, name, R_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return fault_set(f, ERR_NOTFOUND, "no copy of %s on this node", key);
	return snprintf(out, size, "t/%s", name) < (int)size ? ERR_OK : fault_set(f, ERR_INTERNAL, "no room for a name");
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
	q.query[q.nquery++] = (struct sign_pair){ "list-type", "2" };
	q.query[q.nquery++] = (struct sign_pair){ "max-keys", "1" };
	e = remote_ask(r, &q, &out, f);
	buf_free(&out.text);
	if (e == ERR_OK)
		r->checked_us = clock_mono_us();
	return e;
}

const struct store_driver store_s3 = {
	.name = "s3", .open = s3_open, .close = remote_close, .put = remote_put, .get = remote_get, .stat = remote_stat,
	.del = remote_del, .list = remote_list_all, .check = remote_check, .tier = remote_tier, .untier = tier_drop,
};

const struct store_driver store_oss = {
	.name = "oss", .open = oss_open, .close = remote_close, .put = remote_put, .get = remote_get, .stat = remote_stat,
	.del = remote_del, .list = remote_list_all, .check = remote_check, .tier = remote_tier, .untier = tier_drop,
};
