/*
 * Forms: urlencoded text, and the fields of multipart bodies that are no files.
 */
#include "web/form.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "web/wire.h"

#define READ_BYTES 4096

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As browsers do it: '+' is a space, a broken escape stands for itself. false: it holds a NUL. */
static bool
decode(struct arena *mem, const char *s, size_t len, const char **out, size_t *out_len)
{
	char *d = arena_alloc(mem, len + 1), *o = d;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '+') {
			*o++ = ' ';
		} else if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			*o++ = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else {
			*o++ = s[i];
		}
		if (!o[-1])
			return false;
	}
	*out = d;
	*out_len = (size_t)(o - d);
	return true;
}

static enum err
add_pair(struct arena *mem, const char *s, size_t len, struct param *p, struct fault *f)
{
	const char *eq = memchr(s, '=', len);
	size_t klen = eq ? (size_t)(eq - s) : len, unused;

	if (!decode(mem, s, klen, &p->key, &unused) ||
	    !decode(mem, eq ? eq + 1 : "", eq ? len - klen - 1 : 0, &p->value, &p->value_len))
		return fault_set(f, ERR_BADREQ, "a field holds a NUL byte");
	return ERR_OK;
}

static size_t
count_pairs(const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 1;

	while ((s = memchr(s, '&', (size_t)(end - s)))) {
		n++;
		s++;
	}
	return n;
}

enum err
form_parse(struct arena *mem, const char *s, size_t len, struct form *out, struct fault *f)
{
	const char *end = s + len, *amp;
	size_t max = count_pairs(s, len), n = 0;
	struct param *field;
	enum err e;

	if (max > LIMIT_FORM_FIELDS)
		return fault_set(f, ERR_TOOBIG, "more than %d fields", LIMIT_FORM_FIELDS);
	field = arena_calloc(mem, max, sizeof(*field));
	for (; s < end; s = amp + 1) {
		amp = memchr(s, '&', (size_t)(end - s));
		if (!amp)
			amp = end;
		if (amp > s && (e = add_pair(mem, s, (size_t)(amp - s), &field[n++], f)))
			return e;
	}
	out->field = field;
	out->n = n;
	return ERR_OK;
}

const char *
form_each(const struct form *fm, const char *name, size_t i)
{
	for (size_t k = 0; k < fm->n; k++)
		if (strcmp(fm->field[k].key, name) == 0 && i-- == 0)
			return fm->field[k].value;
	return NULL;
}

const char *
form_get(const struct form *fm, const char *name)
{
	return form_each(fm, name, 0);
}

/* The media type alone, whatever parameters follow. */
static bool
type_is(const struct req *r, const char *want)
{
	size_t n = strcspn(r->content_type, ";");
	const char *t = text_trim(r->content_type, &n);

	return n == strlen(want) && strncasecmp(t, want, n) == 0;
}

bool
form_is_multipart(const struct req *r)
{
	return type_is(r, "multipart/form-data");
}

bool
form_is_urlencoded(const struct req *r)
{
	return type_is(r, "application/x-www-form-urlencoded");
}

/* Gathers the plain fields of a multipart body. */
struct gather {
	struct arena	*mem;
	struct param	*field;
	size_t		 n, cap, total;
	bool		 file;
	const char	*name;
	struct buf	 value;
};

static enum err
gather_begin(void *arg, const struct part *p, struct fault *f)
{
	struct gather *g = arg;

	(void)f;
	g->file = p->filename != NULL;
	g->name = p->name;
	buf_clear(&g->value);
	return ERR_OK;
}

static enum err
gather_data(void *arg, const void *bytes, size_t len, struct fault *f)
{
	struct gather *g = arg;

	g->total += len;
	if (g->total > LIMIT_FORM_BYTES)
		return fault_set(
		    f, ERR_TOOBIG, "the form is larger than %d bytes", LIMIT_FORM_BYTES);
	if (g->file)
		return ERR_OK;
	if (memchr(bytes, '\0', len))
		return fault_set(f, ERR_BADREQ, "a field holds a NUL byte");
	if (buf_add(&g->value, bytes, len))
		return fault_set(f, ERR_TOOBIG, "field %.40s is larger than %d bytes", g->name,
		    LIMIT_FIELD_BYTES);
	return ERR_OK;
}

static enum err
gather_end(void *arg, struct fault *f)
{
	struct gather *g = arg;
	struct param *grown;

	(void)f;
	if (g->file)
		return ERR_OK;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 16;
		grown = arena_calloc(g->mem, g->cap, sizeof(*grown));
		if (g->n)
			memcpy(grown, g->field, g->n * sizeof(*grown));
		g->field = grown;
	}
	g->field[g->n++] = (struct param){ .key = g->name, .value_len = g->value.len,
		.value = arena_strndup(g->mem, buf_str(&g->value), g->value.len) };
	return ERR_OK;
}

static enum err
read_fields(struct req *r, struct form *out)
{
	static const struct part_sink sink = { gather_begin, gather_data, gather_end };
	struct gather g = { .mem = r->mem, .value = BUF_INIT(LIMIT_FIELD_BYTES) };
	enum err e;

	/* The parts' own heads come on top of what the fields may hold. */
	req_body_limit(r, 2 * LIMIT_FORM_BYTES);
	e = form_read_multipart(r, &sink, &g);
	buf_free(&g.value);
	if (e)
		return e;
	out->field = g.field;
	out->n = g.n;
	return ERR_OK;
}

static enum err
read_urlencoded(struct req *r, struct form *out)
{
	struct buf body = BUF_INIT(LIMIT_FORM_BYTES + READ_BYTES);
	size_t got = 0;
	enum err e;

	req_body_limit(r, LIMIT_FORM_BYTES);
	do {
		if ((e = buf_reserve(&body, READ_BYTES)))
			return e;
		e = req_body_read(r, body.data + body.len, READ_BYTES, &got);
		body.len += got;
	} while (!e && got);
	if (!e)
		e = form_parse(r->mem, buf_str(&body), body.len, out, &r->fault);
	buf_free(&body);
	return e;
}

enum err
form_read(struct req *r, struct form *out)
{
	if (form_is_urlencoded(r))
		return read_urlencoded(r, out);
	if (form_is_multipart(r))
		return read_fields(r, out);
	return fault_set(&r->fault, ERR_TYPE, "a form is expected");
}
