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

static const char *const fast[] = { "sse4.1", "avx2", "neon" };

/* Before any test has asked for another one. */
static void
best_is_chosen(void **state)
{
	const char *best = "scalar";

	(void)state;
#if defined(__aarch64__)
	best = "neon";
#elif defined(__x86_64__)
	best = __builtin_cpu_supports("avx2") ? "avx2" : __builtin_cpu_supports("sse4.1") ? "sse4.1" : "scalar";
#endif
	ROW("%s", best);
	assert_string_equal(resample_kernels()->name, best);
}

/* Samples of all values, or of the farthest only. */
static void
samples(int16_t *p, size_t n, uint32_t seed, bool far)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t v = next_random(&seed);

		p[i] = (int16_t)(far ? (v & 256 ? INT16_MAX : INT16_MIN) : (int32_t)(v & 0xffff) - 32768);
	}
}

/* Coefficients of n filters with as much weight as the sums have room for; of both signs, or of one only. */
static void
filters(int16_t *p, size_t n, unsigned ntaps, uint32_t seed, bool far)
{
	int most = ntaps < 3 ? INT16_MAX : 65000 / (int)ntaps, sign = 1;

	for (size_t i = 0; i < n * ntaps; i++) {
		if (i % ntaps == 0)
			sign = next_random(&seed) & 256 ? 1 : -1;
		p[i] = (int16_t)(far ? sign * most : (int)(next_random(&seed) % (uint32_t)(2 * most + 1)) - most);
	}
}

/* Exactly so much memory at any address, so that a sanitizer sees a byte too many. */
static void *
room(size_t bytes, uint32_t off, uint8_t **whole)
{
	*whole = malloc(bytes + off + 1);
	assert_non_null(*whole);
	return *whole + off;
}

#define TAPS_MAX 96

static void
one_down(const struct resample_kernels *k, unsigned ntaps, size_t n, uint32_t seed, bool far)
{
	uint8_t *whole[TAPS_MAX];
	const uint8_t *rows[TAPS_MAX];
	int16_t coef[TAPS_MAX], *a = malloc(n * 2), *b = malloc(n * 2);

	assert_true(a != NULL && b != NULL);
	filters(coef, 1, ntaps, seed, far);
	for (unsigned t = 0; t < ntaps; t++) {
		uint8_t *row = room(n, seed % 16, &whole[t]);

		fill(row, n, seed + t);
		for (size_t i = 0; far && i < n; i++)
			row[i] = row[i] & 1 ? 255 : 0;
		rows[t] = row;
	}
	resample_scalar.down(a, rows, coef, ntaps, n);
	k->down(b, rows, coef, ntaps, n);
	assert_memory_equal(a, b, n * 2);
	for (unsigned t = 0; t < ntaps; t++)
		free(whole[t]);
	free(a);
	free(b);
}

static void
one_across(const struct resample_kernels *k, unsigned ch, unsigned ntaps, size_t n, uint32_t seed, bool far)
{
	size_t width = 1 + next_random(&seed) % 300;
	int16_t *in = malloc((width + ntaps) * ch * 2), *coef = malloc(n * ntaps * 2);
	uint32_t *start = malloc(n * sizeof(*start)), off = next_random(&seed) % 8;
	uint8_t *whole_a, *whole_b, *a = room(n * ch, off, &whole_a), *b = room(n * ch, off, &whole_b);

	assert_true(in != NULL && coef != NULL && start != NULL);
	samples(in, (width + ntaps) * ch, seed, far);
	filters(coef, n, ntaps, seed + 1, far);
	for (size_t j = 0; j < n; j++)
		start[j] = (uint32_t)(next_random(&seed) % (width + 1));
	a[n * ch] = b[n * ch] = 77;
	(ch == 4 ? resample_scalar.across4 : resample_scalar.across1)(a, in, start, coef, ntaps, n);
	(ch == 4 ? k->across4 : k->across1)(b, in, start, coef, ntaps, n);
	assert_memory_equal(a, b, n * ch + 1);
	free(in);
	free(coef);
	free(start);
	free(whole_a);
	free(whole_b);
}

static void
resample_agrees(void **state)
{
	uint32_t seed = 11;

	(void)state;
	for (size_t k = 0; k < NELEM(fast); k++) {
		if (!resample_use(fast[k])) {
			ROW("no %s here", fast[k]);
			continue;
		}
		for (int i = 0; i < 1500; i++) {
			unsigned ntaps = 1 + next_random(&seed) % (TAPS_MAX / 16);
			size_t n = 1 + next_random(&seed) % 70;
			bool far = i % 3 == 0;

			ROW("%s: %d, %u, %zu", fast[k], i, ntaps, n);
			one_down(resample_kernels(), ntaps * 2, n * 32, next_random(&seed), far);
			one_across(resample_kernels(), 4, ntaps * 4, n, next_random(&seed), far);
			one_across(resample_kernels(), 1, ntaps * 16, n, next_random(&seed), far);
		}
	}
}

static void
narrows(void **state)
{
	static int16_t in[65536];
	static uint8_t a[65536], b[65536];

	(void)state;
	for (int i = 0; i < 65536; i++)
		in[i] = (int16_t)(i - 32768);
	resample_scalar.narrow(a, in, 65536);
	assert_int_equal(a[32768 + 64 * 100 + 31], 100);
	assert_int_equal(a[32768 + 64 * 100 + 32], 101);
	for (size_t k = 0; k < NELEM(fast); k++)
		if (resample_use(fast[k])) {
			memset(b, 0, sizeof(b));
			resample_kernels()->narrow(b, in, 65536);
			assert_memory_equal(a, b, sizeof(a));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_is_chosen),
		cmocka_unit_test(alpha_agrees),
		cmocka_unit_test(alpha_is_right),
		cmocka_unit_test(png_filters),
		cmocka_unit_test(walks),
		cmocka_unit_test(resample_agrees),
		cmocka_unit_test(narrows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
