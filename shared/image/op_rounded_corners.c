/*
 * rounded-corners: four quarter discs.
 */
#include "image/op_geo.h"

#include "image/op_list.h"

enum { A_R };

int64_t
rounded_radius(const struct step *st, int64_t w, int64_t h)
{
	int64_t half = (w < h ? w : h) / 2;

	return st->arg[A_R].num < half ? st->arg[A_R].num : half;
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	(void)f;
	(void)st;
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
	(void)r;
	(void)f;
	picture_round(p, (double)rounded_radius(st, p->w, p->h));
	return ERR_OK;
}
#endif

const struct op op_rounded_corners = {
	.name = "rounded-corners",
	.doc = "Round the corners off; the size stays. Outside: transparent, or white in formats "
	    "without transparency.",
	.in_mark = true,
	.args = {
		[A_R] = { .key = "r", .type = ARG_NUM, .min = 1, .max = 4096, .required = true,
		    .ec_range = "0040-00000237",
		    .doc = "Radius; at most half of the shorter side is used." },
	},
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
