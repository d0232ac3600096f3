/*
 * The sandbox from the worker's side, with the real child (sandbox-test: no codecs, misbehaves
 * on request). Times here are only upper bounds that a hang would break.
 */
#include "app/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/sandbox_child.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "base/slots.h"
#include "data/conf.h"

#define MB (1LL << 20)

/* AddressSanitizer reports crashes and ends, for which it opens files; and limits are off. */
#ifdef TINTYPE_SANITIZE
#define BY(end) ""
enum { MEMORY_LIMITED = 0 };
#else
#define BY(end) end
enum { MEMORY_LIMITED = 1 };
#endif

static char dir[] = "/tmp/tintype-test-XXXXXX";
static char program[4096];
static char none[] = "", nowhere[] = "/nonexistent/sandbox";
static struct conf conf;

static struct sandbox *
fresh(void)
{
	struct fault f = FAULT_NONE;
	struct sandbox *s = NULL;

	conf = (struct conf){
		.sandbox_path = program,
		.image_fonts = none,
		.server_state_dir = dir,
		.sandbox_jobs = 100,
		.sandbox_idle_s = 60,
		.sandbox_memory_bytes = 64 * MB,
		.sandbox_total_bytes = 256 * MB,
		.sandbox_timeout_ms = 20000,
		.sandbox_wait_ms = 5000,
	};
	assert_int_equal(sandbox_open(&conf, &s, &f), ERR_OK);
	assert_int_equal(sandbox_pid(s), 0);
	return s;
}

static enum err
run(struct sandbox *s, enum image_job_kind kind, const char *steps, struct fault *f)
{
	struct image_job job = { .magic = JOB_MAGIC, .kind = kind };
	struct image_result res;

	*f = (struct fault)FAULT_NONE;
	snprintf(job.steps, sizeof(job.steps), "%s", steps);
	return sandbox_run(s, &job, NULL, 0, 1000, &res, f);
}

static void
assert_works(struct sandbox *s)
{
	struct fault f;

	assert_int_equal(run(s, JOB_PING, "", &f), ERR_OK);
	assert_false(sandbox_crashed(s));
}

static void
test_ping(void **state)
{
	struct fault f = FAULT_NONE;
	struct sandbox *s = fresh();
	int pid;

	(void)state;
	assert_int_equal(sandbox_check(s, &f), ERR_OK);
	pid = sandbox_pid(s);
	assert_true(pid > 0);
	assert_works(s);
	assert_int_equal(sandbox_pid(s), pid);
	sandbox_close(s);
	assert_int_equal(kill(pid, 0), -1);
}

static void
test_misdeeds(void **state)
{
	static const struct {
		const char	*how;
		enum err	 e;
		const char	*why;		/* part of */
		bool		 crashed;
	} cases[] = {
		{ "open", ERR_BROKEN, "filter", true },
		{ "socket", ERR_BROKEN, "filter", true },
		{ "exec", ERR_BROKEN, "filter", true },
		{ "fork", ERR_BROKEN, "filter", true },
		{ "vfork", ERR_BROKEN, "filter", true },
		{ "clone", ERR_BROKEN, "filter", true },
		{ "clone3", ERR_BROKEN, "filter", true },
		{ "thread", ERR_OK, "", false },
		{ "thread-open", ERR_BROKEN, "filter", true },
		{ "code", ERR_BROKEN, "filter", true },
		{ "kill", ERR_BROKEN, "filter", true },
		{ "crash", ERR_BROKEN, BY("SIGSEGV"), true },
		{ "abort", ERR_BROKEN, BY("SIGABRT"), true },
		{ "exit", ERR_BROKEN, BY("gave up"), true },
		{ "lie", ERR_BROKEN, "answer", true },
		{ "lie-text", ERR_BROKEN, "answer", true },
		{ "nonsense", ERR_BADSPEC, "no such misdeed", false },
		{ "inventory", ERR_BADREQ, "0 1 2 3 ", false },
		{ "stat", ERR_OK, "", false },
	};
	struct sandbox *s = fresh();
	struct fault f;

	(void)state;
	setenv("TINTYPE_SECRET", "must not come along", 1);
	for (size_t i = 0; i < NELEM(cases); i++) {
		enum err e = run(s, JOB_TEST, cases[i].how, &f);

		if (e != cases[i].e || strstr(f.why, cases[i].why) == NULL)
			fail_msg("%s: %s, %s", cases[i].how, err_name(e), f.why);
		assert_int_equal(sandbox_crashed(s), cases[i].crashed);
		if (strcmp(cases[i].how, "inventory") == 0)
			assert_string_equal(f.why, "0 1 2 3 TZ=UTC0 ");
		assert_works(s);
	}
	sandbox_close(s);
}

