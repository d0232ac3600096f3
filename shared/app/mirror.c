/*
 * The queue between the store and its mirrors. Keys that are owed while a picture is being stored are held, and queued by the
 * transaction that makes the picture: so there is neither a picture without its jobs nor a job for nothing.
 */
#include "app/mirror.h"

#include <stdio.h>
#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

static void
add_now(struct app *app, const char *kind, const char *key)
{
	struct arena *a = arena_new();
	struct fault why = FAULT_NONE;

	if (job_add(app, a, kind, key, "", 0, &why) != ERR_OK)
		log_msg(LOG_ERROR, kind, "%s could not be queued, scrub will find it: %s", key, why.why);
	arena_free(a);
}

static void
owe(void *arg, const char *key)
{
	struct app *app = arg;
	struct mirror_held *h = &app->held;

	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->key[i], key) == 0)
			return;
	if (h->on && h->n < NELEM(h->key))
		snprintf(h->key[h->n++], sizeof(h->key[0]), "%s", key);
	else
		add_now(app, "mirror", key);
}

static void
repair(void *arg, const char *key, const char *why)
{
	log_msg(LOG_ERROR, "repair", "%s; a mirror's copy was used, and the store will be repaired", why);
	add_now(arg, "repair", key);
}

void
mirror_watch(struct app *app)
{
	const struct store_watch w = { .owe = owe, .repair = repair, .arg = app };

	store_watch(app->store, &w);
}

void
mirror_hold(struct app *app)
{
	app->held.n = 0;
	app->held.on = true;
}

void
mirror_release(struct app *app)
{
	app->held.n = 0;
	app->held.on = false;
}

enum err
mirror_queue(struct app *app, struct arena *a, struct fault *f)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < app->held.n && e == ERR_OK; i++)
		e = job_add(app, a, "mirror", app->held.key[i], "", 0, f);
	return e;
}

enum err
mirror_backlog(struct app *app, struct arena *a, struct mirror_backlog *out, struct fault *f)
{
	int64_t now = clock_now_s();
	struct db_result r;
	enum err e = DB_RUN0(app->db, a, STMT_MIRROR_BACKLOG, &r, f);

	if (e != ERR_OK)
		return e;
	out->n = db_int(&r, 0, 0);
	out->oldest_s = db_int(&r, 0, 1);
	metric_set(METRIC_MIRROR_BACKLOG, (uint64_t)out->n);
	metric_set(METRIC_MIRROR_BACKLOG_S, out->n > 0 && out->oldest_s < now ? (uint64_t)(now - out->oldest_s) : 0);
	return ERR_OK;
}
