/*
 * EXIF: reading it, naming it, and building a clean one.
 */
#include "image/exif_build.h"
#include "test.h"

#define B(s) (const uint8_t *)s, sizeof(s) - 1

/* Orientation 6, a copyright, and EXIF's own directory with a date. */
static const char small[] =
    "II*\0\x08\0\0\0"
    "\3\0"
    "\x12\1\3\0\1\0\0\0\6\0\0\0"
    "\x98\x82\2\0\4\0\0\0(c)\0"
    "\x69\x87\4\0\1\0\0\0\x32\0\0\0"
    "\0\0\0\0"
    "\1\0"
    "\x03\x90\2\0\x14\0\0\0\x44\0\0\0"
    "\0\0\0\0"
    "2024:05:01 12:00:00";

struct seen {
	size_t		 n;
	char		 text[1024];
};

static bool
see(const struct exif_entry *e, void *arg)
{
	struct seen *s = arg;
	struct buf b = BUF_INIT(4096);
	size_t len = strlen(s->text);

	if (exif_print(e, &b) == ERR_OK)
		snprintf(s->text + len, sizeof(s->text) - len, "%s=%s;",
		    exif_name(e->ifd, e->tag) ? exif_name(e->ifd, e->tag) : "?", buf_str(&b));
	s->n++;
	buf_free(&b);
	return true;
}

static void
test_read(void **state)
{
	struct exif_facts x;
	struct seen s = { 0 };

	(void)state;
	exif_read((const uint8_t *)small, sizeof(small), &x);
	assert_int_equal(x.orientation, 6);
	assert_int_equal(x.taken_s, 1714564800);
	assert_string_equal(x.copyright, "(c)");
	assert_true(exif_walk((const uint8_t *)small, sizeof(small), see, &s));
	assert_string_equal(
	    s.text, "Orientation=6;Copyright=(c);ExifTag=50;DateTimeOriginal=2024:05:01 12:00:00;");
	exif_read(NULL, 0, &x);
	assert_int_equal(x.orientation, 1);
}

/* Blocks that are no good: facts stay at their defaults, the walk says so. */
static void
test_bad(void **state)
{
	static const struct { const uint8_t *p; size_t len; int orientation; } rows[] = {
		{ B(""), 1 },
		{ B("II*\0"), 1 },
		{ B("II*\0\xff\xff\xff\xff"), 1 },
		{ B("XX*\0\x08\0\0\0\0\0"), 1 },
		/* an orientation of 9, and one of a text */
		{ B("II*\0\x08\0\0\0\2\0\x12\1\3\0\1\0\0\0\x09\0\0\0\x0f\1\2\0\xff\0\0\0\0\0\0\0\0\0\0\0"), 1 },
		/* a count beyond all */
		{ B("MM\0*\0\0\0\x08\0\2\1\x12\0\3\xff\xff\xff\xff\0\3\0\0\1\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0"), 3 },
		/* more entries than there are */
		{ B("MM\0*\0\0\0\x08\0\x09\1\x12\0\3\0\0\0\1\0\5\0\0"), 5 },
		/* EXIF's directory is the first one again */
		{ B("MM\0*\0\0\0\x08\0\2\1\x12\0\3\0\0\0\1\0\4\0\0\x87\x69\0\4\0\0\0\1\0\0\0\x08\0\0\0\x08"), 4 },
	};
	struct exif_facts x;
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		ROW("%zu", i);
		exif_read(rows[i].p, rows[i].len, &x);
		assert_int_equal(x.orientation, rows[i].orientation);
		s = (struct seen){ 0 };
		if (i + 1 < NELEM(rows))
			assert_false(exif_walk(rows[i].p, rows[i].len, see, &s));
	}
}

