/*
 * The stripper, on the small files of the fuzzer's corpus: what must be gone, what must be there.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "base/fdio.h"
#include "image/exif.h"
#include "image/strip.h"
#include "test.h"

#define SECRETS                                                                                \
	"Jane Doe", "SN-12345", "maker note", "tail", "more", "small copy", "JFXX",            \
	    "GPSLatitude", "comment", "Author", "private", "JUNK", "hello", "XMP DataXMP"

static const struct row {
	const char	*seed;
	enum fmt	 fmt;
	bool		 clean;		/* nothing to remove */
	int		 orientation;
	const char	*copyright;
	const char	*stays;		/* bytes that are still there, or NULL */
} rows[] = {
	{ "jpeg-all", FMT_JPEG, false, 6, "(c) 2024 Jane", "ICC_PROFILE" },
	{ "jpeg-be", FMT_JPEG, false, 6, "(c) 2024 Jane", "Maker" },
	{ "jpeg-xmp", FMT_JPEG, false, 1, "(c) A & B", NULL },
	{ "jpeg-clean", FMT_JPEG, true, 1, "", "JFIF" },
	{ "png-all", FMT_PNG, false, 6, "(c) 2024 Jane", "gAMA" },
	{ "png-clean", FMT_PNG, true, 1, "", "pHYs" },
	{ "webp-all", FMT_WEBP, false, 6, "(c) 2024 Jane", "ICCP" },
	{ "webp-anim", FMT_WEBP, false, 1, "", "ANMF" },
	{ "webp-clean", FMT_WEBP, true, 1, "", "VP8L" },
	{ "gif-all", FMT_GIF, false, 1, "", "NETSCAPE2.0" },
	{ "bmp-tail", FMT_BMP, false, 1, "", "BM" },
	{ "tiff-le", FMT_TIFF, false, 6, "(c) 2024 Jane", "Maker" },
	{ "tiff-be", FMT_TIFF, false, 6, "(c) 2024 Jane", "Maker" },
	{ "heic", FMT_HEIC, false, 6, "(c) 2024 Jane", "irot" },
	{ "avif", FMT_AVIF, false, 6, "(c) 2024 Jane", "irot" },
	{ "avif-track", FMT_AVIF, false, 6, "(c) 2024 Jane", "trak" },
};

static uint8_t *
seed_read(const char *name, size_t *len)
{
	const char *source = getenv("TINTYPE_SOURCE");
	char path[4096];
	struct buf b = BUF_INIT(1 << 20);

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/strip/%s", source != NULL ? source : ".",
	    name);
	assert_int_equal(file_read(path, &b, NULL), ERR_OK);
	*len = b.len;
	return (uint8_t *)buf_take(&b);
}

/* Strip p; the result is malloc()ed, p itself when nothing changed. */
static enum err
run(enum fmt fmt, uint8_t *p, size_t len, enum metadata_policy policy, uint8_t **out,
    size_t *out_len, struct fault *f)
{
	int fd = memfd_create("strip", MFD_CLOEXEC);
	bool changed = false;
	enum err e;

	assert_true(fd >= 0);
	e = strip(fmt, p, len, policy, fd, &changed, f);
	*out = p;
	*out_len = len;
	if (e == ERR_OK && changed) {
		*out_len = (size_t)lseek(fd, 0, SEEK_END);
		*out = malloc(*out_len + 1);
		assert_non_null(*out);
		assert_int_equal(pread(fd, *out, *out_len, 0), *out_len);
	} else {
		assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	}
	close(fd);
	return e;
}

static bool
holds(const uint8_t *p, size_t len, const char *s)
{
	return memmem(p, len, s, strlen(s)) != NULL;
}

static void
check_gone(const uint8_t *p, size_t len)
{
	static const char *const secrets[] = { SECRETS };
	size_t i;

	for (i = 0; i < NELEM(secrets); i++)
		if (holds(p, len, secrets[i]))
			fail_msg("%s is still there", secrets[i]);
}

static struct exif_facts
facts_of(enum fmt fmt, const uint8_t *p, size_t len)
{
	struct exif_facts x;
	const uint8_t *tiff = NULL;
	size_t n = 0;

	if (!exif_find(fmt, p, len, &tiff, &n))
		tiff = NULL;
	exif_read(tiff, n, &x);
	return x;
}

static void
test_private(void **state)
{
	uint8_t *p, *q, *r;
	size_t i, len, qlen, rlen;
	struct sniffed s;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		struct fault f = FAULT_NONE;
		struct exif_facts x;

		ROW("%s", rows[i].seed);
		p = seed_read(rows[i].seed, &len);
		assert_int_equal(run(rows[i].fmt, p, len, METADATA_PRIVATE, &q, &qlen, &f), ERR_OK);
		assert_int_equal(p == q, rows[i].clean);
		check_gone(q, qlen);
		if (rows[i].stays != NULL)
			assert_true(holds(q, qlen, rows[i].stays));
		assert_int_equal(sniff(q, qlen, &s, NULL), ERR_OK);
		assert_int_equal(s.fmt, rows[i].fmt);
		x = facts_of(rows[i].fmt, q, qlen);
		assert_int_equal(x.orientation, rows[i].orientation);
		assert_string_equal(x.copyright, rows[i].copyright);
		assert_int_equal(
		    run(rows[i].fmt, q, qlen, METADATA_PRIVATE, &r, &rlen, &f), ERR_OK);
		assert_ptr_equal(r, q);
		if (q != p)
			free(q);
		free(p);
	}
}

