/*
 * Logging in. Tries are counted before the password is looked at: of an address, and of an account,
 * whoever asks. The account's limit is higher, so that a stranger at one address cannot lock its
 * owner out.
 */
#include <string.h>

#include "app/ratelimit.h"
#include "app/session.h"
#include "base/metric.h"

#define WINDOW_S 900
#define ACCOUNT_FACTOR 5	/* tries of an account for one try of an address */
#define BY_ADDRESS "log-in"
#define BY_ACCOUNT "account log-in"

/* Names are lower case; phones like to begin with a capital. */
static const char *
lower(struct arena *a, const char *s)
{
	char *t = arena_strdup(a, s);

	for (char *p = t; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return t;
}

static enum err
take_tries(struct app *app, struct arena *a, const char *address, const char *name, struct fault *f)
{
	int64_t tries = app->conf->session_login_tries;
	enum err e;

	if ((e = ratelimit_take(app, a, BY_ADDRESS, address, WINDOW_S, tries, f)))
		return e;
	if ((e = ratelimit_take(app, a, BY_ACCOUNT, name, WINDOW_S, tries * ACCOUNT_FACTOR, f)))
		ratelimit_give_back(app, a, BY_ADDRESS, address, WINDOW_S);
	return e;
}

static void
give_tries_back(struct app *app, struct arena *a, const char *address, const char *name)
{
	ratelimit_give_back(app, a, BY_ADDRESS, address, WINDOW_S);
	ratelimit_give_back(app, a, BY_ACCOUNT, name, WINDOW_S);
}

enum err
session_login(struct app *app, struct req *r, const char *name, const char *password,
    struct account **who, struct fault *f)
{
	const char *address = ratelimit_who(r->mem, r->remote_addr), *hash = NULL;
	struct account *found = arena_alloc(r->mem, sizeof(*found));
	struct fault why = FAULT_NONE;
	enum err e;

	name = lower(r->mem, name);
	if ((e = take_tries(app, r->mem, address, name, f)))
		return e;
	/* A name that cannot exist is looked for all the same: it costs the same. */
	e = account_find(app, r->mem, account_name_ok(name) ? name : "", found, &hash, &why);
	if (e != ERR_OK && e != ERR_NOTFOUND) {
		give_tries_back(app, r->mem, address, name);
		return fault_set(f, e, "%s", why.why);
	}
	if (password_ok(password, hash)) {
		give_tries_back(app, r->mem, address, name);
		*who = found;
		return ERR_OK;
	}
	metric_add(METRIC_LOGIN_FAILED, 1);
	/* People type passwords into the wrong field: only what can be a name is kept. */
	audit(app, r, NULL, "login failed", account_name_ok(name) ? name : "", "");
	return fault_set(f, ERR_LOGIN, "wrong name or password");
}
