/*
 * The queue as people see it: how much of each kind, and the jobs that were given up, to be tried once more or dropped.
 */
#ifndef APP_JOB_LIST_H
#define APP_JOB_LIST_H

#include "app/app.h"
#include "base/arena.h"

struct job_sum {
	const char	*kind;
	int64_t		 waiting, running, dead;
	int64_t		 oldest_s;	/* when the oldest that waits or runs was queued; 0: none */
};

/* A job that was given up. */
struct job_dead {
	int64_t		 id, tries, at_s;
	const char	*kind, *key, *why;
};

/* Kinds of which there are jobs that are not done. In the arena. */
enum err job_sums(struct app *app, struct arena *a, struct job_sum **out, size_t *n, struct fault *f) MUST_USE;

/* Given up ones, newest first, with an id below before (0: from the newest); at most max. */
enum err job_dead_list(struct app *app, struct arena *a, int64_t before, size_t max, struct job_dead **out, size_t *n, struct fault *f) MUST_USE;

/*
 * Back into the queue, with all their tries: the given up job of this id, or all of them (id 0). *n: how many were. One whose like waits already
 * stays as it is.
 */
enum err job_again(struct app *app, struct arena *a, int64_t id, int64_t *n, struct fault *f) MUST_USE;

/* Forget a given up job. *n: 1, or 0 when there is none of that id. */
enum err job_drop(struct app *app, struct arena *a, int64_t id, int64_t *n, struct fault *f) MUST_USE;

#endif
