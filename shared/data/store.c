/*
 * The object store: the gate that every key passes, the counters, and the choice of a driver.
 */
#include "data/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/defs.h"
#include "base/enc.h"
#include "base/metric.h"
#include "data/conf.h"
#include "data/store_driver.h"

static const struct store_driver *const drivers[] = {
	[STORE_LOCAL] = &store_local,
	[STORE_OSS] = &store_oss,
	[STORE_S3] = &store_s3,
};

struct store {
	const struct store_driver	*drv;
	void				*d;
};

/* Keys are ours, so a bad one is our own mistake; yet it must not become a path. */
static enum err
check_key(const char *key, struct fault *f)
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

/* Count, and keep "not there" out of the errors. */
static enum err
count(enum err e, enum metric m)
{
	if (e == ERR_OK)
		metric_add(m, 1);
	else if (e != ERR_NOTFOUND)
		metric_add(METRIC_STORE_ERRORS, 1);
	return e;
}

enum err
store_open(const struct conf *c, struct store **out, struct fault *f)
{
	struct store *s;
	enum err e;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the store");
	s->drv = drivers[c->store_primary];
	if ((e = s->drv->open(c, &s->d, f)) != ERR_OK) {
		free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	s->drv->close(s->d);
	free(s);
}

enum err
store_put(struct store *s, const char *key, int fd, off_t size, const uint8_t *sha256,
    struct fault *f)
{
	struct store_source src = { .fd = fd, .size = size, .sha256 = sha256 };
	off_t had = 0;
	enum err e = check_key(key, f);

	if (e != ERR_OK)
		return e;
	/* NULL for the reason: "not there" is the usual answer. */
	if (s->drv->stat(s->d, key, &had, NULL) == ERR_OK && had == size)
		return ERR_OK;
	return count(s->drv->put(s->d, key, &src, f), METRIC_STORE_WRITES);
}

enum err
store_put_mem(struct store *s, const char *key, const void *data, size_t len, struct fault *f)
{
	struct store_source src = { .fd = -1, .mem = data, .size = (off_t)len };
	enum err e = check_key(key, f);

	return e != ERR_OK ? e : count(s->drv->put(s->d, key, &src, f), METRIC_STORE_WRITES);
}

enum err
store_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f)
{
	enum err e = check_key(key, f);

	return e != ERR_OK ? e : count(s->drv->get(s->d, key, fd, size, f), METRIC_STORE_READS);
}

enum err
store_stat(struct store *s, const char *key, off_t *size, struct fault *f)
{
	enum err e = check_key(key, f);

	return e != ERR_OK ? e : s->drv->stat(s->d, key, size, f);
}

enum err
store_delete(struct store *s, const char *key, struct fault *f)
{
	enum err e = check_key(key, f);

	return e != ERR_OK ? e : count(s->drv->del(s->d, key, f), METRIC_STORE_WRITES);
}

enum err
store_path(struct store *s, const char *key, char *out, size_t size, struct fault *f)
{
	enum err e = check_key(key, f);

	if (e == ERR_OK && s->drv->path == NULL)
		e = fault_set(f, ERR_NOTFOUND, "store: %s keeps no files", s->drv->name);
	return e != ERR_OK ? e : s->drv->path(s->d, key, out, size, f);
}

enum err
store_tier(struct store *s, const char *key, char *out, size_t size, struct fault *f)
{
	enum err e = check_key(key, f);

	if (e == ERR_OK && s->drv->tier == NULL)
		e = fault_set(f, ERR_NOTFOUND, "store: %s needs no copies", s->drv->name);
	return e != ERR_OK ? e : s->drv->tier(s->d, key, out, size, f);
}

enum err
store_list(struct store *s, const char *prefix,
    enum err (*each)(const char *key, off_t size, int64_t mtime_s, void *arg), void *arg,
    struct fault *f)
{
	return s->drv->list(s->d, prefix, each, arg, f);
}

enum err
store_check(struct store *s, struct fault *f)
{
	return s->drv->check(s->d, f);
}

enum err
store_tidy(struct store *s, int64_t age_s, int *removed, struct fault *f)
{
	*removed = 0;
	return s->drv->tidy == NULL ? ERR_OK : s->drv->tidy(s->d, age_s, removed, f);
}

void
store_blob_key(const uint8_t sha256[SHA256_BYTES], char out[STORE_KEY_SIZE])
{
	memcpy(out, "o/", 2);
	enc_hex(sha256, SHA256_BYTES, out + 2);
}
