/*
 * Policy in one place: handlers ask here and nowhere else.
 */
#include "app/access.h"

#include <stdio.h>
#include <string.h>

#include "app/sign.h"
#include "base/clock.h"
#include "base/num.h"

#define PAGE_URL_S 86400

static enum err
check_signature(struct call *c, struct req *r, const char *process)
{
	const char *sig = req_param(r, "sig"), *exp = req_param(r, "exp");
	struct sign_what w = { .path = r->path, .process = process };

	if (sig == NULL)
		return ERR_FORBIDDEN;
	if (exp != NULL && !num_parses(exp, 1, INT64_MAX, &w.expires_s))
		return fault_set(&r->fault, ERR_FORBIDDEN, "exp is the second at which the address ends");
	return sign_verify(c->app->conf->access_keys, &w, sig, clock_now_s(), &r->fault);
}

/* Steps are free when their canonical text is that of an entry of access.steps. */
static bool
is_listed(const struct app *app, const struct spec *sp)
{
	char asked[LIMIT_STEPS_BYTES], free_steps[LIMIT_STEPS_BYTES], text[LIMIT_STEPS_BYTES];
	const char *s = app->conf->access_steps;
	struct fault f = FAULT_NONE;
	struct arena *a;
	struct spec *entry;
	bool found = false;

	if (*s == '\0' || spec_canonical(sp, asked, sizeof(asked), &f) != ERR_OK)
		return false;
	a = arena_new();
	entry = arena_alloc(a, sizeof(*entry));
	while (!found && *(s += strspn(s, " ")) != '\0') {
		size_t len = strcspn(s, " ");
		int n = snprintf(text, sizeof(text), "image/%.*s", (int)len, s);

		f = (struct fault)FAULT_NONE;
		found = n > 0 && (size_t)n < sizeof(text) && spec_parse(text, (size_t)n, entry, &f) == ERR_OK &&
		    spec_canonical(entry, free_steps, sizeof(free_steps), &f) == ERR_OK && strcmp(free_steps, asked) == 0;
		s += len;
	}
	arena_free(a);
	return found;
}

static bool
free_by_policy(const struct app *app, const struct access_ask *ask)
{
	switch ((enum conf_access)app->conf->access_policy) {
	case ACCESS_OPEN:
		return true;
	case ACCESS_STYLES:
		return ask->styled || (ask->spec != NULL && is_listed(app, ask->spec));
	case ACCESS_SIGNED:
		break;
	}
	return false;
}

static enum err
check_private(struct call *c, struct req *r, const struct picture_row *p)
{
	enum err e;

	if ((e = session_load(c->app, r, &c->session, &c->me, &r->fault)))
		return e;
	return picture_is_mine(c->me, p) ? ERR_OK : fault_set(&r->fault, ERR_NOTFOUND, "there is no picture %s", p->id);
}

enum err
access_check(struct call *c, struct req *r, const struct picture_row *p, const struct access_ask *ask)
{
	bool free = free_by_policy(c->app, ask);
	enum err e;

	if (p->visibility != VIS_PRIVATE && free)
		return ERR_OK;
	e = check_signature(c, r, ask->process);
	if (e == ERR_OK || req_param(r, "sig") != NULL)
		return e;
	if (p->visibility == VIS_PRIVATE)
		return check_private(c, r, p);
	return fault_set(&r->fault, ERR_FORBIDDEN, c->app->conf->access_policy == ACCESS_STYLES ?
	    "The channel can be only accessed using style" : "this address needs a signature");
}

bool
access_is_free(const struct app *app, const struct picture_row *p)
{
	return p->visibility != VIS_PRIVATE && app->conf->access_policy == ACCESS_OPEN;
}

const char *
access_url(struct call *c, struct req *r, const char *name)
{
	const char *path = arena_printf(r->mem, "/i/%s", name), *sig;
	struct sign_what w = { .path = path, .process = "", .expires_s = clock_now_s() + PAGE_URL_S };
	struct fault none = FAULT_NONE;

	if (c->app->conf->access_policy == ACCESS_OPEN ||
	    sign_make(r->mem, c->app->conf->access_keys, &w, &sig, &none) != ERR_OK)
		return arena_printf(r->mem, "%s%s", site_url(c, r), path);
	return arena_printf(r->mem, "%s%s?exp=%lld&sig=%s", site_url(c, r), path, (long long)w.expires_s, sig);
}
