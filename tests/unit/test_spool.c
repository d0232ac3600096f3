/*
 * Spooled uploads: bytes as they are, base64 in every chunking, and the bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/spool.h"
#include "base/enc.h"

static const char *
tmp(void)
{
	const char *d = getenv("TMPDIR");

	return d != NULL && *d != '\0' ? d : "/tmp";
}

/* Add text in pieces of n bytes; the first error ends it. */
static enum err
feed(struct spool *s, const char *text, size_t n, struct fault *f)
{
	size_t len = strlen(text), off, k;
	enum err e = ERR_OK;

	for (off = 0; off < len && e == ERR_OK; off += k) {
		k = len - off < n ? len - off : n;
		e = spool_add(s, text + off, k, f);
	}
	return e;
}

static const struct {
	const char	*in;
	enum err	 err;
	const char	*out;
} base64_cases[] = {
	{ "aGVsbG8gd29ybGQ=",				ERR_OK,		"hello world" },
	{ "aGVsbG8gd29ybGQ",				ERR_OK,		"hello world" },
	{ "aGVs\r\nbG8g d29y\tbGQ=",			ERR_OK,		"hello world" },
	{ "data:image/png;base64,aGVsbG8gd29ybGQ=",	ERR_OK,		"hello world" },
	{ "Pz8_Pz4-",					ERR_OK,		"???" "?>>" },
	{ "Pz8/Pz4+",					ERR_OK,		"???" "?>>" },
	{ "",						ERR_OK,		"" },
	{ "data:text/plain,hello",			ERR_BADREQ,	NULL },
	{ "data:image/png;base64",			ERR_BADREQ,	NULL },
	{ "aGVsbG8h!",					ERR_BADREQ,	NULL },
	{ "aGVsb",					ERR_BADREQ,	NULL },
	{ "aGVs=bG8",					ERR_BADREQ,	NULL },
	{ "aGVsbG8===",					ERR_BADREQ,	NULL },
};

/* From memory to a file on the way: the same bytes, in whatever pieces they come. */
static void
small_and_large(void **state)
{
	static const size_t sizes[] = { 0, 1, SPOOL_MEMORY_BYTES - 1, SPOOL_MEMORY_BYTES, SPOOL_MEMORY_BYTES + 1, 3 * SPOOL_MEMORY_BYTES + 17 };
	static const size_t pieces[] = { 8191, 65536, 2 * SPOOL_MEMORY_BYTES };
	static uint8_t data[4 * SPOOL_MEMORY_BYTES], back[4 * SPOOL_MEMORY_BYTES];
	uint8_t want[SHA256_BYTES], got[SHA256_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 2654435761u >> 24);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct spool s = SPOOL_NONE;
			struct fault f = FAULT_NONE;

			assert_int_equal(spool_open(&s, -1, tmp(), sizeof(data), false, &f), ERR_OK);
			for (size_t at = 0, n; at < sizes[i]; at += n) {
				n = sizes[i] - at < pieces[k] ? sizes[i] - at : pieces[k];
				assert_int_equal(spool_add(&s, data + at, n, &f), ERR_OK);
			}
			assert_int_equal(spool_end(&s, got, &f), ERR_OK);
			assert_int_equal(s.bytes, sizes[i]);
			sha256_of(data, sizes[i], want);
			assert_memory_equal(got, want, sizeof(want));
			assert_int_equal(pread(s.fd, back, sizeof(back), 0), sizes[i]);
			assert_memory_equal(back, data, sizes[i]);
			spool_close(&s);
		}
	/* Nowhere to go. */
	{
		struct spool s = SPOOL_NONE;
		struct fault f = FAULT_NONE;

		assert_int_equal(spool_open(&s, -1, "/nowhere", sizeof(data), false, &f), ERR_OK);
		assert_int_equal(spool_add(&s, data, SPOOL_MEMORY_BYTES, &f), ERR_OK);
		assert_int_not_equal(spool_add(&s, data, 1, &f), ERR_OK);
		spool_close(&s);
	}
}

static void
base64_in_every_chunking(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(base64_cases); i++)
		for (size_t n = 1; n < 9; n++) {
			struct fault f = FAULT_NONE;
			struct spool s = SPOOL_NONE;
			uint8_t sha[SHA256_BYTES], want[SHA256_BYTES];
			char got[64];
			enum err e;

			assert_int_equal(spool_open(&s, -1, tmp(), 1000, true, &f), ERR_OK);
			e = feed(&s, base64_cases[i].in, n, &f);
			if (e == ERR_OK)
				e = spool_end(&s, sha, &f);
			assert_int_equal(e, base64_cases[i].err);
			if (e == ERR_OK) {
				size_t len = strlen(base64_cases[i].out);

				assert_int_equal(s.bytes, len);
				assert_int_equal(pread(s.fd, got, sizeof(got), 0), len);
				assert_memory_equal(got, base64_cases[i].out, len);
				sha256_of(base64_cases[i].out, len, want);
				assert_memory_equal(sha, want, sizeof(want));
			} else
				assert_true(f.why[0] != '\0');
			spool_close(&s);
		}
}

/* Longer than any inner buffer, so that flushing in the middle is exercised. */
static void
long_base64_comes_back(void **state)
{
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	struct spool s = SPOOL_NONE;
	uint8_t sha[SHA256_BYTES], want[SHA256_BYTES], *raw = malloc(100000);
	char *text;

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		raw[i] = (uint8_t)(i * 7 + i / 251);
	text = enc_b64url(a, raw, 100000);
	assert_int_equal(spool_open(&s, -1, tmp(), 100000, true, &f), ERR_OK);
	assert_int_equal(feed(&s, text, 4093, &f), ERR_OK);
	assert_int_equal(spool_end(&s, sha, &f), ERR_OK);
	sha256_of(raw, 100000, want);
	assert_memory_equal(sha, want, sizeof(want));
	spool_close(&s);
	spool_close(&s);
	free(raw);
	arena_free(a);
}

static void
too_much_is_refused(void **state)
{
	struct fault f = FAULT_NONE;
	struct spool s = SPOOL_NONE;

	(void)state;
	assert_int_equal(spool_open(&s, -1, tmp(), 10, false, &f), ERR_OK);
	assert_int_equal(spool_add(&s, "0123456789", 10, &f), ERR_OK);
	assert_int_equal(spool_add(&s, "x", 1, &f), ERR_TOOBIG);
	spool_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_and_large),
		cmocka_unit_test(base64_in_every_chunking),
		cmocka_unit_test(long_base64_comes_back),
		cmocka_unit_test(too_much_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
