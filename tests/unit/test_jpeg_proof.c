/*
 * The proof of a JPEG without pixels says of no file what libjpeg would not say of it, sound or damaged: over pictures made here, each
 * damaged in many ways.
 */
#include "jpeg_damage.h"

static const struct made pictures[] = {
	{ 160, 96, 3, 2, 2, 0, 90, true, 20 },	{ 161, 97, 3, 2, 2, 0, 75, false, 10 },	{ 33, 17, 3, 1, 1, 0, 95, true, 60 },
	{ 200, 50, 3, 2, 1, 0, 85, false, 30 },	{ 50, 200, 3, 1, 2, 0, 85, true, 30 },	{ 77, 65, 1, 1, 1, 0, 80, false, 20 },
	{ 131, 61, 1, 2, 2, 0, 80, true, 20 },	{ 161, 97, 3, 2, 2, 3, 75, true, 10 },	{ 200, 50, 3, 2, 1, 1, 50, false, 99 },
	{ 640, 300, 3, 2, 2, 40, 92, true, 40 },	{ 1, 1, 3, 2, 2, 0, 90, false, 0 },	{ 8, 8, 3, 1, 1, 0, 100, true, 128 },
	{ 300, 200, 3, 4, 1, 0, 70, true, 30 },	{ 900, 700, 3, 2, 2, 0, 97, true, 90 },	{ 70, 40, 3, 1, 1, 9, 10, false, 40 },
	{ 1200, 900, 3, 1, 1, 150, 99, true, 99 },
};

static void
made_and_damaged(void **state)
{
	unsigned before;

	(void)state;
	proved = sound = refused = 0;
	for (size_t i = 0; i < NELEM(pictures); i++) {
		unsigned long len = 0;
		unsigned char *data = compress(&pictures[i], &len);

		ROW("%ux%u, quality %d", pictures[i].w, pictures[i].h, pictures[i].quality);
		before = refused;
		assert_true(compare(data, len).proved);		/* or it would be of no use */
		damage_all(data, len, (uint64_t)pictures[i].w * pictures[i].h, (uint32_t)i + 1);
		assert_true(refused > before);
		free(data);
	}
	print_message("# %u sound, of which %u proved without pixels; %u refused\n", sound, proved, refused);
	assert_true(proved > 500 && refused > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_damaged),
	};

	picture_budget((size_t)1 << 30);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
