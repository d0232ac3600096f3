/*
 * The window: cuts and a scaling at the beginning of the steps become one affine map, so that the decoder reads only
 * what is shown, at the smallest scale that is enough, and each pixel is filtered once.
 */
#include "image/pipeline.h"

#include <math.h>
#include <string.h>

#include "image/op_geo.h"
#include "image/op_list.h"
#include "image/op_resize.h"
#include "image/planes.h"
#include "image/resample.h"

#define LOBES 3.0	/* of the filter, and one pixel for luck */

static void
cut(struct window *win, const struct rect *r)
{
	double	 sx = win->w / win->out_w, sy = win->h / win->out_h;

	win->x += (double)r->x * sx;
	win->y += (double)r->y * sy;
	win->w = (double)r->w * sx;
	win->h = (double)r->h * sy;
	win->out_w = (uint32_t)r->w;
	win->out_h = (uint32_t)r->h;
	if (win->scaled)
		return;			/* cut from the scaled picture: the filter saw what was around */
	win->lo_x = (uint32_t)win->x;
	win->lo_y = (uint32_t)win->y;
	win->hi_x = win->lo_x + win->out_w;
	win->hi_y = win->lo_y + win->out_h;
}

static void
scale(struct window *win, const struct resize_geo *g)
{
	struct rect	 shown = { .x = g->cut_x, .y = g->cut_y,
	    .w = g->out_w < g->scaled_w ? g->out_w : g->scaled_w, .h = g->out_h < g->scaled_h ? g->out_h : g->scaled_h };

	win->out_w = (uint32_t)g->scaled_w;
	win->out_h = (uint32_t)g->scaled_h;
	win->scaled = true;
	cut(win, &shown);
	if (g->out_w == shown.w && g->out_h == shown.h)
		return;
	win->pad = true;
	win->pad_x = (uint32_t)g->pad_x;
	win->pad_y = (uint32_t)g->pad_y;
	win->pad_w = (uint32_t)g->out_w;
	win->pad_h = (uint32_t)g->out_h;
	win->color = g->color;
}

enum err
window_of_steps(const struct render *r, uint32_t w, uint32_t h, struct window *out, struct fault *f)
{
	struct window	 win = { .w = w, .h = h, .hi_x = w, .hi_y = h, .out_w = w, .out_h = h };
	enum err	 e;

	for (; win.steps < r->spec.n && !win.pad; win.steps++) {
		const struct step	*st = &r->spec.step[win.steps];
		struct resize_geo	 g;
		struct rect		 c;

		if (st->op == &op_crop) {
			if ((e = crop_geometry(st, win.out_w, win.out_h, &c, f)))
				return e;
			cut(&win, &c);
		} else if (st->op == &op_indexcrop) {
			indexcrop_geometry(st, win.out_w, win.out_h, &c);
			cut(&win, &c);
		} else if (st->op == &op_resize) {
			resize_geometry(st, win.out_w, win.out_h, 0, 0, r->never_grow, &g);
			if (g.scaled_w == win.out_w && g.scaled_h == win.out_h && g.out_w == g.scaled_w && g.out_h == g.scaled_h)
				continue;
			if (win.scaled)
				break;
			scale(&win, &g);
		} else
			break;
	}
	*out = win;
	return ERR_OK;
}

static void
swap_u32(uint32_t *a, uint32_t *b)
{
	uint32_t	 t = *a;

	*a = *b;
	*b = t;
}

void
window_store(struct window *win, int orientation, uint32_t w, uint32_t h)
{
	bool	 flip_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
	bool	 flip_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
	double	 t;

	if (flip_x) {
		win->x = w - win->x - win->w;
		swap_u32(&win->lo_x, &win->hi_x);
		win->lo_x = w - win->lo_x;
		win->hi_x = w - win->hi_x;
	}
	if (flip_y) {
		win->y = h - win->y - win->h;
		swap_u32(&win->lo_y, &win->hi_y);
		win->lo_y = h - win->lo_y;
		win->hi_y = h - win->hi_y;
	}
	if (orientation < 5 || orientation > 8)
		return;
	t = win->x, win->x = win->y, win->y = t;
	t = win->w, win->w = win->h, win->h = t;
	swap_u32(&win->lo_x, &win->lo_y);
	swap_u32(&win->hi_x, &win->hi_y);
	swap_u32(&win->out_w, &win->out_h);
}

/* One axis of the window in pixels of the file at full size. */
struct span {
	double		 at, size;
	uint32_t	 lo, hi;	/* what the filter may see */
	uint32_t	 from, to;	/* what it needs to see */
};

static struct span
span_of(double at, double size, uint32_t lo, uint32_t hi, uint32_t out_n, double scale, uint32_t file_n)
{
	struct span	 s = { .at = at * scale, .size = size * scale };
	double		 reach = s.size > out_n ? LOBES * s.size / out_n + 1 : LOBES + 1;
	double		 from, to;

	s.lo = (uint32_t)floor(lo * scale);
	s.hi = (uint32_t)ceil(hi * scale);
	if (s.hi > file_n)
		s.hi = file_n;
	if (s.lo >= s.hi)
		s.lo = s.hi - 1;
	from = floor(s.at - reach);
	to = ceil(s.at + s.size + reach);
	s.from = from > s.lo ? (uint32_t)from : s.lo;
	s.to = to < s.hi ? (uint32_t)to : s.hi;
	if (s.to <= s.from)
		s.to = s.from + 1;
	return s;
}

