/*
 * The one text of a list of steps: defaults left out, arguments in the order of their table,
 * settings last. It names variants in the cache and crosses to the sandbox.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/enc.h"
#include "image/op.h"

struct text {
	char	*p;
	size_t	 size, len;	/* len may pass size: then it did not fit */
};

static void put(struct text *t, const char *fmt, ...) PRINTF(2, 3);

static void
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->len < t->size ? t->p + t->len : NULL,
	    t->len < t->size ? t->size - t->len : 0, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

static void
put_text(struct text *t, const char *s)
{
	struct arena *a = arena_new();

	put(t, "%s", enc_b64url(a, s, strlen(s)));
	arena_free(a);
}

static void
put_arg(struct text *t, const struct arg_row *row, const struct arg *a)
{
	if (row->type != ARG_TEXT && a->num == row->dflt && !row->required)
		return;
	put(t, ",%s%s", row->key, row->key[0] != '\0' ? "_" : "");
	switch (row->type) {
	case ARG_NUM:
		put(t, "%lld", (long long)a->num);
		break;
	case ARG_WORD:
		put(t, "%s", row->words[a->num]);
		break;
	case ARG_COLOR:
		put(t, "%06llX", (unsigned long long)a->num);
		break;
	case ARG_TEXT:
		put_text(t, a->text);
		break;
	case ARG_NONE:
		break;
	}
}

static void
put_step(struct text *t, const struct step *st)
{
	int i;

	put(t, "/%s", st->op->name);
	for (i = 0; i < OP_ARGS_MAX && st->op->args[i].type != ARG_NONE; i++)
		if (st->arg[i].set)
			put_arg(t, &st->op->args[i], &st->arg[i]);
}

static void
put_settings(struct text *t, const struct spec *s)
{
	if (s->format_auto)
		put(t, "/format,auto");
	else if (s->format != FMT_NONE)
		put(t, "/format,%s%s", fmt_name(s->format), s->gif_always ? "-always" : "");
	if (s->quality_abs > 0)
		put(t, "/quality,Q_%d", s->quality_abs);
	else if (s->quality_rel > 0)
		put(t, "/quality,q_%d", s->quality_rel);
	if (s->interlace_asked)
		put(t, "/interlace,%d", s->interlace);
}

static void
put_picture(struct text *t, const struct spec *s)
{
	size_t i, before = t->len;

	if (s->orient_asked || !s->orient)
		put(t, "/auto-orient,%d", s->orient);
	for (i = 0; i < s->n; i++)
		put_step(t, &s->step[i]);
	put_settings(t, s);
	if (t->len == before)
		put(t, "/rotate,0");
}

enum err
spec_canonical(const struct spec *s, char *out, size_t size, struct fault *f)
{
	struct text t = { .p = out, .size = size };

	assert(s->style[0] == '\0');
	put(&t, "image");
	switch (s->kind) {
	case SPEC_INFO:
		put(&t, "/info");
		break;
	case SPEC_HUE:
		put(&t, "/average-hue");
		break;
	case SPEC_PICTURE:
		put_picture(&t, s);
		break;
	}
	if (t.len >= size)
		return fault_set(
		    f, ERR_TOOBIG, "the steps are too long when written out: %zu bytes", t.len);
	return ERR_OK;
}
