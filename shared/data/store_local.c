/*
 * Objects as files below local.root. The object "o/NAME" is the file "o/ab/NAME": for names that are hashes by their own first digits, for
 * others by a hash of the name. Why so is in store_plant.h, how they get there in store_place.c.
 */
#include "data/store_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "base/rnd.h"
#include "data/conf.h"
#include "data/store_place.h"
#include "data/store_plant.h"
#include "data/store_walk.h"

#define BLOCK_BYTES 65536
#define TRY_US INT64_C(1000000)	/* so long it is believed that files can be made */
#define FILE_MODE 0640	/* the group is the web server's */

struct local {
	int	 root;		/* descriptor of local.root */
	int	 tmp;		/* ... of tmp below it */
	int64_t	 min_free;
	int64_t	 tried_us;	/* when a file was last made for a try */
	struct store_written held[STORE_HELD];
	size_t	 nheld;
};

static enum err local_path(void *d, const char *key, char *out, size_t size, struct fault *f);

static void
local_close(void *d)
{
	struct local *l = d;

	if (l == NULL)
		return;
	while (l->nheld > 0)
		store_place_forget(l->tmp, &l->held[--l->nheld]);
	fd_close(&l->tmp);
	fd_close(&l->root);
	free(l);
}

static enum err
local_open(const struct conf *c, enum conf_store which, void **d, struct fault *f)
{
	const char *root = which == STORE_LOCAL_B ? c->local_b_root : c->local_root;
	struct local *l = calloc(1, sizeof(*l));
	enum err e;

	if (l == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the store");
	l->root = l->tmp = -1;
	l->min_free = c->server_min_free_bytes;
	if (root == NULL || *root == '\0') {
		e = fault_set(f, ERR_BADREQ, "%s.root must be set to use this store", conf_store_names[which]);
		goto out;
	}
	if ((e = dir_make(AT_FDCWD, root, STORE_DIR_MODE, f)) != ERR_OK)
		goto out;
	l->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->root < 0) {
		e = fault_errno(f, ERR_STORE, "%s.root", conf_store_names[which]);
		goto out;
	}
	if ((e = dir_make(l->root, "tmp", STORE_DIR_MODE, f)) != ERR_OK)
		goto out;
	if ((l->tmp = fd_open_beneath(l->root, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)) < 0) {
		e = fault_errno(f, ERR_STORE, "local.root: tmp");
		goto out;
	}
	if ((e = store_plant(l->root, f)) != ERR_OK)
		goto out;
	*d = l;
	l = NULL;
out:
	local_close(l);
	return e;
}

/* Are the first digits of name as good as random? */
static bool
is_hash(const char *name)
{
	uint8_t raw[SHA256_BYTES];

	return dec_hex(name, strlen(name), raw, sizeof(raw));
}

static enum err
local_path(void *d, const char *key, char *out, size_t size, struct fault *f)
{
	const char *name = strchr(key, '/') + 1;
	char fan[3];
	int n;

	(void)d;
	if (is_hash(name))
		snprintf(fan, sizeof(fan), "%.2s", name);
	else
		snprintf(fan, sizeof(fan), "%02x", (unsigned)(hash64(name, strlen(name)) >> 8 & 0xff));
	n = snprintf(out, size, "%.*s/%s/%s", (int)(name - key - 1), key, fan, name);
	if (n < 0 || (size_t)n >= size)
		return fault_set(f, ERR_INTERNAL, "store: no room for the path");
	return ERR_OK;
}

/* Copy, hashing on the way. */
static enum err
copy_checked(const struct store_source *src, int to, struct fault *f)
{
	struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_BYTES];
	char block[BLOCK_BYTES];
	off_t off = 0;
	size_t got = 0;
	enum err e = ERR_OK;

	while (off < src->size && e == ERR_OK) {
		size_t want = src->size - off < BLOCK_BYTES ? (size_t)(src->size - off) : BLOCK_BYTES;

		if ((e = fd_pread_all(src->fd, block, want, off, &got, f)) != ERR_OK)
			break;
		if (got < want) {
			e = fault_set(f, ERR_IO, "store: the source is too short");
			break;
		}
		sha256_add(h, block, got);
		e = fd_write_all(to, block, got, f);
		off += (off_t)got;
	}
	sha256_end(h, sum);
	if (e == ERR_OK && !equal_ct(sum, src->sha256, sizeof(sum)))
		e = fault_set(f, ERR_IO, "store: the bytes changed on their way");
	return e;
}

static enum err
fill(const struct store_source *src, int to, struct fault *f)
{
	if (src->fd < 0)
		return fd_write_all(to, src->mem, (size_t)src->size, f);
	return src->sha256 != NULL ? copy_checked(src, to, f) : fd_copy(src->fd, to, src->size, f);
}

/* A file that is all ours gets a name, as if it had been written here. false: it has to be copied. */
static bool
adopt(const struct local *l, const struct store_source *src, struct store_written *w)
{
	struct stat st;

	if (!src->own || fstat(src->fd, &st) != 0 || st.st_size != src->size || fd_link(src->fd, l->tmp, w->tmp) != 0)
		return false;
	if ((w->fd = fcntl(src->fd, F_DUPFD_CLOEXEC, 0)) >= 0)
		return true;
	unlinkat(l->tmp, w->tmp, 0);
	return false;
}

static enum err
local_spool(void *d, int *fd, struct fault *f)
{
	struct local *l = d;
	int got = openat(l->tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);

	if (got < 0)
		return fault_set(f, ERR_NOTFOUND, "store: no file without a name");
	*fd = got;
	return ERR_OK;
}