/* The child and the thread it lends: two, and the filter over each. */
static void
test_threads(void **state)
{
	struct sandbox *s = fresh();
	struct fault f = FAULT_NONE;
	struct dirent *task;
	char path[320], line[256];
	int threads = 0, filtered = 0;
	DIR *tasks;
	FILE *status;

	(void)state;
	assert_int_equal(sandbox_check(s, &f), ERR_OK);
	snprintf(path, sizeof(path), "/proc/%d/task", sandbox_pid(s));
	assert_non_null(tasks = opendir(path));
	while ((task = readdir(tasks)) != NULL) {
		if (task->d_name[0] == '.')
			continue;
		threads++;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", sandbox_pid(s), task->d_name);
		assert_non_null(status = fopen(path, "re"));
		while (fgets(line, sizeof(line), status) != NULL)
			filtered += strcmp(line, "Seccomp:\t2\n") == 0;
		fclose(status);
	}
	closedir(tasks);
	assert_int_equal(threads, 2);
	assert_int_equal(filtered, 2);
	sandbox_close(s);
}

static void
test_memory(void **state)
{
	struct sandbox *s = fresh();
	struct fault f;
	int64_t mb = 0;

	(void)state;
	if (!MEMORY_LIMITED) {
		sandbox_close(s);
		return;
	}
	assert_int_equal(run(s, JOB_TEST, "memory", &f), ERR_NOMEM);
	mb = strtoll(f.why, NULL, 10);
	assert_in_range(mb, 16, 64);
	assert_works(s);
	sandbox_close(s);
}

static void
test_time(void **state)
{
	static const char *const hows[] = { "hang", "spin" };
	struct sandbox *s = fresh();
	struct fault f;
	int64_t t;

	(void)state;
	conf.sandbox_timeout_ms = 300;
	for (size_t i = 0; i < NELEM(hows); i++) {
		t = clock_mono_us();
		assert_int_equal(run(s, JOB_TEST, hows[i], &f), ERR_BROKEN);
		assert_non_null(strstr(f.why, "in time"));
		assert_true(sandbox_crashed(s));
		assert_true(clock_mono_us() - t < 10000000);
		assert_works(s);
	}
	sandbox_close(s);
}

/* The second guard: nobody waits, the limit alone ends it. */
static void
test_cpu_limit(void **state)
{
	char *argv[] = { program, (char[]) { "67108864" }, NULL };
	struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_TEST, .steps = "spin" };
	struct child c = CHILD_NONE;
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(child_start(&c, program, argv, 60, &f), ERR_OK);
	child_limit_cpu(&c, 0);
	assert_int_equal(fd_send(c.sock, &job, sizeof(job), NULL, 0, &f), ERR_OK);
	child_wait(&c, 60000);
	assert_true(c.status != -1 && WIFSIGNALED(c.status));
	assert_int_equal(WTERMSIG(c.status), SIGXCPU);
}

/* Sends sig to pid after ms, from a process of its own. */
static pid_t
signal_later(int pid, int sig, int ms)
{
	pid_t p = fork();

	if (p == 0) {
		usleep((useconds_t)ms * 1000);
		kill(pid, sig);
		_exit(0);
	}
	return p;
}

static void
test_signals_from_outside(void **state)
{
	static const struct { int sig; const char *how, *why; enum err e; } cases[] = {
		{ SIGKILL, "hang", "killed from outside", ERR_BUSY },
		{ SIGSTOP, "hang", "stopped from outside", ERR_BUSY },
		{ SIGKILL, "spin", "killed from outside", ERR_BUSY },
		{ SIGSTOP, "spin", "stopped from outside", ERR_BUSY },
#ifndef TINTYPE_SANITIZE
		{ SIGSEGV, "hang", "killed from outside", ERR_BUSY },
#endif
		{ SIGTERM, "busy,300", "", ERR_OK },
		{ SIGINT, "busy,300", "", ERR_OK },
	};
	struct sandbox *s = fresh();
	struct fault f;
	int64_t t;
	pid_t p;

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		assert_works(s);
		p = signal_later(sandbox_pid(s), cases[i].sig, 100);
		t = clock_mono_us();
		assert_int_equal(run(s, JOB_TEST, cases[i].how, &f), cases[i].e);
		if (strstr(f.why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, f.why);
		assert_true(clock_mono_us() - t < 10000000);
		assert_false(sandbox_crashed(s));
		waitpid(p, NULL, 0);
		assert_works(s);
	}
	sandbox_close(s);
}

