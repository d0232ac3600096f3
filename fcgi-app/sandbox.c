/*
 * sandbox: the child that touches pictures, so that the programs which hold passwords
 * never do. A worker starts it with a socket as descriptor 3 and nothing else; it warms
 * up (fonts, tables), locks itself in (sandbox_filter.c) and then answers jobs: a small
 * struct and descriptors in, a small struct out. It has no names, no network, no other
 * process, and it ends when the worker does.
 *
 *	sandbox MEMORY_BYTES [FONT=PATH ...]
 */
#include "image/job.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/num.h"
#include "image/fmt.h"
#include "sandbox.h"

/* Writable memory is bounded by the argument; addresses may be more, for sources are mapped. */
#define ADDRESSES_MORE	((rlim_t)2 << 30)
#define FILE_BYTES	((rlim_t)1 << 30)

/*
 * Blocks below this stay in the heap from job to job (no page faults for the usual
 * thumbnail), larger ones go back to the kernel when freed.
 */
enum { HEAP_BLOCK_BYTES = 4 << 20, HEAP_KEEP_BYTES = 16 << 20, FILES_MAX = 64 };

/* What a job of each kind must bring; JOB_INGEST's pyramid files are looked at in job_ok(). */
static const struct { size_t fds_min, fds_max; } kinds[] = {
	[JOB_PING]	= { 0, 0 },
	[JOB_INGEST]	= { 2, 4 },
	[JOB_RENDER]	= { 2, LIMIT_SANDBOX_FDS },
	[JOB_INFO]	= { 2, 2 },
#ifdef TINTYPE_SANDBOX_TEST
	[JOB_TEST]	= { 0, LIMIT_SANDBOX_FDS },
#endif
};

static bool
fds_ok(const int *fds, size_t nfds)
{
	struct stat st;

	for (size_t i = 0; i < nfds; i++)
		if (fstat(fds[i], &st) != 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

/*
 * The worker is trusted, but a job of another layout or a mix-up of descriptors must not reach a
 * decoder.
 */
static bool
job_ok(const struct image_job *job, const int *fds, size_t nfds)
{
	if (job->magic != JOB_MAGIC || job->kind >= NELEM(kinds) ||
	    nfds < kinds[job->kind].fds_min || nfds > kinds[job->kind].fds_max)
		return false;
	for (size_t i = 0; job->kind == JOB_INGEST && i < NELEM(job->pyramid_px); i++)
		if (job->pyramid_px[i] != 0 && nfds <= 2 + i)
			return false;
	return job->fmt_in < FMT__MAX && job->fmt_out < FMT__MAX &&
	       job->metadata <= METADATA_NONE && job->orientation >= 0 && job->orientation <= 8 &&
	       job->default_quality <= 100 &&
	       memchr(job->steps, '\0', sizeof(job->steps)) != NULL && fds_ok(fds, nfds);
}

static void
refuse(struct image_result *res, const char *why)
{
	res->err = ERR_INTERNAL;
	snprintf(res->why, sizeof(res->why), "%s", why);
}

static void
work(const struct image_job *job, size_t len, const int *fds, size_t nfds, struct image_result *res)
{
	struct rusage ru;

	if (len != sizeof(*job) || !job_ok(job, fds, nfds))
		refuse(res, "sandbox: the job is not understood");
#ifdef TINTYPE_SANDBOX_TEST
	else if (job->kind == JOB_TEST)
		misbehave(job->steps, res);
#endif
	else if (job->kind != JOB_PING)
		image_run(job, fds, nfds, res);
	res->magic = JOB_MAGIC;
	if (getrusage(RUSAGE_SELF, &ru) == 0)
		res->peak_kb = (uint32_t)ru.ru_maxrss;
}

/* Until the worker is gone, or has had nothing for us for as long as it set on the socket. */
static void
serve(void)
{
	static struct image_job job;
	static struct image_result res;
	struct fault f = FAULT_NONE;
	int fds[LIMIT_SANDBOX_FDS];
	size_t len, nfds = NELEM(fds);

	while (fd_recv(SANDBOX_FD, &job, sizeof(job), &len, fds, &nfds, &f) == ERR_OK) {
		memset(&res, 0, sizeof(res));
		work(&job, len, fds, nfds, &res);
		for (size_t i = 0; i < nfds; i++)
			fd_close(&fds[i]);
		if (fd_send(SANDBOX_FD, &res, sizeof(res), NULL, 0, &f))
			break;
		nfds = NELEM(fds);
	}
}

static bool
limit(int what, rlim_t most)
{
	struct rlimit now, rl = { most, most };

	/* A stricter limit that we were started with stays. */
	if (getrlimit(what, &now) == 0 && now.rlim_max < most)
		rl.rlim_cur = rl.rlim_max = now.rlim_max;
	return setrlimit(what, &rl) == 0;
}

static bool
set_limits(int64_t memory_bytes)
{
#ifndef TINTYPE_SANITIZE		/* whose shadow memory is terabytes of addresses */
	if (!limit(RLIMIT_DATA, (rlim_t)memory_bytes) ||
	    !limit(RLIMIT_AS, (rlim_t)memory_bytes + ADDRESSES_MORE))
		return false;
#else
	(void)memory_bytes;
#endif
	return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, FILE_BYTES) &&
	    limit(RLIMIT_NOFILE, FILES_MAX);
}

/* When the machine runs out of memory, one picture is the least loss. No /proc: no matter. */
static void
volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "500", 3);
	fd_close(&fd);
}

