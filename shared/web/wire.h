/*
 * The seam between HTTP and what carries it. FastCGI and plain CGI implement it (fcgi.c),
 * and so do the unit tests, from memory. Only shared/web/ includes this.
 */
#ifndef WEB_WIRE_H
#define WEB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "web/fcgi.h"

struct wire;

struct wire_ops {
	bool		 (*next)(struct wire *w);			/* wait for a request; false: no more */
	const char	*(*env)(struct wire *w, const char *name);	/* a variable of the request, NULL when unset */
	ssize_t		 (*read)(struct wire *w, void *out, size_t len);	/* of its body; 0: the end, -1: lost */
	bool		 (*write)(struct wire *w, const void *data, size_t len);	/* false: nobody listens */
	bool		 (*flush)(struct wire *w);
	void		 (*finish)(struct wire *w);			/* the request is over */
	bool		 (*reload)(struct wire *w);			/* SIGHUP since the last call? */
	void		 (*close)(struct wire *w);			/* frees w */
};

/* Whoever implements it puts this first. */
struct wire {
	const struct wire_ops	*ops;
	bool			 cgi;		/* the body may not be read beyond CONTENT_LENGTH */
};

/* The wire of this process: descriptor 0 listens (FastCGI), or it is plain CGI. */
enum err	 wire_open(struct wire **out, struct fault *f) MUST_USE;

/* A transport over any wire, which it then owns (also on failure). */
enum err	 transport_over(const struct transport_conf *c, struct wire *w, struct transport **out,
		    struct fault *f) MUST_USE;

struct transport {
	struct wire		*wire;
	struct transport_conf	 conf;		/* base_path is our copy */
	int64_t			 body_max;	/* more is ERR_TOOBIG */
	int64_t			 body_length;	/* -1: until the end */
	int64_t			 body_got;
	bool			 body_end;
	enum err		 body_err;	/* what ended it early; repeated for every later read */
};

/* Parse the head of the request on the wire into *r, whose mem and tr are set. */
enum err	 head_parse(struct req *r) MUST_USE;

/* The path decoded into the arena, or ERR_BADREQ: no NUL, control bytes, backslash, invalid UTF-8, "//", "/./", "/../". */
enum err	 head_path(struct arena *mem, const char *raw, const char **out, struct fault *f) MUST_USE;

/*
 * The client's address: the hops-th entry of X-Forwarded-For from the right when that many
 * proxies are trusted and it is an address, else the peer's. "unix:" becomes 127.0.0.1.
 */
const char	*head_client(struct arena *mem, const char *peer, const char *forwarded, int hops);

/* What a Range header asks of a body of size bytes. RANGE_WHOLE also for what is not understood or has several parts. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_NONE };
enum range	 range_parse(const char *header, int64_t size, int64_t *first, int64_t *last);

/* Does If-Range (NULL: not sent) allow a part of what has this ETag and Last-Modified (NULL: none)? */
bool		 range_allowed(const char *if_range, const char *etag, const char *modified);

/* Value of a cookie in a Cookie header: *out points into it. false: none. */
bool		 cookie_find(const char *header, const char *name, const char **out, size_t *len);

/* Is s a cookie name or value that may be sent? */
bool		 cookie_name_ok(const char *s);
bool		 cookie_value_ok(const char *s);

/* One element of Accept at a time: *p moves on; false at the end. type is lower-case in the arena-free buffer, q in thousandths. */
struct accept_item {
	char	 type[80];
	int	 q;
};
bool		 accept_next(const char **p, struct accept_item *out);
enum wants	 accept_wants(const char *accept);
bool		 accept_names(const char *accept, const char *mime);

/* Does a list of entity tags (If-Match, If-None-Match) hold etag? weak: W/ is ignored. */
bool		 etag_listed(const char *list, const char *etag, bool weak);

/* The value of Content-Disposition for a file name. */
const char	*disposition_text(struct arena *mem, bool attachment, const char *filename);

/* May s stand in a header line? name: as its name. */
bool		 header_name_ok(const char *s);
bool		 header_value_ok(const char *s, size_t len);

/* Cut white space (space, tab) off both ends; *len shrinks. */
const char	*text_trim(const char *s, size_t *len);

/* A parameter of a header such as Content-Type or Content-Disposition, unquoted, into out. false: not there, or no room. */
bool		 header_param(const char *value, const char *name, char *out, size_t cap);

#endif
