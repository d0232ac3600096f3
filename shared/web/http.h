/*
 * A request and its answer. HTTP only: nothing here knows pictures, databases or files of ours.
 * Everything of a request lives in its arena.
 */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

struct transport;	/* web/fcgi.h */

enum method { METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OPTIONS, METHOD_PATCH };

struct param {
	const char	*key, *value;		/* decoded, NUL-terminated, valid UTF-8 not promised */
	size_t		 value_len;
};

struct req {
	struct arena	*mem;
	struct transport *tr;
	char		 id[20];		/* request id: 16 characters */
	int64_t		 start_us;		/* clock_mono_us */
	enum method	 method;
	const char	*method_text;
	const char	*path;			/* decoded, below the site's base path, starts with '/', no NUL, no "//" "/./" "/../" */
	const char	*raw_path;		/* as sent, below the base path */
	const char	*query;			/* as sent, without '?'; never NULL */
	struct param	*params;		/* of the query, first wins */
	size_t		 nparams;
	int64_t		 content_length;	/* -1: none sent */
	bool		 chunked;		/* a body without a length may follow */
	const char	*content_type;		/* "" when none */
	const char	*remote_addr;		/* the client's address after trusted proxies */
	bool		 https;
	const char	*host;			/* checked: [A-Za-z0-9.:-] and brackets, or "" */
	const char	*seg[8];		/* what {} matched in the route; seg 0 first */
	size_t		 nseg;
	struct fault	 fault;
};

/* Value of a query parameter, or NULL. */
const char	*req_param(const struct req *r, const char *key);

/* Header by its HTTP name ("If-None-Match"); NULL when not sent. */
const char	*req_header(const struct req *r, const char *name);

/* Value of a cookie in the arena, or NULL. */
const char	*req_cookie(struct req *r, const char *name);

/* Variable of the web server as such ("DOCUMENT_ROOT"); NULL when not there. */
const char	*req_server(const struct req *r, const char *name);

/* Read up to len bytes of the body; *got 0: the end. ERR_TOOBIG past max_bytes of req_body_limit, ERR_BADREQ when shorter than Content-Length. */
enum err	 req_body_read(struct req *r, void *out, size_t len, size_t *got) MUST_USE;
void		 req_body_limit(struct req *r, int64_t max_bytes);

/* What the client would like best. */
enum wants { WANTS_TEXT, WANTS_HTML, WANTS_JSON };
enum wants	 req_wants(const struct req *r);	/* text/html named -> HTML; application/json or +json -> JSON; else TEXT */
bool		 req_accepts(const struct req *r, const char *mime);	/* named (not by a wildcard) with q > 0 in Accept */

enum body_kind { BODY_NONE, BODY_MEM, BODY_FD, BODY_INTERNAL };

/* The answer. Zeroed at first; headers keep their order. */
struct answer {
	int		 status;		/* 0: 200 */
	struct param	*headers;		/* grown by answer_header */
	size_t		 nheaders, cap;
	enum body_kind	 kind;
	const char	*type;			/* Content-Type; NULL: none */
	const void	*data;			/* BODY_MEM: lives in the arena */
	size_t		 len;
	int		 fd;			/* BODY_FD: closed after sending */
	off_t		 off, size;		/* BODY_FD */
	/*
	 * BODY_FD whose bytes are still on their way into fd, off 0: waits until more than *have can be read. The first len bytes are at data until then. An
	 * error ends the answer before its length, and the connection with it. NULL: all are there. The arena of the request ends it.
	 */
	enum err	 (*more)(void *arg, off_t *have, struct fault *f);
	void		*more_arg;
	const char	*internal;		/* BODY_INTERNAL: "/_cache/v/ab/.."; the server adapter turns it into X-Accel-Redirect or X-Sendfile */
	const char	*internal_query;	/* NULL, or what follows it behind a '?', encoded already; for X-Accel-Redirect only */
	const char	*internal_path;		/* BODY_INTERNAL: the file's absolute path, for X-Sendfile and for streaming */
	const char	*template;		/* the page a browser gets for model */
	json_t		*model;			/* owned by the arena once set */
	json_t		*timings;		/* Server-Timing pieces */
};

/* Add a header. Values with CR, LF or NUL are refused (the header is left out and *r->fault set). Strings are copied. */
void		 answer_header(struct req *r, struct answer *a, const char *name, const char *fmt, ...) PRINTF(4, 5);

/* Status and a body in memory (copied unless it is in the arena: it must be). */
void		 answer_text(struct req *r, struct answer *a, int status, const char *type, const char *text);

/* Redirect; location is relative to the site or absolute (ours). */
void		 answer_redirect(struct req *r, struct answer *a, int status, const char *location);

/* Let the arena own a json_t (steals the reference); returns it. */
json_t		*req_json(struct req *r, json_t *j);

/* Set-Cookie with HttpOnly, SameSite=Lax, Path of the site and Secure when the request came by https; max_age_s 0 removes, -1: session cookie. */
void		 answer_cookie(struct req *r, struct answer *a, const char *name, const char *value, int64_t max_age_s, const char *path);

/*
 * Conditional requests: given a strong ETag (with quotes) and a time (0: none), is 304 (or 412) the answer? Sets the status and
 * the validators in *a; true: send no body. If-None-Match beats If-Modified-Since.
 */
bool		 answer_conditional(struct req *r, struct answer *a, const char *etag, int64_t modified_s) MUST_USE;

/* RFC 6266: attachment or inline with filename and filename*. */
void		 answer_disposition(struct req *r, struct answer *a, bool attachment, const char *filename);

/* Routes: "/i/{}/{*}": {} one segment, {*} the rest (may hold slashes). */
struct route {
	const char	*method;		/* "GET" answers HEAD too */
	const char	*pattern;
	enum err	(*handle)(void *ctx, struct req *r, struct answer *a);
	unsigned	 flags;			/* app/serve.h: ROUTE_* */
};

/* The row for method and path; fills r->seg. ERR_NOTFOUND, or ERR_METHOD (with *allow in the arena, for the Allow header). */
enum err	 route_find(const struct route *table, struct req *r, const struct route **out, const char **allow) MUST_USE;

#endif
