/*
 * The text of x-oss-process into a checked list of steps. Left to right, one pass, no look at any
 * picture: what the text alone can tell is refused here, the rest in spec_plan.c.
 */
#include "image/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "image/op.h"
#include "image/op_watermark.h"
#include "image/spec_args.h"

#define EC_TOO_LONG	"0017-00000288"
#define EC_STYLE_NAME	"0017-00000250"
#define EC_PIPES	"0040-00000211"
#define EC_EMPTY	"0040-00000212"
#define EC_UNKNOWN	"0040-00000213"
#define EC_MARK_PIPE	"0040-00000372"
#define EC_MARK_MARK	"0040-00000373"
#define EC_MARK_INFO	"0040-00000374"

struct parser {
	struct spec	*sp;
	struct fault	*f;
	bool		 in_mark;	/* these are a watermark's own steps */
	size_t		 ops;		/* operations seen, settings too */
	bool		 alone;		/* one of them must stand alone */
};

static void
spec_init(struct spec *sp)
{
	memset(sp, 0, sizeof(*sp));
	sp->orient = true;
}

static enum err
check_in_mark(const struct op *op, struct fault *f)
{
	if (op->in_mark)
		return ERR_OK;
	return fault_ec(f, ERR_BADSPEC,
	    op->alone	  ? EC_MARK_INFO
	    : op->setting ? NULL
			  : EC_MARK_MARK,
	    "The operation: %s is not supported inside of a watermark image.", op->name);
}

static enum err
count_op(struct parser *p)
{
	if (p->ops == LIMIT_STEPS)
		return fault_set(p->f, ERR_BADSPEC, "more than %d operations", LIMIT_STEPS);
	p->ops++;
	return ERR_OK;
}

/* The first three fields of one operation: name, comma, arguments. */
static enum err
parse_op(struct parser *p, const char *s, size_t len)
{
	const char *comma = memchr(s, ',', len);
	size_t name_len = comma != NULL ? (size_t)(comma - s) : len;
	const char *args = comma != NULL ? comma + 1 : s + len;
	struct step *st = &p->sp->step[p->sp->n];
	enum err e;

	if (name_len == 0)
		return fault_ec(p->f, ERR_BADSPEC, EC_EMPTY, "An operation is empty.");
	if ((e = count_op(p)) != ERR_OK)
		return e;
	st->op = op_find(s, name_len);
	if (st->op == NULL)
		return op_invalid(p->f, ERR_BADSPEC, EC_UNKNOWN, "operation", s, name_len);
	if (p->in_mark && (e = check_in_mark(st->op, p->f)))
		return e;
	e = step_parse_args(st, args, (size_t)(s + len - args), p->in_mark, p->sp, p->f);
	if (e == ERR_OK && st->op->check != NULL)
		e = st->op->check(st, p->sp, p->f);
	if (e)
		return e;
	p->alone = p->alone || st->op->alone;
	if (!st->op->setting && (st->op->idle == NULL || !st->op->idle(st)))
		p->sp->n++;
	return ERR_OK;
}

/* op/op/op */
static enum err
parse_ops(struct parser *p, const char *s, size_t len)
{
	const char *end = s + len, *slash;
	enum err e;

	for (;;) {
		slash = memchr(s, '/', (size_t)(end - s));
		e = parse_op(p, s, (size_t)((slash != NULL ? slash : end) - s));
		if (e || slash == NULL)
			return e;
		s = slash + 1;
	}
}

static bool
style_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static enum err
parse_style(struct parser *p, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && style_char(s[i]); i++)
		;
	if (i < len || len == 0 || len >= sizeof(p->sp->style))
		return fault_ec(p->f, ERR_BADSPEC, EC_STYLE_NAME, "The style name is invalid.");
	memcpy(p->sp->style, s, len);
	return ERR_OK;
}

/* One of o_ and b_: is its value base64 of a text? */
static enum err
check_saveas_arg(const char *s, size_t len, bool *object, struct fault *f)
{
	char out[LIMIT_STEPS_BYTES];
	ssize_t n;

	if (len < 2 || s[1] != '_' || (s[0] != 'o' && s[0] != 'b'))
		return ERR_OK;
	n = dec_b64(s + 2, len - 2, out, sizeof(out));
	if (n <= 0 || memchr(out, '\0', (size_t)n) != NULL || !utf8_valid(out, (size_t)n))
		return fault_set(
		    f, ERR_BADREQ, "saveas: the value of %c is not base64 of a name", s[0]);
	*object = *object || s[0] == 'o';
	return ERR_OK;
}

static enum err
parse_saveas(struct parser *p, const char *s, size_t len)
{
	const char *at = s, *end = s + len, *comma;
	bool object = false;
	size_t n;
	enum err e;

	for (; at < end; at += n + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		n = (size_t)((comma != NULL ? comma : end) - at);
		e = check_saveas_arg(at, n, &object, p->f);
		if (e)
			return e;
	}
	if (!object)
		return fault_set(p->f, ERR_MISSINGARG, "saveas: the parameter o is missing");
	memcpy(p->sp->saveas, s, len);		/* fits: no longer than the whole text */
	p->sp->saveas[len] = '\0';
	return ERR_OK;
}

static bool
prefixed(const char *s, size_t len, const char *prefix, size_t *n)
{
	*n = strlen(prefix);
	return len >= *n && memcmp(s, prefix, *n) == 0;
}

