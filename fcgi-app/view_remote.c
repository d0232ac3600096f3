/*
 * Originals that lie in a remote store and need not pass through this machine's disk: the visitor is sent on to a signed address (or
 * to the CDN before the bucket), or nginx fetches them from there. What only we can do (another name, a private picture, HEAD, a Range
 * that depends on our ETag) is done from the tier all the same.
 */
#include "view.h"

#include <string.h>

#include "app/access.h"

/* NULL: the primary has no addresses. */
static const char *
address_of(struct call *c, struct req *r, const char *key)
{
	const char *url = NULL;

	return store_url(c->app->store, key, c->app->conf->store_serve_s, r->mem, &url, NULL) == ERR_OK ? url : NULL;
}

bool
view_sends_on(struct call *c, struct req *r, const struct picture_row *p)
{
	return c->app->conf->store_serve == SERVE_REDIRECT && store_target_root(c->app->store, 0) == NULL && access_is_free(c->app, p) &&
	    r->method == METHOD_GET && req_param(r, "download") == NULL;
}

/* "http://host/bucket/key?signature" as "/_remote/bucket/key" and the rest; the location knows the host. */
static bool
by_nginx(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, const char *key)
{
	const char *url, *path, *query;

	/* nginx says TINTYPE_SERVE when it has tried, and the store failed. */
	if (c->app->conf->server_sendfile != SENDFILE_ACCEL || r->method != METHOD_GET || req_header(r, "If-Range") != NULL ||
	    req_server(r, "TINTYPE_SERVE") != NULL)
		return false;
	if ((url = address_of(c, r, key)) == NULL || (path = strstr(url, "://")) == NULL || (path = strchr(path + 3, '/')) == NULL ||
	    (query = strchr(path, '?')) == NULL)
		return false;
	a->kind = BODY_INTERNAL;
	a->type = fmt_mime(p->src.fmt);
	a->internal = arena_printf(r->mem, "/_remote%.*s", (int)(query - path), path);
	a->internal_query = query + 1;
	return true;
}

bool
view_remote(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, const char *key)
{
	const char *base = c->app->conf->store_serve_url, *url;

	if (c->app->conf->store_serve == SERVE_ACCEL && req_param(r, "download") == NULL)
		return by_nginx(c, r, a, p, key);
	if (!view_sends_on(c, r, p))
		return false;
	url = *base != '\0' ? arena_printf(r->mem, "%s/%s", base, key) : address_of(c, r, key);
	if (url != NULL)
		answer_redirect(r, a, 302, url);
	return url != NULL;
}