/* The same axis in the rows (or columns) that the decoder delivers. */
static struct resample_axis
axis_of(const struct span *s, double k, uint32_t at, uint32_t n, uint32_t out_n)
{
	double	 lo = floor(s->lo * k) - at, hi = ceil(s->hi * k) - at;

	return (struct resample_axis){
		.in_n = n, .out_n = out_n, .at = s->at * k - at, .size = s->size * k,
		.lo = lo > 0 ? (uint32_t)lo : 0, .hi = hi < n ? (hi < 1 ? 1 : (uint32_t)hi) : n,
	};
}

/* Nothing to filter: whole pixels are taken as they are. */
static bool
is_copy(const struct resample_axis *a)
{
	return fabs(a->size - a->out_n) < 1e-9 && fabs(a->at - floor(a->at + 0.5)) < 1e-9 && a->at > -0.5 &&
	    a->at + a->out_n < a->in_n + 0.5;
}

static enum err
read_copy(struct decoder *d, const struct resample_axis *x, const struct resample_axis *y, const struct colour *c,
    struct picture *p, uint8_t *line, struct fault *f)
{
	uint32_t	 x0 = (uint32_t)(x->at + 0.5), y0 = (uint32_t)(y->at + 0.5);
	enum err	 e;

	for (uint32_t i = 0; i < y0 + p->h; i++) {
		bool	 direct = i >= y0 && x0 == 0 && d->cols == p->w;
		uint8_t	*to = direct ? picture_row(p, i - y0) : line;

		if ((e = d->codec->row(d, to, f)))
			return e;
		if (i < y0)
			continue;
		if (!direct)
			memcpy(picture_row(p, i - y0), line + (size_t)x0 * 4, (size_t)p->w * 4);
		colour_row(c, picture_row(p, i - y0), p->w);
	}
	return ERR_OK;
}

static enum err
read_scaled(struct decoder *d, struct resample *rs, const struct colour *c, struct picture *p, struct fault *f)
{
	uint32_t	 row = 0;
	enum err	 e;

	for (uint32_t i = 0; i < d->rows && !resample_done(rs); i++) {
		if ((e = d->codec->row(d, resample_slot(rs), f)))
			return e;
		resample_put(rs);
		while (row < p->h && resample_get(rs, picture_row(p, row)))
			colour_row(c, picture_row(p, row++), p->w);
	}
	return row == p->h ? ERR_OK : fault_set(f, ERR_INTERNAL, "%u of %u rows were made", row, p->h);
}

static enum err
read_rows(struct decoder *d, const struct resample_axis *x, const struct resample_axis *y, const struct colour *c,
    struct picture *p, struct fault *f)
{
	bool		 premultiply = d->head.alpha && d->head.space != SPACE_CMYK;
	struct picture	 line = PICTURE_EMPTY;
	struct resample	*rs = NULL;
	enum err	 e;

	if (is_copy(x) && is_copy(y)) {
		if ((e = picture_new(&line, d->cols, 1, false, f)) == ERR_OK)
			e = read_copy(d, x, y, c, p, line.px, f);
	} else if ((e = picture_may_need(resample_bytes(x, y, 4), f)) == ERR_OK &&
	    (e = resample_new(&rs, x, y, 4, premultiply, f)) == ERR_OK)
		e = read_scaled(d, rs, c, p, f);
	resample_free(rs);
	picture_free(&line);
	return e;
}

enum err
window_read(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, struct picture *p, struct fault *f)
{
	double			 sx = (double)d->head.w / src_w, sy = (double)d->head.h / src_h, kx, ky;
	struct span		 x = span_of(win->x, win->w, win->lo_x, win->hi_x, win->out_w, sx, d->head.w);
	struct span		 y = span_of(win->y, win->h, win->lo_y, win->hi_y, win->out_h, sy, d->head.h);
	struct want		 want = { .x0 = x.from, .x1 = x.to, .y0 = y.from, .y1 = y.to };
	struct resample_axis	 ax, ay;
	struct picture		 q = PICTURE_EMPTY;
	struct colour		*c = NULL;
	bool			 done;
	enum err		 e;

	if ((e = planes_picture(d, win, src_w, src_h, p, &done, f)) || done)
		return e;
	if (x.size > win->out_w && y.size > win->out_h) {
		want.shrink_w = (uint32_t)ceil(d->head.w * win->out_w / x.size);
		want.shrink_h = (uint32_t)ceil(d->head.h * win->out_h / y.size);
	}
	if ((e = colour_new(&c, &d->head, f)) || (e = d->codec->start(d, &want, f)))
		goto out;
	kx = d->scale > 0 ? d->scale : (double)d->w / d->head.w;
	ky = d->scale > 0 ? d->scale : (double)d->h / d->head.h;
	ax = axis_of(&x, kx, d->x0, d->cols, win->out_w);
	ay = axis_of(&y, ky, d->y0, d->rows, win->out_h);
	if ((e = picture_new(&q, win->out_w, win->out_h, d->head.alpha, f)) ||
	    (e = read_rows(d, &ax, &ay, c, &q, f)))
		goto out;
	picture_adopt(p, &q);
out:
	colour_free(c);
	picture_free(&q);
	return e;
}
