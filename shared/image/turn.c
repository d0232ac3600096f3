/*
 * Turning: right angles are orientations; others take each pixel of the result from its four neighbours in the source,
 * premultiplied, so that the transparent outside does not bleed in.
 */
#include "image/turn.h"

#include <math.h>
#include <string.h>

#include "image/alpha.h"
#include "image/op_geo.h"
#include "image/turn_row.h"

/* The parts of a row of the result: outside, at the edge of the picture, inside, and back. */
struct parts {
	int64_t	 touched, inside, inside_end, touched_end;
};

/* Cuts [from, to) down to where at + i * step lies within [lo, hi]. */
static void
narrow_to(double at, double step, double lo, double hi, int64_t *from, int64_t *to)
{
	double	 a, b;

	/* A picture of one pixel across has no inside. */
	if (lo > hi || fabs(step) < 1e-12) {
		if (at < lo || at > hi)
			*to = *from;
		return;
	}
	a = (lo - at) / step;
	b = (hi - at) / step;
	if (a > b) {
		double	 t = a;

		a = b;
		b = t;
	}
	if (a > (double)*from)
		*from = a < (double)*to ? (int64_t)ceil(a) : *to;
	if (b < (double)*to - 1)
		*to = b >= (double)*from ? (int64_t)floor(b) + 1 : *from;
}

/* A pixel at the edge: what lies outside is nothing. */
static void
edge_pixel(uint8_t *to, const struct picture *p, const struct turn_walk *w)
{
	uint8_t			 near[2][8] = { { 0 } };
	int64_t			 x = w->x >> 32, y = w->y >> 32;
	const struct turn_walk	 at = { .x = w->x & (TURN_ONE - 1), .y = w->y & (TURN_ONE - 1) };

	for (int j = 0; j < 2; j++)
		for (int i = 0; i < 2; i++)
			if (x + i >= 0 && y + j >= 0 && x + i < p->w && y + j < p->h)
				memcpy(near[j] + (size_t)i * 4, picture_row(p, (uint32_t)(y + j)) + (x + i) * 4, 4);
	turn_scalar.row(to, near[0], sizeof(near[0]), at, 1);
	alpha_scalar.straighten(to, 1);
	if (to[3] == 0)
		memset(to, 255, 3);
}

/* Margins are wide enough for what fixed point and floating point differ by. */
static struct parts
parts_of(const struct picture *p, double x, double y, double dx, double dy, uint32_t n)
{
	struct parts	 s = { .touched_end = n, .inside_end = n };

	narrow_to(x, dx, -1.01, p->w + 0.01, &s.touched, &s.touched_end);
	narrow_to(y, dy, -1.01, p->h + 0.01, &s.touched, &s.touched_end);
	s.inside = s.touched;
	s.inside_end = s.touched_end;
	narrow_to(x, dx, 0.01, p->w - 1.01, &s.inside, &s.inside_end);
	narrow_to(y, dy, 0.01, p->h - 1.01, &s.inside, &s.inside_end);
	if (s.inside_end < s.inside)
		s.inside_end = s.inside;
	return s;
}

static void
nothing(uint8_t *to, int64_t from, int64_t end)
{
	static const uint8_t	 clear[4] = { 255, 255, 255, 0 };

	for (int64_t i = from; i < end; i++)
		memcpy(to + i * 4, clear, 4);
}

static void
edge(uint8_t *to, const struct picture *p, struct turn_walk w, int64_t from, int64_t end)
{
	w.x += w.dx * from;
	w.y += w.dy * from;
	for (int64_t i = from; i < end; i++, w.x += w.dx, w.y += w.dy)
		edge_pixel(to + i * 4, p, &w);
}

static void
rotate_row(uint8_t *to, uint32_t n, const struct picture *p, double x, double y, double dx, double dy)
{
	struct parts		 s = parts_of(p, x, y, dx, dy, n);
	struct turn_walk	 w = { llrint(x * TURN_ONE), llrint(y * TURN_ONE), llrint(dx * TURN_ONE), llrint(dy * TURN_ONE) }, in = w;

	nothing(to, 0, s.touched);
	edge(to, p, w, s.touched, s.inside);
	in.x += in.dx * s.inside;
	in.y += in.dy * s.inside;
	turn_kernels()->row(to + s.inside * 4, p->px, (size_t)p->w * 4, in, (size_t)(s.inside_end - s.inside));
	if (p->alpha)
		alpha_kernels()->straighten(to + s.inside * 4, (size_t)(s.inside_end - s.inside));
	edge(to, p, w, s.inside_end, s.touched_end);
	nothing(to, s.touched_end, n);
}

static enum err
rotate_free(struct picture *p, unsigned degrees, struct fault *f)
{
	double		 s = sin(degrees * M_PI / 180), c = cos(degrees * M_PI / 180);
	struct picture	 to = PICTURE_EMPTY;
	int64_t		 w, h;
	enum err	 e;

	rotate_geometry((int)degrees, p->w, p->h, &w, &h);
	if ((e = picture_new(&to, (uint32_t)w, (uint32_t)h, true, f)))
		return e;
	if (p->alpha)
		alpha_kernels()->premultiply(p->px, (size_t)p->w * p->h);
	for (uint32_t y = 0; y < to.h; y++) {
		double	 ox = 0.5 - to.w / 2.0, oy = y + 0.5 - to.h / 2.0;

		rotate_row(picture_row(&to, y), to.w, p, c * ox + s * oy + p->w / 2.0 - 0.5, c * oy - s * ox + p->h / 2.0 - 0.5, c, -s);
	}
	picture_adopt(p, &to);
	return ERR_OK;
}

enum err
picture_rotate(struct picture *p, unsigned degrees, struct fault *f)
{
	switch (degrees % 360) {
	case 0:
		return ERR_OK;
	case 90:
		return picture_upright(p, 6, f);
	case 180:
		return picture_upright(p, 3, f);
	case 270:
		return picture_upright(p, 8, f);
	default:
		return rotate_free(p, degrees % 360, f);
	}
}
