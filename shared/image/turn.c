/*
 * Turning: right angles are orientations; others take each pixel of the result from its four neighbours in the source,
 * premultiplied, so that the transparent outside does not bleed in.
 */
#include "image/turn.h"

#include <math.h>

#include "image/op_geo.h"

/* Adds pixel (x, y) of p with weight w; outside is nothing. */
static void
gather(const struct picture *p, int64_t x, int64_t y, double w, double sum[4])
{
	const uint8_t	*q;
	double		 a;

	if (w <= 0 || x < 0 || y < 0 || x >= p->w || y >= p->h)
		return;
	q = picture_row(p, (uint32_t)y) + x * 4;
	a = w * q[3];
	sum[0] += a * q[0];
	sum[1] += a * q[1];
	sum[2] += a * q[2];
	sum[3] += a;
}

static void
sample(const struct picture *p, double x, double y, uint8_t *to)
{
	double	 fx = floor(x), fy = floor(y), dx = x - fx, dy = y - fy;
	double	 sum[4] = { 0 };
	int64_t	 ix = (int64_t)fx, iy = (int64_t)fy;

	gather(p, ix, iy, (1 - dx) * (1 - dy), sum);
	gather(p, ix + 1, iy, dx * (1 - dy), sum);
	gather(p, ix, iy + 1, (1 - dx) * dy, sum);
	gather(p, ix + 1, iy + 1, dx * dy, sum);
	for (int c = 0; c < 3; c++)
		to[c] = sum[3] > 0 ? (uint8_t)lrint(sum[c] / sum[3]) : 255;
	to[3] = (uint8_t)lrint(sum[3]);
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
	for (uint32_t y = 0; y < to.h; y++)
		for (uint32_t x = 0; x < to.w; x++) {
			double	 ox = x + 0.5 - to.w / 2.0, oy = y + 0.5 - to.h / 2.0;

			sample(p, c * ox + s * oy + p->w / 2.0 - 0.5, c * oy - s * ox + p->h / 2.0 - 0.5,
			    picture_row(&to, y) + (size_t)x * 4);
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
