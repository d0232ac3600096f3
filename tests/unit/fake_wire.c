/*
 * See fake_wire.h.
 */
#include "fake_wire.h"

#include <stdlib.h>
#include <string.h>

static bool
next(struct wire *w)
{
	struct fake *fk = (struct fake *)w;
	bool first = !fk->served;

	fk->served = true;
	return first;
}

static const char *
env(struct wire *w, const char *name)
{
	struct fake *fk = (struct fake *)w;
	size_t n = strlen(name);

	for (size_t i = 0; fk->vars && fk->vars[i]; i++)
		if (strncmp(fk->vars[i], name, n) == 0 && fk->vars[i][n] == '=')
			return fk->vars[i] + n + 1;
	return NULL;
}

static ssize_t
take(struct wire *w, void *out, size_t len)
{
	struct fake *fk = (struct fake *)w;
	size_t left = fk->body_len - fk->pos;

	if (!left)
		return fk->broken ? -1 : 0;
	if (len > left)
		len = left;
	if (fk->piece && len > fk->piece)
		len = fk->piece;
	memcpy(out, fk->body + fk->pos, len);
	fk->pos += len;
	return (ssize_t)len;
}

static bool
put(struct wire *w, const void *data, size_t len)
{
	struct fake *fk = (struct fake *)w;

	return !fk->deaf && !buf_add(&fk->sent, data, len);
}

static bool
flush(struct wire *w)
{
	return !((struct fake *)w)->deaf;
}

static bool
reload(struct wire *w)
{
	(void)w;
	return false;
}

static void
nothing(struct wire *w)
{
	(void)w;
}

struct transport *
fake_open(struct fake *fk, const struct transport_conf *c)
{
	static const struct wire_ops ops = { next, env, take, put, flush, nothing, reload,
		nothing };
	static const struct transport_conf plain;
	struct transport *t;

	fk->wire.ops = &ops;
	fk->sent.max = 1 << 24;
	if (transport_over(c ? c : &plain, &fk->wire, &t, NULL))
		abort();
	return t;
}

enum err
fake_next(struct transport *t, struct req *r)
{
	enum err bad;

	if (!transport_next(t, arena_new(), r, &bad))
		abort();
	return bad;
}

void
fake_close(struct transport *t, struct req *r, struct fake *fk)
{
	arena_free(r->mem);
	buf_free(&fk->sent);
	transport_close(t);
}
