/* base/num: what is a number and what is not. */
#include "test.h"

#include "base/num.h"

static const struct {
	const char	*in;
	int64_t		 min, max;
	bool		 ok;
	int64_t		 out;
} numbers[] = {
	{ "0", 0, 9, true, 0 },
	{ "007", 0, 9, true, 7 },
	{ "9", 0, 9, true, 9 },
	{ "10", 0, 9, false, 0 },
	{ "-1", -1, 9, true, -1 },
	{ "-2", -1, 9, false, 0 },
	{ "-1", 0, 9, false, 0 },
	{ "-0", -5, 5, true, 0 },
	{ "-0", 0, 5, false, 0 },
	{ "", 0, 9, false, 0 },
	{ "-", -9, 9, false, 0 },
	{ "--1", -9, 9, false, 0 },
	{ "+1", 0, 9, false, 0 },
	{ " 1", 0, 9, false, 0 },
	{ "1 ", 0, 9, false, 0 },
	{ "0x1", 0, 9, false, 0 },
	{ "1e1", 0, 99, false, 0 },
	{ "1.0", 0, 99, false, 0 },
	{ "\xd9\xa1", 0, 99, false, 0 },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
	{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
	{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
};

static const struct {
	const char	*in;
	bool		 ok;
	int64_t		 out;
} sizes[] = {
	{ "0", true, 0 },
	{ "12", true, 12 },
	{ "64k", true, 65536 },
	{ "20M", true, 20 << 20 },
	{ "1G", true, 1 << 30 },
	{ "k", false, 0 },
	{ "", false, 0 },
	{ "1kk", false, 0 },
	{ "-1k", false, 0 },
	{ "1T", false, 0 },
	{ "8589934592G", false, 0 },
	{ "8193G", false, 0 },		/* over the maximum of the call */
};

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(numbers); i++) {
		int64_t v = 4711;

		ROW("'%s'", numbers[i].in);
		assert_int_equal(num_parses(numbers[i].in, numbers[i].min, numbers[i].max, &v), numbers[i].ok);
		assert_int_equal(v, numbers[i].ok ? numbers[i].out : 4711);
	}
}

static void
test_length_counts(void **state)
{
	int64_t v = 0;

	(void)state;
	assert_true(num_parse("1234", 2, 0, 99, &v));
	assert_int_equal(v, 12);
	assert_false(num_parse("1\0002", 3, 0, 999, &v));
}

static void
test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(sizes); i++) {
		int64_t v = 4711;

		ROW("'%s'", sizes[i].in);
		assert_int_equal(num_parse_bytes(sizes[i].in, 0, 1LL << 43, &v), sizes[i].ok);
		assert_int_equal(v, sizes[i].ok ? sizes[i].out : 4711);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_length_counts),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
