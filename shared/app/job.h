/*
 * Background work: a queue in the database that any number of runners on any number of nodes share, and a table of what can
 * be done. Periodic kinds run by the clock, the others when somebody queued them. A job runs at least once, so it must be repeatable.
 */
#ifndef APP_JOB_H
#define APP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "base/arena.h"

struct job {
	int64_t		 id;
	const char	*kind;
	const char	*key;		/* what it is about: a picture's id, ... */
	const char	*payload;	/* JSON or "" */
	int		 tries;		/* with this one */
};

struct job_kind {
	const char	*name;
	const char	*doc;
	int64_t		 every_s;	/* periodic, and how often; 0: queued */
	bool		 per_node;	/* periodic: on every node, as it looks after the node's own files */
	bool		 forget;	/* queued: not kept when done, for there are many */
	int		 max_tries;	/* queued: then it is dead, and shown */
	/* *what may be set to a few words (in the arena) on what was done, for the log. NULL: there was nothing to do. */
	enum err	(*run)(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f);
};
extern const struct job_kind job_kinds[];	/* ends with name NULL */

/* Queue a job of kind about key, to run in delay_s seconds. One that waits already is enough: nothing is added then. */
enum err job_add(struct app *app, struct arena *a, const char *kind, const char *key, const char *payload, int64_t delay_s,
    struct fault *f) MUST_USE;

#define JOB_KINDS_MAX 32	/* rows of a table of kinds */

/* A runner of jobs. */
struct job_runner {
	struct app	*app;
	const struct job_kind *kinds;
	char		 name[100];	/* who we are in the queue: host, pid, random */
	const volatile int *stop;	/* set: end after the job in hand. NULL: never */
	/* Told of every job that ended. e ERR_OK, or why it failed; left: it will be tried again. */
	void		(*report)(const struct job *j, enum err e, const struct fault *f, const char *what, bool left, int64_t us);
	int		 done, failed;
	int64_t		 look_s[JOB_KINDS_MAX];	/* when to look at each period, ... */
	int64_t		 look_lost_s;		/* ... and for lost runners, next */
};
void	 job_runner_init(struct job_runner *r, struct app *app);

/*
 * Do what is due: the periodic kinds (force: all of them, whatever the clock says), then the queue until nothing more is due.
 * Jobs that fail are the report's business; an error comes back only when the queue itself cannot be read.
 */
enum err job_work(struct job_runner *r, bool force, struct fault *f) MUST_USE;

#endif
