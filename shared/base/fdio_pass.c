/*
 * Messages that carry descriptors over a unix socket.
 */
#include "base/fdio.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { FDS_MAX = 16 };

/* Aligned as a control message must be. */
union control {
	struct cmsghdr	 head;
	char		 room[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

enum err
fd_send(int sock, const void *msg, size_t len, const int *fds, size_t nfds, struct fault *f)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control c;
	struct cmsghdr *h;
	ssize_t n;

	if (nfds > FDS_MAX)
		return fault_set(f, ERR_INTERNAL, "fd_send: too many descriptors");
	memset(&c, 0, sizeof(c));
	if (nfds > 0) {
		m.msg_control = c.room;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(h), fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, ERR_IO, "sendmsg");
	if ((size_t)n != len)
		return fault_set(f, ERR_IO, "sendmsg: short message");
	return ERR_OK;
}

/* The descriptors of m into fds; what does not fit is closed and counted all the same. */
static size_t
take_fds(struct msghdr *m, int *fds, size_t room)
{
	struct cmsghdr *h;
	size_t count, total = 0;
	int fd;

	for (h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++, total++) {
			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (total < room)
				fds[total] = fd;
			else
				fd_close(&fd);
		}
	}
	return total;
}

enum err
fd_recv(int sock, void *msg, size_t len, size_t *got, int *fds, size_t *nfds, struct fault *f)
{
	struct iovec iov = { .iov_base = msg, .iov_len = len };
	union control c;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = c.room, .msg_controllen = sizeof(c),
	};
	size_t have, room = nfds != NULL ? *nfds : 0;
	ssize_t n;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, ERR_IO, "recvmsg");
	have = take_fds(&m, fds, room);
	if (n == 0 || have > room || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		for (size_t i = 0; i < have && i < room; i++)
			fd_close(&fds[i]);
		return fault_set(f, ERR_IO, n == 0 ? "the other side has gone" : "truncated message");
	}
	*got = (size_t)n;
	if (nfds != NULL)
		*nfds = have;
	return ERR_OK;
}
