/* base/buf: grows up to its maximum, and is empty after any failure. */
#include "test.h"

#include "base/buf.h"

static void
test_grows(void **state)
{
	struct buf b = BUF_INIT(100000);
	char *taken;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_add(&b, "0123456789", 10), ERR_OK);
	assert_int_equal(b.len, 100000);
	assert_int_equal(strlen(b.data), 100000);
	taken = buf_take(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	free(taken);
}

static void
test_maximum(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_adds(&b, "0123456789"), ERR_OK);
	assert_string_equal(b.data, "0123456789");
	assert_int_equal(buf_adds(&b, ""), ERR_OK);
	assert_int_equal(buf_adds(&b, "x"), ERR_TOOBIG);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_reserve(&b, (size_t)-1), ERR_TOOBIG);
	assert_int_equal(buf_printf(&b, "%s", "12345678901"), ERR_TOOBIG);
	assert_int_equal(buf_printf(&b, "%s", "1234567890"), ERR_OK);
	assert_string_equal(buf_str(&b), "1234567890");
	buf_free(&b);
}

static void
test_no_maximum(void **state)
{
	struct buf b = BUF_INIT((size_t)-1);

	(void)state;
	assert_int_equal(buf_adds(&b, "a"), ERR_OK);
	assert_int_equal(buf_reserve(&b, (size_t)-1), ERR_TOOBIG);
	assert_null(b.data);
}

static void
test_clear_keeps_memory(void **state)
{
	struct buf b = BUF_INIT(50);
	const char *was;

	(void)state;
	buf_clear(&b);
	assert_int_equal(buf_adds(&b, "abc"), ERR_OK);
	was = b.data;
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_adds(&b, "de"), ERR_OK);
	assert_ptr_equal(was, b.data);
	assert_string_equal(b.data, "de");
	buf_free(&b);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_no_maximum),
		cmocka_unit_test(test_clear_keeps_memory),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
