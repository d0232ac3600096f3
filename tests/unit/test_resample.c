/*
 * The resampler: all kernels give the same bytes, and those are what the formula says in double precision.
 */
#include <math.h>

#include "image/resample.h"
#include "test.h"

static const char *const kernels[] = { "scalar", "sse4.1", "avx2", "neon" };

static uint32_t
next_random(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

static uint8_t *
noise(size_t n, uint32_t seed)
{
	uint8_t *p = malloc(n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)next_random(&seed);
	return p;
}

/* Soft, so that rounding between the passes is all that differs from the reference. */
static uint8_t *
waves(uint32_t w, uint32_t h, unsigned ch)
{
	uint8_t *p = malloc((size_t)w * h * ch);

	assert_non_null(p);
	for (uint32_t y = 0; y < h; y++)
		for (uint32_t x = 0; x < w; x++)
			for (unsigned c = 0; c < ch; c++)
				p[((size_t)y * w + x) * ch + c] = (uint8_t)lrint(127 + 100 * sin(x * 0.07 + c) * cos(y * 0.05 - c));
	return p;
}

static uint8_t *
scale(const uint8_t *in, const struct resample_axis *x, const struct resample_axis *y, unsigned ch, bool premultiply)
{
	struct resample *r;
	uint8_t *out = malloc((size_t)x->out_n * y->out_n * ch), *to = out;

	assert_non_null(out);
	assert_int_equal(resample_new(&r, x, y, ch, premultiply, NULL), ERR_OK);
	for (uint32_t i = 0; i < y->in_n && !resample_done(r); i++) {
		memcpy(resample_slot(r), in + (size_t)i * x->in_n * ch, (size_t)x->in_n * ch);
		resample_put(r);
		while (resample_get(r, to))
			to += (size_t)x->out_n * ch;
	}
	assert_true(resample_done(r));
	assert_int_equal(to - out, (ptrdiff_t)((size_t)x->out_n * y->out_n * ch));
	resample_free(r);
	return out;
}

static const struct shape {
	uint32_t iw, ih, ow, oh;
	double x, y, w, h;		/* window; w 0: all */
} shapes[] = {
	{ 64, 48, 32, 24, 0, 0, 0, 0 },
	{ 101, 67, 33, 22, 0, 0, 0, 0 },
	{ 37, 29, 80, 61, 0, 0, 0, 0 },
	{ 200, 10, 7, 9, 0, 0, 0, 0 },
	{ 90, 70, 31, 17, 11.25, 5.5, 60.5, 50.25 },
	{ 1, 1, 5, 3, 0, 0, 0, 0 },
	{ 5, 3, 1, 1, 0, 0, 0, 0 },
	{ 33, 1, 16, 1, 0, 0, 0, 0 },
	{ 700, 500, 10, 9, 0, 0, 0, 0 },	/* boxes first */
	{ 3000, 3, 1, 3, 0, 0, 0, 0 },
};

static void
axes(const struct shape *s, struct resample_axis *x, struct resample_axis *y)
{
	*x = (struct resample_axis){ .in_n = s->iw, .out_n = s->ow, .at = s->x, .size = s->w > 0 ? s->w : s->iw };
	*y = (struct resample_axis){ .in_n = s->ih, .out_n = s->oh, .at = s->y, .size = s->h > 0 ? s->h : s->ih };
}

static void
one_agrees(const struct resample_axis *x, const struct resample_axis *y, unsigned ch, bool premultiply, uint32_t seed)
{
	uint8_t *in = noise((size_t)x->in_n * y->in_n * ch, seed), *want;

	assert_true(resample_use("scalar"));
	want = scale(in, x, y, ch, premultiply);
	for (size_t k = 1; k < NELEM(kernels); k++) {
		uint8_t *got;

		if (!resample_use(kernels[k]))
			continue;
		ROW("%s: %ux%u to %ux%u, %u channels", kernels[k], x->in_n, y->in_n, x->out_n, y->out_n, ch);
		got = scale(in, x, y, ch, premultiply);
		assert_memory_equal(got, want, (size_t)x->out_n * y->out_n * ch);
		free(got);
	}
	free(want);
	free(in);
}

static void
kernels_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(shapes); i++)
		for (unsigned ch = 1; ch <= 4; ch += 3) {
			struct resample_axis x, y;

			axes(&shapes[i], &x, &y);
			one_agrees(&x, &y, ch, ch == 4, (uint32_t)i);
		}
}

/* A window of any size at any place, the filter sometimes shut in. */
static struct resample_axis
any_axis(uint32_t *seed)
{
	struct resample_axis a = { .in_n = 1 + next_random(seed) % 200, .out_n = 1 + next_random(seed) % 150 };
	double end;

	a.at = a.in_n * (next_random(seed) % 1000 / 1000.0);
	end = a.at + (a.in_n - a.at) * ((1 + next_random(seed) % 1000) / 1000.0);
	a.size = end - a.at;
	if (next_random(seed) & 256) {
		a.lo = (uint32_t)a.at;
		a.hi = (uint32_t)ceil(end);
	}
	return a;
}

static void
any_size_agrees(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct resample_axis x = any_axis(&seed), y = any_axis(&seed);

		one_agrees(&x, &y, i % 2 ? 4 : 1, i % 4 == 3, next_random(&seed));
	}
}

