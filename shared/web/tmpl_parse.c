/*
 * From the text of a template to a list of nodes. A section knows where it ends, so that
 * rendering is a walk; nothing is parsed twice.
 *
 * What the Mustache manual calls a standalone tag (alone on its line but for blanks) takes
 * its whole line with it. Delimiters may change, but only inside of one text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "web/tmpl_node.h"

#define DELIM_MAX 16

struct parser {
	const char	*s, *end;	/* what is left */
	const char	*start;		/* of the whole text */
	char		 open[DELIM_MAX], close[DELIM_MAX];
	size_t		 open_len, close_len;
	struct page	*pg;
	size_t		 cap;
	size_t		 stack[LIMIT_TEMPLATE_DEPTH];	/* open sections, by node */
	size_t		 depth;
	struct fault	*f;
};

/* One tag as it stands in the text. */
struct tag {
	enum node_kind	 kind;
	bool		 comment, delims;	/* kinds that leave no node */
	const char	*name;
	size_t		 len;
	const char	*from, *to;		/* the whole tag */
};

static int
line_of(const struct parser *ps, const char *at)
{
	int n = 1;

	for (const char *p = ps->start; p < at; p++)
		n += *p == '\n';
	return n;
}

static enum err
add_node(struct parser *ps, const struct node *n)
{
	struct node *grown;
	size_t cap;

	if (ps->pg->n == ps->cap) {
		cap = ps->cap ? 2 * ps->cap : 32;
		grown = realloc(ps->pg->node, cap * sizeof(*grown));
		if (!grown)
			return fault_set(ps->f, ERR_NOMEM, "template %s", ps->pg->name);
		ps->pg->node = grown;
		ps->cap = cap;
	}
	ps->pg->node[ps->pg->n++] = *n;
	return ERR_OK;
}

static enum err
add_text(struct parser *ps, const char *from, const char *to)
{
	struct node n = { .kind = NODE_TEXT, .text = from, .len = (size_t)(to - from) };

	return from < to ? add_node(ps, &n) : ERR_OK;
}

