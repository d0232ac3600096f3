/*
 * circle: the inscribed disc, as its enclosing square.
 */
#include "image/op_geo.h"

#include "image/op_list.h"

enum { A_R };

/* 2r + 1 pixels around the middle one; never more than the shorter side. */
void
circle_geometry(const struct step *st, int64_t w, int64_t h, struct rect *r)
{
	int64_t shorter = w < h ? w : h, side = 2 * st->arg[A_R].num + 1;

	if (side > shorter)
		side = shorter;
	*r =
	    (struct rect){ .x = (w - side + 1) / 2, .y = (h - side + 1) / 2, .w = side, .h = side };
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	struct rect r;

	(void)f;
	circle_geometry(st, ps->w, ps->h, &r);
	ps->w = r.w;
	ps->h = r.h;
	ps->alpha = true;
	ps->changed = true;
	return ERR_OK;
}

#ifdef TINTYPE_PIXELS
#include "image/filter.h"
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	struct rect c;

	(void)r;
	(void)f;
	circle_geometry(st, p->w, p->h, &c);
	picture_cut(p, (uint32_t)c.x, (uint32_t)c.y, (uint32_t)c.w, (uint32_t)c.h);
	picture_round(p, p->w / 2.0);
	return ERR_OK;
}
#endif

const struct op op_circle = {
	.name = "circle",
	.doc = "Keep a disc in the middle, as a square of 2r+1 pixels, at most the shorter side. "
	    "Outside of it: transparent, "
	    "or white in formats without transparency.",
	.args = {
		[A_R] = { .key = "r", .type = ARG_NUM, .min = 1, .max = 4096, .required = true,
		    .ec_range = "0040-00000233", .doc = "Radius." },
	},
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
