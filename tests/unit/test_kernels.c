/*
 * Kernels that have a plain form and fast ones: all give the same bytes.
 */
#include "image/alpha.h"
#include "image/png_filter.h"
#include "image/resample.h"
#include "image/turn_row.h"
#include "test.h"

static uint32_t
next_random(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

static void
fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)next_random(&seed);
}

/* Every colour with every alpha, in a row that does not end at a whole vector. */
#define PIXELS (256 * 256 + 3)

static void
every_alpha(uint8_t *px)
{
	for (size_t i = 0; i < PIXELS; i++, px += 4) {
		px[0] = (uint8_t)i;
		px[1] = (uint8_t)(255 - i);
		px[2] = (uint8_t)(i * 7);
		px[3] = (uint8_t)(i >> 8);
	}
}

static void
alpha_agrees(void **state)
{
	uint8_t *a = malloc(PIXELS * 4), *b = malloc(PIXELS * 4);

	(void)state;
	assert_true(a != NULL && b != NULL && alpha_use("scalar"));
	if (!alpha_use("sse4.1"))
		ROW("%s", "no sse4.1 here");
	for (int back = 0; back < 2; back++) {
		every_alpha(a);
		every_alpha(b);
		if (back) {
			alpha_scalar.straighten(a, PIXELS);
			alpha_kernels()->straighten(b, PIXELS);
		} else {
			alpha_scalar.premultiply(a, PIXELS);
			alpha_kernels()->premultiply(b, PIXELS);
		}
		assert_memory_equal(a, b, PIXELS * 4);
	}
	free(a);
	free(b);
}

static void
alpha_is_right(void **state)
{
	uint8_t px[8] = { 200, 100, 0, 128, 9, 9, 9, 0 };

	(void)state;
	alpha_scalar.premultiply(px, 2);
	assert_memory_equal(px, ((uint8_t[]){ 100, 50, 0, 128, 0, 0, 0, 0 }), 8);
	alpha_scalar.straighten(px, 2);
	assert_memory_equal(px, ((uint8_t[]){ 199, 100, 0, 128, 0, 0, 0, 0 }), 8);
}

/* What the standard says of one byte, once more. */
static unsigned
predicted(enum png_filter filter, int a, int b, int c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);

	switch (filter) {
	case PNG_F_SUB:
		return (unsigned)a;
	case PNG_F_UP:
		return (unsigned)b;
	case PNG_F_AVG:
		return (unsigned)(a + b) / 2;
	case PNG_F_PAETH:
		return (unsigned)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
	default:
		return 0;
	}
}

#define ROW_MAX (4 * 67)

static void
one_row(const struct png_filter_kernels *k, enum png_filter filter, unsigned bpp, size_t n, uint32_t seed)
{
	uint8_t plain[ROW_MAX], prior[ROW_MAX + PNG_FILTER_SLACK] = { 0 }, row[ROW_MAX + PNG_FILTER_SLACK] = { 0 }, out[ROW_MAX];
	uint64_t left = 0;

	fill(plain, n, seed);
	fill(prior, n, seed + 1);
	for (size_t i = 0; i < n; i++) {
		row[i] = (uint8_t)(plain[i] - predicted(filter, i < bpp ? 0 : plain[i - bpp], prior[i], i < bpp ? 0 : prior[i - bpp]));
		left += row[i] < 128 ? row[i] : 256u - row[i];
	}
	if (filter <= PNG_F_UP) {
		assert_int_equal(k->apply(out, plain, prior, filter, bpp, n), left);
		assert_memory_equal(out, row, n);
	}
	k->undo(row, prior, filter, bpp, n);
	assert_memory_equal(row, plain, n);
	for (size_t i = 0; i < PNG_FILTER_SLACK; i++)
		assert_int_equal(row[n + i], 0);
}

static void
png_filters(void **state)
{
	static const char *const kernels[] = { "scalar", "sse4.1" };

	(void)state;
	for (size_t k = 0; k < NELEM(kernels); k++) {
		if (!png_filter_use(kernels[k])) {
			ROW("no %s here", kernels[k]);
			continue;
		}
		for (enum png_filter f = PNG_F_NONE; f < PNG_F__MAX; f++)
			for (unsigned bpp = 1; bpp <= 4; bpp++)
				for (uint32_t w = 1; w <= ROW_MAX / 4; w++)
					one_row(png_filter_kernels(), f, bpp, w * bpp, w * 31 + bpp);
	}
}

/* Walks in all directions through noise, with every place between the pixels. */
static void
walks(void **state)
{
	enum { W = 61, H = 47, N = 40 };
	static const int64_t steps[][2] = { { 1 << 16, 0 }, { 3 << 30, 1 << 30 }, { -(3 << 30), 1 << 29 }, { 12345, -67890123 } };
	uint8_t px[W * H * 4], a[N * 4], b[N * 4];

	(void)state;
	if (!turn_use("sse4.1"))
		ROW("%s", "no sse4.1 here");
	fill(px, sizeof(px), 5);
	for (size_t i = 0; i < NELEM(steps); i++)
		for (int64_t at = 0; at < 128; at++) {
			struct turn_walk w = { TURN_ONE * 30 + (at << 25), TURN_ONE * 20 + (at << 26) + 99, steps[i][0] / 2, steps[i][1] / 2 };

			turn_scalar.row(a, px, W * 4, w, N);
			turn_kernels()->row(b, px, W * 4, w, N);
			assert_memory_equal(a, b, sizeof(a));
		}
	memset(px, 200, sizeof(px));
	turn_kernels()->row(b, px, W * 4, (struct turn_walk){ TURN_ONE * 3 / 2, TURN_ONE * 7 / 3, TURN_ONE / 3, TURN_ONE / 5 }, N);
	for (size_t i = 0; i < sizeof(b); i++)
		assert_int_equal(b[i], 200);
}

static void
narrows(void **state)
{
	static const char *const kernels[] = { "sse4.1", "avx2", "neon" };
	static int16_t in[65536];
	static uint8_t a[65536], b[65536];

	(void)state;
	for (int i = 0; i < 65536; i++)
		in[i] = (int16_t)(i - 32768);
	resample_scalar.narrow(a, in, 65536);
	assert_int_equal(a[32768 + 64 * 100 + 31], 100);
	assert_int_equal(a[32768 + 64 * 100 + 32], 101);
	for (size_t k = 0; k < NELEM(kernels); k++)
		if (resample_use(kernels[k])) {
			resample_kernels()->narrow(b, in, 65536);
			assert_memory_equal(a, b, sizeof(a));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alpha_agrees),
		cmocka_unit_test(alpha_is_right),
		cmocka_unit_test(png_filters),
		cmocka_unit_test(walks),
		cmocka_unit_test(narrows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
