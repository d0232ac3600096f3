/*
 * What leaves: headers, ranges, conditions, files; and the small pieces of header syntax.
 */
#include "test.h"


#include "base/clock.h"
#include "fake_wire.h"

#define VARS(...) (const char *const []){ __VA_ARGS__, NULL }
#define TAG "\"v1\""
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define TIME 784111777

/* One request with one header, one answer; the sent bytes are compared as a whole. */
struct answer_case {
	const char		*method, *header;
	enum body_kind		 kind;		/* BODY_MEM and BODY_FD hold "0123456789" */
	int			 status;
	const char		*want;
};

#define HEAD(status) "Status: " status "\r\nContent-Type: text/plain\r\nETag: " TAG "\r\n"
#define FULL "Content-Length: 10\r\n\r\n"

static const struct answer_case answers[] = {
	{ "GET", "", BODY_MEM, 0, HEAD("200 OK") FULL "0123456789" },
	{ "GET", "", BODY_MEM, 201, HEAD("201 Created") FULL "0123456789" },
	{ "HEAD", "", BODY_MEM, 0, HEAD("200 OK") FULL },
	{ "GET", "", BODY_FD, 0, HEAD("200 OK") "Accept-Ranges: bytes\r\n" FULL "0123456789" },
	{ "HEAD", "", BODY_FD, 0, HEAD("200 OK") "Accept-Ranges: bytes\r\n" FULL },
	{ "GET", "", BODY_NONE, 204, "Status: 204 No Content\r\nETag: " TAG "\r\n\r\n" },
	{ "GET", "", BODY_NONE, 304, "Status: 304 Not Modified\r\nETag: " TAG "\r\n\r\n" },
	{ "GET", "", BODY_NONE, 418, HEAD("418 Status") "Content-Length: 0\r\n\r\n" },
	{ "GET", "HTTP_RANGE=bytes=2-4", BODY_FD, 0,
	  HEAD("206 Partial Content") "Content-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\n234" },
	{ "GET", "HTTP_RANGE=bytes=-3", BODY_MEM, 0,
	  HEAD("206 Partial Content") "Content-Range: bytes 7-9/10\r\nContent-Length: 3\r\n\r\n789" },
	{ "GET", "HTTP_RANGE=bytes=10-", BODY_FD, 0,
	  HEAD("416 Range Not Satisfiable") "Content-Range: bytes */10\r\nContent-Length: 0\r\n\r\n" },
	{ "GET", "HTTP_RANGE=bytes=0-1,3-4", BODY_MEM, 0, HEAD("200 OK") FULL "0123456789" },
	{ "GET", "HTTP_RANGE=bytes=2-4", BODY_MEM, 404, HEAD("404 Not Found") FULL "0123456789" },
	{ "HEAD", "HTTP_RANGE=bytes=2-4", BODY_MEM, 0, HEAD("200 OK") FULL },
	{ "POST", "HTTP_RANGE=bytes=2-4", BODY_MEM, 0, HEAD("200 OK") FULL "0123456789" },
};

static int
ten_bytes(void)
{
	FILE *tmp = tmpfile();
	int fd = dup(fileno(tmp));

	assert_int_equal(pwrite(fd, "0123456789", 10, 0), 10);
	fclose(tmp);
	return fd;
}

static void
test_send(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(answers); i++) {
		const struct answer_case *c = &answers[i];
		char method[32] = "REQUEST_METHOD=";
		struct fake fk = { .vars = VARS("REQUEST_URI=/", method, c->header) };
		struct answer a = { .status = c->status, .kind = c->kind, .type = "text/plain", .data = "0123456789", .len = 10, .fd = -1 };
		struct transport *t;
		struct req r;
		int64_t sent;

		memcpy(method + 15, c->method, strlen(c->method) + 1);
		t = fake_open(&fk, NULL);
		assert_int_equal(fake_next(t, &r), ERR_OK);
		if (c->kind == BODY_FD) {
			a.fd = ten_bytes();
			a.size = 10;
		}
		answer_header(&r, &a, "ETag", "%s", TAG);
		assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), ERR_OK);
		assert_string_equal(buf_str(&fk.sent), c->want);
		assert_int_equal(sent, strlen(strstr(c->want, "\r\n\r\n") + 4));
		fake_close(t, &r, &fk);
	}
}

/* Bytes that are still on their way: so many more each time it is waited for, and perhaps an end before the end. */
struct coming {
	off_t	step, last;	/* last: no further; 10: all comes */
	int	waits;
};