static void
test_all(void **state)
{
	uint8_t *p, *q;
	size_t i, len, qlen;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		struct exif_facts x;

		ROW("%s", rows[i].seed);
		p = seed_read(rows[i].seed, &len);
		assert_int_equal(run(rows[i].fmt, p, len, METADATA_ALL, &q, &qlen, NULL), ERR_OK);
		check_gone(q, qlen);
		assert_false(holds(q, qlen, "Maker"));
		x = facts_of(rows[i].fmt, q, qlen);
		assert_int_equal(x.orientation, rows[i].orientation);
		assert_string_equal(x.copyright, "");
		assert_int_equal(x.taken_s, 0);
		if (q != p)
			free(q);
		free(p);
	}
}

static void
test_none(void **state)
{
	uint8_t *p, *q;
	size_t len, qlen;

	(void)state;
	p = seed_read("jpeg-all", &len);
	assert_int_equal(run(FMT_JPEG, p, len, METADATA_NONE, &q, &qlen, NULL), ERR_OK);
	assert_ptr_equal(q, p);
	free(p);
}

/* The front of a WebP tells what there is now: its length, a profile and EXIF, no XMP. */
static void
test_webp_front(void **state)
{
	uint8_t *p, *q;
	size_t len, qlen;

	(void)state;
	p = seed_read("webp-all", &len);
	assert_int_equal(p[20], 0x2c);
	assert_int_equal(run(FMT_WEBP, p, len, METADATA_PRIVATE, &q, &qlen, NULL), ERR_OK);
	assert_int_equal(q[20], 0x28);
	assert_int_equal(q[4] | q[5] << 8, qlen - 8);
	free(q);
	free(p);
}

/* What cannot be cleaned for sure. */
static void
test_refused(void **state)
{
	static const struct { const char *seed; enum fmt fmt; const char *why; } bad[] = {
		{ "bug-heic-main-item-is-exif", FMT_HEIC, "main item" },
		{ "bug-heic-data-outside", FMT_HEIC, "no data should be" },
		{ "bug-bmp-pixels-in-header", FMT_BMP, "in its header" },
		{ "svg", FMT_PNG, "no PNG" },
		{ "svg", FMT_HEIC, "no box meta" },
		{ "png-clean", FMT_JPEG, "no JPEG" },
	};
	uint8_t *p, *q;
	size_t i, len, qlen;

	(void)state;
	for (i = 0; i < NELEM(bad); i++) {
		struct fault f = FAULT_NONE;

		ROW("%s", bad[i].seed);
		p = seed_read(bad[i].seed, &len);
		assert_int_equal(
		    run(bad[i].fmt, p, len, METADATA_PRIVATE, &q, &qlen, &f), ERR_BROKEN);
		assert_non_null(strstr(f.why, bad[i].why));
		free(p);
	}
}

/* The coded data of a JPEG is passed through as it is. */
static void
test_data_untouched(void **state)
{
	uint8_t *p, *q;
	size_t len, qlen;

	(void)state;
	p = seed_read("jpeg-all", &len);
	assert_int_equal(run(FMT_JPEG, p, len, METADATA_PRIVATE, &q, &qlen, NULL), ERR_OK);
	assert_true(holds(q, qlen, "\x3f\xff") && q[qlen - 2] == 0xff && q[qlen - 1] == 0xd9);
	assert_memory_equal(q + qlen - 8, "\x3f\xff\0\xff\xd0\x55\xff\xd9", 8);
	free(q);
	free(p);
}

/*
 * Each beginning of each file, and each file with one byte changed: refused, or clean. In a clean
 * file no secret is left but where the damage has made picture data of it.
 */
static void
test_damage(void **state)
{
	uint8_t *p, *copy, *q, *r;
	size_t i, n, len, qlen, rlen;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		p = seed_read(rows[i].seed, &len);
		for (n = 0; n < 2 * len; n++) {
			size_t size = n < len ? n : len;
			struct fault f = FAULT_NONE;
			enum err e;

			copy = malloc(size > 0 ? size : 1);
			assert_non_null(copy);
			memcpy(copy, p, size);
			if (n >= len)
				copy[n - len] ^= 0xff;
			e = run(rows[i].fmt, copy, size, METADATA_PRIVATE, &q, &qlen, &f);
			if (e == ERR_OK && rows[i].fmt != FMT_TIFF) {
				assert_int_equal(
				    run(rows[i].fmt, q, qlen, METADATA_PRIVATE, &r, &rlen, &f),
				    ERR_OK);
				assert_ptr_equal(r, q);
			} else if (e != ERR_OK) {
				assert_int_equal(e, ERR_BROKEN);
				assert_true(f.why[0] != '\0');
			}
			if (q != copy)
				free(q);
			free(copy);
		}
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_webp_front),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_data_untouched),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
