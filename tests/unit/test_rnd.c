/* base/rnd: ids that sort by time and that nothing else can be mistaken for. */
#include "test.h"

#include "base/rnd.h"

static const struct {
	const char	*id;
	bool		 ok;
} ids[] = {
	{ "00000000000000", true },
	{ "zzzzzzzzzzzzzz", false },		/* 62^14 - 1 is over 2^80 */
	{ "0000000000000", false },
	{ "000000000000000", false },
	{ "0000000000000-", false },
	{ "0000000000000\xe4", false },
	{ "", false },
};

static void
test_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(ids); i++) {
		ROW("%s", ids[i].id);
		assert_int_equal(id_valid(ids[i].id, strlen(ids[i].id)), ids[i].ok);
	}
}

static void
test_time(void **state)
{
	static const int64_t times[] = { 0, 1, 1700000000, 1700000001, 4294967295 };
	char id[NELEM(times)][ID_SIZE], twin[ID_SIZE];

	(void)state;
	for (size_t i = 0; i < NELEM(times); i++) {
		id_make(times[i], id[i]);
		assert_int_equal(strlen(id[i]), ID_CHARS);
		assert_true(id_valid(id[i], ID_CHARS));
		assert_int_equal(id_time_s(id[i]), times[i]);
		if (i > 0)
			assert_true(strcmp(id[i - 1], id[i]) < 0);
	}
	id_make(1, twin);
	assert_string_not_equal(id[1], twin);
}

static void
test_text(void **state)
{
	char text[65];
	unsigned seen[256] = { 0 }, kinds = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		rnd_text(text, 64);
		assert_int_equal(strlen(text), 64);
		for (int k = 0; k < 64; k++)
			kinds += seen[(unsigned char)text[k]]++ == 0;
	}
	assert_int_equal(kinds, 62);
}

static void
test_below(void **state)
{
	bool seen[7] = { false };

	(void)state;
	assert_int_equal(rnd_below(0), 0);
	assert_int_equal(rnd_below(1), 0);
	for (int i = 0; i < 2000; i++) {
		uint32_t v = rnd_below(7);

		assert_true(v < 7);
		seen[v] = true;
	}
	for (size_t i = 0; i < NELEM(seen); i++)
		assert_true(seen[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests_name("rnd", tests, NULL, NULL);
}
