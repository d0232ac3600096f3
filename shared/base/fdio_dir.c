/*
 * Folders: made and removed whole, and files opened without ever leaving one.
 */
#include "base/fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };	/* of folders to remove; ours are five deep */

enum err
dir_make(int dirfd, const char *path, mode_t mode, struct fault *f)
{
	char *copy = strdup(path), *p;
	enum err e = ERR_OK;
	struct stat st;

	if (copy == NULL)
		return fault_set(f, ERR_NOMEM, "mkdir: no memory");
	for (p = copy + (*copy == '/'); !e; p++) {
		p += strcspn(p, "/");
		char end = *p;

		*p = '\0';
		if (*copy != '\0' && mkdirat(dirfd, copy, mode) != 0 && errno != EEXIST)
			e = fault_errno(f, ERR_IO, "mkdir %s", copy);
		*p = end;
		if (end == '\0')
			break;
	}
	if (!e && (fstatat(dirfd, path, &st, 0) != 0 || !S_ISDIR(st.st_mode)))
		e = fault_set(f, ERR_IO, "%s is in the way of a folder", path);
	free(copy);
	return e;
}

static enum err remove_at(int dirfd, const char *name, int depth, struct fault *f);

static enum err
remove_content(int fd, int depth, struct fault *f)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	enum err e = ERR_OK;

	if (dir == NULL) {
		fd_close(&fd);
		return fault_errno(f, ERR_IO, "opendir");
	}
	while (!e && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			e = remove_at(fd, d->d_name, depth, f);
	closedir(dir);
	return e;
}

static enum err
remove_at(int dirfd, const char *name, int depth, struct fault *f)
{
	enum err e;
	int fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return ERR_OK;
	if (errno != EISDIR && errno != EPERM)
		return fault_errno(f, ERR_IO, "remove %s", name);
	if (depth == 0)
		return fault_set(f, ERR_IO, "remove %s: folders nested too deep", name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : fault_errno(f, ERR_IO, "remove %s", name);
	if ((e = remove_content(fd, depth - 1, f)))
		return e;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		return fault_errno(f, ERR_IO, "remove %s", name);
	return ERR_OK;
}

enum err
dir_remove(int dirfd, const char *path, struct fault *f)
{
	return remove_at(dirfd, path, DEPTH_MAX, f);
}

/* O_DIRECTORY says ENOTDIR of a link to a folder, too; openat2 says ELOOP. */
static int
open_folder(int dirfd, const char *name)
{
	struct stat st;
	int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err = errno;

	if (fd < 0 && err == ENOTDIR && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		err = ELOOP;
	errno = err;
	return fd;
}

/* One folder at a time, following no link: what openat2 does, on kernels before 5.6. */
static int
walk_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	char name[256];
	int fd = dirfd, next;
	size_t n;

	if (*path == '/' || *path == '\0') {
		errno = *path == '/' ? EXDEV : ENOENT;
		return -1;
	}
	for (;;) {
		n = strcspn(path, "/");
		if (n >= sizeof(name) || n == 0 || strncmp(path, "..", n > 2 ? n : 2) == 0) {
			errno = n >= sizeof(name) ? ENAMETOOLONG : EXDEV;
			next = -1;
		} else {
			memcpy(name, path, n);
			name[n] = '\0';
			next = path[n] == '\0' ? openat(fd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode) :
			    open_folder(fd, name);
		}
		if (fd != dirfd)
			fd_close(&fd);
		if (next < 0 || path[n] == '\0')
			return next;
		fd = next;
		path += n + 1;
	}
}

int
fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd;

	for (int tries = 0; tries < 8; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))	/* EAGAIN: a rename raced */
			break;
	}
	/* EPERM: container filters of old refuse the call they do not know. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk_beneath(dirfd, path, flags, mode);
	return (int)fd;
}
