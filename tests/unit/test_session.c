/*
 * Sessions by the clock, names, and where a visitor may be sent. The table of sessions is one row
 * here.
 */
#include "test.h"

#include "app/session.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/digest.h"

#define NOW 1000000000
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"	/* 43: 32 bytes */

static const char *cookie;
static struct { bool there; int64_t created_s, seen_s; } row;
static int touched, ended;
static enum err db_answer;

const char *
req_cookie(struct req *r, const char *name)
{
	(void)r;
	return strcmp(name, SESSION_COOKIE) == 0 ? cookie : NULL;
}

const char *
req_header(const struct req *r, const char *name)
{
	(void)r;
	(void)name;
	return NULL;
}

void
answer_cookie(struct req *r, struct answer *a, const char *name, const char *value,
    int64_t max_age_s, const char *path)
{
	(void)r;
	(void)a;
	(void)name;
	(void)value;
	(void)max_age_s;
	(void)path;
}

static void
session_row(struct arena *a, const struct db_val *v, struct db_result *out)
{
	uint8_t key[SHA256_BYTES];

	sha256_of(TOKEN, strlen(TOKEN), key);
	assert_int_equal(v[0].len, sizeof(key));
	*out = (struct db_result){ .cols = 5, .val = arena_calloc(a, 5, sizeof(struct db_val)) };
	if (!row.there || memcmp(v[0].ptr, key, sizeof(key)) != 0)
		return;
	out->rows = 1;
	out->val[0] = DB_INT(7);
	out->val[1] = DB_INT(row.created_s);
	out->val[2] = DB_INT(row.seen_s);
	out->val[3] = DB_STR("name");
	out->val[4] = DB_INT(ROLE_ADMIN);
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
	if (s == STMT_SESSION_GET)
		session_row(a, v, out);
	else if (s == STMT_SESSION_TOUCH) {
		touched++;
		row.seen_s = v[0].num;
	} else if (s == STMT_SESSION_END) {
		ended++;
		row.there = false;
	} else
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

const char *
db_text(const struct db_result *r, size_t i, size_t col)
{
	return r->val[i * r->cols + col].ptr;
}

struct db_val
db_str(const char *s)
{
	return (struct db_val){ .type = DB_TEXT_T, .ptr = s, .len = strlen(s) };
}

static struct conf conf = { .session_idle_s = 3600, .session_max_s = 86400 };
static struct app app = { .conf = &conf };
static struct req req;

static int
setup(void **state)
{
	(void)state;
	req = (struct req){ .mem = arena_new() };
	cookie = TOKEN;
	row.there = true;
	row.created_s = row.seen_s = NOW;
	touched = ended = 0;
	db_answer = ERR_OK;
	conf.session_idle_s = 3600;
	clock_set_s(NOW);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clock_set_s(0);
	arena_free(req.mem);
	return 0;
}

/* Is the visitor somebody at this time? */
static bool
known(int64_t now_s)
{
	struct session *s = NULL;
	struct account *who = NULL;
	struct fault f = FAULT_NONE;

	clock_set_s(now_s);
	assert_int_equal(session_load(&app, &req, &s, &who, &f), ERR_OK);
	assert_int_equal(s != NULL, who != NULL);
	if (who != NULL) {
		assert_int_equal(who->id, 7);
		assert_int_equal(who->role, ROLE_ADMIN);
		assert_int_equal(strlen(s->csrf), CSRF_SIZE - 1);
	}
	return who != NULL;
}

static void
ends_when_idle(void **state)
{
	(void)state;
	assert_true(known(NOW + 3599));
	assert_true(known(NOW + 2 * 3599));	/* seen in between */
	assert_false(known(NOW + 2 * 3599 + 3600));
	assert_int_equal(ended, 1);
	assert_false(known(NOW));		/* and it does not come back with the clock */
}

static void
ends_at_last(void **state)
{
	(void)state;
	for (int64_t s = 0; s < 86400; s += 3000)
		assert_true(known(NOW + s));
	assert_false(known(NOW + 86400));
	assert_int_equal(ended, 1);
}

static void
is_written_seldom(void **state)
{
	(void)state;
	for (int64_t s = 0; s < 600; s++)
		assert_true(known(NOW + s));
	assert_int_equal(touched, 9);
}

/*
 * With a short life once a minute would be too seldom: a visitor who clicks all the time must not
 * be thrown out.
 */
static void
short_lives_are_kept(void **state)
{
	(void)state;
	conf.session_idle_s = 60;
	for (int64_t s = 0; s < 600; s += 20)
		assert_true(known(NOW + s));
	assert_false(known(NOW + 580 + 60));
}

static void
strange_cookies_do_not_reach_the_database(void **state)
{
	static const char *const rows[] = { NULL, "", "x", TOKEN "A",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAA%AAAAAAAAAAAAAAAAAAAAA" };

	(void)state;
	db_answer = ERR_DB;
	for (size_t i = 0; i < NELEM(rows); i++) {
		cookie = rows[i];
		assert_false(known(NOW));
	}
}

static void
a_dead_database_is_no_logout(void **state)
{
	struct session *s = NULL;
	struct account *who = NULL;
	struct fault f = FAULT_NONE;

	(void)state;
	db_answer = ERR_DB;
	assert_int_equal(session_load(&app, &req, &s, &who, &f), ERR_DB);
	assert_null(s);
	assert_null(who);
}

static void
next_addresses(void **state)
{
	static const struct { const char *next; bool ok; } rows[] = {
		{ "/", true }, { "/admin/", true }, { "/p/x?lang=en&a=%2F", true }, { "/a//b",
		    true },
		{ "", false }, { "admin", false }, { "//host", false }, { "/\\host", false },
		    { "/a\\b", false }, { "\\\\host", false },
		{ "http://host/", false }, { "/\thost", false }, { "/a b", false }, { "/a\r\nb",
		    false }, { "/\x7f", false }, { "/\xc3\xa9", false },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		ROW("%zu", i);
		assert_int_equal(session_next_ok(rows[i].next), rows[i].ok);
	}
}

static void
account_names(void **state)
{
	static const struct { const char *name; bool ok; } rows[] = {
		{ "a", true }, { "admin", true }, { "a.b_c-9", true },
		    { "abcdefghijklmnopqrstuvwxyz012345", true },
		{ "abcdefghijklmnopqrstuvwxyz0123456", false }, { "", false }, { "Admin", false },
		    { "a b", false }, { "a/b", false },
		{ "\xc3\xa9", false }, { "a\n", false }, { "a%", false },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		ROW("%zu", i);
		assert_int_equal(account_name_ok(rows[i].name), rows[i].ok);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ends_when_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_at_last, setup, teardown),
		cmocka_unit_test_setup_teardown(is_written_seldom, setup, teardown),
		cmocka_unit_test_setup_teardown(short_lives_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_cookies_do_not_reach_the_database, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(a_dead_database_is_no_logout, setup, teardown),
		cmocka_unit_test(next_addresses),
		cmocka_unit_test(account_names),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
