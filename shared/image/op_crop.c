/*
 * crop: a rectangle of the picture. g says from where x and y count.
 */
#include "image/op_geo.h"

#include "image/op_list.h"

enum { A_G, A_X, A_Y, A_W, A_H };

const char *const gravity_words[] = {
	[G_NW] = "nw", [G_NORTH] = "north", [G_NE] = "ne",
	[G_WEST] = "west", [G_CENTER] = "center", [G_EAST] = "east",
	[G_SW] = "sw", [G_SOUTH] = "south", [G_SE] = "se", NULL
};

/* Halves are taken of each side alone: 267/2 - 100/2 is 83. */
static int64_t
origin(int64_t side, int64_t want, int64_t third)
{
	return third == 0 ? 0 : third == 1 ? side / 2 - want / 2 : side - want;
}

/* 0 is the same as not given: to the edge. */
static int64_t
wanted(const struct arg *a, int64_t side)
{
	return a->num == 0 || a->num > side ? side : a->num;
}

enum err
crop_geometry(const struct step *st, int64_t w, int64_t h, struct rect *r, struct fault *f)
{
	const struct arg *a = st->arg;
	int64_t cw = wanted(&a[A_W], w), ch = wanted(&a[A_H], h);
	int64_t x = origin(w, cw, a[A_G].num % 3) + a[A_X].num;
	int64_t y = origin(h, ch, a[A_G].num / 3) + a[A_Y].num;

	if (x >= w || y >= h)
		return fault_set(f, ERR_BADIMAGE, "Advance cut's position is out of image.");
	*r = (struct rect){
		.x = x, .y = y, .w = x + cw > w ? w - x : cw, .h = y + ch > h ? h - y : ch
	};
	return ERR_OK;
}

static bool
idle(const struct step *st)
{
	const struct arg *a = st->arg;

	return a[A_X].num == 0 && a[A_Y].num == 0 && a[A_W].num == 0 && a[A_H].num == 0;
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	struct rect r;
	enum err e;

	e = crop_geometry(st, ps->w, ps->h, &r, f);
	if (e)
		return e;
	if (r.w != ps->w || r.h != ps->h)
		ps->changed = true;
	ps->w = r.w;
	ps->h = r.h;
	return ERR_OK;
}

#ifdef TINTYPE_PIXELS
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	struct rect c;
	enum err e;

	(void)r;
	e = crop_geometry(st, p->w, p->h, &c, f);
	if (e)
		return e;
	picture_cut(p, (uint32_t)c.x, (uint32_t)c.y, (uint32_t)c.w, (uint32_t)c.h);
	return ERR_OK;
}
#endif

const struct op op_crop = {
	.name = "crop",
	.doc = "Cut a rectangle out. It starts at the place g gives to a rectangle of this size, "
	    "moved by x to the right "
	    "and y down, and ends at the edge of the picture at the latest.",
	.frames = true,
	.in_mark = true,
	.args = {
		[A_G] = { .key = "g", .type = ARG_WORD, .words = gravity_words,
		    .ec_range = "0040-00000209",
		    .doc = "Where the rectangle is before it is moved." },
		[A_X] = { .key = "x", .type = ARG_NUM, .max = INT32_MAX,
		    .ec_range = "0040-00000223", .doc = "Pixels to the right." },
		[A_Y] = { .key = "y", .type = ARG_NUM, .max = INT32_MAX,
		    .ec_range = "0040-00000224", .doc = "Pixels down." },
		[A_W] = { .key = "w", .type = ARG_NUM, .max = LIMIT_OUT_SIDE_PX,
		    .ec_range = "0040-00000225",
		    .doc = "Width; 0 or none: up to the edge." },
		[A_H] = { .key = "h", .type = ARG_NUM, .max = LIMIT_OUT_SIDE_PX,
		    .ec_range = "0040-00000226",
		    .doc = "Height; 0 or none: up to the edge." },
	},
	.idle = idle,
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
