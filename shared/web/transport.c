/*
 * What a request loop sees of the wire: one request after the other, bodies with a limit.
 * The sending half is send.c.
 */
#include "web/fcgi.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/rnd.h"
#include "web/wire.h"

static_assert(sizeof(((struct req *)0)->id) > 16, "a request id has 16 characters");

enum err
transport_over(
    const struct transport_conf *c, struct wire *w, struct transport **out, struct fault *f)
{
	struct transport *t = calloc(1, sizeof(*t));
	char *base = strdup(c->base_path ? c->base_path : "");
	size_t len;

	if (!t || !base) {
		free(t);
		free(base);
		w->ops->close(w);
		return fault_set(f, ERR_NOMEM, "transport");
	}
	len = strlen(base);
	while (len && base[len - 1] == '/')
		base[--len] = '\0';
	t->wire = w;
	t->conf = *c;
	t->conf.base_path = base;
	*out = t;
	return ERR_OK;
}

enum err
transport_open(const struct transport_conf *c, struct transport **out, struct fault *f)
{
	struct wire *w;
	enum err e;

	if ((e = wire_open(&w, f)))
		return e;
	return transport_over(c, w, out, f);
}

void
transport_close(struct transport *t)
{
	if (!t)
		return;
	t->wire->ops->close(t->wire);
	free((char *)t->conf.base_path);
	free(t);
}

bool
transport_next(struct transport *t, struct arena *mem, struct req *r, enum err *bad)
{
	*bad = ERR_OK;
	if (!t->wire->ops->next(t->wire))
		return false;
	memset(r, 0, sizeof(*r));
	r->mem = mem;
	r->tr = t;
	r->start_us = clock_mono_us();
	rnd_text(r->id, 16);
	*bad = head_parse(r);
	t->body_max = LIMIT_FORM_BYTES;
	t->body_length = r->content_length;
	t->body_got = 0;
	t->body_end = r->content_length == 0 || (r->content_length < 0 && !r->chunked);
	t->body_err = ERR_OK;
	return true;
}

bool
transport_reload(struct transport *t)
{
	return t->wire->ops->reload(t->wire);
}

void
transport_finish(struct transport *t)
{
	t->wire->ops->finish(t->wire);
}

bool
transport_is_cgi(const struct transport *t)
{
	return t->wire->cgi;
}

void
req_body_limit(struct req *r, int64_t max_bytes)
{
	r->tr->body_max = max_bytes;
}

static enum err
too_big(struct req *r)
{
	return fault_set(&r->fault, ERR_TOOBIG, "the body is larger than %lld bytes",
	    (long long)r->tr->body_max);
}

/* A web server that says one length and sends more means two ideas of where a request ends. */
static enum err
check_nothing_behind(struct req *r)
{
	struct wire *w = r->tr->wire;
	char c;

	if (!w->cgi && w->ops->read(w, &c, 1) > 0)
		return fault_set(
		    &r->fault, ERR_BADREQ, "the body is longer than its Content-Length");
	return ERR_OK;
}

static enum err
body_read(struct req *r, void *out, size_t len, size_t *got)
{
	struct transport *t = r->tr;
	int64_t left = t->body_length - t->body_got;
	ssize_t n;

	if (t->body_length > t->body_max)
		return too_big(r);
	if (t->body_length >= 0 && (int64_t)len > left)
		len = (size_t)left;
	n = t->wire->ops->read(t->wire, out, len);
	if (n < 0)
		return fault_set(&r->fault, ERR_BADREQ, "the body broke off");
	if (n == 0) {
		t->body_end = true;
		return t->body_length < 0 ? ERR_OK :
		    fault_set(&r->fault, ERR_BADREQ, "the body is shorter than its Content-Length");
	}
	t->body_got += n;
	if (t->body_length < 0 && t->body_got > t->body_max)
		return too_big(r);
	*got = (size_t)n;
	if (t->body_got == t->body_length) {
		t->body_end = true;
		return check_nothing_behind(r);
	}
	return ERR_OK;
}

enum err
req_body_read(struct req *r, void *out, size_t len, size_t *got)
{
	struct transport *t = r->tr;
	enum err e;

	*got = 0;
	if (t->body_err)
		return t->body_err;
	if (t->body_end || !len)
		return ERR_OK;
	if ((e = body_read(r, out, len, got))) {
		*got = 0;
		t->body_err = e;
	}
	return e;
}
