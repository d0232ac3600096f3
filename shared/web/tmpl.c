/*
 * Rendering Mustache templates. Two kinds of sources give the text of a page: a folder of
 * files, and a JSON object of texts (what the tests use). Pages are parsed once and kept.
 */
#include "web/tmpl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "web/tmpl_node.h"

#define NAME_MAX_BYTES 64

struct tmpl {
	char		*dir;		/* NULL: texts come from partials */
	json_t		*partials;	/* borrowed; may be NULL */
	struct page	*pages;
};

struct render {
	struct tmpl	*t;
	struct buf	*out;
	json_t		*frame[2 * LIMIT_TEMPLATE_DEPTH + 1];	/* contexts, innermost last */
	size_t		 nframes;
	int		 depth;
	struct fault	*f;
};

static enum err	render_nodes(struct render *rd, const struct page *pg, size_t from, size_t to);

enum err
tmpl_open(const char *dir, struct tmpl **out, struct fault *f)
{
	struct tmpl *t = calloc(1, sizeof(*t));

	if (!t || !(t->dir = strdup(dir))) {
		free(t);
		return fault_set(f, ERR_NOMEM, "templates");
	}
	*out = t;
	return ERR_OK;
}

void
tmpl_reload(struct tmpl *t)
{
	struct page *pg;

	while ((pg = t->pages)) {
		t->pages = pg->next;
		page_free(pg);
	}
}

void
tmpl_close(struct tmpl *t)
{
	if (!t)
		return;
	tmpl_reload(t);
	free(t->dir);
	free(t);
}

static bool
name_ok(const char *name, size_t len)
{
	if (!len || len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name[i]))
			return false;
	return true;
}

static enum err
load_file(struct tmpl *t, const char *name, const char *indent, size_t indent_len,
    struct page **out, struct fault *f)
{
	struct buf text = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	char path[4096];
	enum err e;

	if (!name_ok(name, strlen(name)) ||
	    snprintf(path, sizeof(path), "%s/%s.html", t->dir, name) >= (int)sizeof(path))
		return fault_set(f, ERR_INTERNAL, "template %.64s: the name cannot be", name);
	if ((e = file_read(path, &text, f)))
		return fault_set(f, ERR_INTERNAL, "template %s cannot be read", name);
	e = page_parse(name, buf_str(&text), text.len, indent, indent_len, out, f);
	buf_free(&text);
	return e;
}

/* A missing text is an empty one: so has the specification it. */
static enum err
load_text(struct tmpl *t, const char *name, const char *indent, size_t indent_len,
    struct page **out, struct fault *f)
{
	json_t *text = json_object_get(t->partials, name);

	return page_parse(name, text ? json_string_value(text) : "",
	    text ? json_string_length(text) : 0, indent, indent_len, out, f);
}

static enum err
get_page(struct tmpl *t, const char *name, const char *indent, size_t indent_len,
    const struct page **out, struct fault *f)
{
	struct page *pg;
	enum err e;

	for (pg = t->pages; pg; pg = pg->next)
		if (strcmp(pg->name, name) == 0 && strlen(pg->indent) == indent_len &&
		    memcmp(pg->indent, indent, indent_len) == 0)
			break;
	if (!pg) {
		e = t->dir ? load_file(t, name, indent, indent_len, &pg, f) :
		    load_text(t, name, indent, indent_len, &pg, f);
		if (e)
			return e;
		pg->next = t->pages;
		t->pages = pg;
	}
	*out = pg;
	return ERR_OK;
}

static json_t *
member(json_t *j, const char *name, size_t len)
{
	char key[NAME_MAX_BYTES + 1];

	if (!json_is_object(j) || len >= sizeof(key))
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	return json_object_get(j, key);
}

/* The first part of a dotted name is searched outwards, the rest only inside of what was found. */
static json_t *
lookup(const struct render *rd, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t n = dot ? (size_t)(dot - name) : len;
	json_t *j = NULL;

	if (len == 1 && *name == '.')
		return rd->frame[rd->nframes - 1];
	for (size_t i = rd->nframes; i-- && !j;)
		j = member(rd->frame[i], name, n);
	while (j && dot) {
		name += n + 1;
		len -= n + 1;
		dot = memchr(name, '.', len);
		n = dot ? (size_t)(dot - name) : len;
		j = member(j, name, n);
	}
	return j;
}

/* An empty text counts as nothing: a model may then hold "" for "not known". */
static bool
truthy(const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_ARRAY:
		return json_array_size(j) > 0;
	case JSON_STRING:
		return json_string_length(j) > 0;
	default:
		return true;
	}
}

/* The shortest decimal that reads back as the same number. */
static void
print_real(double v, char *out, size_t cap)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, cap, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}

