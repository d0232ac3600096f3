/*
 * resize: the one operation everybody uses. All its words come down to a geometry: scale a
 * rectangle of the picture to some size, and perhaps put that on a canvas. plan and apply share the
 * geometry, so they cannot disagree.
 */
#include "image/op_resize.h"

#include <assert.h>

#include "image/op_list.h"

#define EC_TOO_LARGE	"0040-00000007"
#define EC_ZERO		"0040-00000321"
#define EC_NOTHING	"0040-00000322"

enum { A_M, A_W, A_H, A_L, A_S, A_P, A_MARK_P, A_LIMIT, A_COLOR };
enum { M_LFIT, M_MFIT, M_FILL, M_PAD, M_FIXED };

static const char *const modes[] = { "lfit", "mfit", "fill", "pad", "fixed", NULL };

static void
unset(struct step *st, int a)
{
	st->arg[a].set = false;
	st->arg[a].num = st->op->args[a].dflt;
}

static bool
has(const struct step *st, int a)
{
	return st->arg[a].set;
}

static enum err
check_zero(const struct step *st, int a, const char *key, struct fault *f)
{
	if (has(st, a) && st->arg[a].num == 0)
		return op_invalid_num(f, st->op->args[a].ec_range, key, 0);
	return ERR_OK;
}

/* What stronger arguments make pointless is unset: width and height beat l and s, which beat p. */
static void
normalise(struct step *st)
{
	bool wh = has(st, A_W) || has(st, A_H), ls = !wh && (has(st, A_L) || has(st, A_S));
	bool both = wh ? has(st, A_W) && has(st, A_H) : has(st, A_L) && has(st, A_S);
	bool square = wh && (st->arg[A_M].num == M_FILL || st->arg[A_M].num == M_PAD);

	if (wh) {
		unset(st, A_L);
		unset(st, A_S);
	}
	if (wh || ls) {
		unset(st, A_P);
		unset(st, A_MARK_P);
	} else {
		unset(st, A_LIMIT);
	}
	if (has(st, A_MARK_P))
		unset(st, A_P);
	if (square && !both) {		/* the missing side is as long as the given one */
		int missing = has(st, A_W) ? A_H : A_W;

		st->arg[missing].set = true;
		st->arg[missing].num = st->arg[missing == A_H ? A_W : A_H].num;
		both = true;
	}
	if (!both)
		unset(st, A_M);
	if (st->arg[A_M].num != M_PAD)
		unset(st, A_COLOR);
}

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	enum err e;

	(void)sp;
	if (has(st, A_W) && has(st, A_H) && st->arg[A_W].num == 0 && st->arg[A_H].num == 0)
		return fault_ec(f, ERR_BADSPEC, EC_ZERO, "Width and height can not both be 0.");
	if ((e = check_zero(st, A_W, "w", f)) || (e = check_zero(st, A_H, "h", f)))
		return e;
	if (!has(st, A_W) && !has(st, A_H) && !has(st, A_L) && !has(st, A_S) && !has(st, A_P) &&
	    !has(st, A_MARK_P))
		return fault_ec(f, ERR_MISSINGARG, EC_NOTHING,
		    "The resize needs one of the parameters: w, h, l, s, p.");
	normalise(st);
	return ERR_OK;
}

static bool
idle(const struct step *st)
{
	return has(st, A_P) && st->arg[A_P].num == 100;
}

/* w * b against a * h without fractions: which side decides? */
static bool
width_decides(int64_t w, int64_t h, int64_t bw, int64_t bh, bool cover)
{
	return cover ? bw * h >= bh * w : bw * h <= bh * w;
}

/* The largest picture inside of the box, or the smallest that covers it. */
static void
fit(int64_t w, int64_t h, int64_t bw, int64_t bh, bool cover, int64_t *ow, int64_t *oh)
{
	if (width_decides(w, h, bw, bh, cover)) {
		*ow = bw;
		*oh = px_scale(h, bw, w);
	} else {
		*ow = px_scale(w, bh, h);
		*oh = bh;
	}
}

static void
geo_whole(int64_t w, int64_t h, int64_t ow, int64_t oh, struct resize_geo *g)
{
	*g = (struct resize_geo){
		.src_w = w, .src_h = h, .scaled_w = ow, .scaled_h = oh, .out_w = ow, .out_h = oh
	};
}

