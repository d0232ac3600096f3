/*
 * Sizes of every step, before a pixel is touched. Whatever the header of the source and the text of
 * the steps can tell to be impossible is refused here, which costs microseconds.
 */
#include "image/op.h"

#define EC_PIXELS	"0040-00000009"
#define EC_SIDE		"0040-00000012"
#define EC_ROTATE	"0040-00000006"
#define EC_TARGET	"0040-00000007"
#define ORIENT_SIDE_MAX	4096

/* What a format adds to the limits of the site. 0: nothing. */
static const struct fmt_limits {
	uint32_t	 in_side;
	const char	*ec_in;
	uint32_t	 out_w, out_pixels;	/* beyond fmt_table's out_side_px */
	const char	*ec_out;
} fmt_limits[FMT__MAX] = {
	[FMT_JPEG] = { .ec_in = "0040-00000019" },
	[FMT_WEBP] = { .ec_out = "0040-00000011" },
	[FMT_AVIF] = { .in_side = 10000, .ec_in = "0040-00000014", .out_w = 4096,
	    .out_pixels = 9437184, .ec_out = "0040-00000014" },
	[FMT_BMP] = { .ec_in = "0040-00000017" },
	[FMT_TIFF] = { .in_side = 16384, .ec_in = "0040-00000018" },
	[FMT_HEIC] = { .ec_in = "0040-00000013", .ec_out = "0040-00000013" },
};

void
source_displayed(const struct source *src, uint32_t *width_px, uint32_t *height_px)
{
	bool swap = src->orientation >= 5 && src->orientation <= 8;

	*width_px = swap ? src->height_px : src->width_px;
	*height_px = swap ? src->width_px : src->height_px;
}

static enum err
check_source(const struct source *src, const struct limits *lim, struct fault *f)
{
	const struct fmt_limits *fl = &fmt_limits[src->fmt];
	uint32_t side = src->width_px > src->height_px ? src->width_px : src->height_px;
	uint32_t most = lim->max_side_px < LIMIT_SIDE_PX ? lim->max_side_px : LIMIT_SIDE_PX;
	uint64_t px = (uint64_t)src->width_px * src->height_px;

	if (src->width_px == 0 || src->height_px == 0)
		return fault_set(f, ERR_BADIMAGE, "the size of the picture is unknown");
	if (fl->in_side != 0 && fl->in_side < most)
		most = fl->in_side;
	if (side > most)
		return fault_ec(f, ERR_IMAGETOOLARGE, fl->ec_in != NULL ? fl->ec_in : EC_SIDE,
		    "The picture, %ux%u, is larger than %u pixels a side.", src->width_px,
		    src->height_px, most);
	if (px > lim->max_pixels)
		return fault_ec(f, ERR_IMAGETOOLARGE, EC_PIXELS,
		    "The picture, %ux%u, has more than %llu pixels.", src->width_px, src->height_px,
		    (unsigned long long)lim->max_pixels);
	if (px * src->frames > lim->max_frame_pixels)
		return fault_ec(f, ERR_IMAGETOOLARGE, EC_PIXELS,
		    "The picture, %u frames of %ux%u, has more than %llu pixels.", src->frames,
		    src->width_px, src->height_px, (unsigned long long)lim->max_frame_pixels);
	return ERR_OK;
}

static enum fmt
result_format(const struct spec *s, const struct source *src)
{
	enum fmt fmt = s->format != FMT_NONE ? s->format : src->fmt;

	/* gif is for animations; a still picture of another format keeps its own. */
	if (fmt == FMT_GIF && src->fmt != FMT_GIF && src->frames <= 1 && !s->gif_always)
		fmt = src->fmt;
	return fmt;
}

static enum err
check_result(const struct plan_state *ps, struct fault *f)
{
	const struct fmt_row *row = &fmt_table[ps->fmt];
	const struct fmt_limits *fl = &fmt_limits[ps->fmt];

	if (ps->w > row->out_side_px || ps->h > row->out_side_px)
		return fault_ec(f, ERR_IMAGETOOLARGE, fl->ec_out,
		    "Maximum width and height allowed is %u pixels for converting %s",
		    row->out_side_px, row->name);
	if ((fl->out_w != 0 && ps->w > fl->out_w) ||
	    (fl->out_pixels != 0 && ps->w * ps->h > fl->out_pixels))
		return fault_ec(f, ERR_IMAGETOOLARGE, fl->ec_out,
		    "Maximum width allowed is %u pixels and maximum area %u pixels for converting "
		    "%s",
		    fl->out_w, fl->out_pixels, row->name);
	if (ps->frames > 1 && (uint64_t)(ps->w * ps->h) * ps->frames > ps->lim->max_frame_pixels)
		return fault_ec(f, ERR_IMAGETOOLARGE, EC_TARGET,
		    "The result, %u frames of %lldx%lld, has more than %llu pixels.", ps->frames,
		    (long long)ps->w, (long long)ps->h,
		    (unsigned long long)ps->lim->max_frame_pixels);
	return ERR_OK;
}

