/*
 * From JPEG or WebP to JPEG or WebP without pixels. A scaled photo is what is asked for most; its brightness and its two planes of
 * colour are scaled as they are stored and encoded as they are wanted, the colour at half size from half size. That
 * leaves out two conversions, and more than half of the numbers to be filtered.
 */
#include "image/planes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/resample.h"
#include "image/ycc.h"

#define SHOWN_MIN 0.45	/* of the area: for less, a decoder that reads only that part is cheaper */
#define LOBES	 3.0	/* of the filter */
#define COARSEST 4.0	/* pixels of the file that one of a plane may span */

struct plane {
	struct resample	*rs;		/* NULL: taken as it is */
	uint8_t		*px;
	uint32_t	 w, h;		/* of the result, as stored */
	uint32_t	 in_w;
	uint32_t	 made;
};

struct planes {
	unsigned	 n;
	struct plane	 p[PLANES_MAX];
};

static void
take(void *arg, unsigned i, const uint8_t *row)
{
	struct plane	*p = &((struct planes *)arg)->p[i];

	if (p->made == p->h)
		return;
	memcpy(resample_slot(p->rs), row, p->in_w);
	resample_put(p->rs);
	while (p->made < p->h && resample_get(p->rs, p->px + (size_t)p->made * p->w))
		p->made++;
}

static bool
all_made(const struct planes *ps)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->p[i].made < ps->p[i].h)
			return false;
	return true;
}

/*
 * One axis of one plane. A colour plane of half size covers an even number of pixels: one more than the picture where that
 * is odd, at the end, or at the beginning where the picture will be flipped.
 */
static struct resample_axis
axis_of(double at, double size, uint32_t lo, uint32_t hi, uint32_t out, unsigned half, bool flip, double k, uint32_t in_n,
    double to_file)
{
	uint32_t		 n = (out + half - 1) / half;
	double			 each = size / out, over = (double)n * half - out;
	struct resample_axis	 a = { .in_n = in_n, .out_n = n };

	if (flip)
		at -= over * each;
	k *= to_file;
	a.at = at * k;
	a.size = (size + over * each) * k;
	a.lo = (uint32_t)floor(lo * k);
	a.hi = (uint32_t)ceil(hi * k);
	if (a.hi > in_n || a.hi == 0)
		a.hi = in_n;
	if (a.lo >= a.hi)
		a.lo = a.hi - 1;
	return a;
}

struct turn {
	bool	 swap, flip_x, flip_y;		/* of the stored picture's axes */
};

/* Which axes of the stored pixels run backwards when the picture is upright. */
static struct turn
turn_of(int orientation)
{
	static const struct turn	 table[9] = {
		[2] = { false, true, false }, [3] = { false, true, true }, [4] = { false, false, true },
		[5] = { true, false, false }, [6] = { true, false, true }, [7] = { true, true, true },
		[8] = { true, true, false },
	};

	return table[orientation >= 1 && orientation <= 8 ? orientation : 1];
}

