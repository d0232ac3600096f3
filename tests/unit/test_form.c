/*
 * Bodies: urlencoded and multipart forms, in all the ways they can be cut into pieces.
 */
#include "test.h"


#include "base/limits.h"
#include "fake_wire.h"
#include "web/form.h"

/* What came out of the parser, as text: "name|filename|type=data;" for each part. */
static enum err
on_begin(void *arg, const struct part *p, struct fault *f)
{
	(void)f;
	return buf_printf(arg, "%s|%s|%s=", p->name, p->filename ? p->filename : "-", p->type);
}

static enum err
on_data(void *arg, const void *bytes, size_t len, struct fault *f)
{
	assert_true(len > 0 && len <= 65536);
	if (len >= 4 && memcmp(bytes, "stop", 4) == 0)
		return fault_set(f, ERR_TYPE, "as asked");
	return buf_add(arg, bytes, len);
}

static enum err
on_end(void *arg, struct fault *f)
{
	(void)f;
	return buf_adds(arg, ";");
}

static const struct part_sink sink = { on_begin, on_data, on_end };

/* Feed in pieces of so many bytes (0: at once). */
static enum err
parse(const char *type, const char *body, size_t len, size_t piece, struct buf *out)
{
	struct arena *mem = arena_new();
	struct fault f = FAULT_NONE;
	struct multipart *m;
	enum err e = multipart_new(mem, type, &sink, out, &m, &f);

	for (size_t at = 0, n, room; !e && at < len; at += n) {
		char *to = multipart_room(m, &room);

		n = piece && piece < len - at ? piece : len - at;
		n = n < room ? n : room;
		memcpy(to, body + at, n);
		e = multipart_feed(m, n, &f);
	}
	if (!e)
		e = multipart_finish(m, &f);
	assert_true(!e || f.why[0]);
	arena_free(mem);
	return e;
}

#define MP "multipart/form-data; boundary=b"
#define LONG_B "bbbbbbbbbbbbbbbbbbbb"
#define CD "Content-Disposition: form-data; "

static const struct { const char *type, *body, *want; enum err err; } parts[] = {
	{ MP, "--b\r\n" CD "name=a\r\n\r\nx\r\n--b--\r\n", "a|-|=x;", 0 },
	{ MP, "--b\r\n" CD "name=a\r\n\r\nx\r\n--b--", "a|-|=x;", 0 },
	{ MP, "--b\r\n" CD "name=a\r\n\r\n\r\n--b--", "a|-|=;", 0 },
	{ MP, "--b--", "", 0 },
	{ MP, "preamble\r\n--b \t\r\n" CD "name=a\r\n\r\nx\r\n--b--epilogue", "a|-|=x;", 0 },
	{ MP, "--b\r\n" CD "name=\"a\"; filename=\"c d.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\r\n\r\n-\r\n--\r\n--b\r\n"
	  CD "name=t\r\n\r\n\r\nx\r\r\n--b--", "a|c d.jpg|image/jpeg=\r\n\r\n-\r\n--;t|-|=\r\nx\r;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=\"\"\r\n\r\n\r\n--b--", "a||=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=\"C:\\x\\y.jpg\"\r\n\r\n\r\n--b--", "a|y.jpg|=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=\"../../etc/passwd\"\r\n\r\n\r\n--b--", "a|passwd|=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=\"q%22q%0D%0A%41.jpg\"\r\n\r\n\r\n--b--", "a|q\"q%41.jpg|=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=\"\xe7\x8c\xab\xff.jpg\"\r\n\r\n\r\n--b--", "a|\xe7\x8c\xab\xef\xbf\xbd.jpg|=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=x; filename*=UTF-8''%e7%8c%ab\r\n\r\n\r\n--b--", "a|\xe7\x8c\xab|=;", 0 },
	{ MP, "--b\r\n" CD "name=a; filename=x; filename*=latin1''%e7\r\n\r\n\r\n--b--", "a|x|=;", 0 },
	{ MP, "--b\r\ncontent-disposition:form-data;name=a\r\nContent-Transfer-Encoding: binary\r\nX: y\r\n\r\nz\r\n--b--", "a|-|=z;", 0 },
	{ "Multipart/Form-Data; charset=x; boundary=\"a b\"", "--a b\r\n" CD "name=a\r\n\r\n--a b\r\n--a b--", "a|-|=--a b;", 0 },
	{ MP, "", "", ERR_BADREQ },
	{ MP, "--b\r\n", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n\r\nx", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n\r\nx\r\n--b-", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n\r\nx\r\n--c--", "", ERR_BADREQ },
	{ MP, "--bx\r\n" CD "name=a\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\n" CD "name=a\n\nx\n--b--\n", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\nX: y\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "filename=a\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n" CD "name=b\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n folded\r\n\r\nx\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--", "", ERR_BADREQ },
	{ MP, "--b\r\n" CD "name=a\r\n\r\nstop\r\n--b--", "", ERR_TYPE },
	{ "multipart/form-data", "--b--", "", ERR_BADREQ },
	{ "multipart/form-data; boundary=", "--", "", ERR_BADREQ },
	{ "multipart/form-data; boundary=\"a\r\nb\"", "--", "", ERR_BADREQ },
	{ "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890", "", "", ERR_BADREQ },
};

static void
test_multipart(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(parts); i++)
		for (size_t piece = 0; piece < 20; piece++) {
			struct buf out = BUF_INIT(4096);
			enum err e = parse(parts[i].type, parts[i].body, strlen(parts[i].body), piece, &out);

			/* Cut small, "stop" is never seen as a whole. */
			if (parts[i].err == ERR_TYPE && piece)
				;
			else if (e != parts[i].err)
				fail_msg("%s\n(pieces of %zu): %s", parts[i].body, piece, err_name(e));
			if (!e && parts[i].err == ERR_OK)
				assert_string_equal(buf_str(&out), parts[i].want);
			buf_free(&out);
		}
}

