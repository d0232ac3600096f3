/*
 * From the variables of a web server to a request. Servers differ in SCRIPT_NAME and PATH_INFO and
 * decode them each in its own way, so the path is made of REQUEST_URI, as the client sent it.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/num.h"
#include "web/form.h"
#include "web/wire.h"

#define HOST_MAX 255

static const char *
env(const struct req *r, const char *name)
{
	return r->tr->wire->ops->env(r->tr->wire, name);
}

static void
parse_method(struct req *r)
{
	static const struct { const char *name; enum method m; } known[] = {
		{ "GET", METHOD_GET }, { "HEAD", METHOD_HEAD }, { "POST", METHOD_POST }, { "PUT", METHOD_PUT },
		{ "DELETE", METHOD_DELETE }, { "OPTIONS", METHOD_OPTIONS }, { "PATCH", METHOD_PATCH },
	};
	const char *m = env(r, "REQUEST_METHOD");

	r->method = METHOD_OTHER;
	r->method_text = arena_strndup(r->mem, m ? m : "", m ? strnlen(m, 32) : 0);
	for (size_t i = 0; i < NELEM(known); i++)
		if (strcmp(r->method_text, known[i].name) == 0)
			r->method = known[i].m;
}

static enum err
parse_length(struct req *r)
{
	const char *s = env(r, "CONTENT_LENGTH"), *te = env(r, "HTTP_TRANSFER_ENCODING");
	bool bodied =
	    r->method != METHOD_GET && r->method != METHOD_HEAD && r->method != METHOD_OPTIONS;

	r->content_length = -1;
	if (s && *s) {
		if (!num_parses(s, 0, INT64_MAX, &r->content_length))
			return fault_set(&r->fault, ERR_BADREQ, "Content-Length is not a number");
		return ERR_OK;
	}
	/*
	 * HTTP/2 has bodies without either header; FastCGI marks the end itself, plain CGI does
	 * not.
	 */
	r->chunked = (te && *te) || (bodied && !r->tr->wire->cgi);
	return ERR_OK;
}

/* Any "/", "/." or "/.." segment that a file system or a second server could read another way. */
static bool
odd_segment(const char *p)
{
	size_t n;

	for (; *p == '/'; p += n) {
		p++;
		n = strcspn(p, "/");
		if (n == 0 && *p == '/')
			return true;
		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return true;
	}
	return false;
}

enum err
head_path(struct arena *mem, const char *raw, const char **out, struct fault *f)
{
	size_t len = strlen(raw);
	char *p;
	ssize_t n;

	if (len > LIMIT_PATH_BYTES)
		return fault_set(
		    f, ERR_BADREQ, "the path is longer than %d bytes", LIMIT_PATH_BYTES);
	p = arena_alloc(mem, len + 1);
	n = dec_percent(raw, len, false, p, len + 1);
	if (n < 0)
		return fault_set(f, ERR_BADREQ, "the path has a broken percent escape");
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f || p[i] == '\\')
			return fault_set(f, ERR_BADREQ, "the path holds a forbidden character");
	if (p[0] != '/' || !utf8_valid(p, (size_t)n))
		return fault_set(f, ERR_BADREQ, "the path is not UTF-8");
	if (odd_segment(p))
		return fault_set(f, ERR_BADREQ, "the path holds an empty, \".\" or \"..\" segment");
	*out = p;
	return ERR_OK;
}

/*
 * REQUEST_URI, without scheme and host if a client sent them. Some CGI servers have none: put it
 * together.
 */
static const char *
request_uri(struct req *r)
{
	const char *u = env(r, "REQUEST_URI"), *sn, *pi, *q;

	if (u && *u) {
		if (strncasecmp(u, "http://", 7) == 0 || strncasecmp(u, "https://", 8) == 0) {
			u = strchr(u, ':') + 3;
			u += strcspn(u, "/?");
		}
		return *u == '?' || !*u ? arena_printf(r->mem, "/%s", u) : u;
	}
	sn = env(r, "SCRIPT_NAME");
	pi = env(r, "PATH_INFO");
	q = env(r, "QUERY_STRING");
	return arena_printf(r->mem, "%s%s%s%s", enc_percent(r->mem, sn ? sn : "", "/"),
	    enc_percent(r->mem, pi ? pi : "", "/"), q && *q ? "?" : "", q ? q : "");
}

static enum err
parse_path(struct req *r)
{
	const char *uri = request_uri(r), *base = r->tr->conf.base_path;
	size_t blen = strlen(base), plen = strcspn(uri, "?");
	const char *q = uri[plen] == '?' ? uri + plen + 1 : "";

	if (plen > LIMIT_PATH_BYTES)
		return fault_set(
		    &r->fault, ERR_BADREQ, "the path is longer than %d bytes", LIMIT_PATH_BYTES);
	if (strlen(q) > LIMIT_QUERY_BYTES)
		return fault_set(
		    &r->fault, ERR_BADREQ, "the query is longer than %d bytes", LIMIT_QUERY_BYTES);
	if (uri[0] != '/')
		return fault_set(&r->fault, ERR_BADREQ, "the path does not start with a slash");
	if (memchr(uri, '#', plen))
		return fault_set(&r->fault, ERR_BADREQ, "the path holds a fragment");
	r->query = arena_strdup(r->mem, q);
	if (plen < blen || strncmp(uri, base, blen) != 0 || (plen > blen && uri[blen] != '/'))
		return fault_set(&r->fault, ERR_NOTFOUND, "the address is outside of this site");
	r->raw_path = plen == blen ? "/" : arena_strndup(r->mem, uri + blen, plen - blen);
	return head_path(r->mem, r->raw_path, &r->path, &r->fault);
}

