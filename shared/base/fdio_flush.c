/*
 * Several files or folders to the disk at once. fsync()s that wait together share a commit of the file system's journal; one after
 * the other, each waits for the disk by itself. The kernel's own asynchronous calls do it without a thread of ours; where they are
 * not to be had (a filter, a kernel without them), it is one after the other.
 */
#include "base/fdio.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/aio_abi.h>

static aio_context_t queue;	/* lives as long as the process; a child's calls with it are refused */

/* How many of the first n are under way. */
static size_t
begin(const int *fd, size_t n)
{
	struct iocb cb[FD_FLUSH_MAX], *list[FD_FLUSH_MAX];
	long sent;

	if (n == 0 || (queue == 0 && syscall(SYS_io_setup, FD_FLUSH_MAX, &queue) != 0))
		return 0;
	memset(cb, 0, sizeof(cb));
	for (size_t i = 0; i < n; i++) {
		cb[i].aio_lio_opcode = IOCB_CMD_FSYNC;
		cb[i].aio_fildes = (uint32_t)fd[i];
		cb[i].aio_data = i;
		list[i] = &cb[i];
	}
	sent = syscall(SYS_io_submit, queue, (long)n, list);
	return sent > 0 ? (size_t)sent : 0;
}

static void
failed(size_t i, int code, int *bad, int *why)
{
	if (*bad < 0) {
		*bad = (int)i;
		*why = code;
	}
}

/* What is under way cannot be asked again: an error is told once. */
static void
await(size_t sent, int *bad, int *why)
{
	struct io_event done[FD_FLUSH_MAX];
	long n;

	for (; sent > 0; sent -= (size_t)n) {
		do
			n = syscall(SYS_io_getevents, queue, (long)sent, (long)sent, done, NULL);
		while (n < 0 && errno == EINTR);
		if (n <= 0 || (size_t)n > sent) {
			failed(0, n < 0 ? errno : EIO, bad, why);
			syscall(SYS_io_destroy, queue);
			queue = 0;
			return;
		}
		for (long i = 0; i < n; i++)
			if (done[i].res != 0)
				failed((size_t)done[i].data, (int)-done[i].res, bad, why);
	}
}

int
fd_flush(const int *fd, size_t n)
{
	int bad = -1, why = errno;
	size_t sent;

	assert(n > 0 && n <= FD_FLUSH_MAX);
	sent = begin(fd, n - 1);
	for (size_t i = sent; i < n; i++)
		if (fsync(fd[i]) != 0)
			failed(i, errno, &bad, &why);
	await(sent, &bad, &why);
	errno = why;
	return bad;
}
