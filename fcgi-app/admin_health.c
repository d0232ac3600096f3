/*
 * How the site is: each part asked now, the disks, the processes, the work that waits, and the
 * counters.
 */
#include "admin.h"

#include <string.h>
#include <sys/statvfs.h>

#include "app/mirror.h"
#include "app/page.h"
#include "app/sandbox.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/rnd.h"

static enum err
check_db(struct app *app, struct fault *f)
{
	return db_ping(app->db, f);
}

static enum err
check_store(struct app *app, struct fault *f)
{
	return store_check(app->store, f);
}

static enum err
check_sandbox(struct app *app, struct fault *f)
{
	return sandbox_check(app->sandbox, f);
}

/* What it says it kept it must give back. */
static enum err
check_memcached(struct app *app, struct fault *f)
{
	struct buf b = BUF_INIT(64);
	char text[17];
	bool same;

	rnd_text(text, sizeof(text) - 1);
	same = cache_set(app->cache, "health", text, strlen(text), 60) &&
	    cache_get(app->cache, "health", &b) && strcmp(buf_str(&b), text) == 0;
	buf_free(&b);
	if (same)
		return ERR_OK;
	return fault_set(f, ERR_UPSTREAM,
	    "memcached: no answer, or not what was stored; Tintype works without it, slower");
}

static const struct check {
	const char	*name;
	enum err	(*run)(struct app *app, struct fault *f);
	bool		 needed;	/* without it the site is not well */
} checks[] = {
	{ "database",	check_db,		true },
	{ "memcached",	check_memcached,	false },
	{ "store",	check_store,		true },
	{ "sandbox",	check_sandbox,		true },
};

static json_t *
check_model(struct app *app, const struct check *k, bool *well)
{
	bool off = k->run == check_memcached && *app->conf->memcached_servers == '\0';
	int64_t start_us = clock_mono_us();
	struct fault why = FAULT_NONE;
	enum err e = off ? ERR_OK : k->run(app, &why);
	int64_t ms = (clock_mono_us() - start_us + 500) / 1000;

	*well = *well && (e == ERR_OK || !k->needed);
	return json_pack("{s:s, s:s, s:b, s:s, s:I}", "name", k->name,
	    "state", off ? "off" : e == ERR_OK ? "ok" : "failed", "failed", e != ERR_OK,
	    "detail", why.why, "ms", (json_int_t)ms);
}

/* Each mirror is a part of its own; the site is well without. */
static void
mirrors_model(struct app *app, json_t *list)
{
	for (int t = 1; t < store_targets(app->store); t++) {
		int64_t start_us = clock_mono_us();
		struct fault why = FAULT_NONE;
		enum err e = store_check_at(app->store, t, &why);
		json_t *m = json_pack("{s:s+, s:s, s:b, s:s}", "name", "mirror ", store_target_name(app->store, t),
		    "state", e == ERR_OK ? "ok" : "failed", "failed", e != ERR_OK, "detail", why.why);

		json_object_set_new(m, "ms", json_integer((clock_mono_us() - start_us + 500) / 1000));
		json_array_append_new(list, m);
	}
}

static json_t *
disk_model(struct req *r, const char *name, const char *path, int64_t least, bool *well)
{
	struct statvfs v;
	uint64_t room, total;

	if (statvfs(path, &v) != 0) {
		*well = false;
		return json_pack("{s:s, s:s, s:b}", "name", name, "path", path, "failed", 1);
	}
	room = (uint64_t)v.f_bavail * v.f_frsize;
	total = (uint64_t)v.f_blocks * v.f_frsize;
	if (room < (uint64_t)least)
		*well = false;
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:b, s:b}", "name", name, "path", path,
	    "free_bytes", (json_int_t)room, "total_bytes", (json_int_t)total,
	    "free_text", page_bytes_text(r, room), "total_text", page_bytes_text(r, total),
	    "low", room < (uint64_t)least, "failed", 0);
}

static json_t *
disks_model(struct req *r, struct app *app, bool *well)
{
	const struct conf *conf = app->conf;
	bool mirrors = true;
	int64_t least = conf->server_min_free_bytes;
	json_t *list = json_array();

	if (store_target_root(app->store, 0) != NULL)
		json_array_append_new(list,
		    disk_model(r, "originals", store_target_root(app->store, 0), least, well));
	for (int t = 1; t < store_targets(app->store); t++)
		if (store_target_root(app->store, t) != NULL)
			json_array_append_new(list, disk_model(r, arena_printf(r->mem, "mirror %s", store_target_name(app->store, t)),
			    store_target_root(app->store, t), 0, &mirrors));
	json_array_append_new(list, disk_model(r, "cache", conf->cache_dir, 0, well));
	json_array_append_new(list, disk_model(r, "spool", conf->server_spool_dir, least, well));
	return list;
}

/*
 * Numbers that the database has at hand; the count of pictures is its estimate, for a true one
 * reads them all.
 */
static json_t *
index_model(struct call *c, struct req *r, bool *well)
{
	struct mirror_backlog late = { 0 };
	struct fault why = FAULT_NONE;
	struct db_result res;
	int64_t age_s = 0;

	if (DB_RUN0(c->app->db, r->mem, STMT_HEALTH, &res, &why) != ERR_OK || res.rows == 0) {
		*well = false;
		return json_null();
	}
	if (mirror_backlog(c->app, r->mem, &late, &why) == ERR_OK && late.n > 0)
		age_s = clock_now_s() - late.oldest_s;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "mirror_waiting", (json_int_t)late.n, "mirror_age_s", (json_int_t)age_s,
	    "pictures_about", (json_int_t)db_int(&res, 0, 0),
	    "jobs_waiting", (json_int_t)db_int(&res, 0, 1),
	    "jobs_running", (json_int_t)db_int(&res, 0, 2),
	    "jobs_failed", (json_int_t)db_int(&res, 0, 3),
	    "sessions", (json_int_t)db_int(&res, 0, 4));
}

/*
 * Template admin_health: well (true: all that is needed works), version, checks [{name, state
 * ("ok", "failed", "off"), failed, detail, ms} ...], disks [{name, path, free_bytes, total_bytes,
 * free_text, total_text, low, failed} ...], workers [{program, pid, rss_bytes, rss_text, age_s}
 * ...], index {pictures_about, jobs_waiting, jobs_running, jobs_failed, sessions,
 * mirror_waiting (copies that mirrors are owed), mirror_age_s (of the oldest)} or null, counters
 * [{name, label, help, value, histogram} ...].
 */
enum err
admin_health(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	json_t *list = json_array(), *m;
	bool well = true;

	for (size_t i = 0; i < NELEM(checks); i++)
		json_array_append_new(list, check_model(c->app, &checks[i], &well));
	mirrors_model(c->app, list);
	m = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", PACKAGE_VERSION, "checks", list,
	    "disks", disks_model(r, c->app, &well), "workers", admin_workers(r),
	    "index", index_model(c, r, &well), "counters", admin_counters());
	json_object_set_new(m, "well", json_boolean(well));
	admin_answer(c, r, a, 200, "admin_health", m);
	return ERR_OK;
}
