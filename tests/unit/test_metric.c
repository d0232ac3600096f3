/* base/metric: what several processes count adds up. */
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/fdio.h"
#include "base/metric.h"

static const char *dir;
static char path[600];

static int
setup(void **state)
{
	(void)state;
	dir = test_mkdir();
	snprintf(path, sizeof(path), "%s/metrics", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return dir_remove(AT_FDCWD, dir, NULL) != ERR_OK;
}

static void
count_in_child(int n)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (metric_open(path, NULL) != ERR_OK)
			_exit(1);
		for (int i = 0; i < n; i++)
			metric_add(METRIC_UPLOADS, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_shared(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	metric_add(METRIC_UPLOADS, 3);		/* before metric_open: works, private */
	assert_int_equal(metric_get(METRIC_UPLOADS), 3);
	assert_int_equal(metric_open(path, &f), ERR_OK);
	assert_int_equal(metric_get(METRIC_UPLOADS), 0);
	count_in_child(1000);
	count_in_child(234);
	metric_add(METRIC_UPLOADS, 1);
	assert_int_equal(metric_get(METRIC_UPLOADS), 1235);
	assert_int_equal(metric_open(path, &f), ERR_OK);
	assert_int_equal(metric_get(METRIC_UPLOADS), 1235);
}

static void
test_other_layout(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(file_write_durable(path, "some older layout", 17, 0600, &f), ERR_OK);
	assert_int_equal(metric_open(path, &f), ERR_OK);
	assert_int_equal(metric_get(METRIC_UPLOADS), 0);
	snprintf(path, sizeof(path), "%s/none/metrics", dir);
	assert_int_equal(metric_open(path, &f), ERR_IO);
	snprintf(path, sizeof(path), "%s/metrics", dir);
}

static void
test_print(void **state)
{
	struct buf b = BUF_INIT(1 << 20);

	(void)state;
	metric_add(METRIC_ERRORS_4XX, 7);
	metric_time_us(METRIC_REQUEST_MS, 999);
	metric_time_us(METRIC_REQUEST_MS, 1001);
	metric_time_us(METRIC_REQUEST_MS, 60000000);
	metric_time_us(METRIC_REQUEST_MS, -1);
	assert_int_equal(metric_get(METRIC_REQUEST_MS), 4);
	assert_int_equal(metric_print(&b), ERR_OK);
	assert_non_null(strstr(b.data, "\ntintype_errors_total{class=\"4xx\"} 7\n"));
	assert_non_null(strstr(b.data, "\n# TYPE tintype_request_milliseconds histogram\n"
	    "tintype_request_milliseconds_bucket{le=\"1\"} 2\n"
	    "tintype_request_milliseconds_bucket{le=\"2\"} 3\n"));
	assert_non_null(strstr(b.data, "tintype_request_milliseconds_bucket{le=\"10000\"} 3\n"
	    "tintype_request_milliseconds_bucket{le=\"+Inf\"} 4\n"
	    "tintype_request_milliseconds_sum 60002.000\n"
	    "tintype_request_milliseconds_count 4\n"));
	buf_free(&b);
}

/* A name may have one head only, or Prometheus refuses the page. */
static void
test_families_once(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	char *line, *save = NULL, heads[100][80];
	size_t n = 0;

	(void)state;
	assert_int_equal(metric_print(&b), ERR_OK);
	for (line = strtok_r(b.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "# TYPE ", 7) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(heads[i], line);
		assert_true(n < NELEM(heads));
		snprintf(heads[n++], sizeof(heads[0]), "%s", line);
	}
	assert_true(n > 10);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_families_once),
	};

	return cmocka_run_group_tests_name("metric", tests, setup, teardown);
}
