/*
 * Reading the folders of a store of files.
 */
#include "data/store_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

static enum err
denied_or_broken(struct fault *f, const char *what)
{
	return fault_errno(f, errno == EROFS || errno == EACCES ? ERR_STORE : ERR_IO, "store: list %s", what);
}

struct walk {
	const char	*prefix;
	store_each	*each;
	void		*arg;
	struct fault	*f;
	char		 folder[32];	/* first part of the keys in hand */
};

/* A folder of depth levels above the files: 1, 0. Closes fd. */
static enum err
walk_folder(struct walk *w, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	char key[sizeof(w->folder) + 1 + NAME_MAX + 1];
	enum err rc = ERR_OK;

	if (dir == NULL) {
		fd_close(&fd);
		return fault_errno(w->f, ERR_IO, "store: list");
	}
	while (rc == ERR_OK && (errno = 0, e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (depth > 0) {
			int sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (sub >= 0)
				rc = walk_folder(w, sub, depth - 1);
			continue;
		}
		snprintf(key, sizeof(key), "%s/%s", w->folder, e->d_name);
		/* Files may go while we look. */
		if (strncmp(key, w->prefix, strlen(w->prefix)) == 0 &&
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			rc = w->each(key, st.st_size, st.st_mtim.tv_sec, w->arg);
	}
	if (rc == ERR_OK && errno != 0)
		rc = fault_errno(w->f, ERR_IO, "store: list");
	closedir(dir);
	return rc;
}

enum err
store_walk(int root, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	struct walk w = { .prefix = prefix, .each = each, .arg = arg, .f = f };
	size_t n = strcspn(prefix, "/");
	int fd;

	if (n == 0 || n >= sizeof(w.folder) || strspn(prefix, "abcdefghijklmnopqrstuvwxyz") != n)
		return fault_set(f, ERR_INTERNAL, "store: \"%.40s\" begins no key", prefix);
	memcpy(w.folder, prefix, n);
	fd = fd_open_beneath(root, w.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : denied_or_broken(f, prefix);
	return walk_folder(&w, fd, 1);
}

enum err
store_walk_tidy(int folder, int64_t age_s, int *removed, struct fault *f)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;

	if (dir == NULL) {
		fd_close(&fd);
		return denied_or_broken(f, "tmp");
	}
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] != '.' &&
		    fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtim.tv_sec + age_s < clock_now_s() &&
		    unlinkat(folder, e->d_name, 0) == 0)
			(*removed)++;
	}
	closedir(dir);
	return ERR_OK;
}