static enum err
more_comes(void *arg, off_t *have, struct fault *f)
{
	struct coming *c = arg;

	c->waits++;
	if (*have >= c->last)
		return fault_set(f, ERR_DAMAGED, "no more");
	*have += c->step;
	return ERR_OK;
}

static void
test_coming(void **state)
{
	static const struct { const char *method, *header; off_t step, last; enum err err; int waits; const char *body, *piece; } cases[] = {
		{ "GET", "X=", 10, 10, 0, 1, "\r\n\r\n0123456789", NULL },
		{ "GET", "X=", 3, 10, 0, 4, "\r\n\r\nabcd456789", "abcd" },	/* the first bytes are in memory as well */
		{ "GET", "X=", 3, 0, ERR_DAMAGED, 1, "\r\n\r\nabcd", "abcd" },
		{ "GET", "HTTP_RANGE=bytes=2-4", 5, 10, 0, 1, "\r\n\r\ncd4", "abcd" },
		{ "GET", "X=", 3, 10, 0, 4, "\r\n\r\n0123456789", NULL },
		{ "GET", "X=", 3, 6, ERR_DAMAGED, 3, "\r\n\r\n012345", NULL },
		{ "GET", "X=", 3, 0, ERR_DAMAGED, 1, NULL, NULL },	/* nothing has left: it can still be told */
		{ "GET", "HTTP_RANGE=bytes=2-4", 1, 10, 0, 5, "\r\n\r\n234", NULL },
		{ "HEAD", "X=", 3, 0, 0, 0, "\r\n\r\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char method[32] = "REQUEST_METHOD=";
		struct fake fk = { .vars = VARS("REQUEST_URI=/", method, cases[i].header) };
		struct coming coming = { .step = cases[i].step, .last = cases[i].last };
		struct answer a = { .kind = BODY_FD, .fd = ten_bytes(), .size = 10, .more = more_comes, .more_arg = &coming,
			.data = cases[i].piece, .len = cases[i].piece != NULL ? strlen(cases[i].piece) : 0 };
		struct transport *t;
		struct req r;
		int64_t sent;

		memcpy(method + 15, cases[i].method, strlen(cases[i].method) + 1);
		t = fake_open(&fk, NULL);
		assert_int_equal(fake_next(t, &r), ERR_OK);
		assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), cases[i].err);
		assert_int_equal(coming.waits, cases[i].waits);
		if (cases[i].body != NULL) {
			assert_string_equal(strstr(buf_str(&fk.sent), "\r\n\r\n"), cases[i].body);
			assert_non_null(strstr(buf_str(&fk.sent), "Connection: close\r\n"));
		}
		assert_int_equal(sent, cases[i].body != NULL ? (int)strlen(cases[i].body) - 4 : -1);
		assert_int_equal(fk.sent.len > 0, cases[i].body != NULL);
		fake_close(t, &r, &fk);
	}
}

/* How a file of ours leaves, by kind of web server. */
static void
test_internal(void **state)
{
	static const struct { enum sendfile how; const char *internal, *path, *want; enum err err; const char *status; } cases[] = {
		{ TR_X_ACCEL, "/_v/a/resize,w_1.webp", "/x", "Status: 200 OK\r\nX-Accel-Redirect: /_v/a/resize%2Cw_1.webp\r\n\r\n", 0, NULL },
		{ TR_X_ACCEL, "/_v/a b\r\nX: y", "/x", "Status: 200 OK\r\nX-Accel-Redirect: /_v/a%20b%0D%0AX%3A%20y\r\n\r\n", 0, NULL },
		{ TR_X_SENDFILE, "/_v/a", "/srv/a b", "Status: 200 OK\r\nX-Sendfile: /srv/a%20b\r\n\r\n", 0, NULL },
		/* A server that could not open a file and asks again gets the bytes, not the file. */
		{ TR_X_SENDFILE, "/_v/a", "/nowhere/at/all", "", ERR_NOTFOUND, "REDIRECT_STATUS=404" },
		{ TR_X_SENDFILE, "/_v/a", "/nowhere/at/all", "", ERR_NOTFOUND, "REDIRECT_STATUS=403" },
		{ TR_X_SENDFILE, "/_v/a", "/srv/a", "Status: 200 OK\r\nX-Sendfile: /srv/a\r\n\r\n", 0, "REDIRECT_STATUS=200" },
		{ TR_STREAM, "/_v/a", "/nowhere/at/all", "", ERR_NOTFOUND, NULL },
		{ TR_STREAM, "/_v/a", "/", "", ERR_NOTFOUND, NULL },
		{ TR_STREAM, "/_v/a", NULL, "", ERR_INTERNAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct transport_conf conf = { .sendfile = cases[i].how };
		struct fake fk = { .vars = VARS("REQUEST_URI=/", "REQUEST_METHOD=GET", cases[i].status) };
		struct answer a = { .kind = BODY_INTERNAL, .internal = cases[i].internal, .internal_path = cases[i].path };
		struct transport *t = fake_open(&fk, &conf);
		struct req r;
		int64_t sent;

		assert_int_equal(fake_next(t, &r), ERR_OK);
		assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), cases[i].err);
		assert_int_equal(sent, cases[i].err ? -1 : 0);
		assert_string_equal(buf_str(&fk.sent), cases[i].want);
		fake_close(t, &r, &fk);
	}
}

