/*
 * What the mirrors of the store are owed, as jobs: "mirror" copies an object to where it is missing, "repair" also looks at the bytes that are
 * there. Both have the object's key. The backlog is what /metrics and the health page show.
 */
#ifndef APP_MIRROR_H
#define APP_MIRROR_H

#include "app/app.h"
#include "app/job.h"
#include "base/arena.h"

/* From now on what app->store tells (store_watch) is queued: at once, or held between the next two calls. */
void	 mirror_watch(struct app *app);

/* Hold what is owed until the transaction that makes it needed; few keys only, more are queued at once. */
void	 mirror_hold(struct app *app);
/* Forget what was held and queue at once again. */
void	 mirror_release(struct app *app);

/* In a transaction, which may be repeated: queue what is held. */
enum err mirror_queue(struct app *app, struct arena *a, struct fault *f) MUST_USE;

/* Objects that wait, and since when the oldest (0: none). Into the metrics as well. */
struct mirror_backlog {
	int64_t	 n, oldest_s;
};
enum err mirror_backlog(struct app *app, struct arena *a, struct mirror_backlog *out, struct fault *f) MUST_USE;

/*
 * Make all targets agree on an object that the index wants: from the primary, or where that has no good copy from a mirror. prove: look at
 * the bytes of each copy, not only at their number. *written counts copies made. What the index does not want (any more) is removed from
 * where this has put it. ERR_DAMAGED: wanted, and there is no good copy anywhere.
 */
enum err mirror_heal(struct app *app, struct arena *a, const char *key, bool prove, int *written, struct fault *f) MUST_USE;

/* The jobs (app/job_kinds.c). */
enum err mirror_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f) MUST_USE;
enum err repair_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f) MUST_USE;

#endif
