/*
 * From a web server's variables to a request.
 */
#include "test.h"


#include "base/limits.h"
#include "fake_wire.h"

#define VARS(...) (const char *const []){ __VA_ARGS__, NULL }

struct uri_case {
	const char	*uri, *base, *path, *raw, *query;
	enum err	 err;
};

static const struct uri_case uris[] = {
	{ "/", "", "/", "/", "", 0 },
	{ "/i/abc.jpg?x=1&y=2", "", "/i/abc.jpg", "/i/abc.jpg", "x=1&y=2", 0 },
	{ "/k/a%20b+c", "", "/k/a b+c", "/k/a%20b+c", "", 0 },
	{ "/k/%E7%8C%AB.jpg", "", "/k/\xe7\x8c\xab.jpg", "/k/%E7%8C%AB.jpg", "", 0 },
	{ "/k/a%2525", "", "/k/a%25", "/k/a%2525", "", 0 },
	{ "/i/x/resize,w_10.webp", "", "/i/x/resize,w_10.webp", "/i/x/resize,w_10.webp", "", 0 },
	{ "/..a/.b/c..", "", "/..a/.b/c..", "/..a/.b/c..", "", 0 },
	{ "/admin/", "", "/admin/", "/admin/", "", 0 },
	{ "/a?b?c", "", "/a", "/a", "b?c", 0 },
	{ "http://other.example/i/x?q", "", "/i/x", "/i/x", "q", 0 },
	{ "https://other.example", "", "/", "/", "", 0 },
	{ "https://other.example?q=1", "", "/", "/", "q=1", 0 },
	{ "/img/i/x", "/img", "/i/x", "/i/x", "", 0 },
	{ "/img/i/x", "/img/", "/i/x", "/i/x", "", 0 },
	{ "/img", "/img", "/", "/", "", 0 },
	{ "/img?a", "/img", "/", "/", "a", 0 },
	{ "/images", "/img", NULL, NULL, NULL, ERR_NOTFOUND },
	{ "/imgx/y", "/img", NULL, NULL, NULL, ERR_NOTFOUND },
	{ "/a//b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "//a", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a/./b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a/.", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a/../b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/..", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/%2e%2e/etc", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%2f..%2fb", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%2f%2fb", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%00b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%0ab", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%0d%0aX: y", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%7f", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%5cb", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a\\b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%c0%ae", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%ff", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%2", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a%zz", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/a#b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "*", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "a/b", "", NULL, NULL, NULL, ERR_BADREQ },
	{ "/?a=%00", "", NULL, NULL, NULL, ERR_BADREQ },
};

static void
test_uri(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(uris); i++) {
		const struct uri_case *c = &uris[i];
		struct transport_conf conf = { .base_path = c->base };
		struct fake fk = { .vars = VARS("REQUEST_METHOD=GET", NULL) };
		char var[256] = "REQUEST_URI=";
		const char *vars[] = { "REQUEST_METHOD=GET", var, "SCRIPT_NAME=/wrong", NULL };
		struct transport *t;
		struct req r;
		enum err e;

		memcpy(var + 12, c->uri, strlen(c->uri) + 1);
		fk.vars = vars;
		t = fake_open(&fk, &conf);
		e = fake_next(t, &r);
		if (e != c->err)
			fail_msg("%s: %s (%s)", c->uri, err_name(e), r.fault.why);
		if (!e) {
			assert_string_equal(r.path, c->path);
			assert_string_equal(r.raw_path, c->raw);
			assert_string_equal(r.query, c->query);
		} else {
			assert_true(r.fault.why[0]);
		}
		assert_int_equal(strlen(r.id), 16);
		fake_close(t, &r, &fk);
	}
}