static enum err
local_settle(void *d, struct fault *f)
{
	struct local *l = d;
	size_t n = l->nheld;

	l->nheld = 0;
	return n > 0 ? store_place(l->root, l->tmp, l->held, n, f) : ERR_OK;
}

static enum err
write_new(const struct local *l, const struct store_source *src, struct store_written *w, struct fault *f)
{
	enum err e;

	w->fd = openat(l->tmp, w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (w->fd < 0)
		return store_place_failed(f, "new file for", w->key);
	if ((e = fill(src, w->fd, f)) != ERR_OK)
		store_place_forget(l->tmp, w);
	return e;
}

static enum err
local_put(void *d, const char *key, const struct store_source *src, struct fault *f)
{
	struct local *l = d;
	struct store_written w = { .fd = -1 };
	enum err e = local_path(d, key, w.path, sizeof(w.path), f);

	if (e != ERR_OK)
		return e;
	rnd_text(w.tmp, sizeof(w.tmp) - 1);
	snprintf(w.key, sizeof(w.key), "%s", key);
	if (!adopt(l, src, &w) && (e = write_new(l, src, &w, f)) != ERR_OK)
		return e;
	if (!src->later || l->nheld == STORE_HELD)
		return store_place(l->root, l->tmp, &w, 1, f);
	/* On its way already when its turn comes; whether that works, flush will tell. */
	if (src->size >= BLOCK_BYTES)
		(void)!sync_file_range(w.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	l->held[l->nheld++] = w;
	return ERR_OK;
}

static enum err
local_get(void *d, const char *key, bool fresh, int *fd, off_t *size, struct fault *f)
{
	struct local *l = d;
	char path[STORE_PATH_SIZE];
	struct stat st;
	enum err e = local_path(d, key, path, sizeof(path), f);
	int got;

	(void)fresh;
	if (e != ERR_OK)
		return e;
	if ((got = fd_open_beneath(l->root, path, O_RDONLY | O_CLOEXEC, 0)) < 0) {
		if (errno == ENOENT)
			return fault_set(f, ERR_NOTFOUND, "store: no %s", key);
		return store_place_failed(f, "open", key);
	}
	if (fstat(got, &st) != 0 || !S_ISREG(st.st_mode)) {
		e = fault_set(f, ERR_IO, "store: %s is no file", key);
		fd_close(&got);
		return e;
	}
	*fd = got;
	*size = st.st_size;
	return ERR_OK;
}

static enum err
local_stat(void *d, const char *key, off_t *size, struct fault *f)
{
	struct local *l = d;
	char path[STORE_PATH_SIZE];
	struct stat st;
	enum err e = local_path(d, key, path, sizeof(path), f);

	if (e != ERR_OK)
		return e;
	if (fstatat(l->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return fault_set(f, ERR_NOTFOUND, "store: no %s", key);
		return store_place_failed(f, "stat", key);
	}
	if (!S_ISREG(st.st_mode))
		return fault_set(f, ERR_IO, "store: %s is no file", key);
	*size = st.st_size;
	return ERR_OK;
}

static enum err
local_keep(void *d, const char *key, int fd, struct fault *f)
{
	char path[STORE_PATH_SIZE];
	enum err e = local_path(d, key, path, sizeof(path), f);

	return e != ERR_OK ? e : store_place_keep(((struct local *)d)->root, path, fd, key, f);
}

static enum err
local_del(void *d, const char *key, struct fault *f)
{
	struct local *l = d;
	char path[STORE_PATH_SIZE];
	enum err e = local_path(d, key, path, sizeof(path), f);

	if (e != ERR_OK)
		return e;
	if (unlinkat(l->root, path, 0) != 0)
		return errno == ENOENT ? ERR_OK : store_place_failed(f, "remove", key);
	*strrchr(path, '/') = '\0';
	return store_place_flush(l->root, path, key, f);
}

static enum err
local_list(void *d, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	struct local *l = d;

	return store_walk(l->root, prefix, each, arg, f);
}

static enum err
local_check(void *d, struct fault *f)
{
	struct local *l = d;
	struct statvfs v;
	int fd;

	if (fstatvfs(l->root, &v) != 0)
		return store_place_failed(f, "local.root", "");
	if ((int64_t)(v.f_bavail * v.f_frsize) < l->min_free)
		return fault_set(f, ERR_NOSPACE, "store: less than server.min_free_bytes is free");
	/* A file for each upload, only to be thrown away, costs as much as the one that is kept. */
	if (l->tried_us != 0 && clock_mono_us() - l->tried_us < TRY_US)
		return ERR_OK;
	fd = openat(l->tmp, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (fd < 0 && errno != EOPNOTSUPP && errno != EISDIR)
		return store_place_failed(f, "local.root cannot be written:", "");
	fd_close(&fd);
	l->tried_us = clock_mono_us();
	return ERR_OK;
}

static enum err
local_tidy(void *d, int64_t age_s, int *removed, struct fault *f)
{
	struct local *l = d;

	return store_walk_tidy(l->tmp, age_s, removed, f);
}

const struct store_driver store_local = {
	.name = "local",
	.open = local_open,
	.close = local_close,
	.put = local_put,
	.spool = local_spool,
	.settle = local_settle,
	.get = local_get,
	.stat = local_stat,
	.keep = local_keep,
	.del = local_del,
	.list = local_list,
	.check = local_check,
	.tidy = local_tidy,
	.path = local_path,
};
