/*
 * PNG by the fast way and by libpng is the same: pixels of sound files, and what is said of damaged ones. A zlib header that
 * names a window smaller than 32 kB sends a file to libpng; all else in a pair of files is alike.
 */
#include "image/codec.h"
#include "test.h"

#define W 37
#define H 23
#define FILE_MAX 16384

struct file {
	uint8_t	 p[FILE_MAX];
	size_t	 n;
};

enum how {
	SOUND, MANY_PARTS, TEXT_BEHIND, TEXT_BEHIND_BROKEN, ODD_BEHIND, NO_END, BAD_SUM, BAD_ADLER, BAD_FILTER, CUT_STREAM, CUT_FILE,
	LONG_STREAM, PALETTE_BEHIND, HOW__MAX
};

static uint32_t
crc_of(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffffu;

	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
	}
	return ~c;
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void
chunk(struct file *f, const char *type, const void *data, size_t n)
{
	assert_true(f->n + n + 12 <= FILE_MAX);
	put32(f->p + f->n, (uint32_t)n);
	memcpy(f->p + f->n + 4, type, 4);
	if (n)
		memcpy(f->p + f->n + 8, data, n);
	put32(f->p + f->n + 8 + n, crc_of(f->p + f->n + 4, n + 4));
	f->n += n + 12;
}

/* A zlib stream that is not compressed. */
static size_t
stored(uint8_t *z, const uint8_t *raw, size_t n, bool small_window)
{
	uint32_t a = 1, b = 0;

	assert_true(n < 65536);
	z[0] = small_window ? 0x68 : 0x78;
	z[1] = small_window ? 0x05 : 0x01;
	z[2] = 1;
	z[3] = (uint8_t)n;
	z[4] = (uint8_t)(n >> 8);
	z[5] = (uint8_t)~n;
	z[6] = (uint8_t)(~n >> 8);
	memcpy(z + 7, raw, n);
	for (size_t i = 0; i < n; i++) {
		a = (a + raw[i]) % 65521;
		b = (b + a) % 65521;
	}
	put32(z + 7 + n, b << 16 | a);
	return n + 11;
}

static const struct { uint8_t type; unsigned bpp; } kinds[] = { { 0, 1 }, { 2, 3 }, { 3, 1 }, { 4, 2 }, { 6, 4 } };

/* Noise is as good a filtered row as any. */
static void
make(struct file *f, size_t kind, enum how how, bool small_window)
{
	static uint8_t raw[(W * 4 + 1) * H + 100], z[sizeof(raw) + 16];
	size_t stride = W * kinds[kind].bpp + 1, n = stride * H + (how == LONG_STREAM ? 50 : 0);
	uint8_t ihdr[13] = { 0, 0, 0, W, 0, 0, 0, H, 8, kinds[kind].type }, map[200 * 3];
	uint32_t seed = (uint32_t)kind + 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		raw[i] = (uint8_t)(i % stride == 0 ? (seed >> 8) % 5 : seed >> 8);
	}
	if (how == BAD_FILTER)
		raw[stride * (H - 2)] = 5;
	n = stored(z, raw, n, small_window);
	if (how == BAD_ADLER)
		z[n - 1] ^= 1;
	if (how == CUT_STREAM)
		n -= 60;
	f->n = 8;
	memcpy(f->p, "\x89PNG\r\n\x1a\n", 8);
	chunk(f, "IHDR", ihdr, sizeof(ihdr));
	for (size_t i = 0; i < sizeof(map); i++)
		map[i] = (uint8_t)(i * 5);
	if (kinds[kind].type == 3) {
		chunk(f, "PLTE", map, sizeof(map));
		chunk(f, "tRNS", "\0\100\200", 3);
	}
	if (how == MANY_PARTS) {
		chunk(f, "IDAT", z, 5);
		chunk(f, "IDAT", z + 5, 0);
		chunk(f, "IDAT", z + 5, 100);
		chunk(f, "IDAT", z + 105, n - 105);
	} else
		chunk(f, "IDAT", z, n);
	if (how == BAD_SUM)
		f->p[f->n - 1] ^= 1;
	if (how == TEXT_BEHIND || how == TEXT_BEHIND_BROKEN)
		chunk(f, "tEXt", "Author\0nobody", 13);
	if (how == TEXT_BEHIND_BROKEN)
		f->p[f->n - 1] ^= 1;
	if (how == ODD_BEHIND)
		chunk(f, "vpAg", "123", 3);
	if (how == PALETTE_BEHIND)
		chunk(f, "PLTE", map, 3);
	if (how != NO_END)
		chunk(f, "IEND", NULL, 0);
	if (how == CUT_FILE)
		f->n -= 200;
}

static enum err
decode(const struct file *f, bool strict, struct picture *p, struct fault *why)
{
	static const struct limits lim = { .max_pixels = 1 << 20, .max_frame_pixels = 1 << 20, .max_side_px = 5000 };
	struct decoder d;
	struct want w = { .strict = strict };
	enum err e = decoder_open(&d, FMT_PNG, f->p, f->n, &lim, why);

	if (e == ERR_OK)
		e = decoder_picture(&d, &w, p, why);
	decoder_close(&d);
	return e;
}

static void
both_ways(void **state)
{
	static struct file fast, slow;

	(void)state;
	for (size_t kind = 0; kind < NELEM(kinds); kind++)
		for (int how = 0; how < HOW__MAX; how++)
			for (int strict = 0; strict < 2; strict++) {
				struct picture a = PICTURE_EMPTY, b = PICTURE_EMPTY;
				struct fault fa = FAULT_NONE, fb = FAULT_NONE;
				enum err ea, eb;

				ROW("type %d, how %d, strict %d", kinds[kind].type, how, strict);
				make(&fast, kind, (enum how)how, false);
				make(&slow, kind, (enum how)how, true);
				ea = decode(&fast, strict, &a, &fa);
				eb = decode(&slow, strict, &b, &fb);
				assert_int_equal(ea, eb);
				assert_string_equal(fa.why, fb.why);
				if (how <= TEXT_BEHIND)
					assert_int_equal(ea, ERR_OK);
				if (ea == ERR_OK) {
					assert_int_equal(a.alpha, b.alpha);
					assert_memory_equal(a.px, b.px, picture_bytes(&a));
				}
				picture_free(&a);
				picture_free(&b);
			}
}

/* Damage that must be seen at upload. */
static void
strictly(void **state)
{
	static const enum how bad[] = { NO_END, BAD_SUM, BAD_FILTER, CUT_STREAM, CUT_FILE };
	static struct file f;

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		struct picture p = PICTURE_EMPTY;

		make(&f, 1, bad[i], false);
		ROW("how %d", bad[i]);
		assert_int_equal(decode(&f, true, &p, NULL), ERR_BROKEN);
		picture_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