static enum err
parse_command(struct parser *p, const char *s, size_t len, bool first, bool last)
{
	size_t n;

	if (prefixed(s, len, "image/", &n))
		return parse_ops(p, s + n, len - n);
	if (prefixed(s, len, "style/", &n) && first && !p->in_mark)
		return parse_style(p, s + n, len - n);
	if (prefixed(s, len, "sys/saveas,", &n) && !first && last && !p->in_mark)
		return parse_saveas(p, s + n, len - n);
	if (len == 0 || (len == 5 && memcmp(s, "image", 5) == 0))
		return fault_ec(p->f, ERR_BADSPEC, EC_EMPTY, "A command is empty.");
	return op_invalid(p->f, ERR_BADSPEC, EC_UNKNOWN, "x-oss-process", s, len);
}

static size_t
count_pipes(const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += s[i] == '|';
	return n;
}

/* What can only be said of the list as a whole. */
static enum err
check_whole(struct parser *p)
{
	if (p->alone && (p->ops > 1 || p->sp->style[0] != '\0' || p->sp->saveas[0] != '\0'))
		return fault_set(p->f, ERR_BADSPEC, "info and average-hue stand alone");
	return ERR_OK;
}

static enum err
parse_commands(struct parser *p, const char *s, size_t len)
{
	const char *end = s + len, *pipe_at;
	bool first = true;
	enum err e;

	if (p->in_mark && count_pipes(s, len) > 0)
		return fault_ec(p->f, ERR_BADSPEC, EC_MARK_PIPE,
		    "A pipe is not supported inside of a watermark image.");
	if (count_pipes(s, len) >= LIMIT_PIPES)
		return fault_ec(p->f, ERR_TOOMANYPIPES, EC_PIPES,
		    "The number of commands exceeds %d.", LIMIT_PIPES);
	for (;; first = false) {
		pipe_at = memchr(s, '|', (size_t)(end - s));
		e = parse_command(
		    p, s, (size_t)((pipe_at != NULL ? pipe_at : end) - s), first, pipe_at == NULL);
		if (e)
			return e;
		if (pipe_at == NULL)
			return check_whole(p);
		s = pipe_at + 1;
	}
}

/* A spec is large, and must not be half written when parsing fails: parse aside, then copy. */
static enum err
parse(const char *s, size_t len, bool in_mark, bool path, enum fmt ext, struct spec *out,
    struct fault *f)
{
	struct spec sp;
	struct parser p = { .sp = &sp, .f = f, .in_mark = in_mark };
	enum err e;

	spec_init(&sp);
	if (len >= LIMIT_STEPS_BYTES)
		return fault_ec(f, ERR_BADSPEC, EC_TOO_LONG,
		    "The process parameter is longer than %d bytes.", LIMIT_STEPS_BYTES - 1);
	if (!path)
		e = parse_commands(&p, s, len);
	else if ((e = parse_ops(&p, s, len)) == ERR_OK)
		e = check_whole(&p);
	if (e)
		return e;
	if (ext != FMT_NONE) {
		/* It is an operation more when the steps are written out. */
		if (sp.format == FMT_NONE && !sp.format_auto && (e = count_op(&p)) != ERR_OK)
			return e;
		sp.format = ext;
		sp.format_auto = false;
		sp.gif_always = ext == FMT_GIF;
	}
	spec_copy(out, &sp);
	return ERR_OK;
}

enum err
spec_parse(const char *s, size_t len, struct spec *out, struct fault *f)
{
	return parse(s, len, false, false, FMT_NONE, out, f);
}

enum err
spec_parse_path(const char *steps, size_t len, enum fmt ext, struct spec *out, struct fault *f)
{
	return parse(steps, len, false, true, ext, out, f);
}

enum err
spec_parse_mark(const char *steps, struct spec *out, struct fault *f)
{
	if (steps[0] == '\0') {
		spec_init(out);
		return ERR_OK;
	}
	return parse(steps, strlen(steps), true, false, FMT_NONE, out, f);
}

void
spec_copy(struct spec *dst, const struct spec *src)
{
	size_t i;
	int k;

	memcpy(dst, src, sizeof(*dst));
	for (i = 0; i < dst->n; i++)
		for (k = 0; k < OP_ARGS_MAX; k++)
			if (dst->step[i].arg[k].text != NULL)
				dst->step[i].arg[k].text =
				    dst->text + (src->step[i].arg[k].text - src->text);
}

enum err
spec_expand(const char *s, size_t len, const char *style_text, char *out, struct fault *f)
{
	const char *rest = memchr(s, '|', len);
	size_t n;
	int w;

	if (!prefixed(s, len, "style/", &n))
		return fault_set(f, ERR_BADSPEC, "no style to expand");
	if (prefixed(style_text, strlen(style_text), "style/", &n))
		return fault_set(f, ERR_BADSPEC, "a style cannot name a style");
	w = snprintf(out, LIMIT_STEPS_BYTES + 1, "%s%.*s", style_text,
	    rest != NULL ? (int)(s + len - rest) : 0, rest != NULL ? rest : "");
	if (w < 0 || w >= LIMIT_STEPS_BYTES)
		return fault_set(f, ERR_TOOBIG, "the steps of the style are too long");
	return ERR_OK;
}

/* The last value of o_ or b_, as elsewhere. */
static void
saveas_value(const char *s, char key, char *out)
{
	const char *comma;
	size_t n;
	ssize_t got;

	out[0] = '\0';
	for (; *s != '\0'; s += n + (comma != NULL)) {
		comma = strchr(s, ',');
		n = comma != NULL ? (size_t)(comma - s) : strlen(s);
		if (n < 2 || s[0] != key || s[1] != '_')
			continue;
		got = dec_b64(s + 2, n - 2, out, LIMIT_STEPS_BYTES - 1);
		out[got < 0 ? 0 : got] = '\0';
	}
}

void
spec_saveas(const struct spec *s, char *object, char *bucket)
{
	saveas_value(s->saveas, 'o', object);
	saveas_value(s->saveas, 'b', bucket);
}
