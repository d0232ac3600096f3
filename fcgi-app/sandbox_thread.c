/*
 * The one thread that the sandbox has besides its first. x265 hands every picture to a thread of its own and waits for
 * it, whatever it is told, and libheif has no other encoder for HEIC. The filter lets no thread be made: with clone()
 * allowed, a decoder that was taken over could make any number. So this one is made before the door closes, waits
 * behind it under the same filter, and is lent to whoever calls pthread_create(): these names in the program come before
 * those of the C library, in the libraries too. Who asks for a second one is told what every program must be ready
 * to hear, that there is none to be had.
 */
#include "sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

/*
 * Small enough that the kernel never gives it a huge page: it costs the sandbox two small pages while it waits. x265
 * takes 16 kB of it.
 */
#define STACK_BYTES ((size_t)1 << 20)

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static struct {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	pthread_t	 id;
	bool		 there, busy;
	void		*(*work)(void *);
	void		*arg, *result;
} lent = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void *
wait_for_work(void *unused)
{
	pthread_mutex_lock(&lent.lock);
	lent.there = true;
	for (;;) {
		void *result;

		pthread_cond_broadcast(&lent.changed);
		while (!lent.busy)
			pthread_cond_wait(&lent.changed, &lent.lock);
		pthread_mutex_unlock(&lent.lock);
		result = lent.work(lent.arg);
		pthread_mutex_lock(&lent.lock);
		lent.result = result;
		lent.busy = false;
	}
	return unused;
}

/* Back when it waits: it has told the kernel then what a new thread tells, which the filter would not let it. */
bool
thread_start(void)
{
	union { void *p; create_fn *create; } libc = { .p = dlsym(RTLD_NEXT, "pthread_create") };
	pthread_attr_t attr;

	if (libc.p == NULL || pthread_attr_init(&attr) != 0 || pthread_attr_setstacksize(&attr, STACK_BYTES) != 0 ||
	    (errno = libc.create(&lent.id, &attr, wait_for_work, NULL)) != 0)
		return false;
	pthread_attr_destroy(&attr);
	pthread_mutex_lock(&lent.lock);
	while (!lent.there)
		pthread_cond_wait(&lent.changed, &lent.lock);
	pthread_mutex_unlock(&lent.lock);
	return true;
}

int
pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*work)(void *), void *arg)
{
	bool mine;

	(void)attr;
	pthread_mutex_lock(&lent.lock);
	mine = lent.there && !lent.busy;
	if (mine) {
		lent.work = work;
		lent.arg = arg;
		lent.busy = true;
		*id = lent.id;
		pthread_cond_broadcast(&lent.changed);
	}
	pthread_mutex_unlock(&lent.lock);
	return mine ? 0 : EAGAIN;
}

int
pthread_join(pthread_t id, void **result)
{
	if (!pthread_equal(id, lent.id))
		return ESRCH;
	pthread_mutex_lock(&lent.lock);
	while (lent.busy)
		pthread_cond_wait(&lent.changed, &lent.lock);
	if (result != NULL)
		*result = lent.result;
	pthread_mutex_unlock(&lent.lock);
	return 0;
}
