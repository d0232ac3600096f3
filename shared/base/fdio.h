/*
 * Files and descriptors: whole reads and writes, durable renames, temporary
 * files, and descriptors that cross a socket.
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* All of len or an error (EINTR is retried). */
enum err fd_write_all(int fd, const void *data, size_t len, struct fault *f) MUST_USE;

/* Up to len bytes, fewer only at the end of the file: *got says. */
enum err fd_pread_all(int fd, void *out, size_t len, off_t off, size_t *got, struct fault *f) MUST_USE;

/* Copies n bytes from in (at its offset 0, position unchanged) to out's position; copy_file_range or a loop. */
enum err fd_copy(int in, int out, off_t n, struct fault *f) MUST_USE;

/* An unnamed file in dir (O_TMPFILE, or O_EXCL and unlink), mode 0600, read and write. */
enum err fd_tmpfile(const char *dir, int *fd, struct fault *f) MUST_USE;

/*
 * A name below the folder dirfd for an open file, which may have none yet (O_TMPFILE). 0, or -1 and errno: EEXIST when the name is taken,
 * EXDEV when the folder is of another mount; ENOENT also without /proc.
 */
int	 fd_link(int fd, int dirfd, const char *name) MUST_USE;

/* A whole small file, at most b->max bytes. ERR_NOTFOUND when there is none. */
enum err file_read(const char *path, struct buf *b, struct fault *f) MUST_USE;

/* Temporary file beside path, fsync, rename, fsync of the folder. */
enum err file_write_durable(const char *path, const void *data, size_t len, mode_t mode, struct fault *f) MUST_USE;

/* fsync of n files or folders, 1 to FD_FLUSH_MAX, waiting for the disk once. -1, or the index of one that failed, and errno; those others may have failed, too. */
#define FD_FLUSH_MAX 16
int	 fd_flush(const int *fd, size_t n) MUST_USE;

/* mkdir -p below an existing folder descriptor (AT_FDCWD for plain paths). Existing folders are fine. */
enum err dir_make(int dirfd, const char *path, mode_t mode, struct fault *f) MUST_USE;

/* rm -r of path below dirfd; what does not exist is fine; symbolic links are removed, not followed. */
enum err dir_remove(int dirfd, const char *path, struct fault *f) MUST_USE;

/* openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), falling back to a component walk with O_NOFOLLOW on old kernels. -1 and errno. */
int	 fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* One message with up to n descriptors. fd_recv: *nfds in: room, out: received; ERR_IO at the end of the stream or a truncated message. Received descriptors are close-on-exec. */
enum err fd_send(int sock, const void *msg, size_t len, const int *fds, size_t nfds, struct fault *f) MUST_USE;
enum err fd_recv(int sock, void *msg, size_t len, size_t *got, int *fds, size_t *nfds, struct fault *f) MUST_USE;

/* close() unless fd < 0; sets *fd to -1; keeps errno. */
void	 fd_close(int *fd);

#endif
