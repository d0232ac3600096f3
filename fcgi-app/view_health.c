/*
 * Seen from outside: alive, able to serve, and the numbers.
 */
#include "view.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/mirror.h"
#include "app/page.h"
#include "app/sandbox.h"
#include "base/log.h"
#include "base/metric.h"

enum err
view_healthz(void *ctx, struct req *r, struct answer *a)
{
	(void)ctx;
	answer_text(r, a, 200, "text/plain; charset=utf-8", "ok\n");
	return ERR_OK;
}

static enum err check_db(struct app *app, struct fault *f) { return db_ping(app->db, f); }
static enum err check_store(struct app *app, struct fault *f) { return store_check(app->store, f); }
static enum err check_sandbox(struct app *app, struct fault *f) { return sandbox_check(app->sandbox, f); }

/* A file of that name in the state folder takes the node out of the load balancer. */
static enum err
check_drain(struct app *app, struct fault *f)
{
	struct arena *a = arena_new();
	bool there = access(arena_printf(a, "%s/drain", app->conf->server_state_dir), F_OK) == 0;

	arena_free(a);
	return there ? fault_set(f, ERR_BUSY, "this node is being drained") : ERR_OK;
}

static const struct {
	const char	*name;
	enum err	(*check)(struct app *app, struct fault *f);
} checks[] = {
	{ "database",	check_db },
	{ "store",	check_store },
	{ "sandbox",	check_sandbox },
	{ "drain",	check_drain },
};

/* A mirror that is away is worth a word, but the site serves and takes pictures without it. */
static void
check_mirrors(struct call *c, json_t *m, struct buf *text)
{
	struct store *s = c->app->store;

	for (int t = 1; t < store_targets(s); t++) {
		struct arena *a = arena_new();
		struct fault f = FAULT_NONE;
		const char *word = store_check_at(s, t, &f) == ERR_OK ? "ok" : err_name(f.err);
		const char *name = arena_printf(a, "mirror_%s", store_target_name(s, t));

		json_object_set_new(m, name, json_string(word));
		(void)!buf_printf(text, "%s %s%s\n", name, word, f.err != ERR_OK ? " (the site works without it)" : "");
		if (f.err != ERR_OK)
			log_msg(LOG_WARN, "mirror", "%s: %s", name, f.why);
		arena_free(a);
	}
}

/* The reason goes to the log; a visitor learns which part it is, and what the reason is when no names are told by it. */
enum err
view_readyz(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	json_t *m = json_object();
	struct buf text = BUF_INIT(4096);
	int status = 200;

	for (size_t i = 0; i < NELEM(checks); i++) {
		struct fault f = FAULT_NONE;
		enum err e = checks[i].check(c->app, &f);
		const char *word = e == ERR_OK ? "ok" : err_name(e);

		if (e != ERR_OK) {
			status = 503;
			(void)!fault_set(&r->fault, e, "%s: %s", checks[i].name, f.why);
		}
		json_object_set_new(m, checks[i].name, json_string(word));
		if (f.hint != NULL)
			json_object_set_new(m, arena_printf(r->mem, "%s_why", checks[i].name), json_string(f.hint));
		if (buf_printf(&text, "%s %s%s%s\n", checks[i].name, word, f.hint != NULL ? ": " : "", f.hint != NULL ? f.hint : "") != ERR_OK)
			break;
	}
	check_mirrors(c, m, &text);
	page_answer(c, r, a, status, NULL, m, arena_strdup(r->mem, buf_str(&text)));
	buf_free(&text);
	return ERR_OK;
}

enum err
view_metrics(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct buf b = BUF_INIT(262144);
	struct mirror_backlog backlog;
	struct fault ignored = FAULT_NONE;
	enum err e;

	/* Known to the database only; while that is away the last numbers stay. */
	if (store_targets(c->app->store) > 1)
		(void)!mirror_backlog(c->app, r->mem, &backlog, &ignored);
	if ((e = metric_print(&b)))
		return e;
	answer_text(r, a, 200, "text/plain; version=0.0.4; charset=utf-8", arena_strdup(r->mem, buf_str(&b)));
	buf_free(&b);
	return ERR_OK;
}