static void
test_long_uri(void **state)
{
	char *var = calloc(1, LIMIT_QUERY_BYTES + 100);
	const char *vars[] = { var, NULL };

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool query = i & 1, over = i & 2;
		size_t limit = query ? LIMIT_QUERY_BYTES : LIMIT_PATH_BYTES, start;
		struct fake fk = { .vars = vars };
		struct transport *t;
		struct req r;

		memcpy(var, "REQUEST_URI=/?", 15);
		start = query ? 14 : 13;
		if (!query)
			limit--;	/* the slash counts */
		memset(var + start, 'a', limit + over);
		var[start + limit + over] = '\0';
		t = fake_open(&fk, NULL);
		assert_int_equal(fake_next(t, &r), over ? ERR_BADREQ : ERR_OK);
		fake_close(t, &r, &fk);
	}
	free(var);
}

static void
test_without_uri(void **state)
{
	struct fake fk = { .vars = VARS("SCRIPT_NAME=/cgi/view", "PATH_INFO=/i/a b", "QUERY_STRING=x=1") };
	struct transport_conf conf = { .base_path = "/cgi/view" };
	struct transport *t = fake_open(&fk, &conf);
	struct req r;

	(void)state;
	assert_int_equal(fake_next(t, &r), ERR_OK);
	assert_string_equal(r.path, "/i/a b");
	assert_string_equal(r.raw_path, "/i/a%20b");
	assert_string_equal(req_param(&r, "x"), "1");
	fake_close(t, &r, &fk);
}

static void
test_query(void **state)
{
	struct fake fk = { .vars = VARS("REQUEST_URI=/?a=1&a=2&&b=x+y%2b&c&d=100%&e=%E7%8C%AB&=z") };
	struct transport *t = fake_open(&fk, NULL);
	struct req r;

	(void)state;
	assert_int_equal(fake_next(t, &r), ERR_OK);
	assert_string_equal(req_param(&r, "a"), "1");
	assert_string_equal(req_param(&r, "b"), "x y+");
	assert_string_equal(req_param(&r, "c"), "");
	assert_string_equal(req_param(&r, "d"), "100%");
	assert_string_equal(req_param(&r, "e"), "\xe7\x8c\xab");
	assert_null(req_param(&r, "f"));
	assert_int_equal(r.nparams, 7);
	fake_close(t, &r, &fk);
}

