/*
 * Scrub by the clock: when so many days have gone since the last one ended, in slices of some seconds, one a minute.
 */
#include "app/scrub.h"

#include <stdlib.h>

#include "app/job.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"

#define SLOT		"scrub"
#define SLOT_LAST	"scrub_last"	/* when one ended */
#define SLICE_US	INT64_C(20000000)
#define HELD_S		3600		/* nobody else begins a slice while one runs, which may be a long list */
#define PAUSE_S		40
#define GRACE_S		86400
#define DAY_S		86400

static void
found(enum scrub_kind kind, const char *key, const char *detail, enum scrub_end end, void *arg)
{
	struct log_line *l = log_start(end == SCRUB_MENDED ? LOG_WARN : LOG_ERROR, "scrub");

	(void)arg;
	log_str(l, "what", scrub_text(kind));
	log_str(l, "key", key);
	log_str(l, "detail", detail);
	log_str(l, "then", end == SCRUB_MENDED ? "mended" : end == SCRUB_NOT_MENDED ? "could not be mended" : NULL);
	log_end(l);
}

/* Has the last one ended so many days ago? */
static enum err
is_due(struct app *app, struct arena *a, bool *due, struct fault *f)
{
	struct db_result r;
	int64_t last = 0;
	enum err e = DB_RUN(app->db, a, STMT_SETTING_GET, &r, f, DB_STR(SLOT_LAST));

	if (e == ERR_OK && r.rows > 0)
		(void)!num_parses(db_text(&r, 0, 0), 0, INT64_MAX, &last);
	*due = e == ERR_OK && last + app->conf->scrub_every_days * DAY_S <= clock_now_s();
	return e;
}

static enum err
hold(struct app *app, struct arena *a, int64_t s, struct fault *f)
{
	return DB_RUN(app->db, a, STMT_PERIOD_SET, NULL, f, DB_INT(clock_now_s() + s), DB_STR("scrub"));
}

enum err
scrub_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	struct scrub s = { .app = app, .slot = SLOT, .verify = app->conf->scrub_verify != 0, .repair = app->conf->scrub_repair != 0,
	    .rate_bytes = app->conf->scrub_rate_bytes, .grace_s = GRACE_S, .until_us = clock_mono_us() + SLICE_US, .found = found };
	bool under_way, due;
	enum err e;

	(void)j;
	if (app->conf->scrub_every_days == 0)
		return ERR_OK;
	if ((e = scrub_load(&s, a, &under_way, f)) || (e = is_due(app, a, &due, f)) || (!under_way && !due))
		return e;
	if ((e = hold(app, a, HELD_S, f)) || (e = scrub_run(&s, f)) || (e = hold(app, a, PAUSE_S, f)))
		return e;
	if (!s.done)
		return ERR_OK;
	*what = arena_printf(a, "%lld blobs, %lld pictures, %lld objects; %lld wrong, %lld of it mended", (long long)s.blobs,
	    (long long)s.pictures, (long long)s.objects, (long long)(scrub_wrong(&s) + s.mended), (long long)s.mended);
	return DB_RUN(app->db, a, STMT_SETTING_SET, NULL, f, DB_STR(SLOT_LAST), DB_STR(arena_printf(a, "%lld", (long long)clock_now_s())),
	    DB_INT(clock_now_s()));
}
