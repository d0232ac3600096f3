/*
 * The data layer by hand, for tests that hurt its servers: reads a command a line, answers a line
 * ("ok ..." or the name of an error and its reason), keeps its connections in between.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/num.h"
#include "data/cache.h"
#include "data/conf.h"
#include "data/db.h"

enum { Q_ONE, Q_PUT, Q_GET, Q_ADD, Q_SLEEP, Q_BAD, Q_TYPES, Q_CONNECTION, Q__MAX };

static const struct db_stmt table[Q__MAX] = {
	[Q_ONE] = { "one", "SELECT 1" },
	[Q_PUT] = { "put", "INSERT INTO probe (k, v) VALUES (?, ?)" },
	[Q_GET] = { "get", "SELECT v FROM probe WHERE k = ?" },
	[Q_ADD] = { "add", "UPDATE probe SET v = v + 1 WHERE k = ?" },
	[Q_SLEEP] = { "sleep", "SELECT SLEEP(?)" },
	[Q_BAD] = { "bad", "SELECT nothing FROM nowhere" },
	[Q_TYPES] = { "types", "SELECT CAST(? AS SIGNED), CAST(? AS CHAR CHARACTER SET utf8mb4), "
	    "CAST(? AS BINARY), CAST(? AS CHAR), SUM(CAST(3000000000 AS UNSIGNED)), REPEAT('x', 70000)" },
	[Q_CONNECTION] = { "connection", "SELECT CONNECTION_ID()" },
};

struct probe {
	struct conf	*conf;
	struct db	*db;
	struct cache	*cache;
	struct arena	*mem;
	char		*word[6];	/* the command and its arguments, "" when missing */
	int		 tries;		/* of the last transaction */
};

static int64_t
num(const char *s)
{
	int64_t n = 0;

	return num_parses(s, INT32_MIN, INT32_MAX, &n) ? n : 0;
}

static void
answer(enum err e, const struct fault *f, const char *text)
{
	if (e == ERR_OK)
		printf("ok %s\n", text);
	else
		printf("%s %s\n", err_name(e), f->why);
}

static void
rest_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* Two rows, locked one after the other, with a pause between: two probes in opposite order meet. */
static enum err
add_two(struct db *db, void *arg, struct fault *f)
{
	struct probe *p = arg;
	enum err e;

	p->tries++;
	if ((e = DB_RUN(db, p->mem, Q_ADD, NULL, f, DB_STR(p->word[1]))) != ERR_OK)
		return e;
	rest_ms(num(p->word[3]));
	return DB_RUN(db, p->mem, Q_ADD, NULL, f, DB_STR(p->word[2]));
}

/* The same, but takes no notice of what fails. */
static enum err
add_two_careless(struct db *db, void *arg, struct fault *f)
{
	if (add_two(db, arg, f) == ERR_OK)
		return ERR_OK;
	f->err = ERR_OK;
	return ERR_OK;
}

/* A change, and a pause just before COMMIT. */
static enum err
add_and_rest(struct db *db, void *arg, struct fault *f)
{
	struct probe *p = arg;
	enum err e = DB_RUN(db, p->mem, Q_ADD, NULL, f, DB_STR(p->word[1]));

	p->tries++;
	rest_ms(num(p->word[2]));
	return e;
}

static enum err
put_and_fail(struct db *db, void *arg, struct fault *f)
{
	struct probe *p = arg;
	enum err e = DB_RUN(db, p->mem, Q_PUT, NULL, f, DB_STR(p->word[1]), DB_INT(1));

	return e != ERR_OK ? e : fault_set(f, ERR_FORBIDDEN, "changed my mind");
}

