/*
 * One request after the other, each a walk over the phases below. Whoever finds something wrong returns an
 * error; it becomes the answer, in the shape the client asked for, and one line in the log, both here.
 */
#include "app/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/page.h"
#include "app/sandbox.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rnd.h"
#include "web/fcgi.h"

enum { ANSWER_TRIES = 8 };

static enum err phase_route(struct call *c, struct req *r, struct answer *a, const struct route *table);
static enum err phase_session(struct call *c, struct req *r, struct answer *a, const struct route *table);
static enum err phase_guard(struct call *c, struct req *r, struct answer *a, const struct route *table);
static enum err phase_handle(struct call *c, struct req *r, struct answer *a, const struct route *table);
static enum err phase_render(struct call *c, struct req *r, struct answer *a, const struct route *table);

static const struct {
	const char	*name;
	enum err	(*run)(struct call *c, struct req *r, struct answer *a, const struct route *table);
} phases[] = {
	{ "route",	phase_route },		/* which handler? */
	{ "session",	phase_session },	/* who asks, where the route wants to know */
	{ "guard",	phase_guard },		/* may this visitor? is the form ours? */
	{ "handle",	phase_handle },		/* the work */
	{ "render",	phase_render },		/* the model as page, JSON or text */
};

static enum err
phase_route(struct call *c, struct req *r, struct answer *a, const struct route *table)
{
	const char *allow = NULL;
	enum err e = route_find(table, r, &c->route, &allow);

	if (e == ERR_METHOD && allow != NULL)
		answer_header(r, a, "Allow", "%s", allow);
	return e;
}

static enum err
phase_session(struct call *c, struct req *r, struct answer *a, const struct route *table)
{
	unsigned flags = c->route->flags;

	(void)a;
	(void)table;
	if (!(flags & (ROUTE_SESSION | ROUTE_LOGIN | ROUTE_ADMIN | ROUTE_CSRF)))
		return ERR_OK;
	return session_load(c->app, r, &c->session, &c->me, &r->fault);
}

static enum err
check_form(struct call *c, struct req *r)
{
	const char *token = req_header(r, "X-CSRF-Token");
	enum err e;

	c->form = arena_alloc(r->mem, sizeof(*c->form));
	if ((e = form_read(r, c->form)))
		return e;
	if (token == NULL)
		token = form_get(c->form, "csrf");
	if (token == NULL || !csrf_ok(c->app, r, c->session, token))
		return fault_set(&r->fault, ERR_CSRF, "the form's token is missing or not of this visitor");
	return ERR_OK;
}

static enum err
phase_guard(struct call *c, struct req *r, struct answer *a, const struct route *table)
{
	unsigned flags = c->route->flags;

	(void)a;
	(void)table;
	if ((flags & (ROUTE_LOGIN | ROUTE_ADMIN)) && c->me == NULL)
		return ERR_LOGIN;
	if ((flags & ROUTE_ADMIN) && c->me->role != ROLE_ADMIN)
		return fault_set(&r->fault, ERR_FORBIDDEN, "only administrators may do this");
	return flags & ROUTE_CSRF ? check_form(c, r) : ERR_OK;
}

static enum err
phase_handle(struct call *c, struct req *r, struct answer *a, const struct route *table)
{
	(void)table;
	return c->route->handle(c, r, a);
}

static enum err
phase_render(struct call *c, struct req *r, struct answer *a, const struct route *table)
{
	(void)table;
	return page_render(c, r, a);
}

