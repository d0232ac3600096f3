/*
 * Processes without SIGCHLD: we know our one child by its pid and ask for it. That
 * leaves the host program's signals alone, and a child that was reaped by somebody else (or by
 * an ignored SIGCHLD we inherited) is simply gone.
 */
#include "app/sandbox_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum { FDS_HIGH = 10, FDS_MOST = 65536, KILLED_WAIT_MS = 5000 };

static void
close_from(int first)
{
	if (close_range((unsigned)first, ~0U, 0) == 0)
		return;
	for (int fd = first; fd < FDS_MOST; fd++)	/* Linux before 5.9 */
		close(fd);
}

/*
 * Between fork and exec: plain system calls only. Standard descriptors must be open, or the
 * first one passed would become 1 and catch what a library prints: so they are a pipe whose
 * other end is closed, which needs no /dev.
 */
static void
become(const char *path, char *const *argv, int sock, int dead)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	char *const no_environment[] = { NULL };

	/* What is meant for the worker must not end its child before that can say so itself. */
	for (size_t i = 0; i < NELEM(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sock = fcntl(sock, F_DUPFD, FDS_HIGH);
	dead = fcntl(dead, F_DUPFD, FDS_HIGH);
	for (int fd = 0; fd < CHILD_FD; fd++) {
#ifdef TINTYPE_SANITIZE
		if (fd == STDERR_FILENO)	/* where the reports go */
			continue;
#endif
		dup2(dead, fd);
	}
	if (dup2(sock, CHILD_FD) == CHILD_FD && chdir("/") == 0) {
		close_from(CHILD_FD + 1);
		execve(path, argv, no_environment);
	}
	_exit(CHILD_EXIT_EXEC);
}

enum err
child_start(struct child *c, const char *path, char *const *argv, int64_t idle_s, struct fault *f)
{
	const struct timeval idle = { .tv_sec = idle_s };
	int pair[2] = { -1, -1 }, dead[2] = { -1, -1 };
	enum err e = ERR_OK;
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
	    pipe2(dead, O_CLOEXEC) != 0 ||
	    setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle)) != 0)
		e = fault_errno(f, ERR_INTERNAL, "socket of the sandbox");
	fd_close(&dead[1]);
	if (!e && (pid = fork()) < 0)
		e = fault_errno(f, ERR_BUSY, "fork of the sandbox");
	if (pid == 0)
		become(path, argv, pair[1], dead[0]);
	if (!e) {
		c->pid = pid;
		c->sock = pair[0];
		pair[0] = -1;		/* handed over */
	}
	fd_close(&pair[0]);
	fd_close(&pair[1]);
	fd_close(&dead[0]);
	return e;
}

static void
bury(struct child *c, int status)
{
	c->pid = 0;
	c->status = status;
	fd_close(&c->sock);
}

bool
child_alive(struct child *c, bool *stopped)
{
	int status;
	pid_t r;

	if (stopped != NULL)
		*stopped = false;
	if (c->pid == 0)
		return false;
	while ((r = waitpid(c->pid, &status, WNOHANG | WUNTRACED)) < 0 && errno == EINTR)
		;
	if (r == 0)
		return true;
	if (r > 0 && WIFSTOPPED(status)) {
		if (stopped != NULL)
			*stopped = true;
		return true;
	}
	bury(c, r < 0 ? -1 : status);
	return false;
}

/*
 * SIGKILL works at once but for a process stuck in the kernel (a dead network disk): that one is
 * left behind.
 */
void
child_kill(struct child *c)
{
	if (c->pid == 0)
		return;
	kill(c->pid, SIGKILL);
	child_wait(c, KILLED_WAIT_MS);
}

void
child_wait(struct child *c, int wait_ms)
{
	int64_t until = clock_mono_us() + (int64_t)wait_ms * 1000;
	struct timespec pause = { .tv_nsec = 50 * 1000 };

	while (child_alive(c, NULL)) {
		if (clock_mono_us() > until) {
			kill(c->pid, SIGKILL);
			bury(c, -1);
			return;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 5 * 1000 * 1000)
			pause.tv_nsec *= 2;
	}
}

void
child_limit_cpu(const struct child *c, int64_t ms)
{
	struct timespec used;
	struct rlimit rl;
	clockid_t clock;
	rlim_t want;

	if (c->pid == 0 || clock_getcpuclockid(c->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0 || prlimit(c->pid, RLIMIT_CPU, NULL, &rl) != 0)
		return;
	/*
	 * The limit counts whole seconds over the process's life; two more because both were cut.
	 */
	want = (rlim_t)used.tv_sec + (rlim_t)(ms / 1000) + 2;
	if (rl.rlim_max != RLIM_INFINITY && want > rl.rlim_max)
		want = rl.rlim_max;
	rl.rlim_cur = want;
	(void)!prlimit(c->pid, RLIMIT_CPU, &rl, NULL);
}

int64_t
child_resident_kb(const struct child *c)
{
	char path[64];
	long long pages = 0;
	FILE *statm;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)c->pid);
	if (c->pid == 0 || (statm = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(statm, "%*d %lld", &pages) != 1)
		pages = 0;
	fclose(statm);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
