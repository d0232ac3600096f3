/*
 * A file gets its name by link(2), when it is complete: so nobody ever reads half of one, and what
 * had no name when its maker died is freed by the kernel.
 */
#include "app/cache_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/rnd.h"

enum { DEPTH_MAX = 40, TRIES = 100, NOTED_S = 600 };

/* The folder of rel. */
static enum err
make_parent(struct app *app, const char *rel, struct fault *f)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(rel, '/');

	if (slash == NULL)
		return ERR_OK;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - rel), rel);
	return dir_make(app->cache_fd, dir, 0755, f);
}

enum err
cache_tmp(struct app *app, int *fd, struct fault *f)
{
	struct fault first = FAULT_NONE;
	char dir[PATH_MAX];
	enum err e;

	snprintf(dir, sizeof(dir), "%s/tmp", app->conf->cache_dir);
	if (fd_tmpfile(dir, fd, &first) == ERR_OK)
		return ERR_OK;
	/* The cache may vanish at any time, its folders too. */
	if ((e = dir_make(app->cache_fd, "tmp", 0755, f)))
		return e;
	return fd_tmpfile(dir, fd, f);
}

static bool
dress(int fd, int64_t mtime_s)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = mtime_s } };

	return fchmod(fd, 0644) == 0 && futimens(fd, times) == 0;
}

/* Where link(2) will not do: a copy under a name nobody looks for, then rename(2). */
static enum err
publish_copy(struct app *app, int fd, const char *rel, int64_t mtime_s, struct fault *f)
{
	char name[32] = "tmp/";
	struct stat st;
	enum err e;
	int copy;

	rnd_text(name + 4, 16);
	if ((e = dir_make(app->cache_fd, "tmp", 0755, f)))
		return e;
	copy = openat(app->cache_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (copy < 0 || fstat(fd, &st) != 0)
		e = fault_errno(f, ERR_IO, "cache: temporary file");
	else if ((e = fd_copy(fd, copy, st.st_size, f)) == ERR_OK &&
	    (!dress(copy, mtime_s) || renameat(app->cache_fd, name, app->cache_fd, rel) != 0))
		e = fault_errno(f, ERR_IO, "cache: %s", rel);
	if (e && copy >= 0)
		unlinkat(app->cache_fd, name, 0);
	fd_close(&copy);
	return e;
}

enum err
cache_publish(struct app *app, int fd, const char *rel, int64_t mtime_s, struct fault *f)
{
	struct fault why = FAULT_NONE;
	enum err e = ERR_OK;

	if (!dress(fd, mtime_s))
		return fault_errno(f, ERR_IO, "cache: times of %s", rel);
	/* The folder may be removed under our hands by who trims or deletes: then again. */
	for (int i = 0; i < TRIES; i++) {
		if (fd_link(fd, app->cache_fd, rel) == 0 || errno == EEXIST)
			return ERR_OK;
		if (errno != ENOENT)
			break;
		why = (struct fault)FAULT_NONE;
		e = make_parent(app, rel, &why);
	}
	if (e)
		return fault_set(f, e, "%s", why.why);
	return publish_copy(app, fd, rel, mtime_s, f);
}

bool
cache_alias(struct app *app, const char *rel, const char *alias)
{
	struct fault ignored = FAULT_NONE;

	if (faccessat(app->cache_fd, alias, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	return make_parent(app, alias, &ignored) == ERR_OK &&
	    linkat(app->cache_fd, rel, app->cache_fd, alias, 0) == 0;
}

void
cache_used(struct app *app, const char *rel, const struct stat *st)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_OMIT } };

	if (time(NULL) - st->st_atime > NOTED_S)
		utimensat(app->cache_fd, rel, times, AT_SYMLINK_NOFOLLOW);
}

static void
walk(int dirfd, const char *name, int depth, bool prune,
    void (*each)(int dirfd, const char *name, void *arg), void *arg)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	struct stat st;

	if (dir == NULL) {
		fd_close(&fd);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (d->d_type == DT_UNKNOWN &&
		    fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			d->d_type = S_ISDIR(st.st_mode) ? DT_DIR : DT_REG;
		if (d->d_type != DT_DIR)
			each(fd, d->d_name, arg);
		else if (depth > 0)
			walk(fd, d->d_name, depth - 1, prune, each, arg);
	}
	closedir(dir);
	if (prune)
		unlinkat(dirfd, name, AT_REMOVEDIR);	/* fails when something is in it */
}

void
cache_walk(int dirfd, const char *name, bool prune,
    void (*each)(int dirfd, const char *name, void *arg), void *arg)
{
	walk(dirfd, name, DEPTH_MAX, prune, each, arg);
}