static void
test_internal_stream(void **state)
{
	char path[] = "/tmp/tintype-test-XXXXXX";
	int fd = mkstemp(path);
	struct fake fk = { .vars = VARS("REQUEST_URI=/", "REQUEST_METHOD=GET", "HTTP_RANGE=bytes=1-1") };
	struct answer a = { .kind = BODY_INTERNAL, .internal = "/_v/a", .internal_path = path };
	struct transport *t = fake_open(&fk, NULL);
	struct req r;
	int64_t sent;

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	assert_int_equal(fake_next(t, &r), ERR_OK);
	assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), ERR_OK);
	assert_string_equal(buf_str(&fk.sent),
	    "Status: 206 Partial Content\r\nContent-Range: bytes 1-1/3\r\nContent-Length: 1\r\n\r\nb");
	unlink(path);
	fake_close(t, &r, &fk);
}

/* Nothing a client says makes a second header, and a client that went away is no crash. */
static void
test_bad_headers(void **state)
{
	struct fake fk = { .vars = VARS("REQUEST_URI=/", "REQUEST_METHOD=GET"), .deaf = true };
	struct transport *t = fake_open(&fk, NULL);
	struct answer a = { 0 };
	struct req r;
	int64_t sent;

	(void)state;
	assert_int_equal(fake_next(t, &r), ERR_OK);
	answer_header(&r, &a, "X-Name", "a\r\nSet-Cookie: x=y");
	answer_header(&r, &a, "X Name", "a");
	answer_header(&r, &a, "X-Name:", "a");
	answer_header(&r, &a, "", "a");
	answer_header(&r, &a, "X-Long", "%9000s", "");
	answer_cookie(&r, &a, "a=b", "c", 1, NULL);
	answer_cookie(&r, &a, "a", "c;d", 1, NULL);
	answer_redirect(&r, &a, 303, "/\n");
	assert_int_equal(a.nheaders, 0);
	assert_int_equal(r.fault.err, ERR_INTERNAL);
	answer_header(&r, &a, "X-Tab", "a\tb\xc3\xa9");
	assert_int_equal(a.nheaders, 1);
	assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), ERR_IO);
	fake_close(t, &r, &fk);
}

