/*
 * Filters over whole pictures.
 */
#include "image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/alpha.h"
#include "image/resample.h"

#define RADIUS_MAX	50
#define TAPS_MAX	(2 * RADIUS_MAX + 2)
#define STRIP		1024	/* bytes of a row that are blurred downwards at once: all rows of the filter stay in the cache */
#define STEP		32	/* bytes, of the kernels */

/* The weights: of whole numbers, and their number even, for the resampler's kernels. The rounding is carried along. */
static unsigned
gauss(int16_t *coef, unsigned radius, double sigma)
{
	double	 v[2 * RADIUS_MAX + 1], total = 0, carry = 0;
	int	 sum = 0;

	for (unsigned i = 0; i <= 2 * radius; i++) {
		double	 d = (double)i - radius;

		v[i] = exp(-d * d / (2 * sigma * sigma));
		total += v[i];
	}
	for (unsigned i = 0; i <= 2 * radius; i++) {
		double	 w = v[i] / total * RESAMPLE_ONE + carry;

		coef[i] = (int16_t)lrint(w);
		carry = w - coef[i];
		sum += coef[i];
	}
	coef[radius] = (int16_t)(coef[radius] + RESAMPLE_ONE - sum);
	coef[2 * radius + 1] = 0;
	return 2 * radius + 2;
}

static size_t
whole_steps(size_t bytes)
{
	return (bytes + STEP - 1) / STEP * STEP;
}

/* What a blur works with: memory for a row and its edges, sums, and the rows of a strip before they are changed. */
struct blur {
	unsigned	 radius, ntaps;
	int16_t		 coef[TAPS_MAX];
	uint8_t		*line;
	int16_t		*sum;
	uint8_t		*out;
	uint8_t		*ring;		/* ntaps rows of a strip */
};

