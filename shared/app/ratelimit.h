/*
 * Counting what somebody does in a window of time. Two kinds: hits, which are cheap (memcached
 * while it can count, else the database) and pass when nothing can count; and tries, which guard
 * secrets: counted in the database only, so that they hold over all nodes and without memcached,
 * and given back when the try was a good one.
 */
#ifndef APP_RATELIMIT_H
#define APP_RATELIMIT_H

#include "app/app.h"
#include "base/arena.h"

/*
 * One more of `what` by `who`: ERR_TOOMANY when that makes more than max in the current window of
 * window_s; when nothing can count, it passes.
 */
enum err ratelimit_hit(struct app *app, struct arena *a, const char *what, const char *who,
    int window_s, int64_t max, struct fault *f) MUST_USE;

/*
 * Take one try of `what` by `who`, counted before anything is tried, so that many at once get no
 * more than one after the other. The window slides. ERR_TOOMANY (which costs no try) when max are
 * taken; ERR_DB when it cannot be counted.
 */
enum err ratelimit_take(struct app *app, struct arena *a, const char *what, const char *who,
    int window_s, int64_t max, struct fault *f) MUST_USE;

/* The try was good: it does not count after all. Failing harms nothing. */
void	 ratelimit_give_back(struct app *app, struct arena *a, const char *what, const char *who,
    int window_s);

/* Begin of the window that now_s is in. */
int64_t	 ratelimit_window(int64_t now_s, int window_s);

/*
 * How many in the window_s before now_s: all of this window, and of the one before it the part that
 * is not yet that long ago.
 */
int64_t	 ratelimit_slide(int64_t now_s, int window_s, int64_t before, int64_t current);

/*
 * Whom an address stands for: IPv4 (also within IPv6) itself, IPv6 its /64, as "2001:db8:0:1::/64".
 * Anything else as it is.
 */
const char *ratelimit_who(struct arena *a, const char *address);

#endif
