/*
 * The object store: the gate that every key passes, the counters, the targets, and what is written to all of them. Reading is
 * store_read.c.
 */
#include "data/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/defs.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "data/store_int.h"

#define AGAIN_US INT64_C(5000000)	/* between tries to open a mirror */

static const struct store_driver *const drivers[CONF_STORE__MAX] = {
	[STORE_LOCAL] = &store_local, [STORE_LOCAL_B] = &store_local,
	[STORE_OSS] = &store_oss, [STORE_OSS_B] = &store_oss,
	[STORE_S3] = &store_s3, [STORE_S3_B] = &store_s3,
};

/* Keys are ours, so a bad one is our own mistake; yet it must not become a path. */
enum err
store_check_key(const char *key, struct fault *f)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-";
	size_t folder = strspn(key, "abcdefghijklmnopqrstuvwxyz");
	const char *name = key + folder + 1;

	if (folder == 0 || key[folder] != '/' || *name == '\0' || *name == '.' ||
	    strspn(name, good) != strlen(name) || strlen(key) >= STORE_KEY_SIZE)
		return fault_set(f, ERR_INTERNAL, "store: \"%.80s\" is no key", key);
	return ERR_OK;
}

enum err
store_count(enum err e, enum metric m)
{
	if (e == ERR_OK)
		metric_add(m, 1);
	else if (e != ERR_NOTFOUND)
		metric_add(METRIC_STORE_ERRORS, 1);
	return e;
}

/* --- targets ------------------------------------------------------------------------------------ */

static enum err
open_target(struct store *s, int t, struct fault *f)
{
	struct target *x = &s->target[t];

	x->again_us = clock_mono_us() + AGAIN_US;
	return x->drv->open(s->conf, x->which, &x->d, f);
}

enum err
store_ready(struct store *s, int t, void **out, struct fault *f)
{
	struct target *x = &s->target[t];
	struct fault why = FAULT_NONE;

	assert(t >= 0 && t < s->n);
	if (x->d == NULL && x->again_us > clock_mono_us())
		return fault_set(f, ERR_STORE, "%s could not be opened a moment ago", conf_store_names[x->which]);
	if (x->d == NULL && open_target(s, t, &why) != ERR_OK)
		return fault_set(f, ERR_STORE, "%s", why.why);
	*out = x->d;
	return ERR_OK;
}