/* OSS's error document; its clients look at Code, RequestId and EC. */
static void
error_xml(struct req *r, struct answer *a, enum err e, const char *cause)
{
	struct buf b = BUF_INIT(8192);
	const char *ec = r->fault.ec != NULL && r->fault.err == e ? r->fault.ec : "";

	if (buf_adds(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n  <Code>") ||
	    buf_adds(&b, err_oss_code(e)) || buf_adds(&b, "</Code>\n  <Message>") ||
	    html_escape(&b, cause, strlen(cause)) || buf_printf(&b, "</Message>\n  <RequestId>%s</RequestId>\n  <HostId>", r->id) ||
	    html_escape(&b, r->host, strlen(r->host)) || buf_adds(&b, "</HostId>\n") ||
	    (*ec != '\0' && buf_printf(&b, "  <EC>%s</EC>\n", ec)) || buf_adds(&b, "</Error>\n"))
		buf_clear(&b);
	answer_header(r, a, "x-oss-request-id", "%s", r->id);
	if (*ec != '\0')
		answer_header(r, a, "x-oss-ec", "%s", ec);
	a->type = "application/xml";
	a->kind = BODY_MEM;
	a->data = arena_strdup(r->mem, buf_str(&b));
	a->len = b.len;
	buf_free(&b);
}

static json_t *
error_model(const struct req *r, enum err e, const char *cause)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s}}", "error", "code", err_name(e), "message", err_text(e),
	    "cause", cause, "request_id", r->id);
}

/* The reason is shown for what is the client's fault only; ours stays in the log. */
static const char *
visible_cause(const struct req *r, enum err e)
{
	if (err_status(e) < 500 && r->fault.why[0] != '\0' && utf8_valid(r->fault.why, strlen(r->fault.why)))
		return r->fault.why;
	return err_text(e);
}

/* Browsers that must log in are taken there, with the way back. */
static bool
send_to_login(struct call *c, struct req *r, struct answer *a, enum err e)
{
	const char *next = "";

	if (e != ERR_LOGIN || req_wants(r) != WANTS_HTML || c->route == NULL)
		return false;
	/* A form that was sent cannot be sent again by coming back. */
	if (r->method == METHOD_GET || r->method == METHOD_HEAD)
		next = arena_printf(r->mem, "?next=%s", enc_percent(r->mem,
		    arena_printf(r->mem, "%s%s%s", r->raw_path, *r->query != '\0' ? "?" : "", r->query), "/"));
	answer_redirect(r, a, 303, arena_printf(r->mem, "/admin/login%s", next));
	return true;
}

void
serve_error(struct call *c, struct req *r, struct answer *a, enum err e)
{
	const char *cause = visible_cause(r, e);
	struct answer fresh = { .status = err_status(e) };

	for (size_t i = 0; i < a->nheaders; i++)
		if (strcmp(a->headers[i].key, "Allow") == 0)
			answer_header(r, &fresh, "Allow", "%s", a->headers[i].value);
	if (a->kind == BODY_FD && a->fd >= 0)
		close(a->fd);
	*a = fresh;
	if (send_to_login(c, r, a, e))
		return;
	answer_header(r, a, "Cache-Control", "no-store");
	if (c->route != NULL && (c->route->flags & ROUTE_OSS)) {
		error_xml(r, a, e, cause);
		return;
	}
	page_answer(c, r, a, a->status, "error", error_model(r, e, cause),
	    arena_printf(r->mem, "%d %s: %s (request %s)\n", a->status, err_text(e), cause, r->id));
	if (page_render(c, r, a) != ERR_OK)
		answer_text(r, a, a->status, "text/plain; charset=utf-8",
		    arena_printf(r->mem, "%d %s (request %s)\n", a->status, err_text(e), r->id));
}

/* In milliseconds with one digit; printf's way with fractions takes longer than all else here. */
static enum err
put_stage(struct buf *b, const char *name, int64_t us)
{
	int64_t tenths = (us + 50) / 100;

	return buf_printf(b, "%s%s;dur=%lld.%lld", b->len > 0 ? ", " : "", name, (long long)(tenths / 10), (long long)(tenths % 10));
}

/* What every answer carries, whoever made it. */
static void
common_headers(struct call *c, struct req *r, struct answer *a)
{
	struct buf b = BUF_INIT(1024);

	answer_header(r, a, "X-Content-Type-Options", "nosniff");
	answer_header(r, a, "X-Request-Id", "%s", r->id);
	if ((a->status == 503 || a->status == 429) && !page_has_header(a, "Retry-After"))
		answer_header(r, a, "Retry-After", "%d", a->status == 503 ? 2 : 60);
	if (c->route != NULL && (c->route->flags & ROUTE_NOSTORE) && !page_has_header(a, "Cache-Control"))
		answer_header(r, a, "Cache-Control", "no-store");
	for (size_t i = 0; i < c->nstages; i++)
		if (put_stage(&b, c->stage[i], c->stage_us[i]))
			break;
	if (c->tier != NULL && buf_printf(&b, "%stier;desc=\"%s\"", b.len > 0 ? ", " : "", c->tier) != ERR_OK)
		buf_clear(&b);
	if (b.len > 0)
		answer_header(r, a, "Server-Timing", "%s", b.data);
	buf_free(&b);
}

