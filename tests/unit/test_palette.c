/* The colours of a frame: those found are kept, many become fewer with less error than the start had, clear pixels do not count. */
#include "image/palette.h"
#include "test.h"

#define W 160
#define H 120
#define CLEAR 255

static struct palette *pal;
static struct picture pic;
static uint8_t at[W * H];

static int
setup(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	picture_budget((size_t)1 << 24);
	pal = palette_new();
	return pal == NULL || picture_new(&pic, W, H, true, &f) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	picture_free(&pic);
	palette_free(pal);
	return 0;
}

/* A slope of colours with a grain. */
static void
paint(void)
{
	uint32_t noise = 1;

	for (uint32_t i = 0; i < W * H; i++) {
		uint8_t *px = pic.px + (size_t)i * 4;

		noise = noise * 1664525u + 1013904223u;
		px[0] = (uint8_t)(i % W * 255 / W);
		px[1] = (uint8_t)(i / W * 2 + (noise >> 29));
		px[2] = (uint8_t)(255 - i % W - (noise >> 28));
		px[3] = 255;
	}
}

static int64_t
square_error(uint8_t (*rgb)[3])
{
	int64_t sum = 0;

	for (size_t i = 0; i < W * H; i++)
		for (int c = 0; c < 3; c++) {
			int d = pic.px[i * 4 + (size_t)c] - rgb[at[i]][c];

			sum += d * d;
		}
	return sum;
}

/* A grid of 4x4x4 colours: where somebody starts who looks at nothing. */
static void
start(uint8_t (*rgb)[3])
{
	for (int i = 0; i < 64; i++)
		for (int c = 0; c < 3; c++)
			rgb[i][c] = (uint8_t)(32 + (i >> 2 * c & 3) * 64);
}

static void
test_less_error(void **state)
{
	struct fault f = FAULT_NONE;
	uint8_t rgb[64][3], again[64][3];
	int64_t before = 0, after;

	(void)state;
	paint();
	start(rgb);
	for (size_t i = 0; i < W * H; i++)
		for (int c = 0; c < 3; c++) {
			int d = (pic.px[i * 4 + (size_t)c] & 63) - 32;

			before += d * d;
		}
	assert_int_equal(palette_count(pal, &pic, &f), ERR_OK);
	palette_refine(pal, rgb, 64);
	palette_index(pal, &pic, CLEAR, at);
	after = square_error(rgb);
	print_message("# square error %lld, with the start's colours %lld\n", (long long)after, (long long)before);
	assert_true(after * 3 < before * 2);
	start(again);
	assert_int_equal(palette_count(pal, &pic, &f), ERR_OK);
	palette_refine(pal, again, 64);
	assert_memory_equal(again, rgb, sizeof(rgb));
}

/* As many colours as there are: all are hit, though the starts are off. */
static void
test_few_colours(void **state)
{
	static const uint8_t want[4][3] = { { 250, 10, 20 }, { 12, 90, 31 }, { 3, 160, 200 }, { 255, 255, 255 } };
	uint8_t rgb[4][3];
	struct fault f = FAULT_NONE;

	(void)state;
	for (size_t i = 0; i < W * H; i++)
		memcpy(pic.px + i * 4, (uint8_t[]){ want[i % 4][0], want[i % 4][1], want[i % 4][2], 255 }, 4);
	for (int i = 0; i < 4; i++)
		for (int c = 0; c < 3; c++)
			rgb[3 - i][c] = (uint8_t)(want[i][c] / 2 + 40);
	assert_int_equal(palette_count(pal, &pic, &f), ERR_OK);
	palette_refine(pal, rgb, 4);
	palette_index(pal, &pic, CLEAR, at);
	assert_int_equal(square_error(rgb), 0);
}

static void
test_clear(void **state)
{
	uint8_t rgb[2][3] = { { 0, 0, 0 }, { 255, 255, 255 } };
	struct fault f = FAULT_NONE;

	(void)state;
	for (size_t i = 0; i < W * H; i++)
		memcpy(pic.px + i * 4, i % 3 == 0 ? (uint8_t[]){ 255, 0, 0, 127 } : (uint8_t[]){ 40, 50, 60, 128 }, 4);
	assert_int_equal(palette_count(pal, &pic, &f), ERR_OK);
	palette_refine(pal, rgb, 2);
	palette_index(pal, &pic, CLEAR, at);
	for (size_t i = 0; i < W * H; i++)
		assert_int_equal(at[i], i % 3 == 0 ? CLEAR : at[1]);
	assert_memory_equal(rgb[at[1]], ((uint8_t[]){ 40, 50, 60 }), 3);
	/* Nothing to see at all. */
	for (size_t i = 0; i < W * H; i++)
		pic.px[i * 4 + 3] = 0;
	assert_int_equal(palette_count(pal, &pic, &f), ERR_OK);
	palette_refine(pal, rgb, 1);
	palette_index(pal, &pic, CLEAR, at);
	assert_int_equal(at[0], CLEAR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_less_error),
		cmocka_unit_test(test_few_colours),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
