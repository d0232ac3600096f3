/* base/log: one valid line of JSON, whatever a visitor puts into it. */
#include "test.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"

static const char *dir;
static char path[600];

static int
setup(void **state)
{
	(void)state;
	dir = test_mkdir();
	snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_close();
	return dir_remove(AT_FDCWD, dir, NULL) != ERR_OK;
}

/* What was logged since the last call. */
static const char *
logged(void)
{
	static char text[200000];
	struct buf b = BUF_INIT(sizeof(text) - 1);

	assert_int_equal(file_read(path, &b, NULL), ERR_OK);
	snprintf(text, sizeof(text), "%s", buf_str(&b));
	buf_free(&b);
	assert_int_equal(truncate(path, 0), 0);
	return text;
}

static void
test_line(void **state)
{
	char want[300];
	struct log_line *l;

	(void)state;
	clock_set_s(784111777);
	log_open("view", path, LOG_INFO);
	l = log_start(LOG_WARN, "request");
	log_str(l, "path", "/a\"b\\c\n\x01\xc3\xa4\xff");
	log_str(l, "gone", NULL);
	log_int(l, "ms", -5);
	log_end(l);
	clock_set_s(0);
	snprintf(want, sizeof(want), "{\"time\":\"1994-11-06T08:49:37.000Z\",\"level\":\"warn\",\"program\":\"view\","
	    "\"pid\":%d,\"event\":\"request\",\"path\":\"/a\\\"b\\\\c\\u000a\\u0001\xc3\xa4\\\\xff\",\"ms\":-5}\n",
	    (int)getpid());
	assert_string_equal(logged(), want);
}

static void
test_level(void **state)
{
	(void)state;
	log_open("view", path, LOG_WARN);
	assert_null(log_start(LOG_INFO, "quiet"));
	log_str(NULL, "a", "b");
	log_int(NULL, "a", 1);
	log_end(NULL);
	log_msg(LOG_INFO, "quiet", "x");
	assert_string_equal(logged(), "");
	log_msg(LOG_ERROR, "loud", "%d%%", 5);
	assert_non_null(strstr(logged(), "\"event\":\"loud\",\"message\":\"5%\"}\n"));
}

static void
test_too_long(void **state)
{
	struct log_line *l;
	char value[5001];

	(void)state;
	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_open("view", path, LOG_INFO);
	l = log_start(LOG_INFO, "long");
	for (int i = 0; i < 20; i++)
		log_str(l, "v", value);
	log_end(l);
	assert_string_equal(logged(), "{\"level\":\"error\",\"event\":\"log\",\"message\":\"a line was too long\"}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests_name("log", tests, setup, teardown);
}