static const char *
find(const char *s, const char *end, const char *what, size_t len)
{
	return s < end ? memmem(s, (size_t)(end - s), what, len) : NULL;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(struct tag *t)
{
	while (t->len && blank(t->name[0])) {
		t->name++;
		t->len--;
	}
	while (t->len && blank(t->name[t->len - 1]))
		t->len--;
}

/* The next tag from ps->s on. *found false: only text is left. */
static enum err
next_tag(struct parser *ps, struct tag *t, bool *found)
{
	static const struct { char sign; enum node_kind kind; } signs[] = {
		{ '#', NODE_SECTION }, { '^', NODE_INVERTED }, { '/', NODE_END }, { '>', NODE_PARTIAL }, { '&', NODE_RAW },
	};
	const char *p = find(ps->s, ps->end, ps->open, ps->open_len), *q;
	char closer[DELIM_MAX + 1];
	size_t skip = 0;

	*found = p != NULL;
	if (!p)
		return ERR_OK;
	memset(t, 0, sizeof(*t));
	t->from = p;
	t->kind = NODE_VALUE;
	p += ps->open_len;
	if (p < ps->end && (*p == '{' || *p == '=')) {
		/* {{{name}}} and {{=new delimiters=}} carry a sign at both ends. */
		closer[0] = *p == '{' ? '}' : '=';
		skip = 1;
		t->kind = NODE_RAW;
		t->delims = *p == '=';
		p++;
	} else if (p < ps->end && *p == '!') {
		t->comment = true;
		p++;
	}
	for (size_t i = 0; !skip && !t->comment && p < ps->end && i < NELEM(signs); i++)
		if (*p == signs[i].sign) {
			t->kind = signs[i].kind;
			p++;
			break;
		}
	memcpy(closer + skip, ps->close, ps->close_len);
	q = find(p, ps->end, closer, skip + ps->close_len);
	if (!q)
		return fault_set(ps->f, ERR_INTERNAL, "template %s:%d: a tag does not end",
		    ps->pg->name, line_of(ps, t->from));
	t->name = p;
	t->len = (size_t)(q - p);
	t->to = q + skip + ps->close_len;
	trim(t);
	return ERR_OK;
}

static enum err
set_delims(struct parser *ps, const struct tag *t)
{
	const char *p = t->name, *end = t->name + t->len, *q = p, *c;

	while (q < end && !blank(*q))
		q++;
	for (c = q; c < end && blank(*c);)
		c++;
	if (q == p || c == end || (size_t)(q - p) >= DELIM_MAX || (size_t)(end - c) >= DELIM_MAX ||
	    memchr(c, ' ', (size_t)(end - c)) || memchr(p, '=', t->len))
		return fault_set(ps->f, ERR_INTERNAL, "template %s:%d: delimiters", ps->pg->name,
		    line_of(ps, t->from));
	ps->open_len = (size_t)(q - p);
	memcpy(ps->open, p, ps->open_len);
	ps->close_len = (size_t)(end - c);
	memcpy(ps->close, c, ps->close_len);
	return ERR_OK;
}

/* Is the tag alone on its line? Then *from and *to cover the line with its end. */
static bool
standalone(const struct parser *ps, const struct tag *t, const char **from, const char **to)
{
	const char *a = t->from, *b = t->to;

	if (!t->comment && !t->delims && (t->kind == NODE_VALUE || t->kind == NODE_RAW))
		return false;
	while (a > ps->start && (a[-1] == ' ' || a[-1] == '\t'))
		a--;
	if (a > ps->start && a[-1] != '\n')
		return false;
	while (b < ps->end && (*b == ' ' || *b == '\t'))
		b++;
	if (b < ps->end && *b == '\r' && b + 1 < ps->end && b[1] == '\n')
		b++;
	if (b < ps->end && *b != '\n')
		return false;
	*from = a;
	*to = b < ps->end ? b + 1 : b;
	return true;
}

static enum err
close_section(struct parser *ps, const struct tag *t)
{
	struct node *open = ps->depth ? &ps->pg->node[ps->stack[ps->depth - 1]] : NULL;

	if (!open || open->len != t->len || memcmp(open->text, t->name, t->len) != 0)
		return fault_set(ps->f, ERR_INTERNAL,
		    "template %s:%d: closes what is not open: %.*s", ps->pg->name,
		    line_of(ps, t->from), (int)(t->len > 40 ? 40 : t->len), t->name);
	ps->depth--;
	open->end = ps->pg->n;
	return ERR_OK;
}

static enum err
open_section(struct parser *ps, const struct tag *t)
{
	if (ps->depth == LIMIT_TEMPLATE_DEPTH)
		return fault_set(ps->f, ERR_INTERNAL, "template %s:%d: sections nest too deeply",
		    ps->pg->name, line_of(ps, t->from));
	ps->stack[ps->depth++] = ps->pg->n;
	return ERR_OK;
}

static enum err
take_tag(struct parser *ps, const struct tag *t, const char *indent, size_t indent_len)
{
	struct node n = { .kind = t->kind, .text = t->name, .len = t->len };
	enum err e = ERR_OK;

	if (t->comment)
		return ERR_OK;
	if (t->delims)
		return set_delims(ps, t);
	if (!t->len)
		return fault_set(ps->f, ERR_INTERNAL, "template %s:%d: a tag without a name",
		    ps->pg->name, line_of(ps, t->from));
	if (t->kind == NODE_END)
		return close_section(ps, t);
	if (t->kind == NODE_SECTION || t->kind == NODE_INVERTED)
		e = open_section(ps, t);
	if (t->kind == NODE_PARTIAL) {
		n.indent = indent;
		n.indent_len = indent_len;
	}
	return e ? e : add_node(ps, &n);
}

static enum err
parse_all(struct parser *ps)
{
	const char *from, *to;
	struct tag t;
	bool found;
	enum err e;

	for (;;) {
		if ((e = next_tag(ps, &t, &found)))
			return e;
		if (!found)
			break;
		from = t.from;
		to = t.to;
		/*
		 * A line is standalone only if nothing but this tag is on it: what came before ends
		 * at ps->s.
		 */
		if (!standalone(ps, &t, &from, &to) || from < ps->s) {
			from = t.from;
			to = t.to;
		}
		if ((e = add_text(ps, ps->s, from)) ||
		    (e = take_tag(ps, &t, from, (size_t)(t.from - from))))
			return e;
		ps->s = to;
	}
	if (ps->depth)
		return fault_set(ps->f, ERR_INTERNAL, "template %s: section %.*s does not end",
		    ps->pg->name, (int)ps->pg->node[ps->stack[ps->depth - 1]].len,
		    ps->pg->node[ps->stack[ps->depth - 1]].text);
	return add_text(ps, ps->s, ps->end);
}

/* text with indent before each of its lines; the page owns it. */
static char *
indented(const char *text, size_t len, const char *indent, size_t indent_len, size_t *out_len)
{
	size_t lines = 0, n;
	char *out, *o;

	for (size_t i = 0; i < len; i++)
		lines += i == 0 || text[i - 1] == '\n';
	n = len + lines * indent_len;
	if (!(out = o = malloc(n + 1)))
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (i == 0 || text[i - 1] == '\n') {
			memcpy(o, indent, indent_len);
			o += indent_len;
		}
		*o++ = text[i];
	}
	*o = '\0';
	*out_len = n;
	return out;
}

enum err
page_parse(const char *name, const char *text, size_t len, const char *indent, size_t indent_len,
    struct page **out, struct fault *f)
{
	struct parser ps = { .open = "{{", .close = "}}", .open_len = 2, .close_len = 2, .f = f };
	struct page *pg = calloc(1, sizeof(*pg));
	enum err e = ERR_NOMEM;

	if (!pg || !(pg->name = strdup(name)) || !(pg->indent = strndup(indent, indent_len)) ||
	    !(pg->text = indented(text, len, indent, indent_len, &len))) {
		fault_set(f, e, "template %s", name);
		goto out;
	}
	if (len > 2 * LIMIT_TEMPLATE_BYTES) {
		e = fault_set(f, ERR_INTERNAL, "template %s is too long", name);
		goto out;
	}
	ps.pg = pg;
	ps.s = ps.start = pg->text;
	ps.end = pg->text + len;
	if ((e = parse_all(&ps)))
		goto out;
	*out = pg;
	pg = NULL;
out:
	page_free(pg);
	return e;
}

void
page_free(struct page *pg)
{
	if (!pg)
		return;
	free(pg->node);
	free(pg->text);
	free(pg->indent);
	free(pg->name);
	free(pg);
}