static enum err
render_value(struct render *rd, const struct node *n)
{
	json_t *j = lookup(rd, n->text, n->len);
	char text[40];

	switch (j ? json_typeof(j) : JSON_NULL) {
	case JSON_STRING:
		if (n->kind == NODE_RAW)
			return buf_add(rd->out, json_string_value(j), json_string_length(j));
		return html_escape(rd->out, json_string_value(j), json_string_length(j));
	case JSON_INTEGER:
		return buf_printf(rd->out, "%lld", (long long)json_integer_value(j));
	case JSON_REAL:
		print_real(json_real_value(j), text, sizeof(text));
		return buf_adds(rd->out, text);
	case JSON_TRUE:
		return buf_adds(rd->out, "true");
	case JSON_FALSE:
		return buf_adds(rd->out, "false");
	default:
		return ERR_OK;
	}
}

static enum err
render_in(struct render *rd, const struct page *pg, size_t i, json_t *context)
{
	enum err e;

	rd->frame[rd->nframes++] = context;
	e = render_nodes(rd, pg, i + 1, pg->node[i].end);
	rd->nframes--;
	return e;
}

static enum err
render_section(struct render *rd, const struct page *pg, size_t i)
{
	const struct node *n = &pg->node[i];
	json_t *j = lookup(rd, n->text, n->len), *item;
	bool yes = j && truthy(j);
	size_t k;
	enum err e;

	if (n->kind == NODE_INVERTED)
		return yes ? ERR_OK : render_nodes(rd, pg, i + 1, n->end);
	if (!yes)
		return ERR_OK;
	if (!json_is_array(j))
		return render_in(rd, pg, i, j);
	json_array_foreach(j, k, item)
		if ((e = render_in(rd, pg, i, item)))
			return e;
	return ERR_OK;
}

static enum err
render_partial(struct render *rd, const struct node *n)
{
	char name[NAME_MAX_BYTES + 1];
	const struct page *pg;
	enum err e;

	if (n->len >= sizeof(name))
		return fault_set(rd->f, ERR_INTERNAL, "template: a partial's name is too long");
	memcpy(name, n->text, n->len);
	name[n->len] = '\0';
	if ((e = get_page(rd->t, name, n->indent, n->indent_len, &pg, rd->f)))
		return e;
	return render_nodes(rd, pg, 0, pg->n);
}

static enum err
render_node(struct render *rd, const struct page *pg, size_t i)
{
	const struct node *n = &pg->node[i];

	switch (n->kind) {
	case NODE_TEXT:
		return buf_add(rd->out, n->text, n->len);
	case NODE_VALUE:
	case NODE_RAW:
		return render_value(rd, n);
	case NODE_SECTION:
	case NODE_INVERTED:
		return render_section(rd, pg, i);
	case NODE_PARTIAL:
		return render_partial(rd, n);
	case NODE_END:
		break;
	}
	return ERR_OK;
}

/* Each level here is a section or a partial: partials may call themselves, so the depth is bounded.
 */
static enum err
render_nodes(struct render *rd, const struct page *pg, size_t from, size_t to)
{
	enum err e = ERR_OK;

	if (rd->depth > LIMIT_TEMPLATE_DEPTH)
		return fault_set(rd->f, ERR_INTERNAL, "template %s: nested too deeply", pg->name);
	rd->depth++;
	for (size_t i = from; i < to && !e;) {
		e = render_node(rd, pg, i);
		i = pg->node[i].kind == NODE_SECTION || pg->node[i].kind == NODE_INVERTED
			? pg->node[i].end
			: i + 1;
	}
	rd->depth--;
	return e;
}

static enum err
render_page(struct tmpl *t, const struct page *pg, json_t *model, struct buf *out, struct fault *f)
{
	struct render rd = { .t = t, .out = out, .frame = { model }, .nframes = 1, .f = f };
	enum err e = render_nodes(&rd, pg, 0, pg->n);

	if (e)
		fault_set(f, e, "template %s: the page grew too large", pg->name);
	return e;
}

enum err
tmpl_render(struct tmpl *t, const char *name, json_t *model, struct buf *out, struct fault *f)
{
	const struct page *pg;
	enum err e;

	if ((e = get_page(t, name, "", 0, &pg, f)))
		return e;
	return render_page(t, pg, model, out, f);
}

enum err
tmpl_render_text(
    const char *text, size_t len, json_t *partials, json_t *model, struct buf *out, struct fault *f)
{
	struct tmpl t = { .partials = partials };
	struct page *pg;
	enum err e;

	if ((e = page_parse("text", text, len, "", 0, &pg, f)))
		return e;
	e = render_page(&t, pg, model, out, f);
	page_free(pg);
	tmpl_reload(&t);
	return e;
}
