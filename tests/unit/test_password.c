/*
 * Hashes of passwords: the method, its salt, what is refused, and that a missing hash costs the
 * work all the same.
 */
#include "test.h"

#include "app/session.h"

/* sha512crypt of "correct horse", as another system may have made them. */
#define SHA512 "$6$tintypesalt$aigwBJ1wyKFdL/kCQxKcRNB3ojWkoTIoxj/X5BAT7JNKoEYTlbEfQ6NHtY74kvkukkV1L4zIazWwDyq20wb6G."

static void
makes_yescrypt(void **state)
{
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	char *one = NULL, *two = NULL;

	(void)state;
	assert_int_equal(password_hash(a, "correct horse", &one, &f), ERR_OK);
	assert_int_equal(password_hash(a, "correct horse", &two, &f), ERR_OK);
	assert_int_equal(strncmp(one, "$y$j", 4), 0);
	assert_string_not_equal(one, two);
	assert_true(password_ok("correct horse", one));
	assert_true(password_ok("correct horse", two));
	assert_false(password_ok("correct horse ", one));
	assert_false(password_ok("Correct horse", one));
	assert_false(password_ok("", one));
	arena_free(a);
}

static void
keeps_limits(void **state)
{
	static const struct { size_t len; enum err want; } rows[] = {
		{ 0, ERR_BADREQ }, { PASSWORD_MIN - 1, ERR_BADREQ }, { PASSWORD_MIN, ERR_OK },
		{ PASSWORD_MAX, ERR_OK }, { PASSWORD_MAX + 1, ERR_BADREQ },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = arena_alloc(a, rows[i].len + 1), *hash = NULL;
		struct fault f = FAULT_NONE;

		memset(text, 'p', rows[i].len);
		assert_int_equal(password_hash(a, text, &hash, &f), rows[i].want);
		if (rows[i].want == ERR_OK)
			assert_true(password_ok(text, hash));
		else
			assert_null(hash);
	}
	arena_free(a);
}

/* What is no hash opens nothing, least of all a text that happens to be the same. */
static void
refuses_what_is_no_hash(void **state)
{
	static const char *const rows[] = { NULL, "", "*", "!", "plain", "$", "$y$", "$y$j9T$",
	    "$9$x$y", "x" };

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_false(password_ok("plain", rows[i]));
		assert_false(password_ok(rows[i] != NULL ? rows[i] : "", rows[i]));
	}
}

static void
knows_other_methods(void **state)
{
	(void)state;
	assert_true(password_ok("correct horse", SHA512));
	assert_false(password_ok("correct hors", SHA512));
}

/* The linker puts us in the way of crypt(3): which work was asked for? */
static char asked[64];
char	*__real_crypt_rn(const char *phrase, const char *setting, void *data, int size);
char	*__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size);

char *
__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	snprintf(asked, sizeof(asked), "%s", setting);
	return __real_crypt_rn(phrase, setting, data, size);
}

/* A name that does not exist must cost the same as a wrong password. */
static void
works_without_hash(void **state)
{
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	char *hash = NULL;

	(void)state;
	assert_int_equal(password_hash(a, "correct horse", &hash, &f), ERR_OK);
	asked[0] = '\0';
	assert_false(password_ok("correct horse", NULL));
	assert_int_equal(strcspn(hash + 3, "$"), strcspn(asked + 3, "$"));
	assert_memory_equal(asked, hash, 4 + strcspn(hash + 3, "$"));	/* method and cost */
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_yescrypt),
		cmocka_unit_test(keeps_limits),
		cmocka_unit_test(refuses_what_is_no_hash),
		cmocka_unit_test(knows_other_methods),
		cmocka_unit_test(works_without_hash),
	};

	return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