/*
 * A fault by the picture and one sent by kill(1) look the same to the worker, but only the first
 * is remembered against the picture. The handler is gone when it is called: a real fault happens
 * again on return and ends the process as it should.
 */
static void
hit(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_code <= 0 && info->si_pid != getpid())
		_exit(SANDBOX_EXIT_HIT);
}

static void
tell_hits_from_faults(void)
{
#ifndef TINTYPE_SANITIZE		/* which reports faults itself */
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	struct sigaction sa = { .sa_sigaction = hit, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND) };

	for (size_t i = 0; i < NELEM(faults); i++)
		sigaction(faults[i], &sa, NULL);
#else
	(void)hit;
#endif
}

/*
 * The worker decides when we end. Its terminal's Ctrl-C or a service manager that signals
 * all processes of the service must not kill the job of a request that is still answered.
 * Too large an output is an error of write(), not a signal; CPU time used up is one.
 */
static void
set_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ };
	sigset_t none;

	for (size_t i = 0; i < NELEM(ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGXCPU, SIG_DFL);
	tell_hits_from_faults();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
}

/* There is no standard error to complain to: the reason is the answer to the first job. */
static int
give_up(const char *what)
{
	static struct image_job job;
	static struct image_result res = { .magic = JOB_MAGIC };
	struct fault why = FAULT_NONE, f = FAULT_NONE;
	int fds[LIMIT_SANDBOX_FDS];
	size_t len, nfds = NELEM(fds);

	res.err = fault_errno(&why, ERR_INTERNAL, "the sandbox cannot start: %s", what);
	snprintf(res.why, sizeof(res.why), "%s", why.why);
	if (fd_recv(SANDBOX_FD, &job, sizeof(job), &len, fds, &nfds, &f) == ERR_OK)
		f.err = fd_send(SANDBOX_FD, &res, sizeof(res), NULL, 0, &f);
	return SANDBOX_EXIT_SETUP;
}

int
main(int argc, char **argv)
{
	struct stat st;
	int64_t memory;

	if (argc < 2 || !num_parses(argv[1], 1 << 20, INT64_MAX / 2, &memory) ||
	    fstat(SANDBOX_FD, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "sandbox: started by the programs of Tintype, not by hand\n");
		return SANDBOX_EXIT_SETUP;
	}
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_BYTES);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEEP_BYTES);
	set_signals();
	volunteer();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return give_up("prctl");
	if (!set_limits(memory))
		return give_up("limits");
	/* Whoever asks for the date (lcms, for one) would look for the machine's zone in /etc. */
	setenv("TZ", "UTC0", 1);
	tzset();
	image_warm((const char *const *)argv + 2);
	if (!thread_start())
		return give_up("thread");
	if (!filter_load())
		return give_up("system call filter");
	serve();
	_exit(0);
}