/* Data full of beginnings of a delimiter, larger than any window, comes out as it went in. */
static void
test_multipart_large(void **state)
{
	static const char alphabet[] = "\r\n-b";
	const size_t size = 300000;
	struct buf body = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	uint32_t x = 1;
	char *data = malloc(size);

	(void)state;
	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = alphabet[x >> 30];
	}
	assert_int_equal(buf_adds(&body, "--" LONG_B "\r\n" CD "name=a\r\n\r\n"), ERR_OK);
	assert_int_equal(buf_add(&body, data, size), ERR_OK);
	assert_int_equal(buf_adds(&body, "\r\n--" LONG_B "--"), ERR_OK);
	for (size_t piece = 1; piece < 200000; piece = piece * 7 + 1) {
		buf_clear(&out);
		assert_int_equal(parse("multipart/form-data; boundary=" LONG_B, body.data, body.len, piece, &out), ERR_OK);
		assert_int_equal(out.len, size + 6);
		assert_memory_equal(out.data + 5, data, size);
	}
	free(data);
	buf_free(&body);
	buf_free(&out);
}

static void
test_multipart_limits(void **state)
{
	struct buf body = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);

	(void)state;
	for (int i = 0; i < LIMIT_PARTS; i++)
		assert_int_equal(buf_adds(&body, "--b\r\n" CD "name=a\r\n\r\n\r\n"), ERR_OK);
	assert_int_equal(buf_adds(&body, "--b--"), ERR_OK);
	assert_int_equal(parse(MP, body.data, body.len, 0, &out), ERR_OK);
	body.len -= 2;
	assert_int_equal(buf_adds(&body, "\r\n" CD "name=a\r\n\r\n\r\n--b--"), ERR_OK);
	assert_int_equal(parse(MP, body.data, body.len, 0, &out), ERR_TOOBIG);
	buf_clear(&body);
	assert_int_equal(buf_adds(&body, "--b\r\nX: "), ERR_OK);
	for (int i = 0; i < LIMIT_PART_HEADER_BYTES; i++)
		assert_int_equal(buf_adds(&body, "y"), ERR_OK);
	for (size_t piece = 0; piece < 5000; piece += 1000)
		assert_int_equal(parse(MP, body.data, body.len, piece, &out), ERR_TOOBIG);
	buf_free(&body);
	buf_free(&out);
}

