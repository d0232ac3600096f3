/*
 * What every unit test starts with. cmocka wants these headers, in this order.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/defs.h"

/* Names the row of a table when a check inside fails. */
#define ROW(fmt, ...) print_message("# " fmt "\n", __VA_ARGS__)

/* A folder for this test, in $TMPDIR or /tmp; removed by test_rmdir(). */
static inline const char *
test_mkdir(void)
{
	static char path[512];
	const char *tmp = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/tintype-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	return path;
}

#endif