static enum err
open_all(const struct conf *c, const enum conf_store *which, int n, struct store **out, struct fault *f)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err e = ERR_OK;

	if (s == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the store");
	s->conf = c;
	for (; s->n < n && e == ERR_OK; s->n++) {
		struct fault why = FAULT_NONE;

		s->target[s->n] = (struct target){ .drv = drivers[which[s->n]], .which = which[s->n] };
		e = open_target(s, s->n, &why);
		if (s->n > 0 && e != ERR_BADREQ)
			e = ERR_OK;
		else if (e != ERR_OK)
			e = fault_set(f, e, "%s", why.why);
	}
	if (e != ERR_OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err
store_open(const struct conf *c, struct store **out, struct fault *f)
{
	enum conf_store which[1 + CONF_STORE__MAX] = { (enum conf_store)c->store_primary };
	size_t n;
	enum err e = conf_mirrors(c, which + 1, &n, f);

	return e != ERR_OK ? e : open_all(c, which, 1 + (int)n, out, f);
}

enum err
store_open_one(const struct conf *c, enum conf_store which, struct store **out, struct fault *f)
{
	return open_all(c, &which, 1, out, f);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (int t = 0; t < s->n; t++)
		if (s->target[t].d != NULL)
			s->target[t].drv->close(s->target[t].d);
	free(s);
}

void
store_watch(struct store *s, const struct store_watch *w)
{
	s->watch = *w;
}

int
store_targets(const struct store *s)
{
	return s->n;
}

const char *
store_target_name(const struct store *s, int t)
{
	return conf_store_names[s->target[t].which];
}

const char *
store_target_root(const struct store *s, int t)
{
	if (s->target[t].drv->path == NULL)
		return NULL;
	return s->target[t].which == STORE_LOCAL_B ? s->conf->local_b_root : s->conf->local_root;
}

/* --- one target --------------------------------------------------------------------------------- */

static enum err
put_at(struct store *s, int t, const char *key, const struct store_source *src, struct fault *f)
{
	void *d;
	enum err e;

	if ((e = store_check_key(key, f)) != ERR_OK || (e = store_ready(s, t, &d, f)) != ERR_OK)
		return e;
	return store_count(s->target[t].drv->put(d, key, src, f), METRIC_STORE_WRITES);
}

enum err
store_put_at(struct store *s, int t, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f)
{
	struct store_source src = { .fd = fd, .size = size, .sha256 = sha256 };

	return put_at(s, t, key, &src, f);
}

enum err
store_put_mem_at(struct store *s, int t, const char *key, const void *data, size_t len, struct fault *f)
{
	struct store_source src = { .fd = -1, .mem = data, .size = (off_t)len };

	return put_at(s, t, key, &src, f);
}

enum err
store_stat_at(struct store *s, int t, const char *key, off_t *size, struct fault *f)
{
	void *d;
	enum err e;

	if ((e = store_check_key(key, f)) != ERR_OK || (e = store_ready(s, t, &d, f)) != ERR_OK)
		return e;
	return s->target[t].drv->stat(d, key, size, f);
}

enum err
store_delete_at(struct store *s, int t, const char *key, struct fault *f)
{
	void *d;
	enum err e;

	if ((e = store_check_key(key, f)) != ERR_OK || (e = store_ready(s, t, &d, f)) != ERR_OK)
		return e;
	return store_count(s->target[t].drv->del(d, key, f), METRIC_STORE_WRITES);
}

enum err
store_delete_many_at(struct store *s, int t, const char *const *key, size_t n, struct fault *f)
{
	struct fault why = FAULT_NONE;
	bool unknown = true;
	enum err e = ERR_OK;
	void *d;

	for (size_t i = 0; i < n; i++)
		if ((e = store_check_key(key[i], f)) != ERR_OK)
			return e;
	if ((e = store_ready(s, t, &d, f)) != ERR_OK)
		return e;
	if (s->target[t].drv->del_many != NULL && n > 1)
		e = store_count(s->target[t].drv->del_many(d, key, n, &unknown, &why), METRIC_STORE_WRITES);
	if (!unknown)
		return e == ERR_OK ? e : fault_set(f, e, "%s", why.why);
	e = ERR_OK;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = store_delete_at(s, t, key[i], f);
	return e;
}

/* A copy that fails is no error of the store: it may have no right to read the other bucket, or not know the call. */
enum err
store_copy_at(struct store *s, int from, int t, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f)
{
	struct store_source src = { .fd = fd, .size = size, .sha256 = sha256 };
	const struct store_driver *drv = s->target[t].drv;
	bool unknown = true;
	void *d, *other;
	enum err e;

	if ((e = store_check_key(key, f)) != ERR_OK || (e = store_ready(s, t, &d, f)) != ERR_OK)
		return e;
	if (from != t && drv->copy != NULL && s->target[from].drv == drv && store_ready(s, from, &other, NULL) == ERR_OK &&
	    drv->copy(d, other, key, &src, &unknown, NULL) == ERR_OK) {
		metric_add(METRIC_REMOTE_COPIED, 1);
		return store_count(ERR_OK, METRIC_STORE_WRITES);
	}
	return put_at(s, t, key, &src, f);
}

enum err
store_list_at(struct store *s, int t, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	void *d;
	enum err e = store_ready(s, t, &d, f);

	return e != ERR_OK ? e : s->target[t].drv->list(d, prefix, each, arg, f);
}

enum err
store_check_at(struct store *s, int t, struct fault *f)
{
	void *d;
	enum err e = store_ready(s, t, &d, f);

	return e != ERR_OK ? e : s->target[t].drv->check(d, f);
}

/* --- all targets -------------------------------------------------------------------------------- */

/*
 * Blobs that are there need not be written again. Who takes over what another has written trusts neither its disk nor its haste, where looking
 * costs little. No fault is told: mostly they are not there.
 */
static bool
holds(struct store *s, int t, const char *key, off_t size)
{
	const struct target *x = &s->target[t];
	off_t had = 0;
	int fd = -1;
	bool held;

	if (x->drv->keep == NULL)
		return store_stat_at(s, t, key, &had, NULL) == ERR_OK && had == size;
	held = store_get_proven(s, t, key, size, &fd, &had, NULL) == ERR_OK && x->drv->keep(x->d, key, fd, NULL) == ERR_OK;
	fd_close(&fd);
	return held;
}

/* A copy for a mirror, now. */
static enum err
copy_to(struct store *s, int t, const char *key, const struct store_source *src)
{
	enum err e;

	if (src->fd >= 0 && holds(s, t, key, src->size))
		return ERR_OK;
	if ((e = put_at(s, t, key, src, NULL)) == ERR_OK)
		metric_add(METRIC_MIRROR_WRITES, 1);
	return e;
}

/* The primary has it. Whatever a mirror does not have now is somebody's job. */
static void
to_mirrors(struct store *s, const char *key, const struct store_source *src)
{
	bool owed = s->conf->store_mirror_mode == MIRROR_ASYNC;

	if (s->n == 1)
		return;
	for (int t = 1; t < s->n && s->conf->store_mirror_mode == MIRROR_SYNC; t++) {
		if (copy_to(s, t, key, src) != ERR_OK) {
			metric_add(METRIC_MIRROR_FAILED, 1);
			owed = true;
		}
	}
	if (owed && s->watch.owe != NULL)
		s->watch.owe(s->watch.arg, key);
}

void
store_hold(struct store *s)
{
	s->held = s->n == 1 && s->target[0].drv->settle != NULL;
}

enum err
store_settle(struct store *s, struct fault *f)
{
	bool held = s->held;

	s->held = false;
	return held ? s->target[0].drv->settle(s->target[0].d, f) : ERR_OK;
}

static enum err
put_blob(struct store *s, const char *key, struct store_source *src, struct fault *f)
{
	enum err e = store_check_key(key, f);

	if (e != ERR_OK || (!holds(s, 0, key, src->size) && (e = put_at(s, 0, key, src, f)) != ERR_OK))
		return e;
	src->own = false;		/* a mirror has a copy of its own */
	to_mirrors(s, key, src);
	return ERR_OK;
}

enum err
store_put(struct store *s, const char *key, int fd, off_t size, const uint8_t *sha256,
    struct fault *f)
{
	struct store_source src = { .fd = fd, .size = size, .sha256 = sha256, .later = s->held };

	return put_blob(s, key, &src, f);
}

enum err
store_put_own(struct store *s, const char *key, int fd, off_t size, struct fault *f)
{
	struct store_source src = { .fd = fd, .size = size, .own = true, .later = s->held };

	return put_blob(s, key, &src, f);
}

enum err
store_spool(struct store *s, int *fd, struct fault *f)
{
	void *d;
	enum err e;

	if (s->target[0].drv->spool == NULL)
		return fault_set(f, ERR_NOTFOUND, "the store has no files");
	return (e = store_ready(s, 0, &d, f)) != ERR_OK ? e : s->target[0].drv->spool(d, fd, f);
}

enum err
store_put_mem(struct store *s, const char *key, const void *data, size_t len, struct fault *f)
{
	struct store_source src = { .fd = -1, .mem = data, .size = (off_t)len, .later = s->held };
	enum err e = put_at(s, 0, key, &src, f);

	if (e == ERR_OK)
		to_mirrors(s, key, &src);
	return e;
}

enum err
store_stat(struct store *s, const char *key, off_t *size, struct fault *f)
{
	return store_stat_at(s, 0, key, size, f);
}

enum err
store_delete(struct store *s, const char *key, struct fault *f)
{
	enum err first = ERR_OK;

	for (int t = 0; t < s->n; t++) {
		enum err e = store_delete_at(s, t, key, f);

		if (first == ERR_OK)
			first = e;
	}
	return first;
}

enum err
store_list(struct store *s, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	return store_list_at(s, 0, prefix, each, arg, f);
}

enum err
store_check(struct store *s, struct fault *f)
{
	return store_check_at(s, 0, f);
}

enum err
store_tidy(struct store *s, int64_t age_s, int *removed, struct fault *f)
{
	enum err first = ERR_OK;

	*removed = 0;
	for (int t = 0; t < s->n; t++) {
		int some = 0;
		void *d;
		enum err e;

		if (s->target[t].drv->tidy == NULL)
			continue;
		if ((e = store_ready(s, t, &d, f)) == ERR_OK)
			e = s->target[t].drv->tidy(d, age_s, &some, f);
		*removed += some;
		if (first == ERR_OK)
			first = e;
	}
	return first;
}

void
store_blob_key(const uint8_t sha256[SHA256_BYTES], char out[STORE_KEY_SIZE])
{
	memcpy(out, "o/", 2);
	enc_hex(sha256, SHA256_BYTES, out + 2);
}

bool
store_key_blob(const char *key, uint8_t sha256[SHA256_BYTES])
{
	return strncmp(key, "o/", 2) == 0 && dec_hex(key + 2, strlen(key + 2), sha256, SHA256_BYTES);
}
