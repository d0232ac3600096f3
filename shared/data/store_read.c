/*
 * Reading from the store: the primary, and where it has no good copy the mirrors. What the primary has is believed as far as its length
 * goes (or its hash, for a bucket: that is downloaded, and so hashed, once); proof of a local file costs reading it and is asked for.
 * What comes from a mirror is always proven, for that is rare, and a wrong copy must not repair a wrong original.
 */
#include "data/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "data/store_int.h"

/* What a copy must be. */
struct want {
	const char	*key;
	off_t		 bytes;		/* -1: any */
	bool		 prove;
	void		**rest;		/* not NULL: of the primary the first bytes will do */
};

struct store_rest {
	struct store	*s;
	void		*d_rest;	/* the driver's own */
	char		 key[STORE_KEY_SIZE];
	off_t		 bytes;
	int		 fd;		/* what its reader reads, and closes after the last more */
	int		 copy;		/* a mirror's, once the primary failed; -1: none */
	struct fault	 why;
};

#define COMPARE_BYTES 65536

/* ERR_OK, or ERR_DAMAGED for a copy that is not what it should be. */
static enum err
judge(const struct want *w, int fd, off_t size, struct fault *f)
{
	uint8_t right[SHA256_BYTES], sum[SHA256_BYTES];
	enum err e;

	if (w->bytes >= 0 && size != w->bytes)
		return fault_set(f, ERR_DAMAGED, "store: %s has %lld bytes, not %lld", w->key, (long long)size, (long long)w->bytes);
	if (!w->prove || !store_key_blob(w->key, right))
		return ERR_OK;
	if ((e = sha256_fd(fd, sum, f)) == ERR_OK && memcmp(sum, right, sizeof(sum)) != 0)
		e = fault_set(f, ERR_DAMAGED, "store: the bytes of %s are not what its name says", w->key);
	return e;
}

static enum err
ask_driver(const struct store_driver *drv, void *d, const struct want *w, bool fresh, int *fd, off_t *size, struct fault *f)
{
	return w->rest != NULL && drv->begin != NULL ? drv->begin(d, w->key, fd, size, w->rest, f) : drv->get(d, w->key, fresh, fd, size, f);
}

static enum err
get_from(struct store *s, int t, const struct want *w, bool fresh, int *fd, off_t *size, struct fault *f)
{
	void *d;
	int got = -1;
	off_t n = 0;
	enum err e;

	if ((e = store_ready(s, t, &d, f)) != ERR_OK || (e = ask_driver(s->target[t].drv, d, w, fresh, &got, &n, f)) != ERR_OK)
		return e;
	if ((e = judge(w, got, n, f)) != ERR_OK) {
		fd_close(&got);
		if (w->rest != NULL && *w->rest != NULL) {
			s->target[t].drv->end(*w->rest);
			*w->rest = NULL;
		}
		return e;
	}
	*fd = got;
	*size = n;
	return ERR_OK;
}

enum err
store_get_proven(struct store *s, int t, const char *key, off_t bytes, int *fd, off_t *size, struct fault *f)
{
	struct want w = { .key = key, .bytes = bytes, .prove = true };

	return get_from(s, t, &w, true, fd, size, f);
}

/* A copy on this node that turns out bad is no verdict on the primary. */
static enum err
get_primary(struct store *s, const struct want *w, int *fd, off_t *size, struct fault *f)
{
	const struct target *x = &s->target[0];
	struct fault why = FAULT_NONE;
	enum err e = get_from(s, 0, w, false, fd, size, &why);

	if (e == ERR_DAMAGED && x->drv->untier != NULL && x->d != NULL) {
		x->drv->untier(x->d, w->key);
		why = (struct fault)FAULT_NONE;
		e = get_from(s, 0, w, false, fd, size, &why);
	}
	return e != ERR_OK ? fault_set(f, e, "%s", why.why) : ERR_OK;
}

/* The primary failed so; a mirror's copy instead. Returns that failure when there is none. */
static enum err
rescue(struct store *s, const struct want *first, enum err e, const char *why, int *fd, off_t *size, struct fault *f)
{
	enum err other = e;

	for (int t = 1; t < s->n && other != ERR_OK; t++)
		other = store_get_proven(s, t, first->key, first->bytes, fd, size, NULL);
	if (other != ERR_OK)
		return fault_set(f, e, "%s", why);
	metric_add(METRIC_STORE_RESCUED, 1);
	/* One that is away may be well when it comes back. */
	if (e != ERR_STORE && s->watch.repair != NULL)
		s->watch.repair(s->watch.arg, first->key, why);
	return ERR_OK;
}

static enum err
get_any(struct store *s, const struct want *first, int *fd, off_t *size, struct fault *f)
{
	struct fault why = FAULT_NONE;
	enum err e = get_primary(s, first, fd, size, &why);

	return e == ERR_OK ? e : rescue(s, first, e, why.why, fd, size, f);
}

enum err
store_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f)
{
	struct want w = { .key = key, .bytes = -1 };
	enum err e = store_check_key(key, f);

	return e != ERR_OK ? e : store_count(get_any(s, &w, fd, size, f), METRIC_STORE_READS);
}

enum err
store_get_blob(struct store *s, const uint8_t sha256[SHA256_BYTES], off_t bytes, bool prove, int *fd, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	struct want w = { .key = key, .bytes = bytes, .prove = prove };
	off_t size;

	store_blob_key(sha256, key);
	return store_count(get_any(s, &w, fd, &size, f), METRIC_STORE_READS);
}

