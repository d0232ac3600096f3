/*
 * Objects as files below local.root. The object "o/NAME" is the file "o/ab/cd/NAME": two levels of
 * 256 folders, for names that are hashes by their own first digits, for others by a hash of the
 * name. A file appears complete or not at all: it is written in tmp/, flushed, renamed, and the
 * folders that hold the new name are flushed too, before anybody is told that it is there.
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
#include "data/store_walk.h"

#define PATH_SIZE 160
#define BLOCK_BYTES 65536
#define HELD 4		/* objects that may wait for settle; more are flushed at once */
#define TMP_NAME_SIZE 24
#define TRY_US INT64_C(1000000)	/* so long it is believed that files can be made */
#define YOUNG_S 300	/* a folder this young may not be on the disk yet */
#define PLANTED ".planted"	/* a mark: a folder, as it cannot hold less */
#define FILE_MODE 0640	/* the group is the web server's */
#define DIR_MODE 0750

/* Kinds of keys whose first level of folders is made at once: an upload then has fewer to flush. */
static const char *const trees[] = { "o", "p" };

/* An object that is written, and not yet in its place. */
struct written {
	int	 fd;
	char	 tmp[TMP_NAME_SIZE], path[PATH_SIZE], key[STORE_KEY_SIZE];
};

struct local {
	int	 root;		/* descriptor of local.root */
	int	 tmp;		/* ... of tmp below it */
	int64_t	 min_free;
	int64_t	 tried_us;	/* when a file was last made for a try */
	struct written held[HELD];
	int	 nheld;
};

static enum err local_path(void *d, const char *key, char *out, size_t size, struct fault *f);

static void
forget(const struct local *l, struct written *w)
{
	fd_close(&w->fd);
	unlinkat(l->tmp, w->tmp, 0);
}

static void
local_close(void *d)
{
	struct local *l = d;

	if (l == NULL)
		return;
	while (l->nheld > 0)
		forget(l, &l->held[--l->nheld]);
	fd_close(&l->tmp);
	fd_close(&l->root);
	free(l);
}

/* errno of a failed call: EIO and a full disk by their names, the rest too. */
static enum err
io(struct fault *f, const char *what, const char *key)
{
	return fault_errno(f, errno == EROFS || errno == EACCES ? ERR_STORE : ERR_IO,
	    "store: %s %s", what, key);
}

/* Flush a folder below root ("": root itself). */
static enum err
sync_dir(const struct local *l, const char *path, const char *key, struct fault *f)
{
	enum err e = ERR_OK;
	int fd = fd_open_beneath(l->root, *path != '\0' ? path : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd < 0 || fsync(fd) != 0)
		e = io(f, "flush folder of", key);
	fd_close(&fd);
	return e;
}

/* The first level of folders, flushed; the mark is set last, so that it is never there too early. */
static enum err
plant(const struct local *l, struct fault *f)
{
	enum err e = ERR_OK;
	char path[16];

	for (size_t i = 0; i < NELEM(trees); i++) {
		for (unsigned n = 0; n < 256 && e == ERR_OK; n++) {
			snprintf(path, sizeof(path), "%s/%02x", trees[i], n);
			e = dir_make(l->root, path, DIR_MODE, f);
		}
		if (e == ERR_OK)
			e = sync_dir(l, trees[i], trees[i], f);
	}
	if (e == ERR_OK)
		e = sync_dir(l, "", "", f);
	if (e == ERR_OK && mkdirat(l->root, PLANTED, DIR_MODE) != 0 && errno != EEXIST)
		e = io(f, "mkdir", PLANTED);
	return e;
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
	if ((e = dir_make(AT_FDCWD, root, DIR_MODE, f)) != ERR_OK)
		goto out;
	l->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->root < 0) {
		e = fault_errno(f, ERR_STORE, "%s.root", conf_store_names[which]);
		goto out;
	}
	if ((e = dir_make(l->root, "tmp", DIR_MODE, f)) != ERR_OK)
		goto out;
	if ((l->tmp = fd_open_beneath(l->root, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)) < 0) {
		e = fault_errno(f, ERR_STORE, "local.root: tmp");
		goto out;
	}
	if (faccessat(l->root, PLANTED, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && (e = plant(l, f)) != ERR_OK)
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
	uint16_t h = (uint16_t)hash64(name, strlen(name));
	char fan[6];
	int n;

	(void)d;
	if (is_hash(name))
		snprintf(fan, sizeof(fan), "%.2s/%.2s", name, name + 2);
	else
		snprintf(fan, sizeof(fan), "%02x/%02x", h >> 8, h & 0xff);
	n = snprintf(out, size, "%.*s/%s/%s", (int)(name - key - 1), key, fan, name);
	if (n < 0 || (size_t)n >= size)
		return fault_set(f, ERR_INTERNAL, "store: no room for the path");
	return ERR_OK;
}

