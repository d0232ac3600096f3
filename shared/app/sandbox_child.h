/*
 * The life of one sandbox child as a process: started clean, looked at, ended. What it
 * says is not our business here (app/sandbox.c).
 */
#ifndef APP_SANDBOX_CHILD_H
#define APP_SANDBOX_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* The child finds its socket here. */
enum { CHILD_FD = 3 };

/* Exit codes of its own: there is no program, its set-up failed, a signal came from outside. */
enum { CHILD_EXIT_EXEC = 127, CHILD_EXIT_SETUP = 120, CHILD_EXIT_HIT = 121 };

struct child {
	pid_t	 pid;		/* 0: none */
	int	 sock;		/* ours, close-on-exec; -1: none */
	int	 status;	/* of the last one, as waitpid() gives it; -1: not known */
};
#define CHILD_NONE { .sock = -1, .status = -1 }

/*
 * Start path with argv: no environment, folder /, descriptor 3 a message socket, 0 to 2 dead,
 * nothing else. It sees the end of the socket after idle_s without a job. Not waited for: that the
 * program cannot be run shows as its end with CHILD_EXIT_EXEC.
 */
enum err child_start(
    struct child *c, const char *path, char *const *argv, int64_t idle_s, struct fault *f) MUST_USE;

/*
 * Running? One that has ended is laid to rest (status says how, pid is then 0). *stopped (may be
 * NULL): it is stopped by a signal.
 */
bool	 child_alive(struct child *c, bool *stopped);

/* Kill, if there is one, and lay to rest. */
void	 child_kill(struct child *c);

/* Wait at most this long for one that is ending, then kill it. */
void	 child_wait(struct child *c, int wait_ms);

/*
 * Let it use ms of CPU time from now on; then SIGXCPU ends it, even if we are not there to see.
 * Best effort.
 */
void	 child_limit_cpu(const struct child *c, int64_t ms);

/* Memory it holds now, in kB; 0: not known. */
int64_t	 child_resident_kb(const struct child *c);

#endif
