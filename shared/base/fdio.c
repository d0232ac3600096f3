/*
 * Whole reads and writes, copies, and files that are either there or not.
 */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rnd.h"

enum { COPY_BYTES = 1 << 16, NAME_TRIES = 16 };

enum err
fd_write_all(int fd, const void *data, size_t len, struct fault *f)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, ERR_IO, "write");
		p += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
fd_pread_all(int fd, void *out, size_t len, off_t off, size_t *got, struct fault *f)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = pread(fd, (char *)out + have, len - have, off + (off_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, ERR_IO, "read");
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*got = have;
	return ERR_OK;
}

/* By hand, where the kernel cannot copy between these two. */
static enum err
copy_loop(int in, int out, off_t off, off_t n, struct fault *f)
{
	char block[COPY_BYTES];
	size_t got, want;
	enum err e;

	for (; n > 0; off += (off_t)got, n -= (off_t)got) {
		want = n < COPY_BYTES ? (size_t)n : COPY_BYTES;
		if ((e = fd_pread_all(in, block, want, off, &got, f)))
			return e;
		if (got == 0)
			return fault_set(f, ERR_IO, "copy: the file is shorter than thought");
		if ((e = fd_write_all(out, block, got, f)))
			return e;
	}
	return ERR_OK;
}

enum err
fd_copy(int in, int out, off_t n, struct fault *f)
{
	off_t off = 0;
	ssize_t done;

	while (off < n) {
		done = copy_file_range(in, &off, out, NULL, (size_t)(n - off), 0);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
			return fault_errno(f, ERR_IO, "copy");
		if (done <= 0)		/* other file systems, pipes, /proc: by hand, errors and all */
			return copy_loop(in, out, off, n - off, f);
	}
	return ERR_OK;
}

/* A new file called path + "." + random. */
static int
open_unique(const char *path, mode_t mode, char *name, size_t size)
{
	char tail[13];
	int fd = -1, n;

	for (int i = 0; i < NAME_TRIES && fd < 0; i++) {
		rnd_text(tail, sizeof(tail) - 1);
		n = snprintf(name, size, "%s.%s", path, tail);
		if (n < 0 || (size_t)n >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

enum err
fd_tmpfile(const char *dir, int *fd, struct fault *f)
{
	char path[4096], name[4096];
	int n, got = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Kernels and file systems without O_TMPFILE say one of these. */
	if (got < 0 && (errno == EISDIR || errno == EOPNOTSUPP || errno == EINVAL)) {
		n = snprintf(path, sizeof(path), "%s/.spool", dir);
		if (n < 0 || (size_t)n >= sizeof(path))
			return fault_set(f, ERR_IO, "the name of the spool folder is too long");
		if ((got = open_unique(path, 0600, name, sizeof(name))) >= 0)
			unlink(name);
	}
	if (got < 0)
		return fault_errno(f, ERR_IO, "temporary file in %s", dir);
	*fd = got;
	return ERR_OK;
}

int
fd_link(int fd, int dirfd, const char *name)
{
	char self[40];

	/* Not AT_EMPTY_PATH: that asks for a privilege. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dirfd, name, AT_SYMLINK_FOLLOW);
}

enum err
file_read(const char *path, struct buf *b, struct fault *f)
{
	enum err e = ERR_OK;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fault_errno(f, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s", path);
	for (;;) {
		size_t room = b->max - b->len < COPY_BYTES ? b->max - b->len : COPY_BYTES;

		/* A byte more than allowed tells "just full" from "too big". */
		if (room == 0) {
			char more;

			n = read(fd, &more, 1);
			if (n > 0)
				e = fault_set(f, ERR_TOOBIG, "%s: more than %zu bytes", path, b->max);
		} else {
			if ((e = buf_reserve(b, room))) {
				fault_set(f, e, "%s: no memory", path);
				break;
			}
			n = read(fd, b->data + b->len, room);
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = fault_errno(f, ERR_IO, "%s", path);
		if (n <= 0 || e)
			break;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
	if (e)
		buf_free(b);
	fd_close(&fd);
	return e;
}

/* fsync of the folder that holds path: only then does the new name survive a power cut. */
static enum err
sync_folder(const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	enum err e = ERR_OK;
	int fd;

	if (slash != NULL)
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fsync(fd) != 0)
		e = fault_errno(f, ERR_IO, "fsync of folder %s", dir);
	fd_close(&fd);
	return e;
}

enum err
file_write_durable(const char *path, const void *data, size_t len, mode_t mode, struct fault *f)
{
	char name[4096];
	enum err e;
	int fd = open_unique(path, 0600, name, sizeof(name));

	if (fd < 0)
		return fault_errno(f, ERR_IO, "temporary file beside %s", path);
	if ((e = fd_write_all(fd, data, len, f)))
		goto out;
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0 || rename(name, path) != 0) {
		e = fault_errno(f, ERR_IO, "%s", path);
		goto out;
	}
	e = sync_folder(path, f);
	name[0] = '\0';
out:
	if (name[0] != '\0')
		unlink(name);
	fd_close(&fd);
	return e;
}

void
fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}