/*
 * Is the entry of this folder in its parent surely on the disk? Not when it was made just now, by
 * us or by another process that has not flushed it yet.
 */
static bool
settled(const struct local *l, const char *path)
{
	struct statx sx;

	for (size_t i = 0; i < NELEM(trees); i++) {
		size_t n = strlen(trees[i]);

		if (strncmp(path, trees[i], n) == 0 && path[n] == '/' && strlen(path) == n + 3)
			return true;
	}
	return statx(l->root, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &sx) == 0 &&
	    (sx.stx_mask & STATX_BTIME) != 0 && sx.stx_btime.tv_sec + YOUNG_S < clock_now_s() &&
	    sx.stx_btime.tv_sec > 0;
}

/* Flush the folder of path, and those above it up to the first that is settled. */
static enum err
sync_folders(const struct local *l, const char *path, const char *key, struct fault *f)
{
	char dir[PATH_SIZE], *slash;
	enum err e = ERR_OK;

	snprintf(dir, sizeof(dir), "%s", path);
	while (e == ERR_OK && (slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		if ((e = sync_dir(l, dir, key, f)) != ERR_OK || settled(l, dir))
			return e;
	}
	return e == ERR_OK ? sync_dir(l, "", key, f) : e;
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
adopt(const struct local *l, const struct store_source *src, struct written *w)
{
	char self[40];
	struct stat st;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", src->fd);
	if (!src->own || fstat(src->fd, &st) != 0 || st.st_size != src->size ||
	    linkat(AT_FDCWD, self, l->tmp, w->tmp, AT_SYMLINK_FOLLOW) != 0)
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

/* Rename into place; the folders are made when they are missing. */
static enum err
move_in(const struct local *l, const char *tmp, const char *path, const char *key, struct fault *f)
{
	char dir[PATH_SIZE];
	enum err e;

	if (renameat(l->tmp, tmp, l->root, path) == 0)
		return ERR_OK;
	if (errno != ENOENT)
		return io(f, "rename", key);
	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	/* Those above it are there already, mostly. */
	if (mkdirat(l->root, dir, DIR_MODE) != 0 && (e = dir_make(l->root, dir, DIR_MODE, f)) != ERR_OK)
		return e;
	return renameat(l->tmp, tmp, l->root, path) == 0 ? ERR_OK : io(f, "rename", key);
}

/* On the disk, before it has a name. close() tells what some network file systems did not say before. */
static enum err
flush(struct written *w, struct fault *f)
{
	int fd = w->fd;

	w->fd = -1;
	if (fsync(fd) == 0)
		return close(fd) == 0 ? ERR_OK : io(f, "flush", w->key);
	io(f, "flush", w->key);
	close(fd);
	return ERR_IO;
}

/*
 * Into their places: first the bytes of all, then their names, then the folders. Each step of the first object pays for the others' as well
 * where one journal serves all files, as in ext4 and XFS.
 */
static enum err
place(const struct local *l, struct written *w, int n, struct fault *f)
{
	enum err e = ERR_OK;

	for (int i = 0; i < n && e == ERR_OK; i++)
		e = flush(&w[i], f);
	for (int i = 0; i < n; i++)
		if (e != ERR_OK || (e = move_in(l, w[i].tmp, w[i].path, w[i].key, f)) != ERR_OK)
			forget(l, &w[i]);
	for (int i = 0; i < n && e == ERR_OK; i++)
		e = sync_folders(l, w[i].path, w[i].key, f);
	return e;
}

static enum err
local_settle(void *d, struct fault *f)
{
	struct local *l = d;
	int n = l->nheld;

	l->nheld = 0;
	return place(l, l->held, n, f);
}

static enum err
write_new(const struct local *l, const struct store_source *src, struct written *w, struct fault *f)
{
	enum err e;

	w->fd = openat(l->tmp, w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (w->fd < 0)
		return io(f, "new file for", w->key);
	if ((e = fill(src, w->fd, f)) != ERR_OK)
		forget(l, w);
	return e;
}

static enum err
local_put(void *d, const char *key, const struct store_source *src, struct fault *f)
{
	struct local *l = d;
	struct written w = { .fd = -1 };
	enum err e = local_path(d, key, w.path, sizeof(w.path), f);

	if (e != ERR_OK)
		return e;
	rnd_text(w.tmp, sizeof(w.tmp) - 1);
	snprintf(w.key, sizeof(w.key), "%s", key);
	if (!adopt(l, src, &w) && (e = write_new(l, src, &w, f)) != ERR_OK)
		return e;
	if (!src->later || l->nheld == HELD)
		return place(l, &w, 1, f);
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
	char path[PATH_SIZE];
	struct stat st;
	enum err e = local_path(d, key, path, sizeof(path), f);
	int got;

	(void)fresh;
	if (e != ERR_OK)
		return e;
	if ((got = fd_open_beneath(l->root, path, O_RDONLY | O_CLOEXEC, 0)) < 0) {
		if (errno == ENOENT)
			return fault_set(f, ERR_NOTFOUND, "store: no %s", key);
		return io(f, "open", key);
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
	char path[PATH_SIZE];
	struct stat st;
	enum err e = local_path(d, key, path, sizeof(path), f);

	if (e != ERR_OK)
		return e;
	if (fstatat(l->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return fault_set(f, ERR_NOTFOUND, "store: no %s", key);
		return io(f, "stat", key);
	}
	if (!S_ISREG(st.st_mode))
		return fault_set(f, ERR_IO, "store: %s is no file", key);
	*size = st.st_size;
	return ERR_OK;
}

static enum err
local_del(void *d, const char *key, struct fault *f)
{
	struct local *l = d;
	char path[PATH_SIZE];
	enum err e = local_path(d, key, path, sizeof(path), f);

	if (e != ERR_OK)
		return e;
	if (unlinkat(l->root, path, 0) != 0)
		return errno == ENOENT ? ERR_OK : io(f, "remove", key);
	*strrchr(path, '/') = '\0';
	return sync_dir(l, path, key, f);
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
		return io(f, "local.root", "");
	if ((int64_t)(v.f_bavail * v.f_frsize) < l->min_free)
		return fault_set(f, ERR_NOSPACE, "store: less than server.min_free_bytes is free");
	/* A file for each upload, only to be thrown away, costs as much as the one that is kept. */
	if (l->tried_us != 0 && clock_mono_us() - l->tried_us < TRY_US)
		return ERR_OK;
	fd = openat(l->tmp, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (fd < 0 && errno != EOPNOTSUPP && errno != EISDIR)
		return io(f, "local.root cannot be written:", "");
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
	.del = local_del,
	.list = local_list,
	.check = local_check,
	.tidy = local_tidy,
	.path = local_path,
};
