/*
 * Filters over whole pictures.
 */
#include "image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/alpha.h"

#define RADIUS_MAX	50
#define ONE		65536

static void
gauss(uint32_t *kernel, unsigned radius, double sigma)
{
	double	 v[2 * RADIUS_MAX + 1], total = 0;
	uint32_t sum = 0;

	for (unsigned i = 0; i <= 2 * radius; i++) {
		double	 d = (double)i - radius;

		v[i] = exp(-d * d / (2 * sigma * sigma));
		total += v[i];
	}
	for (unsigned i = 0; i <= 2 * radius; i++) {
		kernel[i] = (uint32_t)lrint(v[i] / total * ONE);
		sum += kernel[i];
	}
	kernel[radius] += ONE - sum;
}

/* n pixels at in, step bytes apart, into line with radius pixels of the edge on both sides. */
static void
take_line(uint8_t *line, const uint8_t *in, size_t step, unsigned n, unsigned radius)
{
	for (unsigned i = 0; i < n + 2 * radius; i++, line += 4) {
		unsigned	 k = i < radius ? 0 : i - radius;

		memcpy(line, in + (k < n ? k : n - 1) * step, 4);
	}
}

static void
blur_line(uint8_t *out, size_t step, const uint8_t *line, unsigned n, const uint32_t *kernel, unsigned radius)
{
	for (unsigned i = 0; i < n; i++, out += step, line += 4) {
		uint32_t	 sum[4] = { ONE / 2, ONE / 2, ONE / 2, ONE / 2 };

		for (unsigned k = 0; k <= 2 * radius; k++)
			for (unsigned c = 0; c < 4; c++)
				sum[c] += line[k * 4 + c] * kernel[k];
		for (unsigned c = 0; c < 4; c++)
			out[c] = (uint8_t)(sum[c] >> 16);
	}
}

enum err
picture_blur(struct picture *p, unsigned radius, double sigma, struct fault *f)
{
	uint32_t	 kernel[2 * RADIUS_MAX + 1];
	unsigned	 longer = p->w > p->h ? p->w : p->h;
	size_t		 stride = (size_t)p->w * 4;
	uint8_t		*line;

	if (radius > RADIUS_MAX)
		radius = RADIUS_MAX;
	if ((line = malloc(((size_t)longer + 2 * radius) * 4)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a filter");
	gauss(kernel, radius, sigma);
	if (p->alpha)
		alpha_kernels()->premultiply(p->px, (size_t)p->w * p->h);
	for (uint32_t y = 0; y < p->h; y++) {
		take_line(line, picture_row(p, y), 4, p->w, radius);
		blur_line(picture_row(p, y), 4, line, p->w, kernel, radius);
	}
	for (uint32_t x = 0; x < p->w; x++) {
		take_line(line, p->px + (size_t)x * 4, stride, p->h, radius);
		blur_line(p->px + (size_t)x * 4, stride, line, p->h, kernel, radius);
	}
	if (p->alpha)
		alpha_kernels()->straighten(p->px, (size_t)p->w * p->h);
	free(line);
	return ERR_OK;
}

enum err
picture_sharpen(struct picture *p, unsigned radius, double sigma, double amount, struct fault *f)
{
	struct picture	 soft = PICTURE_EMPTY;
	int		 k = (int)lrint(amount * 256);
	enum err	 e;

	if ((e = picture_new(&soft, p->w, p->h, p->alpha, f)))
		return e;
	memcpy(soft.px, p->px, picture_bytes(p));
	if ((e = picture_blur(&soft, radius, sigma, f)))
		goto out;
	for (size_t i = 0, n = picture_bytes(p); i < n; i++) {
		int	 v;

		if (i % 4 == 3)
			continue;
		v = p->px[i] + ((p->px[i] - soft.px[i]) * k + 128) / 256;
		p->px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
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