/* A kept child that died between requests is nobody's fault: the job does not notice. */
static void
test_stale(void **state)
{
	static const int sigs[] = { SIGKILL, SIGSEGV };
	struct sandbox *s = fresh();
	int pid;

	(void)state;
	for (size_t i = 0; i < NELEM(sigs); i++) {
		assert_works(s);
		pid = sandbox_pid(s);
		kill(pid, sigs[i]);
		for (int n = 0; n < 100; n++)
			usleep(1000);
		assert_works(s);
		assert_int_not_equal(sandbox_pid(s), pid);
	}
	sandbox_close(s);
}

/* A kept child that crashes may be an earlier picture's work: a new one tells. */
static void
test_spoiled(void **state)
{
	struct sandbox *s = fresh();
	struct fault f;

	(void)state;
	assert_int_equal(run(s, JOB_TEST, "spoil", &f), ERR_OK);
	assert_int_equal(run(s, JOB_TEST, "busy,1", &f), ERR_OK);
	assert_false(sandbox_crashed(s));
	sandbox_close(s);
}

static void
test_recycling(void **state)
{
	struct sandbox *s = fresh();
	struct fault f;
	int pid;

	(void)state;
	conf.sandbox_jobs = 3;
	assert_works(s);
	pid = sandbox_pid(s);
	assert_works(s);
	assert_works(s);
	assert_int_equal(sandbox_pid(s), pid);
	assert_works(s);
	assert_int_not_equal(sandbox_pid(s), pid);

	conf.sandbox_idle_s = 0;
	sandbox_rest(s);
	assert_int_equal(sandbox_pid(s), 0);

	/* Idle for long: it leaves by itself, the next job has another. */
	conf.sandbox_idle_s = 1;
	assert_works(s);
	pid = sandbox_pid(s);
	conf.sandbox_idle_s = 60;
	for (int i = 0; i < 100 && kill(pid, 0) == 0 && sandbox_pid(s) == pid; i++) {
		usleep(50000);
		sandbox_rest(s);
	}
	assert_int_equal(sandbox_pid(s), 0);
	assert_int_equal(run(s, JOB_TEST, "busy,1", &f), ERR_OK);
	sandbox_close(s);
}

static void
test_ends_with_worker(void **state)
{
	int p[2], pid = 0, status;
	pid_t worker;

	(void)state;
	assert_int_equal(pipe(p), 0);
	worker = fork();
	if (worker == 0) {
		struct sandbox *s = fresh();
		struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_TEST, .steps = "spin" };
		struct image_result res;
		struct fault f = FAULT_NONE;

		if (sandbox_check(s, &f) == ERR_OK) {
			pid = sandbox_pid(s);
			if (write(p[1], &pid, sizeof(pid)) == sizeof(pid))
				f.err = sandbox_run(s, &job, NULL, 0, 1, &res, &f);
		}
		_exit(1);
	}
	assert_int_equal(read(p[0], &pid, sizeof(pid)), sizeof(pid));
	usleep(50000);
	kill(worker, SIGKILL);
	waitpid(worker, &status, 0);
	for (int i = 0; i < 200 && kill(pid, 0) == 0; i++)
		usleep(10000);
	/* In a container without an init nobody lays it to rest; a zombie runs no more. */
	if (kill(pid, 0) == 0) {
		char path[64];
		struct buf b = BUF_INIT(4096);
		struct fault f = FAULT_NONE;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (file_read(path, &b, &f) == ERR_OK)
			assert_non_null(strstr(buf_str(&b), ") Z"));
		buf_free(&b);
	}
	close(p[0]);
	close(p[1]);
}

