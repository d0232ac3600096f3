/*
 * Locks of open file descriptions on byte ranges: the kernel lets go when the
 * last descriptor closes, however the holder died. One byte is one slot; a name
 * is a byte far out in the file, at its hash (two names on one byte only wait
 * for each other).
 *
 * Who wants many slots would starve behind many who want one. So waiting has a
 * gate: one waiter at a time collects slots as they come free, the rest queue
 * at the gate.
 */
#include "base/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"

#define GATE_AT		((off_t)1 << 40)
#define NAMES_FROM	((off_t)1 << 41)
#define NAMES_MASK	(((uint64_t)1 << 61) - 1)

enum { PAUSE_MIN_US = 50, PAUSE_MAX_US = 8000 };	/* the gate is held for less, mostly */

static bool
set(int fd, short type, off_t at)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };
	int r;

	do
		r = fcntl(fd, F_OFD_SETLK, &fl);
	while (r != 0 && errno == EINTR);
	return r == 0;
}

static enum err
open_locks(const char *path, int *fd, struct fault *f)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	return *fd < 0 ? fault_errno(f, ERR_IO, "lock file %s", path) : ERR_OK;
}

/* Sleeps a little, longer each time; false when the deadline has passed. */
static bool
pause_until(int64_t deadline_us, int *pause_us)
{
	int64_t left = deadline_us - clock_mono_us();
	struct timespec ts = { 0 };

	if (left <= 0)
		return false;
	ts.tv_nsec = (long)(left < *pause_us ? left : *pause_us) * 1000;
	nanosleep(&ts, NULL);
	*pause_us = *pause_us * 2 < PAUSE_MAX_US ? *pause_us * 2 : PAUSE_MAX_US;
	return true;
}

/* Adds to the held[] what is free now, until want. */
static int
collect(int fd, int total, int want, int have, bool *held)
{
	for (int i = 0; i < total && have < want; i++)
		if (!held[i] && set(fd, F_WRLCK, i)) {
			held[i] = true;
			have++;
		}
	return have;
}

enum err
slots_take(const char *path, int total, int want, int wait_ms, struct slots *out, struct fault *f)
{
	int64_t deadline = clock_mono_us() + (int64_t)wait_ms * 1000;
	bool held[SLOTS_TOTAL_MAX] = { false }, gate = false;
	int fd, have = 0, pause_us = PAUSE_MIN_US;
	enum err e;

	if (total > SLOTS_TOTAL_MAX || want < 1)
		return fault_set(f, ERR_INTERNAL, "slots: %d of %d make no sense", want, total);
	if (want > total)
		return fault_set(f, ERR_TOOBIG, "needs %d slots, there are %d", want, total);
	if ((e = open_locks(path, &fd, f)))
		return e;
	for (;;) {
		if (!gate)
			gate = set(fd, F_WRLCK, GATE_AT);
		if (gate && (have = collect(fd, total, want, have, held)) == want)
			break;
		if (!pause_until(deadline, &pause_us)) {
			fd_close(&fd);		/* gives back the gate and all slots */
			return fault_set(f, ERR_BUSY, "no %d of %d slots within %d ms", want, total, wait_ms);
		}
	}
	set(fd, F_UNLCK, GATE_AT);
	out->fd = fd;
	out->held = want;
	return ERR_OK;
}

enum err
slots_lock(const char *path, const char *name, int wait_ms, int (*done)(void *), void *arg,
    struct slots *out, struct fault *f)
{
	int64_t deadline = clock_mono_us() + (int64_t)wait_ms * 1000;
	off_t at = NAMES_FROM + (off_t)(hash64(name, strlen(name)) & NAMES_MASK);
	int fd, pause_us = PAUSE_MIN_US;
	enum err e;

	if ((e = open_locks(path, &fd, f)))
		return e;
	while (!set(fd, F_WRLCK, at)) {
		if (done != NULL && done(arg)) {
			fd_close(&fd);
			*out = (struct slots)SLOTS_NONE;
			return ERR_OK;
		}
		if (!pause_until(deadline, &pause_us)) {
			fd_close(&fd);
			return fault_set(f, ERR_BUSY, "somebody else has been at this for %d ms", wait_ms);
		}
	}
	out->fd = fd;
	out->held = 1;
	return ERR_OK;
}

void
slots_release(struct slots *s)
{
	fd_close(&s->fd);
	s->held = 0;
}
