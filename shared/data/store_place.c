/*
 * A file appears complete or not at all: it is written in tmp/, flushed, renamed, and the folders that hold the new name are flushed
 * too, before anybody is told that it is there. What can wait for the disk together does: the bytes of all files, then, when all have
 * their names, all folders.
 */
#include "data/store_place.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "data/store_plant.h"

#define LEVELS		3	/* folders above an object, root counted */

struct folders {
	size_t	 n;
	char	 path[STORE_HELD * LEVELS][STORE_PATH_SIZE];	/* "" is root */
};

_Static_assert(STORE_HELD * LEVELS <= FD_FLUSH_MAX, "all folders are flushed at once");

enum err
store_place_failed(struct fault *f, const char *what, const char *key)
{
	return fault_errno(f, errno == EROFS || errno == EACCES ? ERR_STORE : ERR_IO,
	    "store: %s %s", what, key);
}

void
store_place_forget(int tmp, struct store_written *w)
{
	fd_close(&w->fd);
	unlinkat(tmp, w->tmp, 0);
}

static enum err
flush_folders(int root, const struct folders *all, const char *key, struct fault *f)
{
	int fd[STORE_HELD * LEVELS] = { -1 };
	size_t n = 0;
	enum err e = ERR_OK;

	for (; n < all->n; n++)
		if ((fd[n] = fd_open_beneath(root, *all->path[n] != '\0' ? all->path[n] : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)) < 0)
			break;
	if (n < all->n || fd_flush(fd, n) >= 0)
		e = store_place_failed(f, "flush folder of", key);
	while (n > 0)
		fd_close(&fd[--n]);
	return e;
}

enum err
store_place_flush(int root, const char *path, const char *key, struct fault *f)
{
	struct folders one = { .n = 1 };

	snprintf(one.path[0], sizeof(one.path[0]), "%s", path);
	return flush_folders(root, &one, key, f);
}

static void
add_folder(struct folders *all, const char *path)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->path[i], path) == 0)
			return;
	assert(all->n < NELEM(all->path));
	snprintf(all->path[all->n++], sizeof(all->path[0]), "%s", path);
}

/* The folder of path; and those above it, when it was made just now or may have been, by another process that has not flushed its name yet. */
static void
add_folders(struct folders *all, const char *path, bool made)
{
	bool above = made || !store_planted(path);
	char dir[STORE_PATH_SIZE], *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	while ((slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		add_folder(all, dir);
		if (!above)
			return;
	}
	add_folder(all, "");
}

/* Rename into place. A folder that is missing is made: that of a kind which was not planted, or somebody removed it. */
static enum err
move_in(int root, int tmp, const struct store_written *w, bool *made, struct fault *f)
{
	char dir[STORE_PATH_SIZE];
	enum err e;

	*made = false;
	if (renameat(tmp, w->tmp, root, w->path) == 0)
		return ERR_OK;
	if (errno != ENOENT)
		return store_place_failed(f, "rename", w->key);
	snprintf(dir, sizeof(dir), "%s", w->path);
	*strrchr(dir, '/') = '\0';
	*made = true;
	if ((e = dir_make(root, dir, STORE_DIR_MODE, f)) != ERR_OK)
		return e;
	return renameat(tmp, w->tmp, root, w->path) == 0 ? ERR_OK : store_place_failed(f, "rename", w->key);
}

/* On the disk, before they have names. close() tells what some network file systems did not say before. */
static enum err
flush_files(struct store_written *w, size_t n, struct fault *f)
{
	int fd[STORE_HELD] = { -1 }, bad;
	enum err e = ERR_OK;

	for (size_t i = 0; i < n; i++)
		fd[i] = w[i].fd;
	if ((bad = fd_flush(fd, n)) >= 0)
		e = store_place_failed(f, "flush", w[bad].key);
	for (size_t i = 0; i < n; i++) {
		w[i].fd = -1;
		if (close(fd[i]) != 0 && e == ERR_OK)
			e = store_place_failed(f, "flush", w[i].key);
	}
	return e;
}

enum err
store_place(int root, int tmp, struct store_written *w, size_t n, struct fault *f)
{
	struct folders all = { .n = 0 };
	enum err e = flush_files(w, n, f);
	bool made;

	for (size_t i = 0; i < n; i++) {
		if (e != ERR_OK || (e = move_in(root, tmp, &w[i], &made, f)) != ERR_OK)
			store_place_forget(tmp, &w[i]);
		else
			add_folders(&all, w[i].path, made);
	}
	return e == ERR_OK ? flush_folders(root, &all, w[0].key, f) : e;
}

enum err
store_place_keep(int root, const char *path, int fd, const char *key, struct fault *f)
{
	struct folders all = { .n = 0 };

	if (fd_flush(&fd, 1) >= 0)
		return store_place_failed(f, "flush", key);
	add_folders(&all, path, false);
	return flush_folders(root, &all, key, f);
}