static void
test_many_headers(void **state)
{
	struct fake fk = { .vars = VARS("REQUEST_URI=/", "HTTPS=on") };
	struct transport_conf conf = { .base_path = "/img" };
	struct transport *t = fake_open(&fk, &conf);
	struct answer a = { 0 };
	struct req r;

	(void)state;
	fake_next(t, &r);
	for (int i = 0; i < 40; i++)
		answer_header(&r, &a, "X-N", "%d", i);
	assert_int_equal(a.nheaders, 40);
	assert_string_equal(a.headers[39].value, "39");
	answer_redirect(&r, &a, 303, "/p/x");
	assert_string_equal(a.headers[40].value, "/img/p/x");
	answer_redirect(&r, &a, 303, "//other/p");
	assert_string_equal(a.headers[41].value, "//other/p");
	answer_redirect(&r, &a, 303, "https://cdn.example/p");
	assert_string_equal(a.headers[42].value, "https://cdn.example/p");
	answer_cookie(&r, &a, "sid", "abc", -1, "/admin/");
	assert_string_equal(a.headers[43].value, "sid=abc; Path=/img/admin/; HttpOnly; SameSite=Lax; Secure");
	answer_cookie(&r, &a, "sid", "", 0, NULL);
	assert_string_equal(a.headers[44].value, "sid=; Path=/img/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
	fake_close(t, &r, &fk);
}

static void
test_timings(void **state)
{
	struct fake fk = { .vars = VARS("REQUEST_URI=/", "REQUEST_METHOD=GET") };
	struct transport *t = fake_open(&fk, NULL);
	struct answer a = { 0 };
	struct req r;
	int64_t sent;

	(void)state;
	assert_int_equal(fake_next(t, &r), ERR_OK);
	a.timings = req_json(&r, json_pack("{s:f, s:s, s:s}", "db", 1.5, "tier", "disk", "bad", "a\r\nb"));
	assert_int_equal(transport_send(t, &r, &a, &sent, &r.fault), ERR_OK);
	assert_string_equal(buf_str(&fk.sent),
	    "Status: 200 OK\r\nServer-Timing: db;dur=1.50, tier;desc=disk\r\nContent-Length: 0\r\n\r\n");
	fake_close(t, &r, &fk);
}

static void
test_conditional(void **state)
{
	static const struct { const char *method, *header, *header2; int status; } cases[] = {
		{ "GET", "X=", "X=", 0 },
		{ "GET", "HTTP_IF_NONE_MATCH=" TAG, "X=", 304 },
		{ "HEAD", "HTTP_IF_NONE_MATCH=" TAG, "X=", 304 },
		{ "GET", "HTTP_IF_NONE_MATCH=W/" TAG, "X=", 304 },
		{ "GET", "HTTP_IF_NONE_MATCH=\"a,b\" , " TAG, "X=", 304 },
		{ "GET", "HTTP_IF_NONE_MATCH=*", "X=", 304 },
		{ "GET", "HTTP_IF_NONE_MATCH=\"v2\"", "X=", 0 },
		{ "GET", "HTTP_IF_NONE_MATCH=v1", "X=", 0 },
		{ "GET", "HTTP_IF_NONE_MATCH=\"v1", "X=", 0 },
		{ "PUT", "HTTP_IF_NONE_MATCH=*", "X=", 412 },
		{ "GET", "HTTP_IF_MODIFIED_SINCE=" DATE, "X=", 304 },
		{ "GET", "HTTP_IF_MODIFIED_SINCE=Sunday, 06-Nov-94 08:49:37 GMT", "X=", 304 },
		{ "GET", "HTTP_IF_MODIFIED_SINCE=Sun, 06 Nov 1994 08:49:36 GMT", "X=", 0 },
		{ "GET", "HTTP_IF_MODIFIED_SINCE=yesterday", "X=", 0 },
		{ "POST", "HTTP_IF_MODIFIED_SINCE=" DATE, "X=", 0 },
		{ "GET", "HTTP_IF_MODIFIED_SINCE=" DATE, "HTTP_IF_NONE_MATCH=\"v2\"", 0 },
		{ "GET", "HTTP_IF_MATCH=" TAG, "X=", 0 },
		{ "GET", "HTTP_IF_MATCH=*", "X=", 0 },
		{ "DELETE", "HTTP_IF_MATCH=W/" TAG, "X=", 412 },
		{ "DELETE", "HTTP_IF_MATCH=\"v2\"", "X=", 412 },
		{ "DELETE", "HTTP_IF_UNMODIFIED_SINCE=Sun, 06 Nov 1994 08:49:36 GMT", "X=", 412 },
		{ "DELETE", "HTTP_IF_UNMODIFIED_SINCE=" DATE, "X=", 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char method[32] = "REQUEST_METHOD=";
		struct fake fk = { .vars = VARS("REQUEST_URI=/", method, cases[i].header, cases[i].header2) };
		struct answer a = { .kind = BODY_MEM };
		struct transport *t;
		struct req r;
		bool done;

		memcpy(method + 15, cases[i].method, strlen(cases[i].method) + 1);
		t = fake_open(&fk, NULL);
		fake_next(t, &r);
		done = answer_conditional(&r, &a, TAG, TIME);
		if (a.status != cases[i].status || done != (a.status != 0))
			fail_msg("%s %s: %d", cases[i].method, cases[i].header, a.status);
		assert_string_equal(a.headers[0].value, TAG);
		assert_string_equal(a.headers[1].value, DATE);
		fake_close(t, &r, &fk);
	}
}

static void
test_range(void **state)
{
	static const struct { const char *header; int64_t size; enum range want; int64_t first, last; } cases[] = {
		{ NULL, 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-0", 10, RANGE_PART, 0, 0 },
		{ "bytes=0-", 10, RANGE_PART, 0, 9 },
		{ "Bytes= 3-99 ", 10, RANGE_PART, 3, 9 },
		{ "bytes=9-9", 10, RANGE_PART, 9, 9 },
		{ "bytes=-1", 10, RANGE_PART, 9, 9 },
		{ "bytes=-99", 10, RANGE_PART, 0, 9 },
		{ "bytes=0-99999999999999999999", 10, RANGE_PART, 0, 9 },
		{ "bytes=10-", 10, RANGE_NONE, 0, 0 },
		{ "bytes=-0", 10, RANGE_NONE, 0, 0 },
		{ "bytes=0-", 0, RANGE_NONE, 0, 0 },
		{ "bytes=-5", 0, RANGE_NONE, 0, 0 },
		{ "bytes=99999999999999999999-", 10, RANGE_NONE, 0, 0 },
		{ "bytes=4-3", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=-", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=a-b", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=+1-2", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-1,2-3", 10, RANGE_WHOLE, 0, 0 },
		{ "pages=0-1", 10, RANGE_WHOLE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		int64_t first = 0, last = 0;
		enum range got = range_parse(cases[i].header, cases[i].size, &first, &last);

		if (got != cases[i].want || (got == RANGE_PART && (first != cases[i].first || last != cases[i].last)))
			fail_msg("%s: %d %lld-%lld", cases[i].header, (int)got, (long long)first, (long long)last);
	}
	assert_true(range_allowed(NULL, NULL, NULL));
	assert_true(range_allowed(TAG, TAG, NULL));
	assert_false(range_allowed("W/" TAG, TAG, NULL));
	assert_false(range_allowed("\"v2\"", TAG, DATE));
	assert_true(range_allowed(DATE, TAG, DATE));
	assert_false(range_allowed("Sun, 06 Nov 1994 08:49:38 GMT", TAG, DATE));
	assert_false(range_allowed(DATE, TAG, NULL));
}

static void
test_accept(void **state)
{
	static const struct { const char *accept; enum wants want; } cases[] = {
		{ "", WANTS_TEXT },
		{ "*/*", WANTS_TEXT },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", WANTS_HTML },
		{ "application/json", WANTS_JSON },
		{ "application/json, text/plain, */*", WANTS_JSON },
		{ "application/problem+json", WANTS_JSON },
		{ "text/html;q=0.5, application/json;q=0.6", WANTS_JSON },
		{ "text/html;q=0.6, application/json;q=0.600", WANTS_HTML },
		{ "application/json, text/html", WANTS_JSON },
		{ "text/html;q=0", WANTS_TEXT },
		{ "TEXT/HTML ; level=1 ; Q=0.4", WANTS_HTML },
		{ ",, ,text/html", WANTS_HTML },
		{ "text/plain", WANTS_TEXT },
		{ "text/*", WANTS_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		if (accept_wants(cases[i].accept) != cases[i].want)
			fail_msg("%s", cases[i].accept);
	assert_true(accept_names("image/webp,*/*", "image/webp"));
	assert_true(accept_names("image/webp;q=0.001", "image/webp"));
	assert_false(accept_names("image/webp;q=0", "image/webp"));
	assert_false(accept_names("image/*", "image/webp"));
}

static void
test_disposition(void **state)
{
	static const struct { bool attachment; const char *name, *want; } cases[] = {
		{ true, "cat.jpg", "attachment; filename=\"cat.jpg\"" },
		{ false, "my cat.jpg", "inline; filename=\"my cat.jpg\"" },
		{ true, "", "attachment" },
		{ true, "a\"b\\c.jpg", "attachment; filename=\"a_b_c.jpg\"; filename*=UTF-8''a%22b%5Cc.jpg" },
		{ true, "100%.jpg", "attachment; filename=\"100_.jpg\"; filename*=UTF-8''100%25.jpg" },
		{ true, "a\r\nX: y", "attachment; filename=\"aX: y\"" },
		{ true, "\xe7\x8c\xab.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E7%8C%AB.jpg" },
		{ true, "na\xc3\xafve.png", "attachment; filename=\"na_ve.png\"; filename*=UTF-8''na%C3%AFve.png" },
		{ true, "x\xff.png", "attachment; filename=\"x_.png\"; filename*=UTF-8''x%EF%BF%BD.png" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		assert_string_equal(disposition_text(mem, cases[i].attachment, cases[i].name), cases[i].want);
	arena_free(mem);
}

static void
test_header_param(void **state)
{
	static const struct { const char *value, *name, *want; } cases[] = {
		{ "multipart/form-data; boundary=abc", "boundary", "abc" },
		{ "multipart/form-data;Boundary = \"a b;c\" ; x=y", "boundary", "a b;c" },
		{ "form-data; name=\"a\\\"b\"", "name", "a\"b" },
		{ "form-data; name=\"C:\\dir\\f\"", "name", "C:\\dir\\f" },
		{ "form-data; filename=\"name=x\"; name=y", "name", "y" },
		{ "form-data; name", "name", "" },
		{ "form-data; name=", "name", "" },
		{ "form-data; name=\"open", "name", "open" },
		{ "form-data", "name", NULL },
		{ "form-data; xname=1; name2=3", "name", NULL },
		{ "form-data; name=\"0123456789012345678901234567890123456789\"", "name", NULL },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		bool got = header_param(cases[i].value, cases[i].name, out, sizeof(out));

		assert_int_equal(got, cases[i].want != NULL);
		if (got)
			assert_string_equal(out, cases[i].want);
	}
}

static enum err
nothing(void *ctx, struct req *r, struct answer *a)
{
	(void)ctx;
	(void)r;
	(void)a;
	return ERR_OK;
}

static void
test_route(void **state)
{
	static const struct route table[] = {
		{ "GET", "/", nothing, 1 },
		{ "GET", "/upload", nothing, 2 },
		{ "POST", "/upload", nothing, 3 },
		{ "PUT", "/upload/{}", nothing, 4 },
		{ "GET", "/i/{}", nothing, 5 },
		{ "GET", "/i/{}/{*}", nothing, 6 },
		{ "GET", "/k/{*}", nothing, 7 },
		{ "DELETE", "/api/v1/images/{}", nothing, 8 },
		{ 0 },
	};
	static const struct { const char *method, *path; unsigned flags; const char *seg0, *seg1, *allow; } cases[] = {
		{ "GET", "/", 1, NULL, NULL, NULL },
		{ "HEAD", "/upload", 2, NULL, NULL, NULL },
		{ "POST", "/upload", 3, NULL, NULL, NULL },
		{ "PUT", "/upload/cat.jpg", 4, "cat.jpg", NULL, NULL },
		{ "GET", "/i/abc", 5, "abc", NULL, NULL },
		{ "GET", "/i/abc/resize,w_1/format,webp.webp", 6, "abc", "resize,w_1/format,webp.webp", NULL },
		{ "GET", "/k/a/b/c.jpg", 7, "a/b/c.jpg", NULL, NULL },
		{ "DELETE", "/api/v1/images/x", 8, "x", NULL, NULL },
		{ "DELETE", "/upload", 0, NULL, NULL, "GET, HEAD, POST" },
		{ "GET", "/api/v1/images/x", 0, NULL, NULL, "DELETE" },
		{ "GET", "/i/", 0, NULL, NULL, NULL },
		{ "GET", "/i", 0, NULL, NULL, NULL },
		{ "GET", "/k/", 0, NULL, NULL, NULL },
		{ "GET", "/i/a/", 0, NULL, NULL, NULL },
		{ "GET", "/uploads", 0, NULL, NULL, NULL },
		{ "GET", "/upload/", 0, NULL, NULL, NULL },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		bool head = strcmp(cases[i].method, "HEAD") == 0;
		struct req r = { .mem = mem, .path = cases[i].path, .method_text = cases[i].method,
			.method = head ? METHOD_HEAD : METHOD_OTHER };
		const struct route *rt = NULL;
		const char *allow = NULL;
		enum err e = route_find(table, &r, &rt, &allow);

		if (cases[i].flags) {
			assert_int_equal(e, ERR_OK);
			assert_int_equal(rt->flags, cases[i].flags);
			assert_int_equal(r.nseg, (cases[i].seg0 != NULL) + (cases[i].seg1 != NULL));
			if (cases[i].seg0)
				assert_string_equal(r.seg[0], cases[i].seg0);
			if (cases[i].seg1)
				assert_string_equal(r.seg[1], cases[i].seg1);
		} else if (cases[i].allow) {
			assert_int_equal(e, ERR_METHOD);
			assert_string_equal(allow, cases[i].allow);
		} else {
			assert_int_equal(e, ERR_NOTFOUND);
		}
	}
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_coming),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_internal_stream),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_many_headers),
		cmocka_unit_test(test_timings),
		cmocka_unit_test(test_conditional),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_disposition),
		cmocka_unit_test(test_header_param),
		cmocka_unit_test(test_route),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