static enum err
blur_init(struct blur *b, const struct picture *p, unsigned radius, double sigma, struct fault *f)
{
	size_t	 row = whole_steps((size_t)p->w * 4);

	*b = (struct blur){ .radius = radius };
	b->ntaps = gauss(b->coef, radius, sigma);
	b->line = calloc(row + ((size_t)b->ntaps + 1) * 4, 1);
	b->sum = calloc(row > STRIP ? row : STRIP, sizeof(*b->sum));
	b->out = calloc(row > STRIP ? row : STRIP, 1);
	b->ring = calloc(b->ntaps, STRIP);
	if (b->line == NULL || b->sum == NULL || b->out == NULL || b->ring == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a filter");
	return ERR_OK;
}

static void
blur_fini(struct blur *b)
{
	free(b->line);
	free(b->sum);
	free(b->out);
	free(b->ring);
}

/* A row in place. The rows of the kernel are this one, each a pixel further. */
static void
blur_across(struct blur *b, uint8_t *row, uint32_t w)
{
	const struct resample_kernels	*k = resample_kernels();
	const uint8_t			*taps[TAPS_MAX];
	size_t				 n = whole_steps((size_t)w * 4);
	uint8_t				*to = b->line;

	for (unsigned i = 0; i < b->radius; i++, to += 4)
		memcpy(to, row, 4);
	memcpy(to, row, (size_t)w * 4);
	to += (size_t)w * 4;
	for (unsigned i = 0; i < b->radius; i++, to += 4)
		memcpy(to, row + ((size_t)w - 1) * 4, 4);
	for (unsigned t = 0; t < b->ntaps; t++)
		taps[t] = b->line + (size_t)t * 4;
	k->down(b->sum, taps, b->coef, b->ntaps, n);
	k->narrow(b->out, b->sum, n);
	memcpy(row, b->out, (size_t)w * 4);
}

/* A strip of n bytes of all rows, in place: rows are put aside before they change. */
static void
blur_down(struct blur *b, const struct picture *p, size_t at, size_t n)
{
	const struct resample_kernels	*k = resample_kernels();
	const uint8_t			*taps[TAPS_MAX];
	int64_t				 last = (int64_t)p->h - 1, aside = 0;

	for (int64_t y = 0; y <= last; y++) {
		for (; aside <= last && aside <= y + b->radius; aside++)
			memcpy(b->ring + (size_t)(aside % b->ntaps) * STRIP, picture_row(p, (uint32_t)aside) + at, n);
		for (unsigned t = 0; t < b->ntaps; t++) {
			int64_t	 from = y + t - b->radius;

			from = from < 0 ? 0 : from > last ? last : from;
			/* The last tap weighs nothing, and its row may not be there yet. */
			taps[t] = t + 1 == b->ntaps ? taps[0] : b->ring + (size_t)(from % b->ntaps) * STRIP;
		}
		k->down(b->sum, taps, b->coef, b->ntaps, whole_steps(n));
		k->narrow(b->out, b->sum, whole_steps(n));
		memcpy(picture_row(p, (uint32_t)y) + at, b->out, n);
	}
}

enum err
picture_blur(struct picture *p, unsigned radius, double sigma, struct fault *f)
{
	struct blur	 b;
	size_t		 row = (size_t)p->w * 4;
	enum err	 e;

	if ((e = blur_init(&b, p, radius > RADIUS_MAX ? RADIUS_MAX : radius, sigma, f)))
		goto out;
	if (p->alpha)
		alpha_kernels()->premultiply(p->px, (size_t)p->w * p->h);
	for (uint32_t y = 0; y < p->h; y++)
		blur_across(&b, picture_row(p, y), p->w);
	for (size_t at = 0; at < row; at += STRIP)
		blur_down(&b, p, at, row - at < STRIP ? row - at : STRIP);
	if (p->alpha)
		alpha_kernels()->straighten(p->px, (size_t)p->w * p->h);
out:
	blur_fini(&b);
	return e;
}

enum err
picture_sharpen(struct picture *p, unsigned radius, double sigma, double amount, struct fault *f)
{
	struct picture	 soft = PICTURE_EMPTY;
	int		 k = (int)lrint(amount * 256);
	int16_t		 gain[511];		/* of each difference */
	enum err	 e;

	if ((e = picture_new(&soft, p->w, p->h, p->alpha, f)))
		return e;
	memcpy(soft.px, p->px, picture_bytes(p));
	if ((e = picture_blur(&soft, radius, sigma, f)))
		goto out;
	for (int d = -255; d <= 255; d++)
		gain[d + 255] = (int16_t)((d * k + 128) / 256);
	for (size_t i = 0, n = picture_bytes(p); i < n; i += 4)
		for (size_t c = i; c < i + 3; c++) {
			int	 v = p->px[c] + gain[p->px[c] - soft.px[c] + 255];

			p->px[c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
		}
out:
	picture_free(&soft);
	return e;
}

void
picture_map(struct picture *p, const uint8_t table[256])
{
	for (uint8_t *q = p->px, *end = q + picture_bytes(p); q < end; q += 4)
		for (int c = 0; c < 3; c++)
			q[c] = table[q[c]];
}

/* How much of a pixel is inside, 0..255, by the distance of its middle from the middle of the corner's disc. */
static unsigned
inside(double dx, double dy, double radius)
{
	double	 d = radius - sqrt(dx * dx + dy * dy) + 0.5;

	return d <= 0 ? 0 : d >= 1 ? 255 : (unsigned)lrint(d * 255);
}

void
picture_round(struct picture *p, double radius)
{
	for (uint32_t y = 0; y < p->h; y++) {
		double	 top = y + 0.5, bottom = p->h - y - 0.5;
		double	 dy = radius - (top < bottom ? top : bottom);

		if (dy <= 0)
			continue;
		for (uint32_t x = 0; x < p->w; x++) {
			double	 left = x + 0.5, right = p->w - x - 0.5;
			double	 dx = radius - (left < right ? left : right);
			uint8_t	*q = picture_row(p, y) + (size_t)x * 4;

			if (dx > 0)
				q[3] = (uint8_t)((q[3] * inside(dx, dy, radius) + 127) / 255);
		}
	}
	p->alpha = true;
}
