/*
 * Signed addresses: rotation, expiry, and that no change of one character passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/sign.h"

#define OLD "old:0123456789abcdef"
#define NEW "new:fedcba9876543210"

static const struct sign_what what = { "/i/0123456789abcd.jpg", "image/resize,w_100", 2000 };

static enum err
verify(const char *keys, const struct sign_what *w, const char *sig, int64_t now_s)
{
	struct fault f = FAULT_NONE;

	return sign_verify(keys, w, sig, now_s, &f);
}

static void
signs_and_rotates(void **state)
{
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	const char *sig;

	(void)state;
	assert_int_equal(sign_make(a, OLD, &what, &sig, &f), ERR_OK);
	assert_int_equal(strncmp(sig, "old.", 4), 0);
	assert_int_equal(verify(OLD, &what, sig, 1000), ERR_OK);
	assert_int_equal(verify(OLD, &what, sig, 2000), ERR_OK);
	assert_int_equal(verify(OLD, &what, sig, 2001), ERR_FORBIDDEN);
	assert_int_equal(verify(NEW "," OLD, &what, sig, 1000), ERR_OK);
	assert_int_equal(verify(NEW, &what, sig, 1000), ERR_FORBIDDEN);
	assert_int_equal(verify("", &what, sig, 1000), ERR_FORBIDDEN);
	assert_int_equal(sign_make(a, "", &what, &sig, &f), ERR_BADREQ);
	arena_free(a);
}

/* Every bit of the signature, every cut, and every other thing that is signed. */
static void
nothing_else_passes(void **state)
{
	struct sign_what other;
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	const char *sig;
	char bent[128];

	(void)state;
	assert_int_equal(sign_make(a, NEW, &what, &sig, &f), ERR_OK);
	for (size_t i = 0; i < strlen(sig); i++) {
		for (int bit = 0; bit < 7; bit++) {
			memcpy(bent, sig, strlen(sig) + 1);
			bent[i] = (char)(bent[i] ^ (1 << bit));
			assert_int_equal(verify(NEW, &what, bent, 1000), ERR_FORBIDDEN);
		}
		memcpy(bent, sig, i);
		bent[i] = '\0';
		assert_int_equal(verify(NEW, &what, bent, 1000), ERR_FORBIDDEN);
	}
	other = what;
	other.path = "/i/0123456789abce.jpg";
	assert_int_equal(verify(NEW, &other, sig, 1000), ERR_FORBIDDEN);
	other = what;
	other.process = "image/resize,w_1000";
	assert_int_equal(verify(NEW, &other, sig, 1000), ERR_FORBIDDEN);
	other = what;
	other.expires_s = 0;
	assert_int_equal(verify(NEW, &other, sig, 1000), ERR_FORBIDDEN);
	arena_free(a);
}

static void
keys_are_checked(void **state)
{
	static const struct { const char *keys; enum err err; } cases[] = {
		{ "",			ERR_OK },
		{ OLD,			ERR_OK },
		{ OLD ", " NEW,		ERR_OK },
		{ "nosecret",		ERR_BADREQ },
		{ "short:0123456789",	ERR_BADREQ },
		{ ":0123456789abcdef",	ERR_BADREQ },
		{ "a.b:0123456789abcdef", ERR_BADREQ },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct fault f = FAULT_NONE;

		assert_int_equal(sign_check_keys(cases[i].keys, &f), cases[i].err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_rotates),
		cmocka_unit_test(nothing_else_passes),
		cmocka_unit_test(keys_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
