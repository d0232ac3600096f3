/* base/digest: the published vectors (FIPS 180-4, RFC 4231). */
#include "test.h"

#include <fcntl.h>

#include "base/digest.h"
#include "base/enc.h"
#include "base/fdio.h"

static const char abc_hex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void
test_sha256(void **state)
{
	uint8_t out[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct sha256 *h = sha256_new();

	(void)state;
	sha256_of("", 0, out);
	enc_hex(out, sizeof(out), hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_add(h, "a", 1);
	sha256_add(h, "", 0);
	sha256_add(h, "bc", 2);
	sha256_end(h, out);
	enc_hex(out, sizeof(out), hex);
	assert_string_equal(hex, abc_hex);
	sha256_free(sha256_new());
	sha256_free(NULL);
}

static void
test_file(void **state)
{
	static const char block[1000];
	uint8_t out[SHA256_BYTES], again[SHA256_BYTES];
	struct sha256 *h = sha256_new();
	struct fault f = FAULT_NONE;
	int fd = -1;

	(void)state;
	assert_int_equal(fd_tmpfile("/tmp", &fd, &f), ERR_OK);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(fd_write_all(fd, block, sizeof(block), &f), ERR_OK);
		sha256_add(h, block, sizeof(block));
	}
	sha256_end(h, again);
	assert_int_equal(sha256_fd(fd, out, &f), ERR_OK);
	assert_memory_equal(out, again, sizeof(out));
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 200 * 1000);
	fd_close(&fd);
	assert_int_equal(sha256_fd(-1, out, &f), ERR_IO);
}

static void
test_hmac(void **state)
{
	uint8_t out[SHA256_BYTES], large[131];
	char hex[SHA256_HEX];

	(void)state;
	memset(large, 0xaa, sizeof(large));	/* case 6: a key that is larger than a block */
	hmac_sha256(large, sizeof(large), "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
	enc_hex(out, sizeof(out), hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	enc_hex(out, sizeof(out), hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_sha256(NULL, 0, "", 0, out);
	enc_hex(out, sizeof(out), hex);
	assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 4231, case 2, in parts and more than once with the same key. */
static void
test_hmac_of(void **state)
{
	static const struct hmac_part parts[] = { { "what do ya ", 11 }, { "", 0 }, { "want for nothing?", 17 } };
	struct hmac *h = hmac_open("Jefe", 4);
	uint8_t want[SHA256_BYTES], out[SHA256_BYTES];

	(void)state;
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, want);
	for (int n = 0; n < 3; n++) {
		hmac_of(h, parts, NELEM(parts), out);
		assert_memory_equal(out, want, sizeof(out));
		hmac_of(h, parts, 1, out);
		assert_memory_not_equal(out, want, sizeof(out));
	}
	hmac_close(h);
	hmac_close(NULL);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(equal_ct("abc", "abc", 3));
	assert_false(equal_ct("abc", "abd", 3));
	assert_true(equal_ct("abc", "abd", 2));
	assert_true(equal_ct("", "x", 0));
}

/* The value is written into lock files and paths: it must never change. */
static void
test_hash64(void **state)
{
	(void)state;
	assert_int_equal(hash64("", 0), 0x2180a92350d49cce);
	assert_int_not_equal(hash64("a", 1), hash64("b", 1));
	assert_int_not_equal(hash64("a", 1) >> 48, hash64("b", 1) >> 48);
	assert_int_equal(hash64("abc", 3), hash64("abcd", 3));
	assert_int_equal(hash64("tintype", 7), 0x669e212000f6b21d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_hmac_of),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_hash64),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
