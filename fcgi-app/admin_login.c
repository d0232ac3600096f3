/*
 * In and out.
 */
#include "admin.h"

#include "app/page.h"

#define NAME_SHOWN 64

enum err
admin_front(void *ctx, struct req *r, struct answer *a)
{
	(void)ctx;
	answer_redirect(r, a, 303, "/admin/");
	return ERR_OK;
}

/* Where to after the log-in: where the visitor was sent away from, if that is a place of ours. */
static const char *
next_of(const struct account *who, const char *asked)
{
	if (asked != NULL && session_next_ok(asked))
		return asked;
	return who != NULL && who->role != ROLE_ADMIN ? "/" : "/admin/";
}

/*
 * Template admin_login: next, name (as typed), wrong (true after a wrong name or password), limited
 * (true: too many tries).
 */
static void
login_form(struct call *c, struct req *r, struct answer *a, int status, const char *next,
    const char *name, enum err why)
{
	admin_answer(c, r, a, status, "admin_login", json_pack("{s:s, s:s, s:b, s:b}", "next", next,
	    "name", name, "wrong", why == ERR_LOGIN, "limited", why == ERR_TOOMANY));
}

enum err
admin_login_page(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *next = next_of(c->me, req_param(r, "next"));

	if (c->me != NULL && req_wants(r) == WANTS_HTML)
		answer_redirect(r, a, 303, next);
	else
		login_form(c, r, a, 200, next, "", ERR_OK);
	return ERR_OK;
}

static const char *
field(const struct form *fm, const char *name)
{
	const char *v = form_get(fm, name);

	return v != NULL ? v : "";
}

/* A program gets the error as such; a browser the form again. */
static enum err
refuse(struct call *c, struct req *r, struct answer *a, const char *name, enum err e)
{
	if (req_wants(r) != WANTS_HTML || (e != ERR_LOGIN && e != ERR_TOOMANY))
		return e;
	if (e == ERR_TOOMANY)
		answer_header(r, a, "Retry-After", "60");
	login_form(c, r, a, err_status(e), next_of(NULL, form_get(c->form, "next")),
	    account_name_ok(name) ? name : "", e);
	return ERR_OK;
}

/* Fields: name, password, next, csrf. JSON: account {name, admin}, next. */
enum err
admin_login(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *name = field(c->form, "name"), *next;
	struct account *who = NULL;
	enum err e;

	if ((e = session_login(c->app, r, name, field(c->form, "password"), &who, &r->fault)))
		return refuse(c, r, a, name, e);
	if ((e = session_start(c->app, r, a, who, &r->fault)))
		return e;
	next = next_of(who, form_get(c->form, "next"));
	if (req_wants(r) == WANTS_HTML)
		answer_redirect(r, a, 303, next);
	else
		page_answer(c, r, a, 200, NULL, json_pack("{s:{s:s, s:b}, s:s}",
		    "account", "name", who->name, "admin", who->role == ROLE_ADMIN, "next", next),
		    "logged in\n");
	return ERR_OK;
}

enum err
admin_logout(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	enum err e;

	if ((e = session_end(c->app, r, a, c->session, &r->fault)))
		return e;
	if (req_wants(r) == WANTS_HTML)
		answer_redirect(r, a, 303, "/admin/login");
	else
		page_answer(c, r, a, 200, NULL, json_pack("{s:b}", "logged_out", 1),
		    "logged out\n");
	return ERR_OK;
}
