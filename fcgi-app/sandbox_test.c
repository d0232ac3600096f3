/*
 * The misdeeds of the test build: each does one thing that a taken-over decoder would try.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/num.h"

static void
do_open(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "open gave %d", open("/etc/passwd", O_RDONLY));
}

static void
do_stat(struct image_result *res)
{
	struct stat st;

	snprintf(res->why, sizeof(res->why), "stat gave %d", stat("/etc/passwd", &st));
}

static void
do_socket(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "socket gave %d", socket(AF_INET, SOCK_STREAM, 0));
}

static void
do_exec(struct image_result *res)
{
	char *argv[] = { (char[]) { "true" }, NULL };

	snprintf(res->why, sizeof(res->why), "exec gave %d", execv("/bin/true", argv));
}

static void
do_fork(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "fork gave %d", (int)fork());
}

static void *
idle(void *arg)
{
	return arg;
}

static void *
sleep_in_it(void *arg)
{
	int64_t until = clock_mono_us() + 100 * 1000;

	while (clock_mono_us() < until)
		sched_yield();
	return arg;
}

static void *
open_in_it(void *arg)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? arg : NULL;
}

enum { STACK = 1 << 16 };
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

/* Its end, where a stack begins. */
static char *
new_stack(void)
{
	char *p = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	return p + STACK;
}

/* The thread that is lent: again and again, its result, and a second one at the same time, which is refused. */
static void
do_thread(struct image_result *res)
{
	pthread_t a, b = 0;
	void *got = NULL;

	for (int i = 0; i < 1000; i++)
		if (pthread_create(&a, NULL, idle, res) != 0 || pthread_join(a, &got) != 0 || got != res)
			res->err = ERR_INTERNAL;
	if (pthread_create(&a, NULL, sleep_in_it, NULL) != 0 || pthread_create(&b, NULL, idle, NULL) != EAGAIN ||
	    pthread_join(a, NULL) != 0)
		res->err = ERR_INTERNAL;
}

/* In that thread the filter is the same. */
static void
do_thread_open(struct image_result *res)
{
	pthread_t t;

	if (pthread_create(&t, NULL, open_in_it, NULL) == 0)
		pthread_join(t, NULL);
	snprintf(res->why, sizeof(res->why), "open in a thread came back");
}

/* What pthread_create() of the C library asks for, in both of its ways. */
static void
do_clone(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "clone gave %ld", syscall(SYS_clone, THREAD_FLAGS, new_stack(), NULL, NULL, 0));
}

static void
do_clone3(struct image_result *res)
{
	struct clone_args ca = { .flags = THREAD_FLAGS, .stack = (uintptr_t)new_stack() - STACK, .stack_size = STACK };

	snprintf(res->why, sizeof(res->why), "clone3 gave %ld", syscall(SYS_clone3, &ca, sizeof(ca)));
}

static void
do_vfork(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "vfork gave %ld", syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, new_stack(), NULL, NULL, 0));
}

static void
do_code(struct image_result *res)
{
	void *p = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	snprintf(res->why, sizeof(res->why), "mmap gave %p", p);
}

static void
do_kill(struct image_result *res)
{
	snprintf(res->why, sizeof(res->why), "kill gave %d", kill(getppid(), 0));
}

/* Waits for what never comes, by a call that is allowed. */
static void
do_hang(struct image_result *res)
{
	char c;

	res->err = read(SANDBOX_FD, &c, 1) == 1 ? ERR_INTERNAL : ERR_OK;
}

static void
do_spin(struct image_result *res)
{
	volatile bool on = res != NULL;

	while (on)
		;
}

static void
do_crash(struct image_result *res)
{
	volatile char *p = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = (char)res->err;
}

static void
do_abort(struct image_result *res)
{
	(void)res;
	abort();
}

/* A decoder library that thinks it may end the program. */
static void
do_exit(struct image_result *res)
{
	(void)res;
	_exit(1);
}

/* Eats until the limit; gives all back and says how much it was. */
static void
do_memory(struct image_result *res)
{
	enum { BITE = 1 << 20 };
	void **last = NULL, **p;
	int64_t mb = 0;

	while (mb < 1 << 20 && (p = malloc(BITE)) != NULL) {
		memset(p, 1, BITE);
		*p = last;
		last = p;
		mb++;
	}
	while ((p = last) != NULL) {
		last = *p;
		free(p);
	}
	res->err = ERR_NOMEM;
	snprintf(res->why, sizeof(res->why), "%lld MB", (long long)mb);
}

/* An answer made to hurt the worker: numbers out of range, texts without an end, descriptors. */
static void
do_lie(struct image_result *res)
{
	struct fault f = FAULT_NONE;
	int fds[2] = { SANDBOX_FD, 0 };

	memset(res, 0xff, sizeof(*res));
	res->magic = JOB_MAGIC;
	if (fd_send(SANDBOX_FD, res, sizeof(*res), fds, 2, &f))
		_exit(1);
}

static void
do_lie_text(struct image_result *res)
{
	res->err = ERR_BADIMAGE;
	memset(res->why, '\n', sizeof(res->why));
	memset(res->ec, '%', sizeof(res->ec));
}

/* What came along from the worker: descriptors that are open, and variables. */
static void
do_inventory(struct image_result *res)
{
	struct stat st;
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		if (fstat(fd, &st) == 0)
			n += (size_t)snprintf(res->why + n, sizeof(res->why) - n, "%d ", fd);
	for (char **v = environ; *v != NULL; v++)
		n += (size_t)snprintf(res->why + n, sizeof(res->why) - n, "%s ", *v);
	res->err = ERR_BADREQ;
}

/* An earlier picture spoils the memory that a later one trips over. */
static bool spoiled;

static void
do_spoil(struct image_result *res)
{
	(void)res;
	spoiled = true;
}

static const struct {
	const char	*how;
	void		(*act)(struct image_result *res);
} deeds[] = {
	{ "open", do_open }, { "stat", do_stat }, { "socket", do_socket },
	{ "exec", do_exec }, { "fork", do_fork }, { "thread", do_thread },
	{ "thread-open", do_thread_open }, { "clone", do_clone },
	{ "clone3", do_clone3 }, { "vfork", do_vfork },
	{ "code", do_code }, { "kill", do_kill }, { "hang", do_hang },
	{ "spin", do_spin }, { "crash", do_crash }, { "abort", do_abort },
	{ "exit", do_exit }, { "memory", do_memory }, { "lie", do_lie },
	{ "lie-text", do_lie_text }, { "inventory", do_inventory },
	{ "spoil", do_spoil },
};

/* Besides the deeds: "busy,MS" works for so long and all is well. */
void
misbehave(const char *how, struct image_result *res)
{
	int64_t ms, until;

	if (spoiled)
		do_crash(res);
	for (size_t i = 0; i < NELEM(deeds); i++)
		if (strcmp(deeds[i].how, how) == 0) {
			deeds[i].act(res);
			return;
		}
	if (strncmp(how, "busy,", 5) == 0 && num_parses(how + 5, 0, 60000, &ms)) {
		until = clock_mono_us() + ms * 1000;
		while (clock_mono_us() < until)
			;
		return;
	}
	res->err = ERR_BADSPEC;
	snprintf(res->why, sizeof(res->why), "no such misdeed");
}
