/* base/arena: memory is zero, aligned, apart, and given back in the right order. */
#include "test.h"

#include "base/arena.h"

static char order[8];

static void
note(void *p)
{
	strncat(order, p, sizeof(order) - strlen(order) - 1);
}

static void
test_objects(void **state)
{
	struct arena *a = arena_new();
	unsigned char *p[200];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < NELEM(p); i++) {
			p[i] = arena_alloc(a, i * 37);
			assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < i * 37; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], (int)i, i * 37);
		}
		for (size_t i = 0; i < NELEM(p); i++)
			for (size_t k = 0; k < i * 37; k++)
				assert_int_equal(p[i][k], i);
		arena_reset(a);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
test_large_beside_small(void **state)
{
	struct arena *a = arena_new();
	char *small = arena_alloc(a, 8), *large = arena_alloc(a, 1 << 20), *next = arena_alloc(a, 8);

	(void)state;
	memset(large, 'x', 1 << 20);
	assert_int_equal(small[0] | next[0], 0);
	arena_free(a);
}

static void
test_text(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 12), "x-12");
	arena_free(a);
}

/* Texts of all lengths, over the ends of chunks and again after a reset. */
static void
test_texts_in_a_row(void **state)
{
	struct arena *a = arena_new();
	char *text[400];

	(void)state;
	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < 400; i++)
			text[i] = arena_printf(a, "%0*d|", i + 1, i);
		for (int i = 0; i < 400; i++) {
			assert_int_equal(strlen(text[i]), i + 2);
			assert_int_equal(strtol(text[i], NULL, 10), i);
			assert_int_equal(text[i][i + 1], '|');
		}
		assert_int_equal(*(char *)arena_alloc(a, 1), 0);
		arena_reset(a);
	}
	arena_free(a);
}

static void
test_defer_newest_first(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	order[0] = '\0';
	arena_defer(a, note, arena_strdup(a, "1"));
	arena_defer(a, note, arena_strdup(a, "2"));
	arena_reset(a);
	assert_string_equal(order, "21");
	arena_defer(a, note, arena_strdup(a, "3"));
	arena_free(a);
	assert_string_equal(order, "213");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_large_beside_small),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_texts_in_a_row),
		cmocka_unit_test(test_defer_newest_first),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