static void
count_request(const struct app *app, int status, int64_t us)
{
	enum metric m = METRIC_REQUESTS_VIEW;

	if (strcmp(app->program, "upload") == 0)
		m = METRIC_REQUESTS_UPLOAD;
	else if (strcmp(app->program, "admin") == 0)
		m = METRIC_REQUESTS_ADMIN;
	metric_add(m, 1);
	metric_time_us(METRIC_REQUEST_MS, us);
	if (status >= 500)
		metric_add(METRIC_ERRORS_5XX, 1);
	else if (status >= 400)
		metric_add(METRIC_ERRORS_4XX, 1);
}

static void
log_request(const struct call *c, const struct req *r, const struct answer *a, enum err e, int64_t sent, int64_t us)
{
	int status = a->status > 0 ? a->status : 200;
	struct log_line *l = log_start(status >= 500 ? LOG_ERROR : LOG_INFO, "request");

	log_str(l, "id", r->id);
	log_str(l, "client", r->remote_addr);
	log_str(l, "method", r->method_text);
	log_str(l, "path", r->raw_path);
	log_str(l, "query", *r->query != '\0' ? r->query : NULL);
	log_int(l, "status", status);
	log_int(l, "bytes", sent);
	log_int(l, "us", us);
	for (size_t i = 0; i < c->nstages; i++)
		log_int(l, c->stage[i], c->stage_us[i]);
	log_str(l, "tier", c->tier);
	if (c->me != NULL)
		log_str(l, "account", c->me->name);
	if (e != ERR_OK)
		log_str(l, "error", err_name(e));
	/* A handler that answers for several files has no error of its own, yet keeps why the first of them failed. */
	log_str(l, "why", r->fault.why[0] != '\0' ? r->fault.why : NULL);
	log_end(l);
}

/* Walk the phases; the first error becomes the answer. */
static enum err
answer_request(struct call *c, struct req *r, struct answer *a, const struct route *table, enum err bad)
{
	enum err e = bad;

	c->lang = lang_pick(c->app, r);
	for (size_t i = 0; i < NELEM(phases) && e == ERR_OK; i++)
		e = phases[i].run(c, r, a, table);
	if (e != ERR_OK)
		serve_error(c, r, a, e);
	common_headers(c, r, a);
	return e;
}

/* What failed before a byte has left can still be told. */
static void
send_failure(struct call *c, struct transport *t, struct req *r, struct answer *a, enum err e, int64_t *sent, struct fault *f)
{
	if (r->fault.err == ERR_OK)
		r->fault = *f;
	serve_error(c, r, a, e);
	common_headers(c, r, a);
	if (transport_send(t, r, a, sent, f) != ERR_OK && *sent < 0)
		*sent = 0;
}

/*
 * Answer and send. A file of the cache may be trimmed after it was found and before it is opened: then the question is put once more, and it
 * is made again, or the picture is gone and that is the answer.
 */
static enum err
answer_and_send(struct call *c, struct transport *t, struct req *r, struct answer *a, const struct route *table, enum err bad, int64_t *sent)
{
	int left = r->method == METHOD_GET || r->method == METHOD_HEAD ? ANSWER_TRIES : 1;
	struct fault f = FAULT_NONE;
	enum err e, failed;

	for (;;) {
		e = answer_request(c, r, a, table, bad);
		failed = transport_send(t, r, a, sent, &f);
		if (failed != ERR_NOTFOUND || *sent >= 0 || e != ERR_OK || --left == 0)
			break;
		*c = (struct call){ .app = c->app };
		*a = (struct answer){ .fd = -1 };
		r->fault = f = (struct fault)FAULT_NONE;
	}
	if (failed != ERR_OK && *sent < 0)
		send_failure(c, t, r, a, failed, sent, &f);
	if (failed != ERR_OK && e == ERR_OK && r->fault.err == ERR_OK)
		r->fault = f;
	return e;
}

