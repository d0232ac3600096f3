/*
 * Locks that the kernel gives back when their holder dies: byte-range locks (open
 * file description locks) on one file. Two uses: weighted slots for admission, and a
 * lock per name (one builder per variant) without a file per name.
 */
#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include <stdint.h>

#include "base/err.h"

/* What is held. A holder with fd -1 holds nothing. */
struct slots {
	int	 fd;		/* own open file description; closing lets go */
	int	 held;		/* how many */
};
#define SLOTS_NONE { .fd = -1 }
#define SLOTS_TOTAL_MAX 1024

/*
 * Take `want` of `total` slots in file path (made when missing), waiting at most
 * wait_ms. ERR_BUSY when not to be had in time, ERR_TOOBIG when want is more than
 * total ever will be. Waiters queue: who wants many does not starve behind many who want one.
 */
enum err slots_take(const char *path, int total, int want, int wait_ms, struct slots *out, struct fault *f) MUST_USE;

/*
 * Take the lock called name, waiting at most wait_ms (0: one try). done, when not NULL, is asked
 * while waiting and ends the wait with ERR_OK and out->held == 0 when it says true.
 */
enum err slots_lock(const char *path, const char *name, int wait_ms, int (*done)(void *), void *arg,
    struct slots *out, struct fault *f) MUST_USE;

void	 slots_release(struct slots *s);

#endif
