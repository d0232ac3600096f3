/*
 * A mark says that all is done. It is set last, when everything is on the disk, so that it is never there too early; what is found done
 * already is as good as done here.
 */
#include "data/store_plant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "data/store_place.h"

#define PLANTED		".one-level"	/* the mark: a folder, as it cannot hold less */
#define PLANTED_BEFORE	".planted"	/* that of the older layout */
#define FANS		256

/* The kinds of keys that are in use. */
static const char *const kinds[] = { "o", "p", "t" };

bool
store_planted(const char *path)
{
	for (size_t i = 0; i < NELEM(kinds); i++) {
		size_t n = strlen(kinds[i]);

		if (strncmp(path, kinds[i], n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

/* --- the older layout --------------------------------------------------------------------------- */

/* All files of the folder sub in the folder to move up into that. *moved counts; sub may go meanwhile. */
static enum err
move_up(int to, const char *sub, size_t *moved, struct fault *f)
{
	int fd = openat(to, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	enum err e = ERR_OK;
	struct dirent *d;
	struct stat st;

	if (dir == NULL) {
		fd_close(&fd);
		return errno == ENOENT || errno == ENOTDIR ? ERR_OK : store_place_failed(f, "open folder", sub);
	}
	while (e == ERR_OK && (errno = 0, d = readdir(dir)) != NULL) {
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (renameat(fd, d->d_name, to, d->d_name) == 0)
			(*moved)++;
		else if (errno != ENOENT)
			e = store_place_failed(f, "move up", d->d_name);
	}
	if (e == ERR_OK && errno != 0)
		e = store_place_failed(f, "read folder", sub);
	closedir(dir);
	return e;
}

/* sub goes, with its files moved up. *gone counts. What is not ours stays in it, and does not matter. */
static enum err
dissolve(int to, const char *sub, size_t *gone, struct fault *f)
{
	size_t moved;
	enum err e;

	/* Reading a folder that is being emptied may miss some. */
	do {
		moved = 0;
		if ((e = move_up(to, sub, &moved, f)) != ERR_OK)
			return e;
		if (unlinkat(to, sub, AT_REMOVEDIR) == 0) {
			(*gone)++;
			return ERR_OK;
		}
	} while (moved > 0);
	return errno == ENOENT || errno == ENOTDIR || errno == ENOTEMPTY || errno == EEXIST ? ERR_OK : store_place_failed(f, "remove folder", sub);
}

static enum err
dissolve_all(int fd, size_t *gone, struct fault *f)
{
	static const char hex[] = "0123456789abcdef";
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	enum err e = ERR_OK;
	struct dirent *d;

	if (dir == NULL) {
		fd_close(&again);
		return store_place_failed(f, "open folder", "");
	}
	while (e == ERR_OK && (errno = 0, d = readdir(dir)) != NULL)
		if (strlen(d->d_name) == 2 && strspn(d->d_name, hex) == 2)
			e = dissolve(fd, d->d_name, gone, f);
	if (e == ERR_OK && errno != 0)
		e = store_place_failed(f, "read folder", "");
	closedir(dir);
	return e;
}

/* The folder path was there: when it has folders, they go. */
static enum err
flatten(int root, const char *path, struct fault *f)
{
	int fd = fd_open_beneath(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	size_t gone, before = 0;
	enum err e;

	if (fd < 0)
		return store_place_failed(f, "open folder", path);
	for (gone = 0; (e = dissolve_all(fd, &gone, f)) == ERR_OK && gone > before; before = gone)
		;
	if (e == ERR_OK && gone > 0 && fd_flush(&fd, 1) >= 0)
		e = store_place_failed(f, "flush folder", path);
	fd_close(&fd);
	return e;
}

/* --- planting ----------------------------------------------------------------------------------- */

static enum err
plant_kind(int root, const char *kind, struct fault *f)
{
	enum err e = dir_make(root, kind, STORE_DIR_MODE, f);
	char path[16];

	for (unsigned n = 0; n < FANS && e == ERR_OK; n++) {
		snprintf(path, sizeof(path), "%s/%02x", kind, n);
		if (mkdirat(root, path, STORE_DIR_MODE) == 0)
			continue;
		e = errno == EEXIST ? flatten(root, path, f) : store_place_failed(f, "mkdir", path);
	}
	return e == ERR_OK ? store_place_flush(root, kind, kind, f) : e;
}

enum err
store_plant(int root, struct fault *f)
{
	enum err e = ERR_OK;

	if (faccessat(root, PLANTED, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR_OK;
	for (size_t i = 0; i < NELEM(kinds) && e == ERR_OK; i++)
		e = plant_kind(root, kinds[i], f);
	if (e == ERR_OK)
		e = store_place_flush(root, "", "", f);
	if (e == ERR_OK && mkdirat(root, PLANTED, STORE_DIR_MODE) != 0 && errno != EEXIST)
		e = store_place_failed(f, "mkdir", PLANTED);
	if (e == ERR_OK)
		unlinkat(root, PLANTED_BEFORE, AT_REMOVEDIR);
	return e;
}
