/* base/slots: locks that the kernel gives back. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "base/fdio.h"
#include "base/slots.h"

static const char *dir;
static char path[600];

static int
setup(void **state)
{
	(void)state;
	dir = test_mkdir();
	snprintf(path, sizeof(path), "%s/slots", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return dir_remove(AT_FDCWD, dir, NULL) != ERR_OK;
}

static void
test_weights(void **state)
{
	struct slots a = SLOTS_NONE, b = SLOTS_NONE, c = SLOTS_NONE;
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(slots_take(path, 4, 3, 0, &a, &f), ERR_OK);
	assert_int_equal(a.held, 3);
	assert_int_equal(slots_take(path, 4, 2, 20, &b, &f), ERR_BUSY);
	assert_int_equal(b.fd, -1);
	assert_int_equal(slots_take(path, 4, 1, 0, &b, &f), ERR_OK);
	assert_int_equal(slots_take(path, 4, 1, 0, &c, &f), ERR_BUSY);
	slots_release(&a);
	assert_int_equal(slots_take(path, 4, 3, 0, &c, &f), ERR_OK);
	slots_release(&b);
	slots_release(&c);
	slots_release(&c);
	assert_int_equal(slots_take(path, 4, 5, 0, &c, &f), ERR_TOOBIG);
	assert_int_equal(slots_take(path, 4, 4, 0, &c, &f), ERR_OK);
	slots_release(&c);
}

static int
yes(void *arg)
{
	++*(int *)arg;
	return 1;
}

static void
test_names(void **state)
{
	struct slots a = SLOTS_NONE, b = SLOTS_NONE, c = SLOTS_NONE;
	struct fault f = FAULT_NONE;
	int asked = 0;

	(void)state;
	assert_int_equal(slots_lock(path, "one", 0, NULL, NULL, &a, &f), ERR_OK);
	assert_int_equal(a.held, 1);
	assert_int_equal(slots_lock(path, "one", 10, NULL, NULL, &b, &f), ERR_BUSY);
	assert_int_equal(slots_lock(path, "two", 0, NULL, NULL, &b, &f), ERR_OK);
	assert_int_equal(slots_lock(path, "one", 10000, yes, &asked, &c, &f), ERR_OK);
	assert_int_equal(c.held, 0);
	assert_int_equal(asked, 1);
	slots_release(&c);
	slots_release(&a);
	assert_int_equal(slots_lock(path, "one", 0, NULL, NULL, &c, &f), ERR_OK);
	slots_release(&b);
	slots_release(&c);
}

/* A child takes the lock, says so, and hangs. */
static pid_t
holder(bool all)
{
	struct slots s = SLOTS_NONE;
	int pipes[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if ((all ? slots_take(path, 4, 4, 0, &s, NULL) : slots_lock(path, "x", 0, NULL, NULL, &s, NULL)) !=
		    ERR_OK || write(pipes[1], "!", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], &c, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void
test_killed_holder(void **state)
{
	struct slots s = SLOTS_NONE;
	struct fault f = FAULT_NONE;

	(void)state;
	for (int all = 0; all < 2; all++) {
		pid_t pid = holder(all);

		assert_int_equal(all ? slots_take(path, 4, 1, 0, &s, &f) : slots_lock(path, "x", 0, NULL, NULL, &s, &f),
		    ERR_BUSY);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(all ? slots_take(path, 4, 4, 60000, &s, &f) :
		    slots_lock(path, "x", 60000, NULL, NULL, &s, &f), ERR_OK);
		slots_release(&s);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

/* Never more holders than slots: each child marks its presence in a pipe of bounded room. */
static void
test_crowd(void **state)
{
	int status, ok = 0, inside[2];
	char token = 't';

	(void)state;
	assert_int_equal(pipe2(inside, O_NONBLOCK), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(write(inside[1], &token, 1), 1);
	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid != 0)
			continue;
		for (int round = 0; round < 5; round++) {
			struct slots s = SLOTS_NONE;
			char c;

			if (slots_take(path, 2, 1, 60000, &s, NULL) != ERR_OK || read(inside[0], &c, 1) != 1)
				_exit(1);	/* no token left: a third one inside */
			usleep(200);
			if (write(inside[1], &c, 1) != 1)
				_exit(1);
			slots_release(&s);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		ok += status == 0;
	assert_int_equal(ok, 6);
	close(inside[0]);
	close(inside[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_killed_holder),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests_name("slots", tests, setup, teardown);
}