static void
serve_one(struct app *app, struct transport *t, struct req *r, const struct route *table, enum err bad)
{
	struct call c = { .app = app };
	struct answer a = { .fd = -1 };
	int64_t sent = 0, us;
	enum err e;

	e = answer_and_send(&c, t, r, &a, table, bad, &sent);
	transport_finish(t);
	us = clock_mono_us() - r->start_us;
	count_request(app, a.status, us);
	log_request(&c, r, &a, e, sent, us);
}

static enum err
open_transport(const struct app *app, struct transport **t, struct fault *f)
{
	static const enum sendfile how[] = {
		[SENDFILE_NONE] = TR_STREAM, [SENDFILE_ACCEL] = TR_X_ACCEL, [SENDFILE_X] = TR_X_SENDFILE,
	};
	struct transport_conf tc = {
		.base_path = "",
		.trusted_proxies = (int)app->conf->site_trusted_proxies,
		.sendfile = how[app->conf->server_sendfile],
	};
	/* Outlives a reload of the settings; a new address needs a restart. */
	static char base_path[256];
	const char *p = strstr(app->conf->site_base_url, "://");

	/* The path of the site's address is what stands before our own paths. */
	if (p != NULL && (p = strchr(p + 3, '/')) != NULL) {
		snprintf(base_path, sizeof(base_path), "%s", p);
		tc.base_path = base_path;
	}
	return transport_open(&tc, t, f);
}

static void
reload(struct app **app, const char *conf_path)
{
	struct fault f = FAULT_NONE;

	if (app_reload(app, conf_path, &f) != ERR_OK) {
		log_msg(LOG_ERROR, "reload", "settings kept as they were: %s", f.why);
		return;
	}
	log_open((*app)->program, (*app)->conf->server_log, (enum log_level)(*app)->conf->server_log_level);
	log_msg(LOG_INFO, "reload", "settings read again");
}

static void
loop(struct app **app, const char *conf_path, struct transport *t, const struct route *routes)
{
	struct arena *mem = arena_new();
	struct req r;
	enum err bad = ERR_OK;
	/* Workers that started together must not all end together. */
	int64_t left = (*app)->conf->server_max_requests > 0 ?
	    (*app)->conf->server_max_requests + (int64_t)rnd_below(1 + (uint32_t)((*app)->conf->server_max_requests / 4)) : -1;

	while (left != 0 && transport_next(t, mem, &r, &bad)) {
		/* Before the request, not after: who sent the signal expects the next answer to know. */
		if (transport_reload(t))
			reload(app, conf_path);
		serve_one(*app, t, &r, routes, bad);
		arena_reset(mem);
		sandbox_rest((*app)->sandbox);
		if (left > 0)
			left--;
		bad = ERR_OK;
	}
	arena_free(mem);
}

static int
fail(const char *program, const struct fault *f)
{
	fprintf(stderr, "%s: %s\n", program, f->why);
	log_msg(LOG_ERROR, "start", "%s", f->why);
	return EXIT_FAILURE;
}

int
serve_main(int argc, char **argv, const char *program, const struct route *routes)
{
	const char *conf_path = NULL;
	struct transport *t = NULL;
	struct app *app = NULL;
	struct fault f = FAULT_NONE;
	int opt;

	while ((opt = getopt(argc, argv, "c:V")) != -1) {
		switch (opt) {
		case 'c':
			conf_path = optarg;
			break;
		case 'V':
			printf("%s (%s)\n", program, PACKAGE_STRING);
			return EXIT_SUCCESS;
		default:
			fprintf(stderr, "usage: %s [-c settings] [-V]\n", program);
			return EXIT_FAILURE;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	transport_hold_signals();
	if (app_open(program, conf_path, &app, &f) != ERR_OK)
		return fail(program, &f);
	log_open(program, app->conf->server_log, (enum log_level)app->conf->server_log_level);
	if (open_transport(app, &t, &f) != ERR_OK) {
		app_close(app);
		return fail(program, &f);
	}
	loop(&app, conf_path, t, routes);
	transport_close(t);
	app_close(app);
	return EXIT_SUCCESS;
}