/* Upright, in place of p->px. */
static enum err
turn_plane(struct plane *p, struct turn t, struct fault *f)
{
	uint32_t	 w = t.swap ? p->h : p->w, h = t.swap ? p->w : p->h;
	uint8_t		*to;

	if (!t.swap && !t.flip_x && !t.flip_y)
		return ERR_OK;
	if ((to = malloc((size_t)w * h)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a picture");
	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++) {
			uint32_t	 tx = t.flip_x ? p->w - 1 - x : x, ty = t.flip_y ? p->h - 1 - y : y;

			to[t.swap ? (size_t)tx * w + ty : (size_t)ty * w + tx] = p->px[(size_t)y * p->w + x];
		}
	free(p->px);
	p->px = to;
	p->w = w;
	p->h = h;
	return ERR_OK;
}

static enum err
plane_new(struct plane *p, const struct resample_axis *x, const struct resample_axis *y, struct fault *f)
{
	enum err	 e;

	p->w = x->out_n;
	p->h = y->out_n;
	p->in_w = x->in_n;
	if ((e = picture_may_need(resample_bytes(x, y, 1) + (uint64_t)p->w * p->h * 2, f)) ||
	    (e = resample_new(&p->rs, x, y, 1, false, f)))
		return e;
	if ((p->px = malloc((size_t)p->w * p->h)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a picture");
	return ERR_OK;
}

static void
planes_free(struct planes *ps)
{
	for (unsigned i = 0; i < PLANES_MAX; i++) {
		resample_free(ps->p[i].rs);
		free(ps->p[i].px);
	}
	*ps = (struct planes){ .n = 0 };
}

/* From numbers of all 256 values to those of the narrow range, or back. */
static void
change_range(struct plane *p, bool colour, bool to_narrow)
{
	int	 span = colour ? 224 : 219;
	uint8_t	 to[256];

	for (int i = 0; i < 256; i++) {
		int	 v = to_narrow ? 16 + (i * span + 127) / 255 : ((i - 16) * 255 + (i < 16 ? -span : span) / 2) / span;

		to[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
	for (size_t i = 0, n = (size_t)p->w * p->h; i < n; i++)
		p->px[i] = to[p->px[i]];
}

static bool
is_fast(const struct decoder *d)
{
	return d->codec->planes_fast != NULL && d->codec->planes_fast(d);
}

static bool
is_open(const struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h)
{
	const struct codec	*c = d->codec;

	return c->planes_possible != NULL && win->scaled && win->out_w > 1 && win->out_h > 1 && c->planes_possible(d) &&
	    (win->w * win->h >= SHOWN_MIN * src_w * src_h || is_fast(d));
}

/* What the filter can see of a side: n pixels of the file. each: pixels of the file for one of the coarsest plane. */
static void
seen(double at, double size, double each, uint32_t n, uint32_t *from, uint32_t *to)
{
	double	 reach = LOBES * fmax(each, COARSEST) + COARSEST, lo = floor(at - reach), hi = ceil(at + size + reach);

	*from = lo > 0 ? (uint32_t)lo : 0;
	*to = hi < n ? (uint32_t)hi : n;
}

static struct want
want_of(const struct decoder *d, const struct window *win, double sx, double sy)
{
	struct want	 w = { .shrink_w = 0 };

	if (win->w * sx > win->out_w && win->h * sy > win->out_h) {
		w.shrink_w = (uint32_t)ceil(d->head.w * win->out_w / (win->w * sx));
		w.shrink_h = (uint32_t)ceil(d->head.h * win->out_h / (win->h * sy));
	}
	seen(win->x * sx, win->w * sx, 2 * win->w * sx / win->out_w, d->head.w, &w.x0, &w.x1);
	seen(win->y * sy, win->h * sy, 2 * win->h * sy / win->out_h, d->head.h, &w.y0, &w.y1);
	return w;
}

static enum err
make_planes(const struct coded_planes *jp, const struct window *win, double sx, double sy, struct turn t, bool full_chroma,
    struct planes *ps, struct fault *f)
{
	enum err	 e = ERR_OK;

	ps->n = jp->n;
	for (unsigned i = 0; i < jp->n && e == ERR_OK; i++) {
		unsigned		 half = i > 0 && !full_chroma ? 2 : 1;
		struct resample_axis	 x = axis_of(win->x, win->w, win->lo_x, win->hi_x, win->out_w, half, t.flip_x, jp->kx[i],
		    jp->w[i], sx);
		struct resample_axis	 y = axis_of(win->y, win->h, win->lo_y, win->hi_y, win->out_h, half, t.flip_y, jp->ky[i],
		    jp->h[i], sy);

		e = plane_new(&ps->p[i], &x, &y, f);
	}
	return e;
}

static enum err
read_planes(struct decoder *d, const struct window *win, double sx, double sy, struct turn t, bool full_chroma,
    struct planes *ps, struct fault *f)
{
	struct want		 want = want_of(d, win, sx, sy);
	struct coded_planes	 jp;
	enum planes_state	 state = PLANES_AGAIN;
	enum err		 e;

	while (state != PLANES_END && !(state == PLANES_MORE && all_made(ps))) {
		if (state == PLANES_AGAIN) {
			planes_free(ps);
			if ((e = d->codec->planes_start(d, &want, !full_chroma, &jp, f)) ||
			    (e = make_planes(&jp, win, sx, sy, t, full_chroma, ps, f)))
				return e;
		}
		if ((e = d->codec->planes_read(d, take, ps, &state, f)))
			return e;
	}
	return all_made(ps) ? ERR_OK : fault_set(f, ERR_INTERNAL, "rows are missing");
}

enum err
planes_make(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, int orientation,
    const struct codec *out, struct encode *enc, bool *done, struct fault *f)
{
	struct planes	 ps = { .n = 0 };
	struct turn	 t = turn_of(orientation);
	struct colour	*c = NULL;
	uint8_t		*px[PLANES_MAX] = { NULL };
	enum err	 e = ERR_OK;

	*done = false;
	if (!is_open(d, win, src_w, src_h) || (e = colour_new(&c, &d->head, f)) || c != NULL)
		goto out;
	*done = true;
	if ((e = read_planes(d, win, (double)d->head.w / src_w, (double)d->head.h / src_h, t, enc->full_chroma, &ps, f)))
		goto out;
	for (unsigned i = 0; i < ps.n; i++) {
		if ((e = turn_plane(&ps.p[i], t, f)))
			goto out;
		if (out->narrow != d->codec->narrow)
			change_range(&ps.p[i], i > 0, out->narrow);
		px[i] = ps.p[i].px;
	}
	e = out->encode_planes(enc, px, ps.n, f);
out:
	colour_free(c);
	planes_free(&ps);
	return e;
}

enum err
planes_picture(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, struct picture *p, bool *done,
    struct fault *f)
{
	double		 sx = (double)d->head.w / src_w, sy = (double)d->head.h / src_h;
	struct planes	 ps = { .n = 0 };
	struct picture	 q = PICTURE_EMPTY;
	struct colour	*c = NULL;
	enum err	 e;

	/* Rows of pixels need less memory where much comes out; and who enlarges has nothing to leave out. */
	*done = is_open(d, win, src_w, src_h) && is_fast(d) && win->w * sx > win->out_w && win->h * sy > win->out_h &&
	    picture_may_need((uint64_t)win->out_w * win->out_h * (PLANES_MAX + 4), NULL) == ERR_OK;
	if (!*done)
		return ERR_OK;
	if ((e = colour_new(&c, &d->head, f)) || (e = read_planes(d, win, sx, sy, turn_of(1), true, &ps, f)) ||
	    (e = picture_new(&q, win->out_w, win->out_h, false, f)))
		goto out;
	for (uint32_t y = 0; y < q.h; y++) {
		size_t	 at = (size_t)y * q.w;

		ycc_row(picture_row(&q, y), ps.p[0].px + at, ps.n > 1 ? ps.p[1].px + at : NULL, ps.n > 1 ? ps.p[2].px + at : NULL, q.w);
		colour_row(c, picture_row(&q, y), q.w);
	}
	picture_adopt(p, &q);
out:
	colour_free(c);
	planes_free(&ps);
	picture_free(&q);
	return e;
}