/* FNV-1a. */
static uint64_t
hash(uint64_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

/* The filters are made in floating point, whose last bit is the compiler's: it must not reach the pixels. */
static void
same_everywhere(void **state)
{
	uint64_t h = 0xcbf29ce484222325u;
	uint32_t seed = 9;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct resample_axis x = any_axis(&seed), y = any_axis(&seed);
		unsigned ch = i % 2 ? 4 : 1;
		uint8_t *in = noise((size_t)x.in_n * y.in_n * ch, next_random(&seed)), *got = scale(in, &x, &y, ch, i % 4 == 3);

		h = hash(h, got, (size_t)x.out_n * y.out_n * ch);
		free(got);
		free(in);
	}
	ROW("%016llx", (unsigned long long)h);
	assert_true(h == 0x366d686e4ec09892u);
}

static double
lanczos(double x)
{
	x = fabs(x);
	return x < 1e-9 ? 1 : x >= 3 ? 0 : 3 * sin(M_PI * x) * sin(M_PI * x / 3) / (M_PI * M_PI * x * x);
}

#define WIDEST 200

/* One pixel of the result by the book. */
static double
by_the_book(const uint8_t *in, const struct resample_axis *x, const struct resample_axis *y, unsigned ch, unsigned c,
    uint32_t ox, uint32_t oy)
{
	double sx = x->size / x->out_n, sy = y->size / y->out_n, cx = x->at + (ox + 0.5) * sx - 0.5, cy = y->at + (oy + 0.5) * sy - 0.5;
	double sum = 0, total = 0, wx[WIDEST];

	assert_true(x->in_n <= WIDEST);
	for (uint32_t i = 0; i < x->in_n; i++)
		wx[i] = lanczos((i - cx) / fmax(sx, 1));
	for (uint32_t j = 0; j < y->in_n; j++) {
		double wy = lanczos((j - cy) / fmax(sy, 1));

		for (uint32_t i = 0; wy != 0 && i < x->in_n; i++) {
			sum += wy * wx[i] * in[((size_t)j * x->in_n + i) * ch + c];
			total += wy * wx[i];
		}
	}
	return fmin(255, fmax(0, sum / total));
}

static void
near_the_book(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(shapes) - 2; i++)
		for (unsigned ch = 1; ch <= 4; ch += 3) {
			const struct shape *s = &shapes[i];
			uint8_t *in = waves(s->iw, s->ih, ch), *got;
			struct resample_axis x, y;
			double worst = 0;

			ROW("%ux%u to %ux%u, %u channels", s->iw, s->ih, s->ow, s->oh, ch);
			axes(s, &x, &y);
			got = scale(in, &x, &y, ch, false);
			for (uint32_t oy = 0; oy < s->oh; oy++)
				for (uint32_t ox = 0; ox < s->ow; ox++)
					for (unsigned c = 0; c < ch; c++)
						worst = fmax(worst, fabs(got[((size_t)oy * s->ow + ox) * ch + c] -
						    by_the_book(in, &x, &y, ch, c, ox, oy)));
			/* Boxes in front of the filter are an approximation. */
			assert_true(worst < (s->iw >= 16 * s->ow || s->ih >= 16 * s->oh ? 6.0 : 1.0));
			free(got);
			free(in);
		}
}

/* The same size at a whole place changes nothing. */
static void
identity(void **state)
{
	uint8_t *in = noise(40 * 30 * 4, 7), *got;
	struct resample_axis x = { .in_n = 40, .out_n = 20, .at = 10, .size = 20 }, y = { .in_n = 30, .out_n = 30, .size = 30 };

	(void)state;
	got = scale(in, &x, &y, 4, false);
	for (uint32_t r = 0; r < 30; r++)
		assert_memory_equal(got + r * 80, in + r * 160 + 40, 80);
	free(got);
	free(in);
}

/* What the filter may not see does not shine through. */
static void
bounds(void **state)
{
	uint8_t *in = malloc(60 * 8), *got;
	struct resample_axis x = { .in_n = 60, .out_n = 10, .at = 20, .size = 20, .lo = 20, .hi = 40 };
	struct resample_axis y = { .in_n = 8, .out_n = 8, .size = 8 };

	(void)state;
	assert_non_null(in);
	for (int i = 0; i < 60 * 8; i++)
		in[i] = i % 60 >= 20 && i % 60 < 40 ? 100 : 255;
	got = scale(in, &x, &y, 1, false);
	for (int i = 0; i < 80; i++)
		assert_int_equal(got[i], 100);
	free(got);
	free(in);
}

/* The colour of what cannot be seen does not bleed: red beside transparent green stays red. */
static void
premultiplied(void **state)
{
	uint8_t *in = calloc(32 * 4, 4), *got;
	struct resample_axis x = { .in_n = 32, .out_n = 8, .size = 32 }, y = { .in_n = 4, .out_n = 1, .size = 4 };

	(void)state;
	assert_non_null(in);
	for (int i = 0; i < 32 * 4; i++)
		memcpy(in + i * 4, i % 32 < 16 ? "\xff\0\0\xff" : "\0\xff\0\0", 4);
	got = scale(in, &x, &y, 4, true);
	for (int i = 0; i < 8; i++) {
		assert_true(got[i * 4 + 3] < 20 || got[i * 4] > 250);
		assert_true(got[i * 4 + 3] < 20 || got[i * 4 + 1] < 5);
	}
	assert_int_equal(got[3], 255);
	assert_true(got[31] < 3);
	free(got);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_agree),
		cmocka_unit_test(any_size_agrees),
		cmocka_unit_test(same_everywhere),
		cmocka_unit_test(near_the_book),
		cmocka_unit_test(identity),
		cmocka_unit_test(bounds),
		cmocka_unit_test(premultiplied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
