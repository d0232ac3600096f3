/*
 * The answer on the wire. Header values were checked when they were added (answer.c); here
 * nothing comes from a client but the wish for a range.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/fdio.h"
#include "web/wire.h"

#define CHUNK 65536
#define DRAIN_BYTES 65536
#define TIMING_MAX 512
#define HEAD_BYTES 1024	/* most heads fit */
#define HEAD_MAX 65536

/* What is really sent: settled before the first byte leaves. */
struct plan {
	int		 status;
	int64_t		 first, len;	/* of the body */
	int64_t		 size;		/* of the whole */
	bool		 part;
	const char	*handover;	/* header that makes the web server send the file, or NULL */
};

static const char *
reason(int status)
{
	static const struct { int status; const char *text; } known[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 206, "Partial Content" }, { 301, "Moved Permanently" }, { 302, "Found" },
		{ 303, "See Other" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 409, "Conflict" }, { 410, "Gone" }, { 411, "Length Required" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
		{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < NELEM(known); i++)
		if (known[i].status == status)
			return known[i].text;
	return "Status";
}

static const char *
header_of(const struct answer *a, const char *name)
{
	for (size_t i = 0; i < a->nheaders; i++)
		if (strcasecmp(a->headers[i].key, name) == 0)
			return a->headers[i].value;
	return NULL;
}

/* Nobody in front sends files for us: open it, and it is a body like any other. */
static enum err
open_internal(struct answer *a, struct fault *f)
{
	struct stat st;
	int fd;

	if (!a->internal_path)
		return fault_set(
		    f, ERR_INTERNAL, "no path for %s", a->internal ? a->internal : "a file");
	fd = open(a->internal_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fault_errno(f, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "a file to send");
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return fault_set(f, ERR_NOTFOUND, "no regular file");
	}
	a->kind = BODY_FD;
	a->fd = fd;
	a->off = 0;
	a->size = st.st_size;
	return ERR_OK;
}

/* Did the web server ask us because it could not open a file? (Apache and lighttpd say so.) A file handed over might be gone again. */
static bool
could_not_open(const struct req *r)
{
	const char *status = req_server(r, "REDIRECT_STATUS");

	return status != NULL && (strcmp(status, "404") == 0 || strcmp(status, "403") == 0);
}

/* The web server decodes the header once; '/' alone stays. */
static enum err
plan_internal(struct req *r, struct answer *a, struct plan *p, struct fault *f)
{
	switch (could_not_open(r) ? TR_STREAM : r->tr->conf.sendfile) {
	case TR_X_ACCEL:
		if (a->internal) {
			p->handover = arena_printf(r->mem, "X-Accel-Redirect: %s%s%s\r\n",
			    enc_percent(r->mem, a->internal, "/"), a->internal_query ? "?" : "",
			    a->internal_query ? a->internal_query : "");
			return ERR_OK;
		}
		break;
	case TR_X_SENDFILE:
		if (a->internal_path) {
			p->handover = arena_printf(r->mem, "X-Sendfile: %s\r\n",
			    enc_percent(r->mem, a->internal_path, "/"));
			return ERR_OK;
		}
		break;
	case TR_STREAM:
		break;
	}
	return open_internal(a, f);
}

static void
plan_range(struct req *r, struct answer *a, struct plan *p)
{
	int64_t first, last;

	if (r->method != METHOD_GET || p->status != 200 ||
	    !range_allowed(
		req_header(r, "If-Range"), header_of(a, "ETag"), header_of(a, "Last-Modified")))
		return;
	switch (range_parse(req_header(r, "Range"), p->size, &first, &last)) {
	case RANGE_WHOLE:
		return;
	case RANGE_NONE:
		p->status = 416;
		p->part = true;
		p->len = 0;
		return;
	case RANGE_PART:
		p->status = 206;
		p->part = true;
		p->first = first;
		p->len = last - first + 1;
		return;
	}
}

static enum err
plan_answer(struct req *r, struct answer *a, struct plan *p, struct fault *f)
{
	enum err e;

	p->status = a->status ? a->status : 200;
	if (a->kind == BODY_INTERNAL && (e = plan_internal(r, a, p, f)))
		return e;
	if (p->handover)
		return ERR_OK;
	if (a->kind == BODY_MEM)
		p->size = (int64_t)a->len;
	else if (a->kind == BODY_FD)
		p->size = a->size;
	p->len = p->size;
	if (a->kind == BODY_MEM || a->kind == BODY_FD)
		plan_range(r, a, p);
	return ERR_OK;
}

/* Server-Timing from {"stage": milliseconds or "words"}. */
static enum err
put_timings(struct buf *b, json_t *timings)
{
	const char *key, *sep = "Server-Timing: ";
	size_t room = b->len + TIMING_MAX;
	json_t *v;
	enum err e = ERR_OK;

	json_object_foreach(timings, key, v) {
		if (!header_name_ok(key) || b->len > room)
			continue;
		if (json_is_number(v))
			e = buf_printf(b, "%s%s;dur=%.2f", sep, key, json_number_value(v));
		else if (json_is_string(v) && header_name_ok(json_string_value(v)))
			e = buf_printf(b, "%s%s;desc=%s", sep, key, json_string_value(v));
		else
			continue;
		if (e)
			return e;
		sep = ", ";
	}
	return *sep == ',' ? buf_adds(b, "\r\n") : ERR_OK;
}

static enum err
put_length(struct buf *b, const struct answer *a, const struct plan *p)
{
	enum err e;

	if (p->handover || p->status == 304 || p->status == 204)
		return ERR_OK;
	if (p->status == 416 && p->part)
		e = buf_printf(b, "Content-Range: bytes */%lld\r\n", (long long)p->size);
	else if (p->part)
		e = buf_printf(b, "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)p->first,
		    (long long)(p->first + p->len - 1), (long long)p->size);
	else if (a->kind == BODY_FD && p->status == 200)
		e = buf_adds(b, "Accept-Ranges: bytes\r\n");
	else
		e = ERR_OK;
	return e ? e : buf_printf(b, "Content-Length: %lld\r\n", (long long)p->len);
}

/* Without printf, which would take half of the time that a head takes. */
static enum err
put_header(struct buf *b, const char *name, const char *value)
{
	const char *part[] = { name, ": ", value, "\r\n" };
	enum err e;

	for (size_t i = 0; i < NELEM(part); i++)
		if ((e = buf_adds(b, part[i])))
			return e;
	return ERR_OK;
}

static enum err
put_head(struct buf *b, const struct answer *a, const struct plan *p)
{
	enum err e;

	if ((e = buf_reserve(b, HEAD_BYTES)) || (e = buf_printf(b, "Status: %d %s\r\n", p->status, reason(p->status))))
		return e;
	if (a->type && p->status != 304 && p->status != 204 && (e = put_header(b, "Content-Type", a->type)))
		return e;
	for (size_t i = 0; i < a->nheaders; i++)
		if ((e = put_header(b, a->headers[i].key, a->headers[i].value)))
			return e;
	if (a->timings && (e = put_timings(b, a->timings)))
		return e;
	if (p->handover && (e = buf_adds(b, p->handover)))
		return e;
	/* Should it break off, lighttpd and Apache would leave the client waiting on a connection that stays. nginx knows better, and drops this. */
	if (a->more && (e = buf_adds(b, "Connection: close\r\n")))
		return e;
	if ((e = put_length(b, a, p)))
		return e;
	return buf_adds(b, "\r\n");
}

static enum err
lost(struct fault *f)
{
	return fault_set(f, ERR_IO, "the client went away");
}

/* How far the body can be read: beyond pos. Who waits gets what there is meanwhile; the head alone, still in our hands, is nothing. */
static enum err
wait_more(struct wire *w, const struct answer *a, off_t pos, off_t *have, struct fault *f)
{
	enum err e;

	if (a->more == NULL) {
		*have = a->off + a->size;
		return ERR_OK;
	}
	while (*have <= pos) {
		if (!w->ops->flush(w))
			return lost(f);
		if ((e = a->more(a->more_arg, have, f)))
			return e;
	}
	return ERR_OK;
}

/* Some of the body from pos on, at most *len bytes, to out. */
static enum err
take(struct wire *w, const struct answer *a, off_t pos, off_t *have, char *out, size_t *len, struct fault *f)
{
	size_t want = *len;
	enum err e;

	if (a->more != NULL && pos < (off_t)a->len) {
		*len = a->len - (size_t)pos < want ? a->len - (size_t)pos : want;
		memcpy(out, (const char *)a->data + pos, *len);
		return ERR_OK;
	}
	if ((e = wait_more(w, a, pos, have, f)))
		return e;
	if (*have - pos < (off_t)want)
		want = (size_t)(*have - pos);
	if ((e = fd_pread_all(a->fd, out, want, pos, len, f)))
		return e;
	return *len > 0 ? ERR_OK : fault_set(f, ERR_IO, "a file became shorter while it was sent");
}

/* The head leaves together with the first bytes: the web server is woken once, and has something to pass on. */
static enum err
send_fd(struct wire *w, const struct answer *a, const struct plan *p, const struct buf *head, int64_t *sent, struct fault *f)
{
	static char chunk[HEAD_MAX + CHUNK];
	size_t front = head->len, got;
	int64_t done = 0;
	off_t have = 0;
	enum err e;

	memcpy(chunk, head->data, front);
	for (; done < p->len; done = *sent) {
		got = p->len - done > CHUNK ? CHUNK : (size_t)(p->len - done);
		if ((e = take(w, a, a->off + p->first + done, &have, chunk + front, &got, f)))
			return e;
		*sent = done;
		if (!w->ops->write(w, chunk, front + got))
			return lost(f);
		*sent += (int64_t)got;
		front = 0;
	}
	return ERR_OK;
}

/* *sent stays as it is until something may have left. */
static enum err
send_all(struct req *r, const struct answer *a, const struct plan *p, const struct buf *head, int64_t *sent, struct fault *f)
{
	struct wire *w = r->tr->wire;
	bool bare = r->method == METHOD_HEAD || p->status == 304 || p->status == 204 || p->handover || !p->len;

	if (!bare && a->kind == BODY_FD)
		return send_fd(w, a, p, head, sent, f);
	*sent = 0;
	if (!w->ops->write(w, head->data, head->len) || (!bare && !w->ops->write(w, (const char *)a->data + p->first, (size_t)p->len)))
		return lost(f);
	*sent = bare ? 0 : p->len;
	return ERR_OK;
}

/*
 * A web server that still sends while we hang up forgets our answer. libfcgi reads on by itself
 * when a request ends; as plain CGI nobody does it for us, so there it is the whole body, which the
 * server's own limit bounds.
 */
static void
drain(struct req *r)
{
	struct transport *t = r->tr;
	int64_t left = t->wire->cgi ? INT64_MAX : DRAIN_BYTES;
	char trash[4096];
	size_t want;
	ssize_t n;

	if (t->wire->cgi && t->body_length >= 0)
		left = t->body_length - t->body_got;
	for (; !t->body_end && left > 0; left -= n) {
		want = left < (int64_t)sizeof(trash) ? (size_t)left : sizeof(trash);
		n = t->wire->ops->read(t->wire, trash, want);
		if (n <= 0)
			return;
	}
}

enum err
transport_send(
    struct transport *t, struct req *r, struct answer *a, int64_t *sent_bytes, struct fault *f)
{
	struct buf head = BUF_INIT(HEAD_MAX);
	struct plan p = { 0 };
	int64_t sent = -1;
	enum err e;

	if ((e = plan_answer(r, a, &p, f)))
		goto out;
	if ((e = put_head(&head, a, &p))) {
		fault_set(f, e, "the headers are too long");
		goto out;
	}
	e = send_all(r, a, &p, &head, &sent, f);
	if (!e && !t->body_end) {
		if (!t->wire->ops->flush(t->wire))
			e = lost(f);
		drain(r);
	}
out:
	*sent_bytes = sent;
	if (a->kind == BODY_FD)
		fd_close(&a->fd);
	buf_free(&head);
	return e;
}
