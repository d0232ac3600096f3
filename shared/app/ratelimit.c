/*
 * Counters in windows of time. A counter is a row (name, begin of the window); who is counted may
 * be any text, so names are hashed to a fixed length.
 */
#include "app/ratelimit.h"

#include <arpa/inet.h>
#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/enc.h"

int64_t
ratelimit_window(int64_t now_s, int window_s)
{
	return now_s - now_s % window_s;
}

int64_t
ratelimit_slide(int64_t now_s, int window_s, int64_t before, int64_t current)
{
	int64_t left_s = window_s - now_s % window_s;

	return current + before * left_s / window_s;
}

const char *
ratelimit_who(struct arena *a, const char *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (inet_pton(AF_INET6, address, &in6) != 1)
		return address;
	if (memcmp(in6.s6_addr, mapped, sizeof(mapped)) == 0)
		return arena_strdup(a, inet_ntop(AF_INET, &in6.s6_addr[12], text, sizeof(text)));
	memset(&in6.s6_addr[8], 0, 8);
	return arena_printf(a, "%s/64", inet_ntop(AF_INET6, &in6, text, sizeof(text)));
}

static const char *
counter_name(struct arena *a, const char *what, const char *who)
{
	uint8_t sha[SHA256_BYTES];
	char hex[SHA256_HEX];

	sha256_of(who, strlen(who), sha);
	enc_hex(sha, sizeof(sha), hex);
	return arena_printf(a, "%s:%s", what, hex);
}

struct count {
	struct arena	*mem;
	const char	*name;
	int		 window_s;
	int64_t		 now_s;
	int64_t		 before, current;	/* found, the latter with ours */
};

static enum err
count_work(struct db *db, void *arg, struct fault *f)
{
	struct count *n = arg;
	int64_t window = ratelimit_window(n->now_s, n->window_s);
	struct db_result res;
	enum err e;

	n->before = n->current = 0;
	/* The row is needed until the window after its own has ended. */
	if ((e = DB_RUN(db, n->mem, STMT_COUNTER_UP, NULL, f, DB_STR(n->name), DB_INT(window),
	    DB_INT(window + 2 * (int64_t)n->window_s))) ||
	    (e = DB_RUN(db, n->mem, STMT_COUNTER_GET, &res, f, DB_STR(n->name),
	    DB_INT(window - n->window_s))))
		return e;
	for (size_t i = 0; i < res.rows; i++) {
		if (db_int(&res, i, 0) == window)
			n->current = db_int(&res, i, 1);
		else if (db_int(&res, i, 0) == window - n->window_s)
			n->before = db_int(&res, i, 1);
	}
	return ERR_OK;
}

static enum err
too_many(const char *what, struct fault *f)
{
	return fault_set(f, ERR_TOOMANY, "too many %s requests from here; please wait a while",
	    what);
}

enum err
ratelimit_take(struct app *app, struct arena *a, const char *what, const char *who, int window_s,
    int64_t max, struct fault *f)
{
	struct count n = { .mem = a, .name = counter_name(a, what, who), .window_s = window_s,
	    .now_s = clock_now_s() };
	enum err e;

	if ((e = db_tx(app->db, count_work, &n, f)))
		return e;
	if (ratelimit_slide(n.now_s, window_s, n.before, n.current) <= max)
		return ERR_OK;
	ratelimit_give_back(app, a, what, who, window_s);
	return too_many(what, f);
}

void
ratelimit_give_back(struct app *app, struct arena *a, const char *what, const char *who,
    int window_s)
{
	struct fault ignored = FAULT_NONE;

	(void)!DB_RUN(app->db, a, STMT_COUNTER_DOWN, NULL, &ignored,
	    DB_STR(counter_name(a, what, who)),
	    DB_INT(ratelimit_window(clock_now_s(), window_s)));
}

enum err
ratelimit_hit(struct app *app, struct arena *a, const char *what, const char *who, int window_s,
    int64_t max, struct fault *f)
{
	struct count n = { .mem = a, .window_s = window_s, .now_s = clock_now_s() };
	struct fault ignored = FAULT_NONE;
	int64_t hits;

	who = ratelimit_who(a, who);
	n.name = counter_name(a, what, who);
	hits = (int64_t)cache_count(app->cache,
	    arena_printf(a, "rate:%s:%lld", n.name, (long long)ratelimit_window(n.now_s, window_s)),
	    window_s);
	if (hits == 0) {
		if (db_tx(app->db, count_work, &n, &ignored) != ERR_OK)
			return ERR_OK;
		hits = n.current;
	}
	return hits <= max ? ERR_OK : too_many(what, f);
}
