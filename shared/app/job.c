/*
 * The queue. A runner takes a job by locking its row past those that others lock, marks it with its
 * name and a lease, and works outside of any transaction. A runner that dies loses its lease, and
 * the job goes back. What fails waits longer each time, and is dead after a bounded number of tries.
 */
#include "app/job.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/metric.h"
#include "base/rnd.h"

#define LEASE_S 300
#define BACKOFF_S 10		/* doubled with each try ... */
#define BACKOFF_MAX_S 3600	/* ... up to this */
#define LOOKS 6			/* at a period's row, in the time of a period */

enum err
job_add(struct app *app, struct arena *a, const char *kind, const char *key, const char *payload,
    int64_t delay_s, struct fault *f)
{
	struct fault why = FAULT_NONE;
	int64_t now = clock_now_s();
	enum err e = DB_RUN(app->db, a, STMT_JOB_ADD, NULL, &why, DB_STR(kind), DB_STR(key),
	    DB_STR(payload), DB_INT(now + delay_s), DB_INT(now), DB_STR(key));

	if (e == ERR_OK || e == ERR_CONFLICT)
		return ERR_OK;
	return fault_set(f, e, "%s", why.why);
}

void
job_runner_init(struct job_runner *r, struct app *app)
{
	char host[65] = "", tail[9];

	memset(r, 0, sizeof(*r));
	gethostname(host, sizeof(host) - 1);
	rnd_text(tail, sizeof(tail) - 1);
	snprintf(r->name, sizeof(r->name), "%s:%ld:%s", host, (long)getpid(), tail);
	r->app = app;
	r->kinds = job_kinds;
}

static bool
stopped(const struct job_runner *r)
{
	return r->stop != NULL && *r->stop != 0;
}