static enum err
types(struct probe *p, char *text, size_t room, struct fault *f)
{
	static const char bytes[] = { 0, 1, (char)0xff, '\'' };
	struct db_result r;
	size_t len;
	enum err e = DB_RUN(p->db, p->mem, Q_TYPES, &r, f, DB_INT(INT64_MIN),
	    DB_STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\xb8 '"), DB_BLOB(bytes, sizeof(bytes)), DB_NULL);

	if (e != ERR_OK)
		return e;
	snprintf(text, room, "%d %s %d %d %" PRId64 " %zu", db_int(&r, 0, 0) == INT64_MIN,
	    db_text(&r, 0, 1), memcmp(db_blob(&r, 0, 2, &len), bytes, sizeof(bytes)) == 0 && len == 4,
	    db_is_null(&r, 0, 3), db_int(&r, 0, 4), strlen(db_text(&r, 0, 5)));
	return ERR_OK;
}

static void
database(struct probe *p, const char *what)
{
	struct fault f = FAULT_NONE;
	struct db_result r = { 0 };
	char text[1000] = "";
	enum err e = ERR_BADREQ;
	int n = 0;

	p->tries = 0;
	if (strcmp(what, "one") == 0)
		e = DB_RUN0(p->db, p->mem, Q_ONE, &r, &f);
	else if (strcmp(what, "put") == 0)
		e = DB_RUN(p->db, p->mem, Q_PUT, &r, &f, DB_STR(p->word[1]), DB_INT(num(p->word[2])));
	else if (strcmp(what, "get") == 0)
		e = DB_RUN(p->db, p->mem, Q_GET, &r, &f, DB_STR(p->word[1]));
	else if (strcmp(what, "add") == 0)
		e = DB_RUN(p->db, p->mem, Q_ADD, &r, &f, DB_STR(p->word[1]));
	else if (strcmp(what, "sleep") == 0)
		e = DB_RUN(p->db, p->mem, Q_SLEEP, &r, &f, DB_INT(num(p->word[1])));
	else if (strcmp(what, "bad") == 0)
		e = DB_RUN0(p->db, p->mem, Q_BAD, &r, &f);
	else if (strcmp(what, "connection") == 0)
		e = DB_RUN0(p->db, p->mem, Q_CONNECTION, &r, &f);
	else if (strcmp(what, "types") == 0)
		e = types(p, text, sizeof(text), &f);
	else if (strcmp(what, "two") == 0)
		e = db_tx(p->db, add_two, p, &f);
	else if (strcmp(what, "careless") == 0)
		e = db_tx(p->db, add_two_careless, p, &f);
	else if (strcmp(what, "late") == 0)
		e = db_tx(p->db, add_and_rest, p, &f);
	else if (strcmp(what, "undo") == 0)
		e = db_tx(p->db, put_and_fail, p, &f);
	else if (strcmp(what, "ping") == 0)
		e = db_ping(p->db, &f);
	else if (strcmp(what, "migrate") == 0) {
		e = db_migrate(p->db, p->word[1], &n, &f);
		snprintf(text, sizeof(text), "%d", n);
	}
	if (p->tries > 0)
		snprintf(text, sizeof(text), "%d", p->tries);
	else if (*text == '\0' && e == ERR_OK && r.rows > 0)
		snprintf(text, sizeof(text), "%" PRId64, db_int(&r, 0, 0));
	else if (*text == '\0' && e == ERR_OK)
		snprintf(text, sizeof(text), "rows=%zu affected=%" PRIu64, r.rows, r.affected);
	answer(e, &f, text);
}

/* How long a hit or miss takes, in tenths of microseconds, over n of them. */
static void
bench(struct probe *p)
{
	int64_t n = num(p->word[2]), began = clock_mono_us(), hits = 0;

	for (int64_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(65536);

		hits += cache_get(p->cache, p->word[1], &b);
		buf_free(&b);
	}
	printf("ok %" PRId64 " hits, %" PRId64 " ns each\n", hits,
	    (clock_mono_us() - began) * 1000 / (n > 0 ? n : 1));
}

static void
cached(struct probe *p, const char *what)
{
	struct buf b = BUF_INIT(65536);
	const char *key = p->word[1], *v = p->word[2];
	int64_t began = clock_mono_us();
	int ttl_s = *p->word[3] != '\0' ? (int)num(p->word[3]) : 60;

	if (strcmp(what, "cget") == 0)
		printf("ok %s", cache_get(p->cache, key, &b) ? buf_str(&b) : "-");
	else if (strcmp(what, "cadd") == 0) {
		cache_add(p->cache, key, v, strlen(v), ttl_s);
		printf("ok +");
	} else if (strcmp(what, "cset") == 0)
		printf("ok %s", cache_set(p->cache, key, v, strlen(v), ttl_s) ? "+" : "-");
	else if (strcmp(what, "cdel") == 0)
		printf("ok %s", cache_delete(p->cache, key) ? "+" : "-");
	else
		printf("ok %" PRIu64, cache_count(p->cache, key, ttl_s));
	printf(" %" PRId64 "\n", clock_mono_us() - began);	/* microseconds it took */
	buf_free(&b);
}

static void
command(struct probe *p)
{
	const char *what = p->word[0];

	if (strcmp(what, "retries") == 0)
		printf("ok %" PRIu64 "\n", metric_get(METRIC_DB_RETRIES));
	else if (strcmp(what, "reconnects") == 0)
		printf("ok %" PRIu64 "\n", metric_get(METRIC_DB_RECONNECTS));
	else if (strcmp(what, "clock") == 0) {
		clock_set_s(clock_now_s() + num(p->word[1]));
		printf("ok\n");
	} else if (strcmp(what, "bench") == 0)
		bench(p);
	else if (*what == 'c' && strcmp(what, "careless") != 0 && strcmp(what, "connection") != 0)
		cached(p, what);
	else
		database(p, what);
	fflush(stdout);
	arena_reset(p->mem);
}

int
main(int argc, char **argv)
{
	struct probe p = { .mem = arena_new() };
	struct fault f = FAULT_NONE;
	char line[4096], *at;

	signal(SIGPIPE, SIG_IGN);
	if (argc != 2 || conf_read(argv[1], &p.conf, &f) != ERR_OK ||
	    db_open(p.conf, table, Q__MAX, &p.db, &f) != ERR_OK ||
	    cache_open(p.conf, &p.cache, &f) != ERR_OK) {
		fprintf(stderr, "probe: %s\n", argc != 2 ? "usage: probe FILE" : f.why);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		at = line;
		for (size_t i = 0; i < NELEM(p.word); i++) {
			p.word[i] = at;
			at += strcspn(at, " \n");
			if (*at != '\0')
				*at++ = '\0';
		}
		command(&p);
	}
	cache_close(p.cache);
	db_close(p.db);
	conf_free(p.conf);
	arena_free(p.mem);
	return 0;
}