static void
test_bad_jobs(void **state)
{
	struct sandbox *s = fresh();
	int fd = open("/dev/null", O_RDONLY), pid;
	const struct image_job good = { .magic = JOB_MAGIC, .kind = JOB_PING };
	struct image_job job;
	struct image_result res;
	struct fault f;

	(void)state;
	assert_works(s);
	pid = sandbox_pid(s);
	for (int i = 0; i < 8; i++) {
		int fds[2] = { fd, fd };
		size_t nfds = 0;

		job = good;
		switch (i) {
		case 0: job.magic = 1; break;
		case 1: job.kind = 77; break;
		case 2: job.fmt_in = 1000; break;
		case 3: job.orientation = -1; break;
		case 4: memset(job.steps, 'x', sizeof(job.steps)); break;
		case 5: nfds = 1; break;			/* too many */
		case 6: job.kind = JOB_RENDER; break;		/* too few */
		case 7: job.kind = JOB_INFO; nfds = 2; break;	/* no files */
		}
		f = (struct fault)FAULT_NONE;
		assert_int_equal(sandbox_run(s, &job, fds, nfds, 1, &res, &f), ERR_INTERNAL);
		assert_non_null(strstr(f.why, "not understood"));
	}
	assert_works(s);
	assert_int_equal(sandbox_pid(s), pid);
	close(fd);
	sandbox_close(s);
}

/* Started with SIGCHLD ignored, as by some process managers: the blame is told all the same. */
static void
test_ignored_sigchld(void **state)
{
	struct sandbox *s;
	struct fault f;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	s = fresh();
	assert_int_equal(run(s, JOB_TEST, "crash", &f), ERR_BROKEN);
	assert_true(sandbox_crashed(s));
	assert_works(s);
	sandbox_close(s);
	signal(SIGCHLD, SIG_DFL);
}

static void
test_no_program(void **state)
{
	struct sandbox *s = fresh();
	struct fault f = FAULT_NONE;

	(void)state;
	conf.sandbox_path = nowhere;
	sandbox_close(s);
	assert_int_equal(sandbox_open(&conf, &s, &f), ERR_OK);
	assert_int_equal(sandbox_check(s, &f), ERR_INTERNAL);
	assert_non_null(strstr(f.why, "/nonexistent/sandbox"));
	assert_false(sandbox_crashed(s));
	sandbox_close(s);
}

/* Takes all room in a process of its own, and tells when it has. */
static pid_t
hold_room(int total)
{
	char path[4096];
	int p[2];
	char c = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/sandbox.room", dir);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		struct slots held = SLOTS_NONE;
		struct fault f = FAULT_NONE;

		if (slots_take(path, total, total, 1000, &held, &f) == ERR_OK &&
		    write(p[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void
test_admission(void **state)
{
	struct sandbox *s = fresh();
	const struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_PING };
	uint64_t refused = metric_get(METRIC_SANDBOX_REFUSED);
	struct image_result res;
	struct fault f = FAULT_NONE;
	pid_t holder = hold_room(256 / 8);

	(void)state;
	conf.sandbox_wait_ms = 50;
	assert_int_equal(sandbox_run(s, &job, NULL, 0, 1, &res, &f), ERR_BUSY);
	assert_int_equal(metric_get(METRIC_SANDBOX_REFUSED), refused + 1);
	assert_int_equal(sandbox_pid(s), 0);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	assert_works(s);

	/* Larger than all room there is: alone, but not never. */
	f = (struct fault)FAULT_NONE;
	assert_int_equal(sandbox_run(s, &job, NULL, 0, UINT64_MAX, &res, &f), ERR_OK);
	sandbox_close(s);
}

static int
setup(void **state)
{
	const char *build = getenv("TINTYPE_BUILD");

	(void)state;
	snprintf(program, sizeof(program), "%s/sandbox-test", build != NULL ? build : ".");
	if (access(program, X_OK) != 0 || mkdtemp(dir) == NULL)
		return -1;
	return 0;
}

static int
teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	return dir_remove(AT_FDCWD, dir, &f) == ERR_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_misdeeds),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_cpu_limit),
		cmocka_unit_test(test_signals_from_outside),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_recycling),
		cmocka_unit_test(test_ends_with_worker),
		cmocka_unit_test(test_bad_jobs),
		cmocka_unit_test(test_ignored_sigchld),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_admission),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
