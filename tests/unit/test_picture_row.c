/*
 * A picture's row in memcached: what is packed comes back the same, and anything else is a miss.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/picture_row.h"
#include "base/limits.h"

static struct picture_row
sample(void)
{
	struct picture_row p;

	memset(&p, 0, sizeof(p));
	id_make(1700000000, p.id);
	memset(p.blob, 0xab, sizeof(p.blob));
	memset(p.uploader, 0xcd, sizeof(p.uploader));
	p.owner = 42;
	p.visibility = VIS_UNLISTED;
	p.src = (struct source){ .fmt = FMT_WEBP, .width_px = 4000, .height_px = 3000, .frames = 7, .orientation = 6,
	    .alpha = true, .bytes = 123456789012 };
	p.quality = 91;
	p.created_s = 1700000000;
	p.taken_s = 1600000000;
	p.name = "\xe7\x8c\xab.webp";
	p.title = "a cat \"quoted\"";
	p.address = "2001:db8::1";
	return p;
}

static void
comes_back(void **state)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	struct picture_row p = sample(), q;
	struct arena *a = arena_new();
	int64_t when = 0;

	(void)state;
	assert_int_equal(picture_pack(&p, 1700000000123, &b), ERR_OK);
	assert_true(picture_unpack(a, b.data, b.len, &q, &when));
	assert_int_equal(when, 1700000000123);
	assert_string_equal(q.id, p.id);
	assert_memory_equal(q.blob, p.blob, sizeof(p.blob));
	assert_memory_equal(q.uploader, p.uploader, sizeof(p.uploader));
	assert_int_equal(q.owner, 42);
	assert_int_equal(q.visibility, VIS_UNLISTED);
	assert_int_equal(q.src.fmt, FMT_WEBP);
	assert_int_equal(q.src.width_px, 4000);
	assert_int_equal(q.src.height_px, 3000);
	assert_int_equal(q.src.frames, 7);
	assert_int_equal(q.src.orientation, 6);
	assert_true(q.src.alpha);
	assert_int_equal(q.src.bytes, 123456789012);
	assert_int_equal(q.quality, 91);
	assert_int_equal(q.created_s, 1700000000);
	assert_int_equal(q.taken_s, 1600000000);
	assert_int_equal(q.deleted_s, 0);
	assert_string_equal(q.name, p.name);
	assert_string_equal(q.title, p.title);
	assert_string_equal(q.address, p.address);
	buf_free(&b);
	arena_free(a);
}

/* Every shorter length, one byte more, another version: all misses. */
static void
damage_is_a_miss(void **state)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	struct picture_row p = sample(), q;
	struct arena *a = arena_new();
	int64_t when = 0;

	(void)state;
	assert_int_equal(picture_pack(&p, 1700000000123, &b), ERR_OK);
	for (size_t n = 0; n < b.len; n++)
		assert_false(picture_unpack(a, b.data, n, &q, &when));
	assert_int_equal(buf_add(&b, "x", 1), ERR_OK);
	assert_false(picture_unpack(a, b.data, b.len, &q, &when));
	b.len--;
	b.data[0]++;
	assert_false(picture_unpack(a, b.data, b.len, &q, &when));
	buf_free(&b);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(damage_is_a_miss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