static void
geo_fill(int64_t w, int64_t h, int64_t bw, int64_t bh, struct resize_geo *g)
{
	int64_t cw, ch;

	fit(w, h, bw, bh, true, &cw, &ch);
	geo_whole(w, h, cw, ch, g);
	g->cut_x = (cw - bw) / 2;
	g->cut_y = (ch - bh) / 2;
	g->out_w = bw;
	g->out_h = bh;
}

static void
geo_pad(int64_t w, int64_t h, int64_t bw, int64_t bh, struct resize_geo *g)
{
	int64_t pw, ph;

	fit(w, h, bw, bh, false, &pw, &ph);
	geo_whole(w, h, pw, ph, g);
	g->pad_x = (bw - pw) / 2;
	g->pad_y = (bh - ph) / 2;
	g->out_w = bw;
	g->out_h = bh;
}

/* Does the mode have to make a side of the picture longer? */
static bool
grows(int64_t w, int64_t h, int64_t bw, int64_t bh, int64_t mode)
{
	switch (mode) {
	case M_MFIT:
	case M_FILL:
	case M_FIXED:
		return bw > w || bh > h;
	default:
		return bw > w && bh > h;
	}
}

static void
box(int64_t w, int64_t h, int64_t bw, int64_t bh, int64_t mode, bool limit, struct resize_geo *g)
{
	int64_t ow, oh;

	if (limit && grows(w, h, bw, bh, mode)) {
		geo_whole(w, h, w, h, g);
		return;
	}
	switch (mode) {
	case M_FILL:
		geo_fill(w, h, bw, bh, g);
		return;
	case M_PAD:
		geo_pad(w, h, bw, bh, g);
		return;
	case M_FIXED:
		geo_whole(w, h, bw, bh, g);
		return;
	default:
		fit(w, h, bw, bh, mode == M_MFIT, &ow, &oh);
		geo_whole(w, h, ow, oh, g);
	}
}

/* One side is given, the other follows. */
static void
one_side(int64_t w, int64_t h, bool is_width, int64_t v, bool limit, struct resize_geo *g)
{
	if (limit && v > (is_width ? w : h))
		geo_whole(w, h, w, h, g);
	else if (is_width)
		geo_whole(w, h, v, px_scale(h, v, w), g);
	else
		geo_whole(w, h, px_scale(w, v, h), v, g);
}

void
resize_geometry(const struct step *st, int64_t w, int64_t h, int64_t main_w, int64_t main_h,
    bool never_grow, struct resize_geo *g)
{
	const struct arg *a = st->arg;
	bool limit = a[A_LIMIT].num == 1 || never_grow, wide = w >= h;
	int64_t p, ow, oh;

	assert(st->op == &op_resize);
	if (has(st, A_W) && has(st, A_H)) {
		box(w, h, a[A_W].num, a[A_H].num, a[A_M].num, limit, g);
	} else if (has(st, A_W) || has(st, A_H)) {
		one_side(w, h, has(st, A_W), a[has(st, A_W) ? A_W : A_H].num, limit, g);
	} else if (has(st, A_L) && has(st, A_S)) {
		box(w, h, a[wide ? A_L : A_S].num, a[wide ? A_S : A_L].num, a[A_M].num, limit, g);
	} else if (has(st, A_L)) {
		one_side(w, h, wide, a[A_L].num, limit, g);
	} else if (has(st, A_S)) {
		one_side(w, h, !wide, a[A_S].num, limit, g);
	} else if (has(st, A_MARK_P) && main_w > 0) {
		p = a[A_MARK_P].num;
		fit(w, h, px_scale(main_w, p, 100), px_scale(main_h, p, 100), false, &ow, &oh);
		geo_whole(w, h, ow, oh, g);
	} else {
		p = has(st, A_P) ? a[A_P].num : 100;
		if (never_grow && p > 100)
			p = 100;
		geo_whole(w, h, px_scale(w, p, 100), px_scale(h, p, 100), g);
	}
	g->color = (uint32_t)a[A_COLOR].num;
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	struct resize_geo g;

	resize_geometry(st, ps->w, ps->h, ps->main_w, ps->main_h, ps->src->fmt == FMT_GIF, &g);
	if (has(st, A_P))
		ps->frames = 1;
	if (g.out_w == ps->w && g.out_h == ps->h && g.scaled_w == ps->w && g.scaled_h == ps->h)
		return ERR_OK;
	if (g.out_w > LIMIT_OUT_SIDE_PX || g.out_h > LIMIT_OUT_SIDE_PX ||
	    g.out_w * g.out_h > LIMIT_OUT_PIXELS)
		return fault_ec(f, ERR_IMAGETOOLARGE, EC_TOO_LARGE,
		    "The target of resize, %lldx%lld, is larger than %d per side or %d pixels.",
		    (long long)g.out_w, (long long)g.out_h, LIMIT_OUT_SIDE_PX, LIMIT_OUT_PIXELS);
	ps->w = g.out_w;
	ps->h = g.out_h;
	ps->changed = true;
	return ERR_OK;
}

