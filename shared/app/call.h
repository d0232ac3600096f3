/*
 * One request as a handler sees it, and what a route may ask for before its handler is called.
 */
#ifndef APP_CALL_H
#define APP_CALL_H

#include "app/app.h"
#include "app/session.h"
#include "web/http.h"

/* What a route asks of the guard phase. Handlers check none of this themselves. */
enum {
	ROUTE_SESSION	= 1 << 0,	/* load the visitor's session, if any, into call.me */
	ROUTE_LOGIN	= 1 << 1,	/* a session or an API token is needed (browsers are sent to /admin/login) */
	ROUTE_ADMIN	= 1 << 2,	/* ... of an administrator */
	ROUTE_CSRF	= 1 << 3,	/* a form: token of the session (field or X-CSRF-Token header) is checked; reads the form into call.form */
	ROUTE_OSS	= 1 << 4,	/* errors in OSS's XML shape with Code and EC */
	ROUTE_NOSTORE	= 1 << 5	/* Cache-Control: no-store */
};

/* The ctx of every handler: what one request has besides req and answer. */
struct call {
	struct app	*app;
	const struct route *route;
	struct account	*me;		/* NULL: nobody is logged in */
	struct session	*session;	/* NULL: none */
	struct form	*form;		/* ROUTE_CSRF: the fields */
	const char	*lang;		/* "en", "zh" */
	const char	*tier;		/* which tier answered, for Server-Timing and the log, or NULL */
	const char	*stage[8];	/* stages for Server-Timing and the log ... */
	int64_t		 stage_us[8];	/* ... and how long each took */
	size_t		 nstages;
};

/* Remember that a stage took us microseconds (at most 8 are kept). name is a static string. */
void	 call_stage(struct call *c, const char *name, int64_t us);

/* The site's absolute address without a slash at the end, e.g. "https://img.example.org/pics": site.base_url, else made from Host. */
const char *site_url(struct call *c, struct req *r);

#endif
