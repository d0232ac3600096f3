/*
 * The wire of libfcgi, and plain CGI beside it. libfcgi by itself would lose requests to signals:
 * a read of a body fails with EINTR, and a signal between its look at the flag and its accept() is
 * noticed one request late. So signals are only let in while we wait for work, in epoll_pwait();
 * the listening socket does not block, so that accept() never waits.
 *
 * libfcgi holds one kept connection; when the web server keeps it open and idle while others
 * queue, a worker would wait for ever. Here it gives the idle one up after a moment.
 */
#include "web/fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "web/wire.h"

#ifndef FCGI_PATCHED
#define FCGI_PATCHED 0
#endif

/* How long a kept, idle connection is held on to while another one waits. */
#define KEPT_PATIENCE_MS 10

#define LARGE_BYTES 8192	/* what does not fit into libfcgi's buffer */
#define RECORD_BYTES 65528	/* the most that needs no padding */
#define RECORDS 4		/* by one system call */

static volatile sig_atomic_t stop_seen, reload_seen;

struct fcgi_wire {
	struct wire	 wire;
	FCGX_Request	 rq;
	int		 ep;		/* epoll: descriptor 0, woken one worker at a time */
	bool		 open;		/* a request is in hand */
	bool		 last;		/* whoever was in the queue at the end has been looked for */
	bool		 own;		/* no other process has the listening socket */
	sigset_t	 waiting;	/* the mask while waiting: our signals come through */
	sigset_t	 ours;
};

struct cgi_wire {
	struct wire	 wire;
	bool		 done;
};

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		reload_seen = 1;
	else
		stop_seen = 1;
}

static bool
take_reload(struct wire *w)
{
	(void)w;
	if (!reload_seen)
		return false;
	reload_seen = 0;
	return true;
}

static const int sigs[] = { SIGTERM, SIGUSR1, SIGINT, SIGHUP };

static sigset_t
our_signals(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < NELEM(sigs); i++)
		sigaddset(&ours, sigs[i]);
	return ours;
}

void
transport_hold_signals(void)
{
	sigset_t ours = our_signals();

	sigprocmask(SIG_BLOCK, &ours, NULL);
}