enum err
store_get_blob_early(struct store *s, const uint8_t sha256[SHA256_BYTES], off_t bytes, int *fd, struct store_rest **out, struct fault *f)
{
	struct store_rest *rest = calloc(1, sizeof(*rest));
	struct want w = { .bytes = bytes };
	off_t size;
	enum err e;

	*out = NULL;
	if (rest == NULL)
		return fault_set(f, ERR_NOMEM, "no memory to read");
	*rest = (struct store_rest){ .s = s, .bytes = bytes, .copy = -1, .why = FAULT_NONE };
	store_blob_key(sha256, rest->key);
	w.key = rest->key;
	w.rest = &rest->d_rest;
	e = store_count(get_any(s, &w, fd, &size, f), METRIC_STORE_READS);
	if (e != ERR_OK || rest->d_rest == NULL) {
		free(rest);
		return e;
	}
	rest->fd = *fd;
	*out = rest;
	return e;
}

const void *
store_rest_piece(struct store_rest *rest, size_t *len)
{
	return rest->s->target[0].drv->piece(rest->d_rest, len);
}

/* Are the first n bytes of both the same? */
static bool
same_front(int a, int b, off_t n)
{
	static char x[COMPARE_BYTES], y[COMPARE_BYTES];
	size_t len, gotx, goty;

	for (off_t at = 0; at < n; at += (off_t)len) {
		len = n - at < COMPARE_BYTES ? (size_t)(n - at) : COMPARE_BYTES;
		if (fd_pread_all(a, x, len, at, &gotx, NULL) != ERR_OK || fd_pread_all(b, y, len, at, &goty, NULL) != ERR_OK ||
		    gotx != len || goty != len || memcmp(x, y, len) != 0)
			return false;
	}
	return true;
}

/* The primary broke off; a mirror's copy, where one is to be had, goes on where it did, unless what came of it was wrong. */
static bool
goes_on(struct store_rest *rest, enum err failed, off_t *have)
{
	struct want w = { .key = rest->key, .bytes = rest->bytes };
	off_t size;

	if (rescue(rest->s, &w, failed, rest->why.why, &rest->copy, &size, NULL) != ERR_OK || !same_front(rest->fd, rest->copy, *have) ||
	    lseek(rest->fd, 0, SEEK_SET) != 0 || fd_copy(rest->copy, rest->fd, size, NULL) != ERR_OK)
		return false;
	*have = size;
	return true;
}

enum err
store_rest_more(struct store_rest *rest, off_t *have, struct fault *f)
{
	enum err e = rest->s->target[0].drv->more(rest->d_rest, have, &rest->why);

	if (e == ERR_OK)
		return e;
	metric_add(METRIC_STORE_ERRORS, 1);
	return goes_on(rest, e, have) ? ERR_OK : fault_set(f, e, "%s", rest->why.why);
}

void
store_rest_close(struct store_rest *rest)
{
	const struct target *x = &rest->s->target[0];

	x->drv->end(rest->d_rest);
	/* The next who asks would come to the same place: a mirror's copy becomes this node's. */
	if (rest->copy >= 0 && x->drv->adopt != NULL)
		x->drv->adopt(x->d, rest->key, rest->copy, rest->bytes);
	fd_close(&rest->copy);
	free(rest);
}

enum err
store_get_at(struct store *s, int t, const char *key, int *fd, off_t *size, struct fault *f)
{
	struct want w = { .key = key, .bytes = -1 };
	enum err e = store_check_key(key, f);

	return e != ERR_OK ? e : store_count(get_from(s, t, &w, true, fd, size, f), METRIC_STORE_READS);
}

enum err
store_path(struct store *s, const char *key, char *out, size_t size, struct fault *f)
{
	const struct target *x = &s->target[0];
	enum err e = store_check_key(key, f);

	if (e == ERR_OK && x->drv->path == NULL)
		e = fault_set(f, ERR_NOTFOUND, "store: %s keeps no files", x->drv->name);
	return e != ERR_OK ? e : x->drv->path(x->d, key, out, size, f);
}

enum err
store_tier(struct store *s, const char *key, char *out, size_t size, struct fault *f)
{
	const struct target *x = &s->target[0];
	enum err e = store_check_key(key, f);

	if (e == ERR_OK && x->drv->tier == NULL)
		e = fault_set(f, ERR_NOTFOUND, "store: %s needs no copies", x->drv->name);
	return e != ERR_OK ? e : x->drv->tier(x->d, key, out, size, f);
}

enum err
store_url(struct store *s, const char *key, int64_t expires_s, struct arena *a, const char **out, struct fault *f)
{
	const struct target *x = &s->target[0];
	enum err e = store_check_key(key, f);

	if (e == ERR_OK && x->drv->url == NULL)
		e = fault_set(f, ERR_NOTFOUND, "store: %s has no addresses", x->drv->name);
	return e != ERR_OK ? e : x->drv->url(x->d, key, expires_s, a, out, f);
}

static enum err
is_bucket(const struct store *s, struct fault *f)
{
	return s->target[0].drv->foreign != NULL ? ERR_OK :
	    fault_set(f, ERR_BADREQ, "%s is no bucket; a folder is imported by its path", conf_store_names[s->target[0].which]);
}

enum err
store_foreign_list(struct store *s, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	enum err e = is_bucket(s, f);

	return e != ERR_OK ? e : store_list_at(s, 0, prefix, each, arg, f);
}

enum err
store_foreign_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f)
{
	enum err e = is_bucket(s, f);

	return e != ERR_OK ? e : s->target[0].drv->foreign(s->target[0].d, key, fd, size, f);
}
