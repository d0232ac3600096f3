/*
 * Limits in windows of time, over a table of counters that is an array here.
 */
#include "test.h"

#include "app/ratelimit.h"
#include "app/stmt.h"
#include "base/clock.h"

#define NOW 1000000000		/* the begin of a window of 100, 900 and 1000 seconds */

static struct { char name[128]; int64_t window_s, n; } table[32];
static size_t nrows;
static uint64_t memcached;	/* what it counts, 0: it cannot */
static enum err db_answer;

static int64_t *
row(const struct db_val *v)
{
	for (size_t i = 0; i < nrows; i++)
		if (strcmp(table[i].name, v[0].ptr) == 0 && table[i].window_s == v[1].num)
			return &table[i].n;
	assert_true(nrows < NELEM(table));
	assert_in_range(snprintf(table[nrows].name, sizeof(table[0].name), "%s",
	    (const char *)v[0].ptr), 1, 127);
	table[nrows].window_s = v[1].num;
	return &table[nrows++].n;
}

static void
select_rows(struct arena *a, const struct db_val *v, struct db_result *out)
{
	*out = (struct db_result){ .cols = 2, .val = arena_calloc(a, 2 * NELEM(table),
	    sizeof(struct db_val)) };
	for (size_t i = 0; i < nrows; i++)
		if (strcmp(table[i].name, v[0].ptr) == 0 && table[i].window_s >= v[1].num) {
			out->val[2 * out->rows] = DB_INT(table[i].window_s);
			out->val[2 * out->rows++ + 1] = DB_INT(table[i].n);
		}
}

enum err
db_run(struct db *db, struct arena *a, int s, const struct db_val *v, size_t n,
    struct db_result *out, struct fault *f)
{
	(void)db;
	(void)n;
	(void)f;
	if (db_answer != ERR_OK)
		return db_answer;
	if (s == STMT_COUNTER_UP)
		++*row(v);
	else if (s == STMT_COUNTER_DOWN)
		*row(v) -= *row(v) > 0;
	else if (s == STMT_COUNTER_GET)
		select_rows(a, v, out);
	else
		fail();
	return ERR_OK;
}

enum err
db_tx(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	return work(db, arg, f);
}

int64_t
db_int(const struct db_result *r, size_t i, size_t col)
{
	return r->val[i * r->cols + col].num;
}

struct db_val
db_str(const char *s)
{
	return (struct db_val){ .type = DB_TEXT_T, .ptr = s, .len = strlen(s) };
}

uint64_t
cache_count(struct cache *c, const char *key, int ttl_s)
{
	(void)c;
	(void)key;
	(void)ttl_s;
	return memcached > 0 ? ++memcached : 0;
}

static struct app app;

static int
setup(void **state)
{
	nrows = 0;
	memset(table, 0, sizeof(table));
	memcached = 0;
	db_answer = ERR_OK;
	clock_set_s(NOW);
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	clock_set_s(0);
	arena_free(*state);
	return 0;
}

static enum err
take(void *a, const char *who)
{
	struct fault f = FAULT_NONE;

	return ratelimit_take(&app, a, "test", who, 100, 3, &f);
}

static void
windows(void **state)
{
	static const struct { int64_t now_s, begin_s; int window_s; } rows[] = {
		{ 0, 0, 900 }, { 899, 0, 900 }, { 900, 900, 900 }, { 1801, 1800, 900 }, { NOW + 99,
		    NOW, 100 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(ratelimit_window(rows[i].now_s, rows[i].window_s),
		    rows[i].begin_s);
}

static void
slides(void **state)
{
	static const struct { int64_t now_s, before, current, want; } rows[] = {
		{ 100, 10, 0, 10 },	/* at the begin the window before counts whole */
		{ 150, 10, 2, 7 },
		{ 199, 10, 2, 2 },
		{ 199, 100, 2, 3 },
		{ 150, 0, 4, 4 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(ratelimit_slide(rows[i].now_s, 100, rows[i].before,
		    rows[i].current), rows[i].want);
}

static void
limits_one_and_not_the_other(void **state)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(*state, "a"), ERR_OK);
	assert_int_equal(take(*state, "a"), ERR_TOOMANY);
	assert_int_equal(take(*state, "b"), ERR_OK);
}

/* Who hammers on a closed door keeps it closed no longer than who waits. */
static void
refusals_cost_nothing(void **state)
{
	for (int i = 0; i < 50; i++)
		assert_int_equal(take(*state, "a"), i < 3 ? ERR_OK : ERR_TOOMANY);
	clock_set_s(NOW + 100);
	assert_int_equal(take(*state, "a"),
	    ERR_TOOMANY);	/* still three in the last 100 seconds */
	clock_set_s(NOW + 140);
	assert_int_equal(take(*state, "a"), ERR_OK);
	clock_set_s(NOW + 141);
	assert_int_equal(take(*state, "a"), ERR_OK);
	assert_int_equal(take(*state, "a"), ERR_TOOMANY);
	clock_set_s(NOW + 300);
	assert_int_equal(take(*state, "a"), ERR_OK);
}

static void
good_tries_are_given_back(void **state)
{
	for (int i = 0; i < 20; i++) {
		assert_int_equal(take(*state, "a"), ERR_OK);
		ratelimit_give_back(&app, *state, "test", "a", 100);
	}
	ratelimit_give_back(&app, *state, "test", "a", 100);	/* never below nothing */
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(*state, "a"), ERR_OK);
	assert_int_equal(take(*state, "a"), ERR_TOOMANY);
}

static void
tries_need_the_database(void **state)
{
	memcached = 1;
	db_answer = ERR_DB;
	assert_int_equal(take(*state, "a"), ERR_DB);
}

static void
hits_use_what_there_is(void **state)
{
	struct fault f = FAULT_NONE;

	for (int i = 0; i < 3; i++)
		assert_int_equal(ratelimit_hit(&app, *state, "up", "a", 100, 3, &f), ERR_OK);
	assert_int_equal(ratelimit_hit(&app, *state, "up", "a", 100, 3, &f), ERR_TOOMANY);
	f = (struct fault)FAULT_NONE;
	db_answer = ERR_DB;
	assert_int_equal(ratelimit_hit(&app, *state, "up", "a", 100, 3, &f), ERR_OK);
	memcached = 2;		/* counts to 3 next */
	assert_int_equal(ratelimit_hit(&app, *state, "up", "a", 100, 3, &f), ERR_OK);
	assert_int_equal(ratelimit_hit(&app, *state, "up", "a", 100, 3, &f), ERR_TOOMANY);
}

static void
addresses(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "203.0.113.9", "203.0.113.9" },
		{ "::ffff:203.0.113.9", "203.0.113.9" },
		{ "2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:db8:0:1::/64" },
		{ "2001:db8:0:1::2", "2001:db8:0:1::/64" },
		{ "2001:DB8:0:2::2", "2001:db8:0:2::/64" },
		{ "unix:", "unix:" },
		{ "", "" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_string_equal(ratelimit_who(*state, rows[i].in), rows[i].out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows),
		cmocka_unit_test(slides),
		cmocka_unit_test_setup_teardown(limits_one_and_not_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_cost_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(good_tries_are_given_back, setup, teardown),
		cmocka_unit_test_setup_teardown(tries_need_the_database, setup, teardown),
		cmocka_unit_test_setup_teardown(hits_use_what_there_is, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses, setup, teardown),
	};

	return cmocka_run_group_tests_name("ratelimit", tests, NULL, NULL);
}