static void
test_urlencoded(void **state)
{
	struct arena *mem = arena_new();
	struct fault f = FAULT_NONE;
	static const char text[] = "a=1&b=two+words&a=%33&empty=&flag&x%5By%5D=%26%3d&&bad=%4&last=%zz";
	struct form fm;

	(void)state;
	assert_int_equal(form_parse(mem, text, strlen(text), &fm, &f), ERR_OK);
	assert_int_equal(fm.n, 8);
	assert_string_equal(form_get(&fm, "a"), "1");
	assert_string_equal(form_each(&fm, "a", 1), "3");
	assert_null(form_each(&fm, "a", 2));
	assert_string_equal(form_get(&fm, "b"), "two words");
	assert_string_equal(form_get(&fm, "empty"), "");
	assert_string_equal(form_get(&fm, "flag"), "");
	assert_string_equal(form_get(&fm, "x[y]"), "&=");
	assert_string_equal(form_get(&fm, "bad"), "%4");
	assert_string_equal(form_get(&fm, "last"), "%zz");
	assert_null(form_get(&fm, "none"));
	assert_int_equal(form_parse(mem, "", 0, &fm, &f), ERR_OK);
	assert_int_equal(fm.n, 0);
	assert_int_equal(form_parse(mem, "a=%00", 5, &fm, &f), ERR_BADREQ);
	assert_int_equal(form_parse(mem, "a\0b=", 4, &fm, &f), ERR_BADREQ);
	arena_free(mem);
}

static void
test_too_many_fields(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct arena *mem = arena_new();
	struct fault f = FAULT_NONE;
	struct form fm;

	(void)state;
	assert_int_equal(buf_adds(&text, "a"), ERR_OK);
	for (int i = 1; i < LIMIT_FORM_FIELDS; i++)
		assert_int_equal(buf_adds(&text, "&a"), ERR_OK);
	assert_int_equal(form_parse(mem, text.data, text.len, &fm, &f), ERR_OK);
	assert_int_equal(fm.n, LIMIT_FORM_FIELDS);
	assert_int_equal(buf_adds(&text, "&a"), ERR_OK);
	assert_int_equal(form_parse(mem, text.data, text.len, &fm, &f), ERR_TOOBIG);
	buf_free(&text);
	arena_free(mem);
}

/* Through a request, by content type. */
static enum err
read_form(const char *type, const char *body, size_t len, struct form *fm, struct req *r, struct fake *fk,
    struct transport **t)
{
	const char *vars[] = { "REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=", type, NULL };

	*fk = (struct fake){ .vars = vars, .body = body, .body_len = len, .piece = 7 };
	*t = fake_open(fk, NULL);
	assert_int_equal(fake_next(*t, r), ERR_OK);
	return form_read(r, fm);
}

static void
test_form_read(void **state)
{
	static const char mp[] = "--b\r\n" CD "name=a\r\n\r\nx\r\n--b\r\n" CD "name=f; filename=n\r\n\r\nfile\0\r\n--b\r\n"
	    CD "name=a\r\n\r\ny\r\n--b--";
	char *large = malloc(LIMIT_FORM_BYTES + 2);
	struct transport *t;
	struct form fm;
	struct fake fk;
	struct req r;

	(void)state;
	assert_int_equal(read_form("CONTENT_TYPE=" MP, mp, sizeof(mp) - 1, &fm, &r, &fk, &t), ERR_OK);
	assert_int_equal(fm.n, 2);
	assert_string_equal(form_each(&fm, "a", 1), "y");
	fake_close(t, &r, &fk);

	assert_int_equal(read_form("CONTENT_TYPE=application/x-www-form-urlencoded; charset=utf-8", "a=b", 3, &fm, &r, &fk, &t), ERR_OK);
	assert_string_equal(form_get(&fm, "a"), "b");
	fake_close(t, &r, &fk);

	assert_int_equal(read_form("CONTENT_TYPE=text/plain", "a=b", 3, &fm, &r, &fk, &t), ERR_TYPE);
	fake_close(t, &r, &fk);
	assert_int_equal(read_form("X=y", "a=b", 3, &fm, &r, &fk, &t), ERR_TYPE);
	fake_close(t, &r, &fk);

	memset(large, 'a', LIMIT_FORM_BYTES + 1);
	assert_int_equal(read_form("CONTENT_TYPE=application/x-www-form-urlencoded", large, LIMIT_FORM_BYTES, &fm, &r, &fk, &t), ERR_OK);
	fake_close(t, &r, &fk);
	assert_int_equal(read_form("CONTENT_TYPE=application/x-www-form-urlencoded", large, LIMIT_FORM_BYTES + 1, &fm, &r, &fk, &t), ERR_TOOBIG);
	fake_close(t, &r, &fk);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multipart),
		cmocka_unit_test(test_multipart_large),
		cmocka_unit_test(test_multipart_limits),
		cmocka_unit_test(test_urlencoded),
		cmocka_unit_test(test_too_many_fields),
		cmocka_unit_test(test_form_read),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