static void
test_print(void **state)
{
	static const struct { struct exif_entry e; const char *text; } rows[] = {
		{ { EXIF_IFD0, 0x11a, EXIF_RATIONAL, 1, B("\x60\0\0\0\1\0\0\0"), false }, "96/1" },
		{ { EXIF_IFD_EXIF, 0x9203, EXIF_SRATIONAL, 1, B("\xff\xff\xff\xff\0\0\0\2"), true }, "-1/2" },
		{ { EXIF_IFD_GPS, 0, EXIF_BYTE, 4, B("\2\2\0\0"), false }, "2 2 0 0" },
		{ { EXIF_IFD_GPS, 1, EXIF_ASCII, 2, B("N\0"), false }, "North" },
		{ { EXIF_IFD_GPS, 3, EXIF_ASCII, 2, B("W\0"), false }, "West" },
		{ { EXIF_IFD_GPS, 2, EXIF_RATIONAL, 3, B("\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0"), false }, "0deg " },
		{ { EXIF_IFD_GPS, 2, EXIF_RATIONAL, 2, B("\x1f\0\0\0\1\0\0\0\x0e\0\0\0\1\0\0\0"), false }, "31deg 14' " },
		{ { EXIF_IFD0, 0x131, EXIF_ASCII, 8, B("Ed 1.0 \0"), false }, "Ed 1.0" },
		{ { EXIF_IFD_EXIF, 0x9204, EXIF_SSHORT, 1, B("\xff\xfe"), true }, "-2" },
		{ { EXIF_IFD_EXIF, 0x927c, EXIF_UNDEFINED, 17, B("12345678901234567"), true }, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		struct buf b = BUF_INIT(256);
		enum err e = exif_print(&rows[i].e, &b);

		ROW("%zu", i);
		assert_int_equal(e, rows[i].text != NULL ? ERR_OK : ERR_NOTFOUND);
		if (rows[i].text != NULL)
			assert_string_equal(buf_str(&b), rows[i].text);
		buf_free(&b);
	}
}

static void
test_build(void **state)
{
	static const char dirty[] = "MM\0*\0\0\0\x08"
				    "\0\3"
				    "\1\x12\0\3\0\0\0\1\0\x08\0\0"
				    "\1\x3b\0\2\0\0\0\4Jane"
				    "\x88\x25\0\4\0\0\0\1\0\0\0\0"
				    "\0\0\0\0";
	struct buf b = BUF_INIT(4096), again = BUF_INIT(4096);
	struct exif_facts x;
	struct seen s = { 0 };
	bool same;

	(void)state;
	/* Clean already. */
	assert_int_equal(exif_build((const uint8_t *)small, sizeof(small), METADATA_PRIVATE, "", &b,
			     &same, NULL),
	    ERR_OK);
	assert_true(same);
	exif_read((const uint8_t *)b.data, b.len, &x);
	assert_int_equal(x.orientation, 6);
	assert_int_equal(x.taken_s, 1714564800);

	/* Cleaned; the notice from elsewhere comes in; a second time nothing changes. */
	buf_clear(&b);
	assert_int_equal(exif_build((const uint8_t *)dirty, sizeof(dirty) - 1, METADATA_PRIVATE,
			     "(c) me", &b, &same, NULL),
	    ERR_OK);
	assert_false(same);
	assert_true(exif_walk((const uint8_t *)b.data, b.len, see, &s));
	assert_string_equal(s.text, "Orientation=8;Copyright=(c) me;");
	assert_int_equal(exif_build((const uint8_t *)b.data, b.len, METADATA_PRIVATE, "(c) you",
			     &again, &same, NULL),
	    ERR_OK);
	assert_true(same);

	/* Nothing but the orientation, or nothing at all. */
	buf_clear(&b);
	assert_int_equal(exif_build((const uint8_t *)small, sizeof(small), METADATA_ALL, "(c) me",
			     &b, &same, NULL),
	    ERR_OK);
	assert_false(same);
	assert_int_equal(b.len, 26);
	buf_clear(&b);
	assert_int_equal(exif_build(NULL, 0, METADATA_PRIVATE, "", &b, &same, NULL), ERR_OK);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	buf_free(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