static enum err
parse_query(struct req *r)
{
	struct form fm;
	enum err e;

	if ((e = form_parse(r->mem, r->query, strlen(r->query), &fm, &r->fault)))
		return e == ERR_TOOBIG ? ERR_BADREQ : e;
	if (fm.n > LIMIT_QUERY_PARAMS)
		return fault_set(
		    &r->fault, ERR_BADREQ, "more than %d parameters", LIMIT_QUERY_PARAMS);
	r->params = fm.field;
	r->nparams = fm.n;
	return ERR_OK;
}

/* The n-th element (1: the last) of a comma list, trimmed; NULL when it has fewer. */
static const char *
from_right(const char *list, int n, size_t *len)
{
	const char *end = list + strlen(list), *p = end;

	for (;;) {
		while (p > list && p[-1] != ',')
			p--;
		if (--n == 0)
			break;
		if (p == list)
			return NULL;
		end = --p;
	}
	*len = (size_t)(end - p);
	return text_trim(p, len);
}

/* An address in its one spelling, without a port; NULL if it is none. ::ffff:1.2.3.4 is 1.2.3.4. */
static const char *
clean_address(struct arena *mem, const char *s, size_t len)
{
	char host[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN];
	const char *colon, *bracket;
	struct in6_addr a6;
	struct in_addr a4;

	if (len && s[0] == '[' && (bracket = memchr(s, ']', len))) {
		s++;
		len = (size_t)(bracket - s);
	} else if ((colon = memchr(s, ':', len)) &&
		   !memchr(colon + 1, ':', len - (size_t)(colon + 1 - s))) {
		len = (size_t)(colon - s);
	}
	if (!len || len >= sizeof(host))
		return NULL;
	memcpy(host, s, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &a4) == 1)
		return arena_strdup(mem, inet_ntop(AF_INET, &a4, out, sizeof(out)));
	if (inet_pton(AF_INET6, host, &a6) != 1)
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED(&a6))
		return arena_strdup(mem, inet_ntop(AF_INET, &a6.s6_addr[12], out, sizeof(out)));
	return arena_strdup(mem, inet_ntop(AF_INET6, &a6, out, sizeof(out)));
}

const char *
head_client(struct arena *mem, const char *peer, const char *forwarded, int hops)
{
	const char *p, *a;
	size_t len;

	if (hops > 0 && forwarded && (p = from_right(forwarded, hops, &len)) &&
	    (a = clean_address(mem, p, len)))
		return a;
	/* Behind a unix socket the peer has no address: it is this machine. */
	if (!peer || !*peer || strncmp(peer, "unix:", 5) == 0)
		return "127.0.0.1";
	a = clean_address(mem, peer, strlen(peer));
	return a ? a : "127.0.0.1";
}

static bool
is_https(struct req *r)
{
	const char *on = env(r, "HTTPS"), *scheme = env(r, "REQUEST_SCHEME"), *proto, *p;
	size_t len;

	if (r->tr->conf.trusted_proxies > 0 && (proto = env(r, "HTTP_X_FORWARDED_PROTO")) &&
	    *proto) {
		p = from_right(proto, r->tr->conf.trusted_proxies, &len);
		if (!p)
			p = from_right(proto, 1, &len);
		return len == 5 && strncasecmp(p, "https", 5) == 0;
	}
	if (on && *on)
		return strcasecmp(on, "off") != 0 && strcmp(on, "0") != 0;
	return scheme && strcasecmp(scheme, "https") == 0;
}

static const char *
clean_host(struct req *r)
{
	const char *h = env(r, "HTTP_HOST");

	if (!h || !*h || strlen(h) > HOST_MAX)
		return "";
	for (const char *p = h; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".:-[]", *p))
			return "";
	return arena_strdup(r->mem, h);
}

enum err
head_parse(struct req *r)
{
	const char *type = env(r, "CONTENT_TYPE");
	enum err e;

	/* What can be had is set even when the rest is refused: the error page needs it. */
	r->path = r->raw_path = "/";
	r->query = "";
	r->content_type = type && strlen(type) < 1024 ? arena_strdup(r->mem, type) : "";
	r->https = is_https(r);
	r->host = clean_host(r);
	r->remote_addr = head_client(r->mem, env(r, "REMOTE_ADDR"), env(r, "HTTP_X_FORWARDED_FOR"),
	    r->tr->conf.trusted_proxies);
	parse_method(r);
	if ((e = parse_length(r)))
		return e;
	if ((e = parse_path(r)))
		return e;
	return parse_query(r);
}
