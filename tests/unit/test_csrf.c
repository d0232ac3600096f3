/*
 * Tokens of forms: bound to a session, or to the cookie of a visitor without one.
 */
#include "test.h"

#include "app/session.h"

/* The two calls of web/ that tokens need: one cookie in, one cookie out. */
static const char *cookie_in;
static char cookie_out[64];
static struct param header;

const char *
req_cookie(struct req *r, const char *name)
{
	(void)r;
	assert_string_equal(name, "tintype_form");
	return cookie_in;
}

void
answer_cookie(struct req *r, struct answer *a, const char *name, const char *value,
    int64_t max_age_s, const char *path)
{
	(void)path;
	assert_string_equal(name, "tintype_form");
	snprintf(cookie_out, sizeof(cookie_out), "%s", max_age_s == 0 ? "" : value);
	header = (struct param){ .key = "Set-Cookie", .value = arena_printf(r->mem,
	    "%s=%s; Path=/; HttpOnly", name, value) };
	a->headers = &header;
	a->nheaders = 1;
}

static struct app app = { .key_csrf = { 1, 2, 3 } };
static struct req req;

static int
setup(void **state)
{
	(void)state;
	req = (struct req){ .mem = arena_new() };
	cookie_in = NULL;
	cookie_out[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(req.mem);
	return 0;
}

static void
binds_to_session(void **state)
{
	struct session one = { 0 }, two = { 0 };
	struct answer a = { 0 };

	(void)state;
	csrf_bind(&app, "session", "token one", one.csrf);
	csrf_bind(&app, "session", "token two", two.csrf);
	assert_int_equal(strlen(one.csrf), CSRF_SIZE - 1);
	assert_string_equal(csrf_token(&app, &req, &a, &one), one.csrf);
	assert_string_equal(cookie_out, "");
	assert_true(csrf_ok(&app, &req, &one, one.csrf));
	assert_false(csrf_ok(&app, &req, &two, one.csrf));
	assert_false(csrf_ok(&app, &req, NULL, one.csrf));
}

static void
binds_to_cookie(void **state)
{
	struct answer a = { 0 };
	const char *token, *again;

	(void)state;
	token = csrf_token(&app, &req, &a, NULL);
	again = csrf_token(&app, &req, &a, NULL);	/* a second form on the same page */
	assert_string_equal(token, again);
	assert_int_equal(strlen(cookie_out), 24);
	assert_false(csrf_ok(&app, &req, NULL, token));	/* the cookie has not come back yet */
	cookie_in = arena_strdup(req.mem, cookie_out);
	assert_true(csrf_ok(&app, &req, NULL, token));
	cookie_in = "AAAAAAAAAAAAAAAAAAAAAAAA";
	assert_false(csrf_ok(&app, &req, NULL, token));
}

static void
keeps_the_cookie_there_is(void **state)
{
	struct answer a = { 0 };
	const char *token;

	(void)state;
	cookie_in = "abcdefghijklmnopqrstuvwx";
	token = csrf_token(&app, &req, &a, NULL);
	assert_string_equal(cookie_out, "");
	assert_true(csrf_ok(&app, &req, NULL, token));
}

/* A cookie that is not of our making is replaced, never bound to. */
static void
replaces_strange_cookies(void **state)
{
	static const char *const rows[] = { "", "short", "abcdefghijklmnopqrstuvwxy",
	    "abcdefghijklmnopqrstuvw\"", "abcdefghijklm opqrstuvwx" };

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct answer a = { 0 };
		const char *token;

		cookie_in = rows[i];
		cookie_out[0] = '\0';
		token = csrf_token(&app, &req, &a, NULL);
		assert_int_equal(strlen(cookie_out), 24);
		assert_false(csrf_ok(&app, &req, NULL, token));
	}
}

static void
refuses_other_tokens(void **state)
{
	struct session s = { 0 };
	struct app other = { .key_csrf = { 9 } };
	char foreign[CSRF_SIZE], form[CSRF_SIZE];

	(void)state;
	csrf_bind(&app, "session", "token", s.csrf);
	csrf_bind(&other, "session", "token", foreign);
	csrf_bind(&app, "form", "token", form);
	assert_false(csrf_ok(&app, &req, &s, foreign));
	assert_false(csrf_ok(&app, &req, &s, form));
	assert_false(csrf_ok(&app, &req, &s, ""));
	assert_false(csrf_ok(&app, &req, &s, "x"));
	for (size_t i = 0; i < CSRF_SIZE - 1; i++) {
		memcpy(foreign, s.csrf, CSRF_SIZE);
		foreign[i] = foreign[i] == 'A' ? 'B' : 'A';
		assert_false(csrf_ok(&app, &req, &s, foreign));
	}
}

static void
forgets_at_login(void **state)
{
	struct answer a = { 0 };

	(void)state;
	csrf_forget(&req, &a);
	assert_int_equal(a.nheaders, 0);
	cookie_in = "abcdefghijklmnopqrstuvwx";
	csrf_forget(&req, &a);
	assert_int_equal(a.nheaders, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(binds_to_session, setup, teardown),
		cmocka_unit_test_setup_teardown(binds_to_cookie, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_the_cookie_there_is, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces_strange_cookies, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_other_tokens, setup, teardown),
		cmocka_unit_test_setup_teardown(forgets_at_login, setup, teardown),
	};

	return cmocka_run_group_tests_name("csrf", tests, NULL, NULL);
}
