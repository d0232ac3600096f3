/*
 * Counting what somebody does in a window of time, in memcached while it can count, else in the database.
 */
#ifndef APP_RATELIMIT_H
#define APP_RATELIMIT_H

#include "app/app.h"
#include "base/arena.h"

/* One more of `what` by `who`: ERR_TOOMANY when that makes more than max in the current window of window_s; when nothing can count, it passes. */
enum err ratelimit_hit(struct app *app, struct arena *a, const char *what, const char *who, int window_s, int64_t max,
    struct fault *f) MUST_USE;

#endif