/* Upright first: every step counts in the picture as it is shown. */
static enum err
plan_orient(const struct spec *s, struct plan_state *ps, struct fault *f)
{
	uint32_t w, h;

	if (ps->src->orientation <= 1 || ps->src->orientation > 8)
		return ERR_OK;
	ps->changed = true;
	if (!s->orient)
		return ERR_OK;
	if (s->orient_asked && (ps->w > ORIENT_SIDE_MAX || ps->h > ORIENT_SIDE_MAX))
		return fault_ec(f, ERR_BADIMAGE, EC_ROTATE,
		    "Picture exceed the maximum allowable rotation range.");
	source_displayed(ps->src, &w, &h);
	ps->w = w;
	ps->h = h;
	ps->frames = 1;
	return ERR_OK;
}

static enum err
plan_steps(const struct spec *s, struct plan_state *ps, uint64_t *peak, struct fault *f)
{
	const struct step *st;
	enum err e;

	for (st = s->step; st < s->step + s->n; st++) {
		if (!st->op->frames)
			ps->frames = 1;
		if (st->op->plan == NULL)
			ps->changed = true;
		else if ((e = st->op->plan(st, ps, f)))
			return e;
		if ((uint64_t)(ps->w * ps->h) > *peak)
			*peak = (uint64_t)(ps->w * ps->h);
	}
	return ERR_OK;
}

/* Do quality and interlace ask for another encoding of this format? */
static bool
asks_encoding(const struct spec *s, enum fmt fmt)
{
	bool lossy = fmt == FMT_JPEG || fmt == FMT_WEBP || fmt == FMT_AVIF || fmt == FMT_HEIC;

	return (lossy && (s->quality_abs > 0 || s->quality_rel > 0)) ||
	       (fmt == FMT_JPEG && s->interlace_asked);
}

/* Are the stored bytes the answer? */
static bool
is_stored(const struct spec *s, const struct plan_state *ps)
{
	return !ps->changed && ps->fmt == ps->src->fmt && ps->frames == ps->src->frames &&
	       !asks_encoding(s, ps->fmt);
}

/* A format that is made when its name is given, but was not: another takes its place. */
static enum fmt
makable(const struct spec *s, const struct plan_state *ps)
{
	if (!fmt_table[ps->fmt].named || s->format == ps->fmt)
		return ps->fmt;
	return ps->alpha ? FMT_PNG : FMT_JPEG;
}

static enum err
plan_picture(const struct spec *s, struct plan_state *ps, struct plan *out, struct fault *f)
{
	uint64_t peak = (uint64_t)ps->src->width_px * ps->src->height_px;
	enum err e;

	ps->fmt = result_format(s, ps->src);
	if ((e = plan_orient(s, ps, f)) || (e = plan_steps(s, ps, &peak, f)))
		return e;
	if (!is_stored(s, ps))
		ps->fmt = makable(s, ps);
	if (!fmt_table[ps->fmt].anim)
		ps->frames = 1;
	if (!is_stored(s, ps) && (e = check_result(ps, f)))
		return e;
	*out = (struct plan){
		.fmt = ps->fmt,
		.width_px = (uint32_t)ps->w,
		.height_px = (uint32_t)ps->h,
		.frames = ps->frames,
		.peak_px = peak > UINT32_MAX ? UINT32_MAX : (uint32_t)peak,
		.unchanged = is_stored(s, ps),
	};
	return ERR_OK;
}

static enum err
plan(const struct spec *s, const struct source *src, const struct limits *lim, uint32_t main_w,
    uint32_t main_h, struct plan *out, struct fault *f)
{
	struct plan_state ps = {
		.src = src, .lim = lim, .fmt = src->fmt, .w = src->width_px, .h = src->height_px,
		.frames = src->frames, .alpha = src->alpha, .main_w = main_w, .main_h = main_h,
	};
	enum err e;

	e = check_source(src, lim, f);
	if (e)
		return e;
	if (s->kind == SPEC_PICTURE)
		return plan_picture(s, &ps, out, f);
	*out = (struct plan){ .fmt = src->fmt,
		.width_px = src->width_px,
		.height_px = src->height_px,
		.frames = src->frames,
		.peak_px = src->width_px * src->height_px };
	return ERR_OK;
}

enum err
spec_plan(const struct spec *s, const struct source *src, const struct limits *lim,
    struct plan *out, struct fault *f)
{
	return plan(s, src, lim, 0, 0, out, f);
}

enum err
spec_plan_mark(const struct spec *s, const struct source *src, const struct limits *lim,
    uint32_t main_w, uint32_t main_h, struct plan *out, struct fault *f)
{
	return plan(s, src, lim, main_w, main_h, out, f);
}
