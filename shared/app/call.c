/*
 * Small things every handler needs.
 */
#include "app/call.h"

void
call_stage(struct call *c, const char *name, int64_t us)
{
	if (c->nstages == NELEM(c->stage))
		return;
	c->stage[c->nstages] = name;
	c->stage_us[c->nstages++] = us;
}

const char *
site_url(struct call *c, struct req *r)
{
	const char *base = c->app->conf->site_base_url;

	if (*base != '\0')
		return base;
	return arena_printf(r->mem, "%s://%s", r->https ? "https" : "http", *r->host != '\0' ? r->host : "localhost");
}
