/*
 * Opening and closing what a program works with. The order matters only for messages: settings
 * first, so that every later failure can be told apart.
 */
#include "app/app.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/mirror.h"
#include "app/page.h"
#include "app/sandbox.h"
#include "app/sign.h"
#include "app/stmt.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "base/metric.h"

void
app_key(const struct app *app, const char *purpose, uint8_t out[32])
{
	hmac_sha256(app->conf->site_secret, strlen(app->conf->site_secret), purpose, strlen(purpose), out);
}

static enum err
open_dirs(struct app *app, struct fault *f)
{
	static const char *const sub[] = { "v", "x", "y", "tmp" };
	const char *dir = app->conf->cache_dir;
	enum err e;

	if ((e = dir_make(AT_FDCWD, dir, 0755, f)) || (e = dir_make(AT_FDCWD, app->conf->server_spool_dir, 0700, f)) ||
	    (e = dir_make(AT_FDCWD, app->conf->server_state_dir, 0755, f)))
		return e;
	app->cache_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (app->cache_fd < 0)
		return fault_errno(f, ERR_IO, "cache.dir %s", dir);
	/* What was free to see while the policy was open must not stay where the web server finds it. */
	if (app->conf->access_policy != ACCESS_OPEN && (e = dir_remove(app->cache_fd, "v", f)))
		return e;
	for (size_t i = 0; i < NELEM(sub); i++)
		if ((e = dir_make(app->cache_fd, sub[i], 0755, f)))
			return e;
	return ERR_OK;
}

static enum err
open_metrics(const struct app *app, struct fault *f)
{
	struct arena *a = arena_new();
	enum err e = metric_open(arena_printf(a, "%s/metrics", app->conf->server_state_dir), f);

	arena_free(a);
	return e;
}

/* Templates and texts: not for the command, which may run where htdocs is not. */
static enum err
open_pages(struct app *app, struct fault *f)
{
	struct arena *a = arena_new();
	enum err e;

	e = tmpl_open(arena_printf(a, "%s/templates", app->conf->server_htdocs), &app->tmpl, f);
	if (e == ERR_OK)
		e = lang_open(app->conf->server_htdocs, &app->lang, f);
	arena_free(a);
	return e;
}

static void
set_limits(struct app *app)
{
	app->limits.max_pixels = (uint64_t)app->conf->limits_pixels;
	app->limits.max_frame_pixels = (uint64_t)app->conf->limits_frame_pixels;
	app->limits.max_side_px = (uint32_t)app->conf->limits_side_px;
}

enum err
app_open(const char *program, const char *conf_path, struct app **out, struct fault *f)
{
	struct app *app = calloc(1, sizeof(*app));
	enum err e;

	if (app == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a program's state");
	app->program = program;
	app->cache_fd = app->spare_fd = -1;
	if ((e = conf_read(conf_path, &app->conf, f)) || (e = sign_check_keys(app->conf->access_keys, f)))
		goto out;
	app_key(app, "delete", app->key_delete);
	app_key(app, "csrf", app->key_csrf);
	set_limits(app);
	if ((e = open_dirs(app, f)) || (e = open_metrics(app, f)) ||
	    (e = db_open(app->conf, stmt_table, STMT__MAX, &app->db, f)) || (e = cache_open(app->conf, &app->cache, f)) ||
	    (e = store_open(app->conf, &app->store, f)) || (e = sandbox_open(app->conf, &app->sandbox, f)))
		goto out;
	mirror_watch(app);
	if (strcmp(program, "tintype") != 0 && (e = open_pages(app, f)))
		goto out;
	*out = app;
	app = NULL;
out:
	app_close(app);
	return e;
}

void
app_close(struct app *app)
{
	if (app == NULL)
		return;
	sandbox_close(app->sandbox);
	lang_close(app->lang);
	tmpl_close(app->tmpl);
	store_close(app->store);
	cache_close(app->cache);
	db_close(app->db);
	fd_close(&app->spare_fd);
	fd_close(&app->cache_fd);
	conf_free(app->conf);
	free(app);
}

enum err
app_reload(struct app **app, const char *conf_path, struct fault *f)
{
	struct app *fresh = NULL;
	enum err e;

	if ((e = app_open((*app)->program, conf_path, &fresh, f)))
		return e;
	app_close(*app);
	*app = fresh;
	return ERR_OK;
}
