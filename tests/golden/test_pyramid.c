/*
 * Reduced copies of made pictures: soft ones, and such with detail of all sizes.
 */
#include <math.h>
#include <unistd.h>

#include "pyramid_try.h"
#include "scene.h"
#include "../unit/test.h"

static double
dice(uint32_t x, uint32_t y, uint32_t n)
{
	uint32_t v = x * 374761393u + y * 668265263u + n * 2246822519u;

	v = (v ^ v >> 13) * 1274126177u;
	return (double)((v ^ v >> 16) & 0xffff) / 65536 - 0.5;
}

/* Soft noise whose grains are so many pixels wide. */
static double
cloud(double x, double y, uint32_t n)
{
	uint32_t ix = (uint32_t)x, iy = (uint32_t)y;
	double u = x - ix, v = y - iy;

	u *= u * (3 - 2 * u);
	v *= v * (3 - 2 * v);
	return (dice(ix, iy, n) * (1 - u) + dice(ix + 1, iy, n) * u) * (1 - v) +
	    (dice(ix, iy + 1, n) * (1 - u) + dice(ix + 1, iy + 1, n) * u) * v;
}

/* Detail of all sizes, the less the finer, as photographs have it. */
static void
roughen(struct picture *p, double much)
{
	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++) {
			uint8_t *q = picture_row(p, y) + (size_t)x * 4;
			double more = 4 * dice(x, y, 0);

			for (uint32_t n = 4; n <= 128; n *= 2)
				more += much * sqrt(n) * cloud((double)x / n, (double)y / n, n);
			for (int c = 0; c < 3; c++)
				q[c] = (uint8_t)fmin(255, fmax(0, q[c] * 0.7 + 40 + more));
		}
}

static void
made(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct picture p = PICTURE_EMPTY;
		int fd;

		scene_make(&p, i == 1 ? 1501 : 2400, i == 1 ? 2001 : 1600, false);
		if (i > 0)
			roughen(&p, i == 2 ? 8 : 4);
		fd = scene_file(&p, FMT_JPEG, i == 2 ? 80 : 92);
		pyramid_try_file("a made picture", fd);
		close(fd);
		picture_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
