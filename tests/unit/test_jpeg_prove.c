/*
 * The proof that reads a scan at several places says of each what the decoder says that reads it from one end to the other: over
 * pictures of all kinds and sizes, sound and damaged in many ways, in windows so small that every picture has many. (What libjpeg says
 * is for test_jpeg_proof.)
 */
#include "jpeg_damage.h"

static const struct made pictures[] = {
	{ 1, 1, 3, 2, 2, 0, 90, false, 0 },	{ 8, 8, 1, 1, 1, 0, 100, true, 128 },	{ 7, 300, 1, 1, 1, 0, 60, false, 30 },
	{ 77, 65, 1, 1, 1, 0, 80, false, 20 },	{ 131, 61, 1, 2, 2, 0, 80, true, 20 },	{ 33, 17, 3, 1, 1, 0, 95, true, 60 },
	{ 160, 96, 3, 2, 2, 0, 90, true, 20 },	{ 161, 97, 3, 2, 2, 0, 75, false, 10 },	{ 200, 50, 3, 2, 1, 0, 85, false, 30 },
	{ 50, 200, 3, 1, 2, 0, 85, true, 30 },	{ 300, 200, 3, 4, 1, 0, 70, true, 30 },	{ 300, 200, 3, 1, 1, 0, 5, false, 0 },
	{ 400, 300, 3, 2, 2, 0, 40, true, 0 },	{ 400, 300, 3, 2, 2, 0, 100, true, 128 },	{ 900, 700, 3, 2, 2, 0, 97, true, 90 },
	{ 900, 700, 3, 1, 1, 0, 34, false, 60 },	{ 640, 480, 3, 4, 2, 0, 92, false, 40 },	{ 161, 97, 3, 2, 2, 3, 75, true, 10 },
};

static void
as_the_decoder(void **state)
{
	unsigned whole_ones = 0, others = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(pictures); i++) {
		unsigned long len = 0, from;
		unsigned char *data = compress(&pictures[i], &len);
		uint32_t seed = (uint32_t)i + 1;
		int turns = len < 2000 ? 800 : 4000000 / (int)len > 500 ? 500 : 4000000 / (int)len;
		bool whole;

		for (from = 0; data[from] != 0xff || data[from + 1] != 0xda; from++)
			;
		ROW("%ux%u, quality %d", pictures[i].w, pictures[i].h, pictures[i].quality);
		assert_true(scan_proofs_agree(data, len, &limits, &whole));
		assert_true(whole);
		for (int turn = 0; turn < turns; turn++) {
			uint8_t *bad = malloc(len + ROOM);
			size_t n;

			assert_non_null(bad);
			memcpy(bad, data, len);
			n = from + damage(bad + from, len - from, &seed, turn % (WAYS - 1));
			bad = realloc(bad, n);		/* exactly as large, for those who watch */
			if (!scan_proofs_agree(bad, n, &limits, &whole))
				fail_msg("turn %d: the decoder says %d", turn, whole);
			whole_ones += whole;
			others += !whole;
			free(bad);
		}
		free(data);
	}
	print_message("# damaged: %u whole all the same, %u not\n", whole_ones, others);
	assert_true(whole_ones > 500 && others > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_decoder),
	};

	picture_budget((size_t)1 << 30);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
