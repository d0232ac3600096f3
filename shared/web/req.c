/*
 * Looking into a request.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "web/wire.h"

#define HEADER_NAME_MAX 64

const char *
req_param(const struct req *r, const char *key)
{
	for (size_t i = 0; i < r->nparams; i++)
		if (strcmp(r->params[i].key, key) == 0)
			return r->params[i].value;
	return NULL;
}

/*
 * HTTP_PROXY would be the environment's proxy for whoever reads it so, and is the client's header
 * "Proxy": nobody sees it.
 */
const char *
req_server(const struct req *r, const char *name)
{
	if (strcmp(name, "HTTP_PROXY") == 0)
		return NULL;
	return r->tr->wire->ops->env(r->tr->wire, name);
}

const char *
req_header(const struct req *r, const char *name)
{
	char var[HEADER_NAME_MAX + 6] = "HTTP_";
	size_t n = strlen(name);

	if (strcasecmp(name, "Content-Type") == 0)
		return *r->content_type ? r->content_type : NULL;
	if (n > HEADER_NAME_MAX || strcasecmp(name, "Proxy") == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		var[5 + i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	return req_server(r, strcasecmp(name, "Content-Length") == 0 ? var + 5 : var);
}

const char *
req_cookie(struct req *r, const char *name)
{
	const char *h = req_header(r, "Cookie"), *v;
	size_t len;

	if (!h || strlen(h) > LIMIT_COOKIE_BYTES || !cookie_find(h, name, &v, &len))
		return NULL;
	return arena_strndup(r->mem, v, len);
}

enum wants
req_wants(const struct req *r)
{
	const char *a = req_header(r, "Accept");

	return a ? accept_wants(a) : WANTS_TEXT;
}

bool
req_accepts(const struct req *r, const char *mime)
{
	const char *a = req_header(r, "Accept");

	return a && accept_names(a, mime);
}
