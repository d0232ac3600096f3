/*
 * Pictures in memory. The budget is one number of the process: a sandbox child does one job at a time
 * on one thread, and what counts is what lives at the same moment, whoever made it.
 */
#include "image/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static struct {
	size_t	max, used;
} budget = { .max = (size_t)1 << 30 };

void
picture_budget(size_t bytes)
{
	budget.max = bytes;
}

enum err
picture_may_need(uint64_t bytes, struct fault *f)
{
	if (budget.used > budget.max || bytes > budget.max - budget.used)
		return fault_set(f, ERR_TOOBIG, "this picture needs more memory than one picture may take here (%llu MB)",
		    (unsigned long long)(bytes >> 20));
	return ERR_OK;
}

enum err
picture_new(struct picture *p, uint32_t w, uint32_t h, bool alpha, struct fault *f)
{
	size_t	 n;
	enum err e;

	if (w == 0 || h == 0 || w > LIMIT_SIDE_PX * 4u || h > LIMIT_SIDE_PX * 4u)
		return fault_set(f, ERR_TOOBIG, "a picture of %u x %u pixels", w, h);
	if (__builtin_mul_overflow((size_t)w * 4, (size_t)h, &n))
		return fault_set(f, ERR_TOOBIG, "a picture of %u x %u pixels", w, h);
	if ((e = picture_may_need(n, f)))
		return e;
	if ((p->px = malloc(n)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for %u x %u pixels", w, h);
	budget.used += n;
	p->w = w;
	p->h = h;
	p->alpha = alpha;
	return ERR_OK;
}

void
picture_free(struct picture *p)
{
	if (p->px == NULL)
		return;
	budget.used -= picture_bytes(p);
	free(p->px);
	*p = (struct picture)PICTURE_EMPTY;
}

void
picture_adopt(struct picture *p, struct picture *from)
{
	picture_free(p);
	*p = *from;
	*from = (struct picture)PICTURE_EMPTY;
}

void
picture_fill(struct picture *p, uint32_t rgb, uint8_t alpha)
{
	uint8_t	 c[4] = { rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255, alpha };

	for (size_t i = 0, n = picture_bytes(p); i < n; i += 4)
		memcpy(p->px + i, c, 4);
	p->alpha = alpha != 255;
}

void
picture_cut(struct picture *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h)
{
	size_t	 was = picture_bytes(p);
	uint8_t	*small;

	if (w == p->w && h == p->h)
		return;
	for (uint32_t i = 0; i < h; i++)
		memmove(p->px + (size_t)i * w * 4, picture_row(p, y + i) + (size_t)x * 4, (size_t)w * 4);
	p->w = w;
	p->h = h;
	budget.used -= was - picture_bytes(p);
	if ((small = realloc(p->px, picture_bytes(p))) != NULL)
		p->px = small;
}

/*
 * Orientation as three bits: swap the axes first, then flip x, then flip y (in upright coordinates).
 * Upright pixel (x, y) is stored pixel (sx, sy) with sx, sy from these.
 */
static const struct { bool swap, flip_x, flip_y; } turns[9] = {
	[2] = { false, true, false },
	[3] = { false, true, true },
	[4] = { false, false, true },
	[5] = { true, false, false },
	[6] = { true, true, false },
	[7] = { true, true, true },
	[8] = { true, false, true },
};

static void
turn_copy(struct picture *to, const struct picture *from, bool swap, bool flip_x, bool flip_y)
{
	ptrdiff_t	 dx = swap ? (ptrdiff_t)from->w * 4 : 4;	/* step in from for a step right in to */
	ptrdiff_t	 dy = swap ? 4 : (ptrdiff_t)from->w * 4;
	const uint8_t	*origin = from->px;

	if (flip_x) {
		origin += dx * (to->w - 1);
		dx = -dx;
	}
	if (flip_y) {
		origin += dy * (to->h - 1);
		dy = -dy;
	}
	for (uint32_t y0 = 0; y0 < to->h; y0 += 16)	/* in bands: a column of the source stays in the cache */
		for (uint32_t x = 0; x < to->w; x++)
			for (uint32_t y = y0; y < y0 + 16 && y < to->h; y++)
				memcpy(picture_row(to, y) + (size_t)x * 4, origin + dx * x + dy * y, 4);
}

static enum err
turn(struct picture *p, bool swap, bool flip_x, bool flip_y, struct fault *f)
{
	struct picture	 to = PICTURE_EMPTY;
	enum err	 e;

	if ((e = picture_new(&to, swap ? p->h : p->w, swap ? p->w : p->h, p->alpha, f)))
		return e;
	turn_copy(&to, p, swap, flip_x, flip_y);
	picture_adopt(p, &to);
	return ERR_OK;
}

enum err
picture_upright(struct picture *p, int orientation, struct fault *f)
{
	if (orientation < 2 || orientation > 8)
		return ERR_OK;
	return turn(p, turns[orientation].swap, turns[orientation].flip_x, turns[orientation].flip_y, f);
}

enum err
picture_unupright(struct picture *p, int orientation, struct fault *f)
{
	/* Every turn undoes itself but the quarter turns 6 and 8, which undo each other. */
	static const int	 inverse[9] = { 1, 1, 2, 3, 4, 5, 8, 7, 6 };

	return picture_upright(p, orientation >= 1 && orientation <= 8 ? inverse[orientation] : 1, f);
}

static inline unsigned
div255(unsigned v)
{
	return (v + 128 + ((v + 128) >> 8)) >> 8;
}

void
picture_flatten(struct picture *p, uint32_t rgb)
{
	unsigned	 c[3] = { rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255 };

	if (!p->alpha)
		return;
	for (uint8_t *q = p->px, *end = q + picture_bytes(p); q < end; q += 4) {
		if (q[3] == 255)
			continue;
		for (int i = 0; i < 3; i++)
			q[i] = (uint8_t)div255(q[i] * q[3] + c[i] * (255u - q[3]));
		q[3] = 255;
	}
	p->alpha = false;
}

static void
over_pixel(uint8_t *d, const uint8_t *s, unsigned a)
{
	unsigned	 ba = div255(d[3] * (255 - a)), oa = a + ba;

	if (oa == 0)
		return;
	for (int i = 0; i < 3; i++)
		d[i] = (uint8_t)((s[i] * a + d[i] * ba + oa / 2) / oa);
	d[3] = (uint8_t)oa;
}

void
picture_over(struct picture *dst, const struct picture *src, int64_t x, int64_t y, unsigned opacity)
{
	int64_t	 x0 = x < 0 ? -x : 0, y0 = y < 0 ? -y : 0;
	int64_t	 x1 = src->w, y1 = src->h;

	if (x1 > (int64_t)dst->w - x)
		x1 = (int64_t)dst->w - x;
	if (y1 > (int64_t)dst->h - y)
		y1 = (int64_t)dst->h - y;
	for (int64_t j = y0; j < y1; j++)
		for (int64_t i = x0; i < x1; i++) {
			const uint8_t	*s = picture_row(src, (uint32_t)j) + i * 4;
			unsigned	 a = div255(s[3] * opacity);

			if (a)
				over_pixel(picture_row(dst, (uint32_t)(y + j)) + (x + i) * 4, s, a);
		}
}

bool
picture_check_alpha(struct picture *p)
{
	if (!p->alpha)
		return false;
	for (const uint8_t *q = p->px + 3, *end = p->px + picture_bytes(p); q < end; q += 4)
		if (*q != 255)
			return true;
	p->alpha = false;
	return false;
}
