/*
 * multipart/form-data (RFC 7578) as a stream. Bytes are gathered in one window; in the data of
 * a part the next delimiter is searched with memmem(), and everything that cannot be the start of
 * one is handed on. Nothing grows with the size of a part.
 *
 * Strict where two parsers could differ (bare line feeds, folded headers, a second
 * Content-Disposition): such bodies are refused.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "base/limits.h"
#include "web/form.h"
#include "web/wire.h"

#define BOUNDARY_MAX 70		/* RFC 2046 */
#define CHUNK 65536		/* the largest data event */
#define WINDOW (CHUNK + 8192)	/* holds a part's header block, too */

enum state { PREAMBLE, DELIMITED, HEADERS, DATA, EPILOGUE };

struct multipart {
	struct arena		*mem;
	const struct part_sink	*sink;
	void			*arg;
	enum state		 state;
	enum err		 failed;		/* repeated for whatever follows */
	int			 parts;
	size_t			 dlen;
	char			 delim[BOUNDARY_MAX + 5];	/* CR LF -- boundary */
	char			 line[LIMIT_PART_HEADER_BYTES + 1];	/* the header being read */
	char			 param[LIMIT_PART_HEADER_BYTES + 1];	/* a parameter of it */
	char			 aux[LIMIT_PART_HEADER_BYTES + 1];	/* and that decoded */
	char			*at;			/* what is not used yet, in win, ... */
	size_t			 len;			/* ... and its bytes */
	char			 win[WINDOW];
};

