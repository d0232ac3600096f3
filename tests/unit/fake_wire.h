/*
 * A wire in memory: a request made of a list of variables and a body, and what was sent.
 */
#ifndef TESTS_FAKE_WIRE_H
#define TESTS_FAKE_WIRE_H

#include "base/buf.h"
#include "web/wire.h"

struct fake {
	struct wire		 wire;
	const char *const	*vars;		/* "NAME=value", NULL at the end */
	const char		*body;
	size_t			 body_len, pos;
	size_t			 piece;		/* bytes per read; 0: all */
	bool			 broken;	/* the body breaks off instead of ending */
	bool			 deaf;		/* nobody reads what is sent */
	bool			 served;
	struct buf		 sent;
};

/* A transport over a fake that the caller keeps; aborts on failure. */
struct transport	*fake_open(struct fake *fk, const struct transport_conf *c);

/* Take the one request; its arena is arena_new()ed. Returns what transport_next said in *bad. */
enum err		 fake_next(struct transport *t, struct req *r);
void			 fake_close(struct transport *t, struct req *r, struct fake *fk);

#endif
