/* base/clock: dates out and in. */
#include "test.h"

#include "base/clock.h"

static const struct {
	const char	*in;
	int64_t		 out;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Wed, 29 Feb 2023 00:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:37", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 CET", -1 },
	{ "Sun,  6 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 nov 1994 08:49:37 GMT", -1 },
	{ "Xyz, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sunday, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06-Nov-94 08:49:37 GMT", -1 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
	{ "Sun, ", -1 },
	{ "Sun", -1 },
	{ "", -1 },
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(dates); i++) {
		ROW("'%s'", dates[i].in);
		assert_int_equal(clock_parse_http_date(dates[i].in), dates[i].out);
	}
}

static void
test_century(void **state)
{
	(void)state;
	clock_set_s(1700000000);	/* 2023 */
	assert_int_equal(clock_parse_http_date("Wednesday, 01-Jan-70 00:00:00 GMT"), 3155760000);
	assert_int_equal(clock_parse_http_date("Thursday, 01-Jan-80 00:00:00 GMT"), 315532800);
	clock_set_s(0);
}

static void
test_print(void **state)
{
	char http[HTTP_DATE_SIZE], iso[ISO_DATE_SIZE];

	(void)state;
	clock_http_date(784111777, http);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	clock_iso_date(784111777, iso);
	assert_string_equal(iso, "1994-11-06T08:49:37Z");
	clock_iso_date(INT64_MAX, iso);
	assert_string_equal(iso, "9999-12-31T23:59:59Z");
	clock_http_date(INT64_MIN, http);
	assert_string_equal(http, "Sat, 01 Jan 0000 00:00:00 GMT");
}

static void
test_round_trip(void **state)
{
	char http[HTTP_DATE_SIZE];

	(void)state;
	for (int64_t s = 0; s < 4000000000; s += 86399 * 13) {
		clock_http_date(s, http);
		assert_int_equal(clock_parse_http_date(http), s);
	}
}

static void
test_frozen(void **state)
{
	(void)state;
	clock_set_s(1000);
	assert_int_equal(clock_now_s(), 1000);
	assert_int_equal(clock_now_ms(), 1000000);
	clock_set_s(0);
	assert_true(clock_now_s() > 1700000000);
	assert_true(clock_mono_us() > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_century),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_frozen),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