static void
test_client(void **state)
{
	static const struct { const char *peer, *xff; int hops; const char *want; } cases[] = {
		{ "192.0.2.1", NULL, 0, "192.0.2.1" },
		{ "192.0.2.1", "198.51.100.7", 0, "192.0.2.1" },
		{ "192.0.2.1", "198.51.100.7", 1, "198.51.100.7" },
		{ "192.0.2.1", "6.6.6.6, 198.51.100.7", 1, "198.51.100.7" },
		{ "192.0.2.1", "6.6.6.6,198.51.100.7 , 203.0.113.9", 2, "198.51.100.7" },
		{ "192.0.2.1", "198.51.100.7", 2, "192.0.2.1" },
		{ "192.0.2.1", "garbage", 1, "192.0.2.1" },
		{ "192.0.2.1", "", 1, "192.0.2.1" },
		{ "192.0.2.1", "1.2.3.4,", 1, "192.0.2.1" },
		{ "192.0.2.1", "198.51.100.7:4711", 1, "198.51.100.7" },
		{ "192.0.2.1", "[2001:db8::1]:4711", 1, "2001:db8::1" },
		{ "192.0.2.1", "2001:DB8:0::1", 1, "2001:db8::1" },
		{ "::ffff:192.0.2.1", NULL, 0, "192.0.2.1" },
		{ "2001:db8::2", NULL, 0, "2001:db8::2" },
		{ "unix:", NULL, 0, "127.0.0.1" },
		{ "unix:", "198.51.100.7", 1, "198.51.100.7" },
		{ NULL, NULL, 0, "127.0.0.1" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		assert_string_equal(head_client(mem, cases[i].peer, cases[i].xff, cases[i].hops), cases[i].want);
	arena_free(mem);
}

static void
test_https_and_host(void **state)
{
	static const struct { const char *vars[5]; int hops; bool https; const char *host; } cases[] = {
		{ { "HTTP_HOST=example.org:8080" }, 0, false, "example.org:8080" },
		{ { "HTTP_HOST=[2001:db8::1]:80" }, 0, false, "[2001:db8::1]:80" },
		{ { "HTTP_HOST=a/b" }, 0, false, "" },
		{ { "HTTP_HOST=a\r\nX: y" }, 0, false, "" },
		{ { "HTTPS=on" }, 0, true, "" },
		{ { "HTTPS=off" }, 0, false, "" },
		{ { "HTTPS=" }, 0, false, "" },
		{ { "REQUEST_SCHEME=https" }, 0, true, "" },
		{ { "HTTP_X_FORWARDED_PROTO=https" }, 0, false, "" },
		{ { "HTTP_X_FORWARDED_PROTO=https" }, 1, true, "" },
		{ { "HTTP_X_FORWARDED_PROTO=http", "HTTPS=on" }, 1, false, "" },
		{ { "HTTP_X_FORWARDED_PROTO=http, https" }, 1, true, "" },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct transport_conf conf = { .trusted_proxies = cases[i].hops };
		struct fake fk = { .vars = cases[i].vars };
		struct transport *t = fake_open(&fk, &conf);
		struct req r;

		fake_next(t, &r);
		if (r.https != cases[i].https || strcmp(r.host, cases[i].host) != 0)
			fail_msg("%s: https %d host %s", cases[i].vars[0], r.https, r.host);
		fake_close(t, &r, &fk);
	}
}

static void
test_length(void **state)
{
	static const struct { const char *vars[4]; bool cgi; enum err err; int64_t length; bool chunked; } cases[] = {
		{ { "REQUEST_METHOD=GET", "CONTENT_LENGTH=" }, false, 0, -1, false },
		{ { "REQUEST_METHOD=GET", "CONTENT_LENGTH=0" }, false, 0, 0, false },
		{ { "REQUEST_METHOD=GET" }, true, 0, -1, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=12" }, false, 0, 12, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=12", "HTTP_TRANSFER_ENCODING=chunked" }, false, 0, 12, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=", "HTTP_TRANSFER_ENCODING=chunked" }, false, 0, -1, true },
		{ { "REQUEST_METHOD=POST" }, false, 0, -1, true },
		{ { "REQUEST_METHOD=POST" }, true, 0, -1, false },
		{ { "REQUEST_METHOD=POST", "HTTP_TRANSFER_ENCODING=chunked" }, true, 0, -1, true },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=+1" }, false, ERR_BADREQ, 0, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=-1" }, false, ERR_BADREQ, 0, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=1, 1" }, false, ERR_BADREQ, 0, false },
		{ { "REQUEST_METHOD=POST", "CONTENT_LENGTH=99999999999999999999" }, false, ERR_BADREQ, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		const char *vars[] = { "REQUEST_URI=/", cases[i].vars[0], cases[i].vars[1], cases[i].vars[2], NULL };
		struct fake fk = { .vars = vars, .wire.cgi = cases[i].cgi };
		struct transport *t = fake_open(&fk, NULL);
		struct req r;

		assert_int_equal(fake_next(t, &r), cases[i].err);
		if (!cases[i].err) {
			assert_int_equal(r.content_length, cases[i].length);
			assert_int_equal(r.chunked, cases[i].chunked);
		}
		fake_close(t, &r, &fk);
	}
}

static void
test_headers(void **state)
{
	struct fake fk = { .vars = VARS("REQUEST_URI=/", "HTTP_IF_NONE_MATCH=\"x\"", "CONTENT_TYPE=text/plain",
	    "CONTENT_LENGTH=3", "HTTP_PROXY=http://evil/", "HTTP_COOKIE=a=1; sid=\"two\";b=", "DOCUMENT_ROOT=/srv",
	    "HTTP_ACCEPT=text/html,*/*;q=0.1") };
	struct transport *t = fake_open(&fk, NULL);
	struct req r;

	(void)state;
	assert_int_equal(fake_next(t, &r), ERR_OK);
	assert_string_equal(req_header(&r, "If-None-Match"), "\"x\"");
	assert_string_equal(req_header(&r, "content-type"), "text/plain");
	assert_string_equal(req_header(&r, "Content-Length"), "3");
	assert_null(req_header(&r, "Proxy"));
	assert_null(req_server(&r, "HTTP_PROXY"));
	assert_null(req_header(&r, "X-Nothing"));
	assert_string_equal(req_server(&r, "DOCUMENT_ROOT"), "/srv");
	assert_string_equal(req_cookie(&r, "a"), "1");
	assert_string_equal(req_cookie(&r, "sid"), "two");
	assert_string_equal(req_cookie(&r, "b"), "");
	assert_null(req_cookie(&r, "s"));
	assert_int_equal(req_wants(&r), WANTS_HTML);
	assert_true(req_accepts(&r, "text/html"));
	assert_false(req_accepts(&r, "image/avif"));
	fake_close(t, &r, &fk);
}

/* limit, length variable, the body there is, its end */
static void
test_body(void **state)
{
	static const struct { int64_t limit; const char *length, *body; bool broken, cgi; enum err err; size_t got; } cases[] = {
		{ 10, "CONTENT_LENGTH=5", "hello", false, false, ERR_OK, 5 },
		{ 5, "CONTENT_LENGTH=5", "hello", false, false, ERR_OK, 5 },
		{ 4, "CONTENT_LENGTH=5", "hello", false, false, ERR_TOOBIG, 0 },
		{ 10, "CONTENT_LENGTH=6", "hello", false, false, ERR_BADREQ, 5 },
		{ 10, "CONTENT_LENGTH=4", "hello", false, false, ERR_BADREQ, 0 },
		{ 10, "CONTENT_LENGTH=4", "hello", false, true, ERR_OK, 4 },
		{ 10, "CONTENT_LENGTH=6", "hello", true, false, ERR_BADREQ, 5 },
		{ 10, "CONTENT_LENGTH=", "hello", false, false, ERR_OK, 5 },
		{ 5, "CONTENT_LENGTH=", "hello", false, false, ERR_OK, 5 },
		{ 4, "CONTENT_LENGTH=", "hello", false, false, ERR_TOOBIG, 4 },
		{ 10, "CONTENT_LENGTH=0", "", false, false, ERR_OK, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		for (size_t piece = 0; piece < 2; piece++) {
			struct fake fk = { .vars = VARS("REQUEST_METHOD=POST", "REQUEST_URI=/", cases[i].length),
				.body = cases[i].body, .body_len = strlen(cases[i].body), .piece = piece,
				.broken = cases[i].broken, .wire.cgi = cases[i].cgi };
			struct transport *t = fake_open(&fk, NULL);
			char text[16];
			size_t total = 0, got;
			struct req r;
			enum err e;

			assert_int_equal(fake_next(t, &r), ERR_OK);
			req_body_limit(&r, cases[i].limit);
			do {
				e = req_body_read(&r, text + total, sizeof(text) - total, &got);
				total += got;
			} while (!e && got);
			assert_int_equal(e, cases[i].err);
			if (!e) {
				assert_int_equal(total, cases[i].got);
				assert_memory_equal(text, cases[i].body, total);
			} else {
				assert_int_equal(req_body_read(&r, text, 1, &got), e);
			}
			fake_close(t, &r, &fk);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uri),
		cmocka_unit_test(test_long_uri),
		cmocka_unit_test(test_without_uri),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_https_and_host),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_body),
	};

	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