#ifdef TINTYPE_PIXELS
#include "image/pipeline.h"
#include "image/scale.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	struct resize_geo g;
	double sx, sy;
	int64_t w, h;
	enum err e;

	resize_geometry(st, p->w, p->h, r->main_w, r->main_h, r->never_grow, &g);
	w = g.out_w < g.scaled_w ? g.out_w : g.scaled_w;
	h = g.out_h < g.scaled_h ? g.out_h : g.scaled_h;
	sx = (double)p->w / (double)g.scaled_w;
	sy = (double)p->h / (double)g.scaled_h;
	if (g.scaled_w == p->w && g.scaled_h == p->h) {
		picture_cut(p, (uint32_t)g.cut_x, (uint32_t)g.cut_y, (uint32_t)w, (uint32_t)h);
	} else {
		e = picture_scale(p, (double)g.cut_x * sx, (double)g.cut_y * sy, (double)w * sx,
		    (double)h * sy, (uint32_t)w, (uint32_t)h, f);
		if (e)
			return e;
	}
	if (g.out_w == w && g.out_h == h)
		return ERR_OK;
	return picture_pad(p, (uint32_t)g.pad_x, (uint32_t)g.pad_y, (uint32_t)g.out_w,
	    (uint32_t)g.out_h, g.color, f);
}
#endif

const struct op op_resize = {
	.name = "resize",
	.doc = "Scale the picture. Width and height come before l and s, and those before p. "
	    "Derived sides are rounded "
	    "half up and are at least 1. One of w and h: the other follows (fill and pad take it "
	    "equal).",
	.frames = true,
	.in_mark = true,
	.args = {
		[A_M] = { .key = "m", .type = ARG_WORD, .words = modes, .ec_range = "0040-00000311",
		    .doc = "How the picture meets the box: lfit inside of it, mfit covering it, "
		    "fill covering it and cut to it, "
		    "pad inside of it on a canvas of color, fixed distorted to it." },
		[A_W] = { .key = "w", .type = ARG_NUM, .min = 1, .max = LIMIT_OUT_SIDE_PX,
		    .zero_ok = true,
		    .ec_range = "0040-00000312", .doc = "Width of the box in pixels." },
		[A_H] = { .key = "h", .type = ARG_NUM, .min = 1, .max = LIMIT_OUT_SIDE_PX,
		    .zero_ok = true,
		    .ec_range = "0040-00000313", .doc = "Height of the box in pixels." },
		[A_L] = { .key = "l", .type = ARG_NUM, .min = 1, .max = LIMIT_OUT_SIDE_PX,
		    .ec_range = "0040-00000314", .doc = "Length of the longer side." },
		[A_S] = { .key = "s", .type = ARG_NUM, .min = 1, .max = LIMIT_OUT_SIDE_PX,
		    .ec_range = "0040-00000315", .doc = "Length of the shorter side." },
		[A_P] = { .key = "p", .type = ARG_NUM, .min = 1, .max = 1000,
		    .ec_range = "0040-00000317",
		    .doc = "Percent of both sides; limit does not hold for it. An animation "
		    "becomes static." },
		[A_MARK_P] = { .key = "P", .type = ARG_NUM, .min = 1, .max = 100, .mark_only = true,
		    .ec_range = "0040-00000317",
		    .doc = "Percent of the picture below: the watermark is fitted into that box." },
		[A_LIMIT] = { .key = "limit", .type = ARG_NUM, .min = 0, .max = 1, .dflt = 1,
		    .ec_range = "0040-00000319",
		    .doc = "1: never enlarge, the picture stays as it is instead." },
		[A_COLOR] = { .key = "color", .type = ARG_COLOR, .dflt = 0xffffff,
		    .doc = "Colour of the canvas of pad." },
	},
	.check = check,
	.idle = idle,
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
