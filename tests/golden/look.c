/*
 * Similarity of two pictures. SSIM sees what moved, blurred or broke but hardly a change of
 * brightness; the mean difference sees colours and opacity but hardly a lost detail: both must
 * agree.
 */
#include "look.h"

#include <math.h>

#define SIDE	8		/* of a window */
#define STEP	4		/* from one to the next */
#define C1	(0.01 * 255 * 0.01 * 255)
#define C2	(0.03 * 255 * 0.03 * 255)

static double
on_white(const uint8_t *q, int c)
{
	return (q[c] * q[3] + 255.0 * (255 - q[3])) / 255;
}

static double
luma(const uint8_t *q)
{
	return 0.299 * on_white(q, 0) + 0.587 * on_white(q, 1) + 0.114 * on_white(q, 2);
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The window with its corner at (x, y), cut where the picture ends. */
static double
window(const struct picture *a, const struct picture *b, uint32_t x, uint32_t y)
{
	uint32_t x1 = least(x + SIDE, a->w), y1 = least(y + SIDE, a->h);
	double n = (double)(x1 - x) * (y1 - y), sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;

	for (uint32_t v = y; v < y1; v++)
		for (uint32_t u = x; u < x1; u++) {
			double p = luma(picture_row(a, v) + (size_t)u * 4);
			double q = luma(picture_row(b, v) + (size_t)u * 4);

			sa += p, sb += q, aa += p * p, bb += q * q, ab += p * q;
		}
	sa /= n, sb /= n;
	aa = aa / n - sa * sa, bb = bb / n - sb * sb, ab = ab / n - sa * sb;
	return (2 * sa * sb + C1) * (2 * ab + C2) / ((sa * sa + sb * sb + C1) * (aa + bb + C2));
}

void
look_compare(const struct picture *a, const struct picture *b, struct look *l)
{
	size_t n = (size_t)a->w * a->h, windows = 0;

	*l = (struct look){ .worst = 1 };
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = a->px + i * 4, *q = b->px + i * 4;

		for (int c = 0; c < 3; c++)
			l->diff[c] += fabs(on_white(p, c) - on_white(q, c)) / (double)n;
		l->diff[3] += fabs((double)p[3] - q[3]) / (double)n;
	}
	for (uint32_t y = 0; y < a->h; y += STEP)
		for (uint32_t x = 0; x < a->w; x += STEP, windows++) {
			double s = window(a, b, x, y);

			l->ssim += s;
			l->worst = fmin(l->worst, s);
		}
	l->ssim /= (double)windows;
}

bool
look_same(const struct picture *a, const struct picture *b, const struct look_bounds *bounds,
    struct look *l)
{
	*l = (struct look){ .ssim = 0 };
	if (a->w != b->w || a->h != b->h)
		return false;
	look_compare(a, b, l);
	for (int c = 0; c < 4; c++)
		if (l->diff[c] > bounds->diff)
			return false;
	return l->ssim >= bounds->ssim && l->worst >= bounds->worst;
}
