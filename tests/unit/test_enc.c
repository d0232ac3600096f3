/* base/enc: encodings and what decoders refuse. */
#include "test.h"

#include "base/enc.h"

static void
test_hex(void **state)
{
	char out[16];
	uint8_t in[4];

	(void)state;
	enc_hex("\x00\xff\x1a", 3, out);
	assert_string_equal(out, "00ff1a");
	assert_true(dec_hex("00fF1a", 6, in, 3));
	assert_memory_equal(in, "\x00\xff\x1a", 3);
	assert_false(dec_hex("00ff1", 5, in, 3));
	assert_false(dec_hex("00ff1g", 6, in, 3));
	assert_false(dec_hex("00ff1a", 6, in, 2));
}

static const struct {
	const char	*in, *out;	/* out NULL: refused */
} b64[] = {
	{ "", "" }, { "Zg==", "f" }, { "Zg", "f" }, { "Zm8=", "fo" }, { "Zm8", "fo" },
	{ "Zm9v", "foo" }, { "Zm9vYmFy", "foobar" }, { "_-8=", "\xff\xef" }, { "/+8", "\xff\xef" },
	{ "Z", NULL }, { "Zg=", NULL }, { "Zg===", NULL }, { "Zm9v=", NULL }, { "Z g=", NULL },
	{ "=", NULL }, { "Zh==", NULL }, { "Zm9vYmFyIQ", NULL /* no room */ }, { "Zm\n8", NULL },
};

static void
test_b64(void **state)
{
	struct arena *a = arena_new();
	char out[6];

	(void)state;
	for (size_t i = 0; i < NELEM(b64); i++) {
		ssize_t n = dec_b64(b64[i].in, strlen(b64[i].in), out, sizeof(out));

		ROW("'%s'", b64[i].in);
		assert_int_equal(n, b64[i].out ? (ssize_t)strlen(b64[i].out) : -1);
		if (n > 0)
			assert_memory_equal(out, b64[i].out, (size_t)n);
	}
	assert_string_equal(enc_b64url(a, "\xff\xef", 2), "_-8");
	assert_string_equal(enc_b64url(a, "foobar", 6), "Zm9vYmFy");
	assert_string_equal(enc_b64url(a, "f", 1), "Zg");
	assert_string_equal(enc_b64url(a, "", 0), "");
	arena_free(a);
}

static const struct {
	const char	*in;
	bool		 plus;
	const char	*out;	/* NULL: refused */
} percent[] = {
	{ "abc", false, "abc" }, { "a%20b", false, "a b" }, { "a+b", false, "a+b" }, { "a+b", true, "a b" },
	{ "%e4%BD%a0", false, "\xe4\xbd\xa0" }, { "%", false, NULL }, { "%2", false, NULL },
	{ "%2g", false, NULL }, { "%00", false, NULL }, { "%2500", false, "%00" }, { "", false, "" },
	{ "01234567", false, NULL /* no room */ },
};

static void
test_percent(void **state)
{
	struct arena *a = arena_new();
	char out[8];

	(void)state;
	for (size_t i = 0; i < NELEM(percent); i++) {
		ssize_t n = dec_percent(percent[i].in, strlen(percent[i].in), percent[i].plus, out, sizeof(out));

		ROW("'%s'", percent[i].in);
		assert_int_equal(n, percent[i].out ? (ssize_t)strlen(percent[i].out) : -1);
		if (n >= 0)
			assert_string_equal(out, percent[i].out);
	}
	assert_int_equal(dec_percent("a\0b", 3, false, out, sizeof(out)), -1);
	assert_int_equal(dec_percent("", 0, false, out, 0), -1);
	assert_string_equal(enc_percent(a, "a/b c\xe4~", ""), "a%2Fb%20c%E4~");
	assert_string_equal(enc_percent(a, "a/b,c", "/,"), "a/b,c");
	arena_free(a);
}

static const struct {
	const char	*in;
	bool		 ok;
} utf8[] = {
	{ "", true }, { "abc", true }, { "\xc3\xa4", true }, { "\xe4\xbd\xa0", true }, { "\xf0\x9f\x98\x80", true },
	{ "\xf4\x8f\xbf\xbf", true }, { "\xf4\x90\x80\x80", false }, { "\xed\xa0\x80", false },
	{ "\xc0\x80", false }, { "\xc1\xbf", false }, { "\xe0\x9f\xbf", false }, { "\xf0\x8f\xbf\xbf", false },
	{ "\x80", false }, { "\xc3", false }, { "\xe4\xbd", false }, { "\xff", false }, { "\xc3(", false },
};

static void
test_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(utf8); i++) {
		ROW("row %zu", i);
		assert_int_equal(utf8_valid(utf8[i].in, strlen(utf8[i].in)), utf8[i].ok);
	}
}

static void
test_clean(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(utf8_clean(a, "a\x01\x7f\nb\xc2\x85", 7, 100), "ab");
	assert_string_equal(utf8_clean(a, "x\xff\xc3y", 4, 100), "x\xef\xbf\xbd\xef\xbf\xbdy");
	assert_string_equal(utf8_clean(a, "\xc3\xa4\xc3\xb6", 4, 3), "\xc3\xa4");
	assert_string_equal(utf8_clean(a, "\xff\xff", 2, 5), "\xef\xbf\xbd");
	assert_string_equal(utf8_clean(a, "abc", 3, 0), "");
	assert_string_equal(utf8_clean(a, "abc", 3, (size_t)-1), "abc");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_b64),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests_name("enc", tests, NULL, NULL);
}