static const struct job_kind *
find_kind(const struct job_runner *r, const char *name)
{
	for (const struct job_kind *k = r->kinds; k->name != NULL; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

struct take {
	struct job_runner	*r;
	struct arena		*mem;
	struct job		 job;		/* id 0: nothing is due */
};

static enum err
take_work(struct db *db, void *arg, struct fault *f)
{
	struct take *t = arg;
	int64_t now = clock_now_s();
	struct db_result res;
	enum err e;

	t->job = (struct job){ 0 };
	if ((e = DB_RUN(db, t->mem, STMT_JOB_NEXT, &res, f, DB_INT(now))) != ERR_OK || res.rows == 0)
		return e;
	t->job = (struct job){ .id = db_int(&res, 0, 0), .kind = db_text(&res, 0, 1),
	    .key = db_text(&res, 0, 2), .payload = db_text(&res, 0, 3),
	    .tries = (int)db_int(&res, 0, 4) + 1 };
	return DB_RUN(db, t->mem, STMT_JOB_TAKE, NULL, f, DB_STR(t->r->name), DB_INT(now + LEASE_S),
	    DB_INT(t->job.id));
}

/* Seconds until the next try. */
static int64_t
backoff_s(int tries)
{
	int64_t s = BACKOFF_S;

	for (int i = 1; i < tries && s < BACKOFF_MAX_S; i++)
		s *= 2;
	s = s > BACKOFF_MAX_S ? BACKOFF_MAX_S : s;
	return s + rnd_below((uint32_t)(s / 4) + 1);
}

/* Write down how a job ended. *left: it waits for another try. */
static enum err
settle(struct job_runner *r, struct arena *a, const struct job *j, const struct job_kind *k,
    enum err ended, const struct fault *why, bool *left, struct fault *f)
{
	struct db *db = r->app->db;
	int64_t now = clock_now_s();
	enum err e;

	*left = false;
	if (ended == ERR_OK && k->forget)
		return DB_RUN(db, a, STMT_JOB_FORGET, NULL, f, DB_INT(j->id), DB_STR(r->name));
	if (ended == ERR_OK)
		return DB_RUN(db, a, STMT_JOB_DONE, NULL, f, DB_INT(now), DB_INT(j->id), DB_STR(r->name));
	if (k != NULL && j->tries >= k->max_tries)
		return DB_RUN(db, a, STMT_JOB_BURY, NULL, f, DB_INT(now), DB_STR(why->why), DB_INT(j->id),
		    DB_STR(r->name));
	e = DB_RUN(db, a, STMT_JOB_RETRY, NULL, NULL, DB_INT(now + backoff_s(j->tries)),
	    DB_STR(why->why), DB_INT(j->id), DB_STR(r->name));
	/* Another of its kind and key was queued meanwhile: that one will do. */
	if (e == ERR_CONFLICT)
		return DB_RUN(db, a, STMT_JOB_DONE, NULL, f, DB_INT(now), DB_INT(j->id), DB_STR(r->name));
	*left = e == ERR_OK;
	return e == ERR_OK ? e : fault_set(f, e, "job %s: its end could not be noted", j->kind);
}

static void
tell(struct job_runner *r, const struct job *j, enum err e, const struct fault *why,
    const char *what, bool left, int64_t began_us)
{
	metric_add(e == ERR_OK ? METRIC_JOBS_DONE : METRIC_JOBS_FAILED, 1);
	if (e == ERR_OK)
		r->done++;
	else
		r->failed++;
	if (r->report != NULL)
		r->report(j, e, why, what, left, clock_mono_us() - began_us);
}

/* One job of the queue. *any: there was one. */
static enum err
work_one(struct job_runner *r, struct arena *a, bool *any, struct fault *f)
{
	struct take t = { .r = r, .mem = a };
	const struct job_kind *k;
	struct fault why = FAULT_NONE;
	const char *what = "done";
	int64_t began = clock_mono_us();
	bool left;
	enum err e = db_tx(r->app->db, take_work, &t, f), ended;

	*any = e == ERR_OK && t.job.id != 0;
	if (!*any)
		return e;
	k = find_kind(r, t.job.kind);
	/* More tries than allowed: the runners before us were lost over it. */
	if (k == NULL)
		ended = fault_set(&why, ERR_INTERNAL, "this version does not know such jobs");
	else if (t.job.tries > k->max_tries)
		ended = fault_set(&why, ERR_INTERNAL, "its runner was lost each time");
	else
		ended = k->run(r->app, a, &t.job, &what, &why);
	e = settle(r, a, &t.job, k, ended, &why, &left, f);
	tell(r, &t.job, ended, &why, what, left, began);
	return e;
}

/* The name of a period; of a node's own when the kind looks after the node's files. */
static const char *
period_name(const struct job_runner *r, struct arena *a, const struct job_kind *k)
{
	const char *dir = r->app->conf->cache_dir;
	char host[65] = "";

	if (!k->per_node)
		return k->name;
	gethostname(host, sizeof(host) - 1);
	return arena_printf(a, "%s@%016llx", k->name, (unsigned long long)hash64(
	    arena_printf(a, "%s:%s", host, dir), strlen(host) + 1 + strlen(dir)));
}

static enum err
work_period(struct job_runner *r, struct arena *a, const struct job_kind *k, bool force, struct fault *f)
{
	const char *name = period_name(r, a, k), *what = NULL;
	struct job j = { .kind = k->name, .key = "", .payload = "", .tries = 1 };
	int64_t now = clock_now_s(), began = clock_mono_us();
	struct fault why = FAULT_NONE;
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(r->app->db, a, STMT_PERIOD_ADD, NULL, f, DB_STR(name))) != ERR_OK ||
	    (e = DB_RUN(r->app->db, a, STMT_PERIOD_TAKE, &res, f, DB_INT(now + k->every_s), DB_STR(name),
	    DB_INT(force ? INT64_MAX : now))) != ERR_OK)
		return e;
	if (res.affected == 0)
		return ERR_OK;
	e = k->run(r->app, a, &j, &what, &why);
	if (e != ERR_OK || what != NULL)
		tell(r, &j, e, &why, what, true, began);
	return ERR_OK;
}

/* The periodic kinds. Between two looks at the database a runner remembers that it has looked. */
static enum err
work_periods(struct job_runner *r, struct arena *a, bool force, struct fault *f)
{
	enum err e = ERR_OK;

	for (size_t i = 0; r->kinds[i].name != NULL && e == ERR_OK && !stopped(r); i++) {
		const struct job_kind *k = &r->kinds[i];
		int64_t now = clock_now_s();

		assert(i < JOB_KINDS_MAX);
		if (k->every_s == 0 || (!force && now < r->look_s[i]))
			continue;
		e = work_period(r, a, k, force, f);
		r->look_s[i] = now + k->every_s / LOOKS + 1;
		arena_reset(a);
	}
	return e;
}

/* Jobs whose runners were lost go back to the queue. */
static enum err
take_back_lost(struct job_runner *r, struct arena *a, bool force, struct fault *f)
{
	int64_t now = clock_now_s();

	if (!force && now < r->look_lost_s)
		return ERR_OK;
	r->look_lost_s = now + LEASE_S / LOOKS / 10;
	return DB_RUN(r->app->db, a, STMT_JOB_LOST, NULL, f, DB_INT(now), DB_INT(now));
}

enum err
job_work(struct job_runner *r, bool force, struct fault *f)
{
	struct arena *a = arena_new();
	bool any = true;
	enum err e = work_periods(r, a, force, f);

	if (e == ERR_OK)
		e = take_back_lost(r, a, force, f);
	while (e == ERR_OK && any && !stopped(r)) {
		arena_reset(a);
		e = work_one(r, a, &any, f);
	}
	arena_free(a);
	return e;
}
