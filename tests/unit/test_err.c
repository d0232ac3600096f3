/* base/err: the first reason wins, every error has its words. */
#include "test.h"

#include <errno.h>

#include "base/err.h"

static void
test_first_wins(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(fault_ec(&f, ERR_BADSPEC, "0040-1", "step %d", 3), ERR_BADSPEC);
	assert_int_equal(fault_set(&f, ERR_IO, "later"), ERR_IO);
	assert_int_equal(f.err, ERR_BADSPEC);
	assert_string_equal(f.why, "step 3");
	assert_string_equal(f.ec, "0040-1");
	assert_int_equal(fault_set(NULL, ERR_IO, "nobody asks"), ERR_IO);
}

static void
test_one_line(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	fault_set(&f, ERR_IO, "%s", "a\r\nb\tc");
	assert_string_equal(f.why, "a  b c");
}

static void
test_long(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	errno = EACCES;
	assert_int_equal(fault_errno(&f, ERR_IO, "%0500d", 1), ERR_IO);
	assert_int_equal(strlen(f.why), FAULT_WHY_BYTES - 1);
}

static void
test_disk_full(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	errno = ENOSPC;
	assert_int_equal(fault_errno(&f, ERR_IO, "write"), ERR_NOSPACE);
	assert_int_equal(f.err, ERR_NOSPACE);
	assert_string_equal(f.why, "write: No space left on device");
	errno = EDQUOT;
	assert_int_equal(fault_errno(NULL, ERR_IO, "write"), ERR_NOSPACE);
}

static void
test_table(void **state)
{
	(void)state;
	assert_int_equal(ERR_OK, 0);
	for (enum err e = ERR_OK; e < ERR__MAX; e++) {
		assert_true(err_status(e) >= 200 && err_status(e) < 600);
		assert_true(strlen(err_name(e)) > 1);
		assert_true(strlen(err_oss_code(e)) > 1);
		assert_true(strlen(err_text(e)) > 1);
	}
	assert_string_equal(err_name((enum err)9999), "INTERNAL");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_wins),
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