static void
let_signals_come(void)
{
	sigset_t ours = our_signals();

	sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

/* SA_RESTART: outside of the wait a signal only sets its flag. */
static void
catch_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NELEM(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
	let_signals_come();
}

/* Wait until the listening socket has somebody. false: a signal came. */
static bool
wait_new(struct fcgi_wire *w)
{
	struct epoll_event ev;

	return epoll_pwait(w->ep, &ev, 1, -1, &w->waiting) == 1;
}

/* The same while a kept connection may also bring the next request. */
static bool
wait_kept(struct fcgi_wire *w)
{
	const struct timespec patience = { .tv_nsec = KEPT_PATIENCE_MS * 1000000L };
	struct pollfd p[2] = { { .fd = w->rq.ipcFd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };

	if (ppoll(p, 2, NULL, &w->waiting) < 1)
		return false;
	if (p[0].revents)
		return true;
	/*
	 * Somebody new. Another worker may be free for them, so wait a moment before letting the
	 * idle one go.
	 */
	if (ppoll(p, 1, &patience, &w->waiting) < 0)
		return false;
	if (!p[0].revents && poll(p + 1, 1, 0) == 1)
		FCGX_Free(&w->rq, 1);
	return true;
}

static bool
fcgi_next(struct wire *base)
{
	struct fcgi_wire *w = (struct fcgi_wire *)base;
	bool got = false;
	sigset_t before;
	int rc;

	sigprocmask(SIG_BLOCK, &w->ours, &before);
	while (!got && !w->last) {
		/* One who is in the queue already is still served: where the socket is ours alone nobody else would. */
		if (stop_seen) {
			w->last = true;
			if (w->own)
				shutdown(0, SHUT_RD);	/* nobody joins the queue any more; the web server asks another process */
		} else if (!(w->rq.ipcFd >= 0 ? wait_kept(w) : wait_new(w)))
			continue;
		if (w->last && w->rq.ipcFd >= 0)
			break;
		rc = FCGX_Accept_r(&w->rq);
		if (rc == 0)
			got = true;
		else if (rc != -EAGAIN && rc != -EINTR && rc != -ECONNABORTED)
			break;		/* out of descriptors, or the socket is gone: let the supervisor start anew */
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (got)
		fcntl(w->rq.ipcFd, F_SETFD, FD_CLOEXEC);
	w->open = got;
	return got;
}

static const char *
fcgi_env(struct wire *base, const char *name)
{
	return FCGX_GetParam(name, ((struct fcgi_wire *)base)->rq.envp);
}

static ssize_t
fcgi_read(struct wire *base, void *out, size_t len)
{
	struct fcgi_wire *w = (struct fcgi_wire *)base;
	int n = FCGX_GetStr(out, len > 1 << 20 ? 1 << 20 : (int)len, w->rq.in);

	return n == 0 && FCGX_GetError(w->rq.in) ? -1 : n;
}

static bool
write_vector(int fd, struct iovec *v, int n)
{
	ssize_t done;

	while (n > 0) {
		if ((done = writev(fd, v, n)) < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		for (; n > 0 && (size_t)done >= v->iov_len; v++, n--)
			done -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return true;
}

/*
 * Records as the protocol has them: version, type, whose, length, no padding. libfcgi would copy what is large and send it 8 KB at a time,
 * a system call for each, and one that wakes the web server.
 */
static bool
write_records(const FCGX_Request *rq, const char *p, size_t len)
{
	unsigned char head[RECORDS][FCGI_HEADER_LEN];
	struct iovec v[2 * RECORDS];
	int n;

	while (len > 0) {
		for (n = 0; n < RECORDS && len > 0; n++) {
			size_t part = len > RECORD_BYTES ? RECORD_BYTES : len;
			const unsigned char h[FCGI_HEADER_LEN] = { FCGI_VERSION_1, FCGI_STDOUT, (unsigned char)(rq->requestId >> 8),
			    (unsigned char)rq->requestId, (unsigned char)(part >> 8), (unsigned char)part };

			memcpy(head[n], h, sizeof(h));
			v[2 * n] = (struct iovec){ head[n], sizeof(h) };
			v[2 * n + 1] = (struct iovec){ (void *)(uintptr_t)p, part };
			p += part;
			len -= part;
		}
		if (!write_vector(rq->ipcFd, v, 2 * n))
			return false;
	}
	return true;
}

static bool
fcgi_write(struct wire *base, const void *data, size_t len)
{
	struct fcgi_wire *w = (struct fcgi_wire *)base;

	if (len >= LARGE_BYTES)
		return FCGX_FFlush(w->rq.out) == 0 && write_records(&w->rq, data, len);
	return FCGX_PutStr(data, (int)len, w->rq.out) == (int)len;
}

static bool
fcgi_flush(struct wire *base)
{
	return FCGX_FFlush(((struct fcgi_wire *)base)->rq.out) == 0;
}

static void
fcgi_finish(struct wire *base)
{
	struct fcgi_wire *w = (struct fcgi_wire *)base;

	if (w->open)
		FCGX_Finish_r(&w->rq);
	w->open = false;
}

static void
fcgi_close(struct wire *base)
{
	struct fcgi_wire *w = (struct fcgi_wire *)base;

	fcgi_finish(base);
	if (w->rq.ipcFd >= 0)
		FCGX_Free(&w->rq, 1);
	if (w->ep >= 0)
		close(w->ep);
	close(0);		/* at once: whoever comes now goes to another, and not into a queue that ends with us */
	free(w);
}

static const struct wire_ops fcgi_ops = {
	.next = fcgi_next, .env = fcgi_env, .read = fcgi_read, .write = fcgi_write, .flush = fcgi_flush,
	.finish = fcgi_finish, .reload = take_reload, .close = fcgi_close,
};

static bool
cgi_next(struct wire *base)
{
	struct cgi_wire *w = (struct cgi_wire *)base;
	bool first = !w->done;

	w->done = true;
	return first;
}

static const char *
cgi_env(struct wire *base, const char *name)
{
	(void)base;
	return getenv(name);
}

static ssize_t
cgi_read(struct wire *base, void *out, size_t len)
{
	ssize_t n;

	(void)base;
	do
		n = read(0, out, len);
	while (n < 0 && errno == EINTR);
	return n;
}

static bool
cgi_write(struct wire *base, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	(void)base;
	while (len) {
		n = write(1, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
cgi_flush(struct wire *base)
{
	(void)base;
	return true;
}

static void
cgi_finish(struct wire *base)
{
	(void)base;
}

static void
cgi_close(struct wire *base)
{
	free(base);
}

static const struct wire_ops cgi_ops = {
	.next = cgi_next, .env = cgi_env, .read = cgi_read, .write = cgi_write, .flush = cgi_flush,
	.finish = cgi_finish, .reload = take_reload, .close = cgi_close,
};

/*
 * CVE-2025-23016: whoever reaches the socket of an old libfcgi takes the program over; file modes
 * guard a unix socket.
 */
static enum err
check_family(struct fault *f)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(0, (struct sockaddr *)&sa, &len))
		return fault_errno(f, ERR_IO, "descriptor 0");
	if (sa.ss_family != AF_UNIX && !FCGI_PATCHED)
		return fault_set(f, ERR_FORBIDDEN,
		    "this libfcgi lacks the fix for CVE-2025-23016: listen on a unix socket only");
	return ERR_OK;
}

static enum err
listen_fcgi(struct fcgi_wire *w, struct fault *f)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int fl = fcntl(0, F_GETFL);
	enum err e;

	if ((e = check_family(f)))
		return e;
	if (fl < 0 || fcntl(0, F_SETFL, fl | O_NONBLOCK) < 0)
		return fault_errno(f, ERR_IO, "descriptor 0");
	if (FCGX_InitRequest(&w->rq, 0, FCGI_FAIL_ACCEPT_ON_INTR))
		return fault_set(f, ERR_IO, "libfcgi does not start");
	w->ep = epoll_create1(EPOLL_CLOEXEC);
	if (w->ep < 0 || epoll_ctl(w->ep, EPOLL_CTL_ADD, 0, &ev))
		return fault_errno(f, ERR_IO, "epoll");
	w->ours = our_signals();
	catch_signals();
	sigprocmask(SIG_SETMASK, NULL, &w->waiting);
	return ERR_OK;
}

enum err
wire_open(struct wire **out, struct fault *f)
{
	struct fcgi_wire *fw = NULL;
	struct cgi_wire *cw = NULL;
	const char *own;
	enum err e;

	if (FCGX_Init())
		return fault_set(f, ERR_IO, "libfcgi does not start");
	if (FCGX_IsCGI()) {
		if (!getenv("REQUEST_METHOD"))
			return fault_set(f, ERR_BADREQ,
			    "descriptor 0 is no listening socket, and this is no CGI request");
		if (!(cw = calloc(1, sizeof(*cw))))
			return fault_set(f, ERR_NOMEM, "transport");
		signal(SIGPIPE, SIG_IGN);
		let_signals_come();
		cw->wire = (struct wire){ .ops = &cgi_ops, .cgi = true };
		*out = &cw->wire;
		return ERR_OK;
	}
	if (!(fw = calloc(1, sizeof(*fw))))
		return fault_set(f, ERR_NOMEM, "transport");
	fw->wire.ops = &fcgi_ops;
	fw->ep = -1;
	fw->rq.ipcFd = -1;
	fw->own = (own = getenv("TINTYPE_SOCKET")) != NULL && strcmp(own, "own") == 0;
	if ((e = listen_fcgi(fw, f))) {
		if (fw->ep >= 0)
			close(fw->ep);
		free(fw);
		return e;
	}
	*out = &fw->wire;
	return ERR_OK;
}
