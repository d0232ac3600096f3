/*
 * indexcrop: one of the equal slices of a picture.
 */
#include "image/op_geo.h"

#include "image/op_list.h"

#define EC_SIZE "0040-00000230"

enum { A_X, A_Y, A_I };

/* Slice i of a side; false when there are not so many. The last one may be thinner. */
static bool
slice(int64_t side, int64_t size, int64_t i, int64_t *at, int64_t *len)
{
	if (i >= (side + size - 1) / size)
		return false;
	*at = i * size;
	*len = side - *at < size ? side - *at : size;
	return true;
}

void
indexcrop_geometry(const struct step *st, int64_t w, int64_t h, struct rect *r)
{
	const struct arg *a = st->arg;

	*r = (struct rect){ .w = w, .h = h };
	if (a[A_Y].set)
		(void)slice(h, a[A_Y].num, a[A_I].num, &r->y, &r->h);
	else
		(void)slice(w, a[A_X].num, a[A_I].num, &r->x, &r->w);
}

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	struct arg *a = st->arg;

	(void)sp;
	if (a[A_Y].set && a[A_Y].num == 0)
		return op_invalid_num(f, EC_SIZE, "y", 0);
	if (a[A_X].set && a[A_X].num == 0)
		return op_invalid_num(f, EC_SIZE, "x", 0);
	if (!a[A_X].set && !a[A_Y].set)
		return fault_ec(
		    f, ERR_MISSINGARG, EC_SIZE, "The indexcrop needs one of the parameters: x, y.");
	if (a[A_Y].set) {
		a[A_X].set = false;
		a[A_X].num = 0;
	}
	return ERR_OK;
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	struct rect r;

	(void)f;
	indexcrop_geometry(st, ps->w, ps->h, &r);
	if (r.w == ps->w && r.h == ps->h)
		return ERR_OK;
	ps->w = r.w;
	ps->h = r.h;
	ps->changed = true;
	ps->frames = 1;
	return ERR_OK;
}

#ifdef TINTYPE_PIXELS
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	struct rect c;

	(void)r;
	(void)f;
	indexcrop_geometry(st, p->w, p->h, &c);
	picture_cut(p, (uint32_t)c.x, (uint32_t)c.y, (uint32_t)c.w, (uint32_t)c.h);
	return ERR_OK;
}
#endif

const struct op op_indexcrop = {
	.name = "indexcrop",
	.doc = "Cut the picture into slices and keep one. When there is no such slice the whole "
	    "picture is the answer. "
	    "With both x and y, y counts.",
	.frames = true,		/* as long as nothing is cut; plan() decides */
	.in_mark = true,
	.args = {
		[A_X] = { .key = "x", .type = ARG_NUM, .min = 1, .max = INT32_MAX, .zero_ok = true,
		    .ec_range = "0040-00000227",
		    .doc = "Width of a slice, cut from left to right." },
		[A_Y] = { .key = "y", .type = ARG_NUM, .min = 1, .max = INT32_MAX, .zero_ok = true,
		    .ec_range = "0040-00000228",
		    .doc = "Height of a slice, cut from top to bottom." },
		[A_I] = { .key = "i", .type = ARG_NUM, .max = INT32_MAX,
		    .ec_range = "0040-00000229", .doc = "Number of the slice; the first is 0." },
	},
	.check = check,
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
