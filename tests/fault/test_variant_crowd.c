/*
 * Variants asked for by many processes at once, some of which end in the middle, or while the cache is trimmed.
 */
#include "unit/test.h"

#include "fault/variant_world.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "base/metric.h"

/* Asks when the pipe start is closed by the parent. */
static pid_t
in_a_process(const char *steps, const int start[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		struct variant v;
		struct fault f;
		char c;

		open_sandbox();
		close(start[1]);
		if (read(start[0], &c, 1) != 0)
			_exit(2);
		_exit(get(steps, FMT_JPEG, VARIANT_PATH, &v, &f) == ERR_OK ? 0 : 1);
	}
	return pid;
}

static int
failures(const pid_t *pid, int n)
{
	int status, bad = 0;

	for (int i = 0; i < n; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != 0)
			bad++;
	return bad;
}

static void
test_stampede(void **state)
{
	enum { CROWD = 64 };
	uint64_t builds = metric_get(METRIC_VARIANT_BUILDS), hits = metric_get(METRIC_VARIANT_HITS);
	uint64_t starts = metric_get(METRIC_SANDBOX_STARTS);
	pid_t pid[CROWD];
	int p[2];

	(void)state;
	make_source(BIG_W, BIG_H);
	assert_int_equal(pipe(p), 0);
	for (int i = 0; i < CROWD; i++)
		pid[i] = in_a_process("resize,w_400", p);
	close(p[0]);
	close(p[1]);
	assert_int_equal(failures(pid, CROWD), 0);
	assert_int_equal(metric_get(METRIC_VARIANT_BUILDS), builds + 1);
	assert_int_equal(metric_get(METRIC_SANDBOX_STARTS), starts + 1);
	assert_true(metric_get(METRIC_VARIANT_HITS) - hits < CROWD);
	assert_int_equal(count(arena_printf(mem, "%s/c", picture_dir('v'))), 1);
}

/*
 * A builder killed in the middle: its lock is free, nothing of it lies about, the next one builds.
 */
static void
test_builder_killed(void **state)
{
	int p[2], status;
	pid_t pid;

	(void)state;
	make_source(BIG_W, BIG_H);
	for (int ms = 5; ms <= 45; ms += 10) {
		assert_int_equal(pipe(p), 0);
		pid = in_a_process("resize,w_3000", p);
		close(p[0]);
		close(p[1]);
		usleep((useconds_t)ms * 1000);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_int_equal(count("tmp"), 0);
	}
	assert_non_null(tier("resize,w_3000", VARIANT_PATH));
	assert_int_equal(count(arena_printf(mem, "%s/c", picture_dir('v'))), 1);
}

/* The trimmer takes all away all the time; the builders still answer. */
static void
test_trim_beside_builders(void **state)
{
	enum { BUILDERS = 4 };
	pid_t pid[BUILDERS], trimmer = fork();
	struct fault f = FAULT_NONE;

	(void)state;
	if (trimmer == 0) {
		int64_t removed, kept;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (cache_trim(&app, 0, &removed, &kept, &f) != ERR_OK)
				_exit(1);
	}
	for (int b = 0; b < BUILDERS; b++)
		if ((pid[b] = fork()) == 0) {
			struct variant v;
			int bad = 0;

			open_sandbox();
			for (int i = 0; i < 30; i++) {
				enum err e = get(arena_printf(mem, "resize,w_%d", 10 + i), FMT_JPEG,
				    VARIANT_PATH, &v, &f);

				if (e == ERR_OK || e == ERR_BUSY)
					continue;
				print_message("# %s: %s\n", err_name(e), f.why);
				bad++;
			}
			_exit(bad != 0);
		}
	assert_int_equal(failures(pid, BUILDERS), 0);
	assert_int_equal(waitpid(trimmer, NULL, WNOHANG), 0);
	kill(trimmer, SIGKILL);
	waitpid(trimmer, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_stampede),
		T(test_builder_killed),
		T(test_trim_beside_builders),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
