/*
 * What is read from a bucket: each blob gets a copy on the node's disk (the tier, below cache.dir: it may vanish at any time), and who
 * reads a large one meanwhile need not wait for its end. A blob's key is the hash of its bytes, so every read proves itself.
 */
#include "data/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/fdio.h"
#include "base/metric.h"

#define GETS 3			/* an answer that breaks off is asked for the rest so often */
#define EARLY_BYTES 65536	/* what is not larger is proven before anybody reads of it: that takes no time, and leaves the mirrors a chance */

static enum err
open_dir(struct remote *r, struct fault *f)
{
	enum err e = dir_make(AT_FDCWD, r->tier_dir, 0755, f);

	fd_close(&r->tier_fd);
	if (e == ERR_OK && (r->tier_fd = open(r->tier_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		e = fault_errno(f, ERR_IO, "%s", r->tier_dir);
	return e;
}

enum err
remote_tier_open(struct remote *r, const struct conf *c, struct fault *f)
{
	r->tier_dir = arena_printf(r->mem, "%s/t", c->cache_dir);
	return open_dir(r, f);
}

/* Where the copy of a blob lies below the tier. */
static void
tier_name(const char *key, char dir[3], char name[STORE_KEY_SIZE + 8])
{
	const char *hash = strchr(key, '/') + 1;

	snprintf(dir, 3, "%.2s", hash);
	snprintf(name, STORE_KEY_SIZE + 8, "%s/%s", dir, hash);
}

enum err
remote_tier(void *d, const char *key, char *out, size_t size, struct fault *f)
{
	struct remote *r = d;
	char dir[3], name[STORE_KEY_SIZE + 8];

	tier_name(key, dir, name);
	if (faccessat(r->tier_fd, name, R_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return fault_set(f, ERR_NOTFOUND, "no copy of %s on this node", key);
	return snprintf(out, size, "t/%s", name) < (int)size ? ERR_OK : fault_set(f, ERR_INTERNAL, "no room for a name");
}

void
remote_untier(void *d, const char *key)
{
	struct remote *r = d;
	char dir[3], name[STORE_KEY_SIZE + 8];

	tier_name(key, dir, name);
	unlinkat(r->tier_fd, name, 0);
}

/* --- an object on its way into a file ----------------------------------------------------------- */

struct copy {
	struct remote		*r;
	char			*key;
	int			 fd;
	bool			 kept;		/* is a blob, and gets its name in the tier */
	int			 asked;
	int64_t			 base;		/* bytes of answers before this one */
	int64_t			 total;		/* once the first bytes are there */
	struct fetch_answer	 out;
	char			 etag[sizeof(((struct fetch_answer *)0)->etag) + 2];
};

static void
copy_free(struct copy *c)
{
	if (c->out.open)
		remote_stop(c->r);
	fd_close(&c->fd);
	free(c->key);
	free(c);
}

/* Somebody removed the whole folder. */
static bool
is_gone(const struct remote *r)
{
	struct stat st;

	return fstat(r->tier_fd, &st) != 0 || st.st_nlink == 0;
}

static enum err
copy_new(struct remote *r, const char *key, bool kept, struct copy **out, struct fault *f)
{
	struct copy *c;
	enum err e;

	if (is_gone(r) && (e = open_dir(r, f)) != ERR_OK)
		return e;
	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->key = strdup(key)) == NULL) {
		free(c);
		return fault_set(f, ERR_NOMEM, "no memory for a copy of %s", key);
	}
	c->r = r;
	c->kept = kept;
	c->fd = -1;
	*out = c;
	return ERR_OK;
}

static int
unnamed(struct remote *r)
{
	return openat(r->tier_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
}

static enum err
copy_file(void *arg, int *fd, struct fault *f)
{
	struct copy *c = arg;

	if (c->fd < 0) {
		c->fd = c->r->spare_fd >= 0 ? c->r->spare_fd : unnamed(c->r);
		c->r->spare_fd = -1;
	}
	if (c->fd < 0)
		return fault_errno(f, ERR_IO, "a copy of %s", c->key);
	*fd = c->fd;
	return ERR_OK;
}

static int64_t
have(const struct copy *c)
{
	return c->base + c->out.got;
}

/* The whole, or what is missing of it, if it is still the same object. */
static enum err
ask(struct copy *c, bool early, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("GET", c->key);
	char range[48];
	enum err e;

	q.to_open = copy_file;
	q.to_arg = c;
	q.early = early;
	c->base = have(c);
	c->asked++;
	if (c->base > 0) {
		snprintf(range, sizeof(range), "bytes=%lld-", (long long)c->base);
		remote_header(&q, "range", range);
		remote_header(&q, "if-match", c->etag);
		q.rest = true;
		metric_add(METRIC_REMOTE_RESUMED, 1);
	}
	e = remote_ask(c->r, &q, &c->out, f);
	buf_free(&c->out.text);
	return e;
}

/* More of it: with early the next bytes, else all. What breaks off is gone on with from there. */
static enum err
more(struct copy *c, bool early, struct fault *f)
{
	for (;;) {
		struct fault why = FAULT_NONE;
		enum err e = c->out.open ? remote_more(c->r, &why) : ask(c, early, &why);

		if (e == ERR_OK && (early || !c->out.open))
			return ERR_OK;
		if (e == ERR_OK)
			continue;
		if (e != ERR_STORE || c->out.got == 0 || *c->out.etag == '\0' || c->asked == GETS)
			return fault_set(f, e, "%s%s", have(c) > 0 ? "in the middle: " : "", why.why);
		snprintf(c->etag, sizeof(c->etag), "\"%s\"", c->out.etag);
	}
}

/* A blob proves itself by its name, a sidecar by the sum that was stored along; what somebody else put there has only its length. */
static enum err
prove(struct copy *c, struct fault *f)
{
	const char *told = strncmp(c->key, "o/", 2) == 0 ? c->key + 2 : c->out.sha_header;
	char hex[SHA256_HEX];
	enum err e;

	if (c->base > 0 && (e = sha256_fd(c->fd, c->out.sha256, f)))
		return e;
	enc_hex(c->out.sha256, SHA256_BYTES, hex);
	return *told == '\0' || strcmp(told, hex) == 0 ? ERR_OK :
	    fault_set(f, ERR_DAMAGED, "the bytes of %s are not what was stored", c->key);
}

/* Give a file its name in the tier; who else did it first is as good. */
static void
keep(struct remote *r, const char *key, int fd)
{
	char dir[3], name[STORE_KEY_SIZE + 8];
	struct fault ignored = FAULT_NONE;

	tier_name(key, dir, name);
	if (fd_link(fd, r->tier_fd, name) != 0 && errno == ENOENT && dir_make(r->tier_fd, dir, 0755, &ignored) == ERR_OK)
		(void)!fd_link(fd, r->tier_fd, name);
}

static enum err
settle(struct copy *c, struct fault *f)
{
	enum err e = prove(c, f);

	if (e == ERR_OK && c->kept)
		keep(c->r, c->key, c->fd);
	return e;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Of a copy that is complete. */
static enum err
hand_over(struct copy *c, int *fd, off_t *size, struct fault *f)
{
	struct stat st;
	int whole = -1;
	enum err e = copy_file(c, &whole, f);	/* nothing came of one that is empty */

	if (e != ERR_OK)
		return e;
	if (fstat(whole, &st) != 0)
		return fault_errno(f, ERR_IO, "a copy of %s", c->key);
	*fd = whole;
	*size = st.st_size;
	c->fd = -1;
	return ERR_OK;
}

static enum err
download(struct remote *r, const char *key, bool kept, int *fd, off_t *size, struct fault *f)
{
	struct copy *c = NULL;
	enum err e = copy_new(r, key, kept, &c, f);

	if (e != ERR_OK)
		return e;
	if ((e = more(c, false, f)) == ERR_OK && (e = settle(c, f)) == ERR_OK)
		e = hand_over(c, fd, size, f);
	copy_free(c);
	return e;
}

static bool
is_blob(const char *key)
{
	return strncmp(key, "o/", 2) == 0;
}

/* The copy that is there already. */
static bool
had(struct remote *r, const char *key, int *fd, off_t *size)
{
	char dir[3], name[STORE_KEY_SIZE + 8];
	struct stat st;
	int got;

	tier_name(key, dir, name);
	if (!is_blob(key) || (got = openat(r->tier_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return false;
	if (fstat(got, &st) != 0) {
		fd_close(&got);
		return false;
	}
	*fd = got;
	*size = st.st_size;
	return true;
}

enum err
remote_get(void *d, const char *key, bool fresh, int *fd, off_t *size, struct fault *f)
{
	return !fresh && had(d, key, fd, size) ? ERR_OK : download(d, key, is_blob(key) && !fresh, fd, size, f);
}

enum err
remote_foreign(void *d, const char *key, int *fd, off_t *size, struct fault *f)
{
	return download(d, key, false, fd, size, f);
}

/* The first bytes are there, or all. */
static enum err
first(struct copy *c, int *fd, off_t *size, struct fault *f)
{
	enum err e = more(c, true, f);

	if (e == ERR_OK && c->out.open && (c->out.length <= EARLY_BYTES || c->base > 0))
		e = more(c, false, f);
	if (e != ERR_OK)
		return e;
	if (!c->out.open)
		return (e = settle(c, f)) != ERR_OK ? e : hand_over(c, fd, size, f);
	c->total = c->out.length;
	*size = (off_t)c->total;
	if ((*fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return fault_errno(f, ERR_IO, "a copy of %s", c->key);
	return ERR_OK;
}

enum err
remote_begin(void *d, const char *key, int *fd, off_t *size, void **rest, struct fault *f)
{
	struct copy *c = NULL;
	enum err e;

	*rest = NULL;
	if (had(d, key, fd, size))
		return ERR_OK;
	if ((e = copy_new(d, key, is_blob(key), &c, f)) != ERR_OK)
		return e;
	if ((e = first(c, fd, size, f)) == ERR_OK && c->out.open)
		*rest = c;
	else
		copy_free(c);
	return e;
}

/* As long as it is not proven the last byte is held back. */
static off_t
readable(const struct copy *c)
{
	return (off_t)(c->out.open && have(c) >= c->total ? c->total - 1 : have(c));
}

const void *
remote_rest_piece(void *rest, size_t *len)
{
	const struct copy *c = rest;

	*len = c->out.npiece;
	return c->out.piece;
}

enum err
remote_rest_more(void *rest, off_t *out, struct fault *f)
{
	struct copy *c = rest;
	enum err e = ERR_OK;

	while (c->out.open && readable(c) <= *out && e == ERR_OK)
		if ((e = more(c, true, f)) == ERR_OK && !c->out.open)
			e = settle(c, f);
	if (e == ERR_OK)
		*out = readable(c);
	return e;
}

/* A new file may take a disk as long as the store takes to answer: the next one is made while nobody waits, as is all else that can be. */
void
remote_rest_end(void *rest)
{
	struct remote *r = ((struct copy *)rest)->r;

	copy_free(rest);
	if (r->spare_fd < 0)
		r->spare_fd = unnamed(r);
	fetch_prepare(r->fetch);
}

void
remote_adopt(void *d, const char *key, int fd, off_t size)
{
	struct remote *r = d;
	struct fault ignored = FAULT_NONE;
	struct copy *c = NULL;
	int to;

	if (copy_new(r, key, true, &c, &ignored) != ERR_OK)
		return;
	if (copy_file(c, &to, &ignored) == ERR_OK && fd_copy(fd, to, size, &ignored) == ERR_OK)
		keep(r, key, to);
	copy_free(c);
}