static bool
boundary_ok(const char *b)
{
	static const char good[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
	size_t n = strlen(b);

	return n && n <= BOUNDARY_MAX && strspn(b, good) == n && b[n - 1] != ' ';
}

enum err
multipart_new(struct arena *mem, const char *content_type, const struct part_sink *sink, void *arg,
    struct multipart **out, struct fault *f)
{
	struct multipart *m;
	char b[128];

	if (!header_param(content_type, "boundary", b, sizeof(b)) || !boundary_ok(b))
		return fault_set(f, ERR_BADREQ, "multipart: no usable boundary");
	m = arena_alloc(mem, sizeof(*m));
	m->mem = mem;
	m->sink = sink;
	m->arg = arg;
	m->dlen = strlen(b) + 4;
	memcpy(m->delim, "\r\n--", 4);
	memcpy(m->delim + 4, b, m->dlen - 3);
	/* The first delimiter may stand at the very start: as if a line had ended just before. */
	memcpy(m->win, "\r\n", 2);
	m->at = m->win;
	m->len = 2;
	*out = m;
	return ERR_OK;
}

static void
drop(struct multipart *m, size_t n)
{
	m->at += n;
	m->len -= n;
}

/* How many bytes at the front cannot belong to a delimiter that is still incomplete. */
static size_t
certain(const struct multipart *m)
{
	size_t tail = m->len < m->dlen - 1 ? m->len : m->dlen - 1;
	const char *p = m->at + m->len - tail, *end = m->at + m->len;

	while ((p = memchr(p, '\r', (size_t)(end - p)))) {
		if (memcmp(p, m->delim, (size_t)(end - p)) == 0)
			return (size_t)(p - m->at);
		p++;
	}
	return m->len;
}

/* Hand on (or forget, before the first part) n bytes from the front. */
static enum err
emit(struct multipart *m, size_t n, struct fault *f)
{
	enum err e = ERR_OK;

	for (size_t done = 0, k; m->state == DATA && done < n && !e; done += k) {
		k = n - done > CHUNK ? CHUNK : n - done;
		e = m->sink->data(m->arg, m->at + done, k, f);
	}
	drop(m, n);
	return e;
}

/* In PREAMBLE and DATA: on to the next delimiter. */
static enum err
step_text(struct multipart *m, bool *more, struct fault *f)
{
	const char *hit = memmem(m->at, m->len, m->delim, m->dlen);
	enum err e;

	if (!hit) {
		*more = false;
		return emit(m, certain(m), f);
	}
	if ((e = emit(m, (size_t)(hit - m->at), f)))
		return e;
	drop(m, m->dlen);
	if (m->state == DATA && (e = m->sink->end(m->arg, f)))
		return e;
	m->state = DELIMITED;
	return ERR_OK;
}

/* Behind a delimiter: "--" ends the body, a line end starts a part. */
static enum err
step_delimited(struct multipart *m, bool *more, struct fault *f)
{
	size_t pad = 0;

	while (pad < m->len && (m->at[pad] == ' ' || m->at[pad] == '\t'))
		pad++;
	if (pad > 256)
		return fault_set(f, ERR_BADREQ, "multipart: blanks behind a boundary");
	if (m->len < pad + 2) {
		*more = false;
		return ERR_OK;
	}
	if (!pad && memcmp(m->at, "--", 2) == 0) {
		m->state = EPILOGUE;
		return ERR_OK;
	}
	if (memcmp(m->at + pad, "\r\n", 2) != 0)
		return fault_set(f, ERR_BADREQ, "multipart: something behind a boundary");
	if (++m->parts > LIMIT_PARTS)
		return fault_set(f, ERR_TOOBIG, "multipart: more than %d parts", LIMIT_PARTS);
	/* The line end stays: an empty header block is then found as such. */
	drop(m, pad);
	m->state = HEADERS;
	return ERR_OK;
}

/* Browsers write a quote in a name as %22, and line ends as %0D%0A. */
static void
undo_browser(char *s)
{
	char *o = s;

	for (; *s; s++) {
		if (strncmp(s, "%22", 3) == 0) {
			*o++ = '"';
			s += 2;
		} else if (strncasecmp(s, "%0d", 3) == 0 || strncasecmp(s, "%0a", 3) == 0) {
			s += 2;
		} else {
			*o++ = *s;
		}
	}
	*o = '\0';
}

/* The name alone, whatever folders a client put before it. */
static const char *
clean_filename(struct multipart *m, const char *s)
{
	const char *name = s;

	for (; *s; s++)
		if (*s == '/' || *s == '\\')
			name = s + 1;
	return utf8_clean(m->mem, name, strlen(name), LIMIT_NAME_BYTES);
}

/* filename*=UTF-8''... is not allowed in forms, but sent by some; then the plain one is a stopgap.
 */
static const char *
parse_filename(struct multipart *m, const char *v)
{
	const char *ext;

	if (header_param(v, "filename*", m->param, sizeof(m->param)) &&
	    strncasecmp(m->param, "utf-8'", 6) == 0 && (ext = strchr(m->param + 6, '\'')) &&
	    dec_percent(ext + 1, strlen(ext + 1), false, m->aux, sizeof(m->aux)) >= 0)
		return clean_filename(m, m->aux);
	if (!header_param(v, "filename", m->param, sizeof(m->param)))
		return NULL;
	undo_browser(m->param);
	return clean_filename(m, m->param);
}

static enum err
parse_disposition(struct multipart *m, const char *v, struct part *p, struct fault *f)
{
	if (p->name)
		return fault_set(f, ERR_BADREQ, "multipart: two Content-Disposition headers");
	if (strncasecmp(v, "form-data", 9) != 0 || !strchr("; \t", v[9]) ||
	    !header_param(v, "name", m->param, sizeof(m->param)))
		return fault_set(f, ERR_BADREQ, "multipart: a part is no named form-data");
	undo_browser(m->param);
	p->name = utf8_clean(m->mem, m->param, strlen(m->param), LIMIT_NAME_BYTES);
	p->filename = parse_filename(m, v);
	return ERR_OK;
}

static bool
plain_encoding(const char *v)
{
	static const char *const plain[] = { "binary", "8bit", "7bit" };

	for (size_t i = 0; i < NELEM(plain); i++)
		if (strcasecmp(v, plain[i]) == 0)
			return true;
	return false;
}

static enum err
parse_header(struct multipart *m, const char *line, size_t len, struct part *p, struct fault *f)
{
	char *colon, *v;
	size_t n;

	memcpy(m->line, line, len);
	m->line[len] = '\0';
	colon = strchr(m->line, ':');
	if (!colon || !header_value_ok(line, len))
		return fault_set(f, ERR_BADREQ, "multipart: a part's header is not understood");
	*colon = '\0';
	if (!header_name_ok(m->line))
		return fault_set(f, ERR_BADREQ, "multipart: a part's header is not understood");
	v = colon + 1 + strspn(colon + 1, " \t");
	n = strlen(v);
	text_trim(v, &n);
	v[n] = '\0';
	if (strcasecmp(m->line, "Content-Disposition") == 0)
		return parse_disposition(m, v, p, f);
	if (strcasecmp(m->line, "Content-Type") == 0)
		p->type = utf8_clean(m->mem, v, n, LIMIT_NAME_BYTES);
	else if (strcasecmp(m->line, "Content-Transfer-Encoding") == 0 && !plain_encoding(v))
		return fault_set(
		    f, ERR_BADREQ, "multipart: Content-Transfer-Encoding is not taken");
	return ERR_OK;
}

/* The header block, from the line end of the delimiter to the empty line. */
static enum err
step_headers(struct multipart *m, bool *more, struct fault *f)
{
	const char *end = memmem(m->at, m->len, "\r\n\r\n", 4), *p, *eol;
	struct part part = { .type = "" };
	enum err e;

	if ((end ? (size_t)(end - m->at) : m->len) > LIMIT_PART_HEADER_BYTES)
		return fault_set(f, ERR_TOOBIG, "multipart: a part's headers are over %d bytes",
		    LIMIT_PART_HEADER_BYTES);
	if (!end) {
		*more = false;
		return ERR_OK;
	}
	for (p = m->at + 2; p < end; p = eol + 2) {
		eol = memmem(p, (size_t)(end + 2 - p), "\r\n", 2);
		if ((e = parse_header(m, p, (size_t)(eol - p), &part, f)))
			return e;
	}
	if (!part.name)
		return fault_set(f, ERR_BADREQ, "multipart: a part has no Content-Disposition");
	drop(m, (size_t)(end + 4 - m->at));
	if ((e = m->sink->begin(m->arg, &part, f)))
		return e;
	m->state = DATA;
	return ERR_OK;
}

static enum err
run(struct multipart *m, struct fault *f)
{
	bool more = true;
	enum err e = ERR_OK;

	while (more && !e) {
		switch (m->state) {
		case PREAMBLE:
		case DATA:
			e = step_text(m, &more, f);
			break;
		case DELIMITED:
			e = step_delimited(m, &more, f);
			break;
		case HEADERS:
			e = step_headers(m, &more, f);
			break;
		case EPILOGUE:
			m->len = 0;
			more = false;
			break;
		}
	}
	return e;
}

char *
multipart_room(struct multipart *m, size_t *room)
{
	/* run() always leaves some: a part's headers and what may be a delimiter are shorter. */
	memmove(m->win, m->at, m->len);
	m->at = m->win;
	*room = WINDOW - m->len < CHUNK ? WINDOW - m->len : CHUNK;
	return m->at + m->len;
}

enum err
multipart_feed(struct multipart *m, size_t len, struct fault *f)
{
	if (len > 0 && !m->failed) {
		m->len += len;
		m->failed = run(m, f);
	}
	return m->failed;
}

enum err
multipart_finish(struct multipart *m, struct fault *f)
{
	if (!m->failed && m->state != EPILOGUE)
		m->failed =
		    fault_set(f, ERR_BADREQ, "multipart: the body ends before its last boundary");
	return m->failed;
}

enum err
form_read_multipart(struct req *r, const struct part_sink *sink, void *arg)
{
	struct multipart *m;
	size_t room, got;
	char *to;
	enum err e;

	if ((e = multipart_new(r->mem, r->content_type, sink, arg, &m, &r->fault)))
		return e;
	do {
		to = multipart_room(m, &room);
		if ((e = req_body_read(r, to, room, &got)) || (e = multipart_feed(m, got, &r->fault)))
			return e;
	} while (got);
	return multipart_finish(m, &r->fault);
}
