/*
 * The one text of a list of steps: defaults left out, arguments in the order of their table,
 * settings last. It names variants in the cache and crosses to the sandbox.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/enc.h"
#include "image/op.h"
#include "image/steps_text.h"

static void
put_text(struct steps_text *t, const char *s)
{
	struct arena *a = arena_new();

	steps_put(t, "%s", enc_b64url(a, s, strlen(s)));
	arena_free(a);
}

static void
put_arg(struct steps_text *t, const struct arg_row *row, const struct arg *a)
{
	if (row->type != ARG_TEXT && a->num == row->dflt && !row->required)
		return;
	steps_put(t, ",%s%s", row->key, row->key[0] != '\0' ? "_" : "");
	switch (row->type) {
	case ARG_NUM:
		steps_put(t, "%lld", (long long)a->num);
		break;
	case ARG_WORD:
		steps_put(t, "%s", row->words[a->num]);
		break;
	case ARG_COLOR:
		steps_put(t, "%06llX", (unsigned long long)a->num);
		break;
	case ARG_TEXT:
		put_text(t, a->text);
		break;
	case ARG_NONE:
		break;
	}
}

static void
put_step(struct steps_text *t, const struct step *st)
{
	int i;

	steps_put(t, "/%s", st->op->name);
	for (i = 0; i < OP_ARGS_MAX && st->op->args[i].type != ARG_NONE; i++)
		if (st->arg[i].set)
			put_arg(t, &st->op->args[i], &st->arg[i]);
}

static void
put_settings(struct steps_text *t, const struct spec *s)
{
	if (s->format_auto)
		steps_put(t, "/format,auto");
	else if (s->format != FMT_NONE)
		steps_put(t, "/format,%s%s", fmt_name(s->format), s->gif_always ? "-always" : "");
	if (s->quality_abs > 0)
		steps_put(t, "/quality,Q_%d", s->quality_abs);
	else if (s->quality_rel > 0)
		steps_put(t, "/quality,q_%d", s->quality_rel);
	if (s->interlace_asked)
		steps_put(t, "/interlace,%d", s->interlace);
}

static void
put_picture(struct steps_text *t, const struct spec *s)
{
	size_t i, before = t->len;

	if (s->orient_asked || !s->orient)
		steps_put(t, "/auto-orient,%d", s->orient);
	for (i = 0; i < s->n; i++)
		put_step(t, &s->step[i]);
	put_settings(t, s);
	if (t->len == before)
		steps_put(t, "/rotate,0");
}

enum err
spec_canonical(const struct spec *s, char *out, size_t size, struct fault *f)
{
	struct steps_text t = { .p = out, .size = size };

	assert(s->style[0] == '\0');
	steps_put(&t, "image");
	switch (s->kind) {
	case SPEC_INFO:
		steps_put(&t, "/info");
		break;
	case SPEC_HUE:
		steps_put(&t, "/average-hue");
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
