/* The fast decoder of JPEG scans against libjpeg: the same planes, and no opinion of its own where there is damage. */
#include <math.h>

#include "image/jpeg_idct.h"
#include "image/jpeg_scan.h"
#include "image/ycc.h"
#include "jpeg_made.h"
#include "test.h"

static const char *const kinds[] = { "scalar", "sse4.1", "avx2" };

static const struct made pictures[] = {
	{ 160, 96, 3, 2, 2, 0, 90, true, 20 },	{ 161, 97, 3, 2, 2, 0, 75, false, 10 },	{ 33, 17, 3, 1, 1, 0, 95, true, 60 },
	{ 200, 50, 3, 2, 1, 0, 85, false, 30 },	{ 50, 200, 3, 1, 2, 0, 85, true, 30 },	{ 77, 65, 1, 1, 1, 0, 80, false, 20 },
	{ 131, 61, 1, 2, 2, 0, 80, true, 20 },	{ 161, 97, 3, 2, 2, 3, 75, true, 10 },	{ 200, 50, 3, 2, 1, 1, 50, false, 99 },
	{ 640, 300, 3, 2, 2, 40, 92, true, 40 },	{ 1, 1, 3, 2, 2, 0, 90, false, 0 },	{ 8, 8, 3, 1, 1, 0, 100, true, 128 },
	{ 300, 200, 3, 4, 1, 0, 70, true, 30 },	{ 900, 700, 3, 2, 2, 0, 97, true, 90 },	{ 70, 40, 3, 1, 1, 9, 10, false, 40 },
};

struct planes {
	unsigned	 n;
	unsigned	 w[3], h[3];
	uint8_t		*px[3];
};

static void
planes_free(struct planes *p)
{
	for (unsigned i = 0; i < 3; i++)
		free(p->px[i]);
	*p = (struct planes){ .n = 0 };
}

struct reader {
	struct jpeg_decompress_struct	 c;
	struct jpeg_error_mgr		 err;
	jmp_buf				 jump;
};

static void
fails(j_common_ptr c)
{
	longjmp(((struct reader *)(void *)c)->jump, 1);
}

static void
quiet(j_common_ptr c)
{
	(void)c;
}

/* Reads the headers; false: not a JPEG. */
static bool
begin(struct reader *r, const unsigned char *data, unsigned long len)
{
	r->c.err = jpeg_std_error(&r->err);
	r->err.error_exit = fails;
	r->err.output_message = quiet;
	jpeg_create_decompress(&r->c);
	if (setjmp(r->jump))
		return false;
	jpeg_mem_src(&r->c, data, len);
	jpeg_read_header(&r->c, TRUE);
	return true;
}

/* By the library at that many eighths; false: it gave up, or warned. */
static bool
by_library(const unsigned char *data, unsigned long len, unsigned num, struct planes *out)
{
	struct reader r;
	JSAMPROW *rows[3] = { NULL };
	volatile bool fine = false;	/* it may jump */

	if (!begin(&r, data, len) || setjmp(r.jump))
		goto out;
	r.c.raw_data_out = TRUE;
	r.c.scale_num = num;
	r.c.scale_denom = 8;
	r.c.out_color_space = r.c.jpeg_color_space;
	jpeg_start_decompress(&r.c);
	out->n = (unsigned)r.c.num_components;
	for (unsigned i = 0; i < out->n; i++) {
		jpeg_component_info *c = &r.c.comp_info[i];
		size_t wide = (size_t)(c->width_in_blocks + 8) * 8, high = (size_t)(c->height_in_blocks + 8) * 8;

		out->w[i] = c->downsampled_width;
		out->h[i] = c->downsampled_height;
		out->px[i] = calloc(high, wide);
		rows[i] = calloc(high, sizeof(JSAMPROW));
		for (size_t y = 0; y < high; y++)
			rows[i][y] = out->px[i] + y * wide;
	}
	while (r.c.output_scanline < r.c.output_height) {
		JSAMPROW *at[3];
		unsigned lines = (unsigned)(r.c.max_v_samp_factor * r.c.min_DCT_scaled_size);

		for (unsigned i = 0; i < out->n; i++)
			at[i] = rows[i] + r.c.output_scanline / lines * (unsigned)(r.c.comp_info[i].v_samp_factor * r.c.comp_info[i].DCT_scaled_size);
		jpeg_read_raw_data(&r.c, at, lines);
	}
	fine = r.err.num_warnings == 0;
	for (unsigned i = 0; i < out->n; i++)		/* without gaps */
		for (unsigned y = 0; y < out->h[i]; y++)
			memmove(out->px[i] + (size_t)y * out->w[i], rows[i][y], out->w[i]);
out:
	for (unsigned i = 0; i < 3; i++)
		free(rows[i]);
	jpeg_destroy_decompress(&r.c);
	return fine;
}

static struct jpeg_scan *
scan_of(struct reader *r, const unsigned char *data, unsigned long len, unsigned n, const uint32_t *window,
    struct scan_spec *s)
{
	size_t at = len - r->c.src->bytes_in_buffer;

	*s = (struct scan_spec){ .data = data + at, .len = len - at, .w = r->c.image_width, .h = r->c.image_height,
	    .planes = (unsigned)r->c.num_components, .restart = r->c.restart_interval };
	if (window != NULL)
		s->x0 = window[0], s->y0 = window[1], s->x1 = window[2], s->y1 = window[3];
	if (s->planes > SCAN_PLANES)
		return NULL;
	for (unsigned i = 0; i < s->planes; i++) {
		const jpeg_component_info *c = &r->c.comp_info[i];
		const JHUFF_TBL *dc = r->c.dc_huff_tbl_ptrs[c->dc_tbl_no & 3], *ac = r->c.ac_huff_tbl_ptrs[c->ac_tbl_no & 3];
		const JQUANT_TBL *q = r->c.quant_tbl_ptrs[c->quant_tbl_no & 3];

		if (dc == NULL || ac == NULL || q == NULL)
			return NULL;
		s->p[i] = (struct scan_plane){ .n = n, .quant = q->quantval,
		    .dc_bits = dc->bits, .dc_val = dc->huffval, .ac_bits = ac->bits, .ac_val = ac->huffval,
		    .h = s->planes == 1 ? 1 : (unsigned)c->h_samp_factor, .v = s->planes == 1 ? 1 : (unsigned)c->v_samp_factor };
	}
	return jpeg_scan_new(s);
}

/* Through the fast decoder, with n x n pixels a block; false: it gave up. */
static bool
by_scan(const unsigned char *data, unsigned long len, unsigned n, const uint32_t *window, struct planes *out)
{
	struct reader r;
	struct scan_spec spec;
	struct jpeg_scan *s = NULL;
	bool fine = false;

	if (!begin(&r, data, len) || r.c.progressive_mode || r.c.comps_in_scan != r.c.num_components ||
	    (s = scan_of(&r, data, len, n, window, &spec)) == NULL)
		goto out;
	out->n = spec.planes;
	for (unsigned i = 0; i < out->n; i++) {
		const struct scan_plane *p = &spec.p[i];

		out->w[i] = (spec.w * p->h * n + spec.p[0].h * 8 - 1) / (spec.p[0].h * 8);
		out->h[i] = (spec.h * p->v * n + spec.p[0].v * 8 - 1) / (spec.p[0].v * 8);
		out->px[i] = calloc(out->h[i], out->w[i]);
	}
	fine = true;
	for (unsigned line = 0; fine && line * spec.p[0].v * n < out->h[0]; line++) {
		fine = jpeg_scan_next(s);
		for (unsigned i = 0; fine && i < out->n; i++)
			for (unsigned y = 0, rows = spec.p[i].v * n; y < rows && line * rows + y < out->h[i]; y++)
				memcpy(out->px[i] + (size_t)(line * rows + y) * out->w[i], jpeg_scan_row(s, i, y), out->w[i]);
	}
	if (fine) {
		assert_in_range(jpeg_scan_at(s), 1, len);
		assert_false(jpeg_scan_next(s));
	}
out:
	jpeg_scan_free(s);
	jpeg_destroy_decompress(&r.c);
	return fine;
}

/* Full size, and the means of blocks: byte for byte what the library makes. */
static void
as_the_library(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(pictures); i++) {
		unsigned long len = 0;
		unsigned char *data = compress(&pictures[i], &len);

		for (unsigned n = 1; n <= 8; n += 7) {
			struct planes want = { .n = 0 }, got = { .n = 0 };

			ROW("%ux%u, quality %d, %u/8", pictures[i].w, pictures[i].h, pictures[i].quality, n);
			assert_true(by_library(data, len, n, &want));
			assert_true(by_scan(data, len, n, NULL, &got));
			assert_int_equal(got.n, want.n);
			for (unsigned k = 0; k < got.n; k++) {
				if (got.w[k] != want.w[k] || got.h[k] != want.h[k]) {
					assert_true(k > 0 && n < 8);	/* the library takes more of the colours then */
					continue;
				}
				assert_memory_equal(got.px[k], want.px[k], (size_t)got.w[k] * got.h[k]);
			}
			planes_free(&got);
			planes_free(&want);
		}
		free(data);
	}
}

static double cosines[9][8][8];

static void
make_cosines(void)
{
	for (unsigned n = 1; n <= 8; n++)
		for (unsigned u = 0; u < n; u++)
			for (unsigned x = 0; x < n; x++)
				cosines[n][u][x] = u ? M_SQRT2 * cos((2 * x + 1) * u * M_PI / (2 * n)) : 1;
}

/* One pixel of a block of n x n by the book. */
static double
by_the_book(const JCOEF *c, const UINT16 *q, unsigned n, unsigned y, unsigned x)
{
	double sum = 0;

	for (unsigned v = 0; v < n; v++)
		for (unsigned u = 0; u < n; u++)
			sum += c[v * 8 + u] * (double)q[v * 8 + u] * cosines[n][u][x] * cosines[n][v][y];
	return fmin(255, fmax(0, sum / 8 + 128));
}

/* The sizes between, against cosines in double precision. */
static void
as_the_book(void **state)
{
	(void)state;
	make_cosines();
	for (size_t i = 0; i < NELEM(pictures); i++)
		for (unsigned n = 2; n < 8; n++) {
			unsigned long len = 0;
			unsigned char *data = compress(&pictures[i], &len);
			struct planes got = { .n = 0 };
			struct reader r;
			jvirt_barray_ptr *all;
			bool has = idct_of(n) != NULL;

			assert_true(by_scan(data, len, n, NULL, &got) == has);
			ROW("%ux%u, quality %d, %u/8", pictures[i].w, pictures[i].h, pictures[i].quality, n);
			assert_true(begin(&r, data, len));
			all = jpeg_read_coefficients(&r.c);
			for (unsigned k = 0; k < got.n; k++) {
				const jpeg_component_info *c = &r.c.comp_info[k];

				for (unsigned y = 0; y < got.h[k]; y++) {
					JBLOCKARRAY row = r.c.mem->access_virt_barray((j_common_ptr)&r.c, all[k], y / n, 1, FALSE);

					for (unsigned x = 0; x < got.w[k]; x++) {
						double d = got.px[k][(size_t)y * got.w[k] + x] -
						    by_the_book(row[0][x / n], c->quant_table->quantval, n, y % n, x % n);

						assert_true(fabs(d) < 1.0);
					}
				}
			}
			jpeg_destroy_decompress(&r.c);
			planes_free(&got);
			free(data);
		}
}

static void
kernels_agree(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned n = 2; n <= 8; n++)
		for (int turn = 0; turn < 50; turn++) {
			static int32_t in[IDCT_SLOTS][IDCT_LANES], c[IDCT_SLOTS][IDCT_LANES];
			static uint8_t want[8][64 + IDCT_OVER], got[8][64 + IDCT_OVER];

			if (idct_of(n) == NULL)
				continue;
			for (size_t i = 0; i < (size_t)n * n * IDCT_LANES; i++)		/* sparse, then dense, then nonsense */
				in[i / 8][i % 8] = turn < 20 && any(&seed, 4) ? 0 : turn < 40 ? any(&seed, 800) - 400 : (int32_t)(seed * 97), any(&seed, 2);
			for (size_t k = 0; k < NELEM(kinds); k++) {
				if (!idct_use(kinds[k]))
					continue;
				memcpy(c, in, sizeof(c));
				memset(got, 0, sizeof(got));
				idct_of(n)(c, got[0], sizeof(got[0]));
				for (size_t i = 0; i < (size_t)n * n * IDCT_LANES; i++)
					assert_int_equal(c[i / 8][i % 8], 0);
				for (unsigned y = 0; y < n; y++)
					memset(got[y] + IDCT_LANES * n, 0, IDCT_OVER);
				if (k == 0)
					memcpy(want, got, sizeof(want));
				assert_memory_equal(got, want, sizeof(want));
			}
		}
}

/* Colours, by the formulas of JFIF; nothing is written behind the last pixel. */
static void
colours(void **state)
{
	uint8_t y[40], cb[40], cr[40], px[41 * 4];
	uint32_t seed = 3;

	(void)state;
	for (size_t n = 1; n <= 40; n++) {
		memset(px, 7, sizeof(px));
		for (size_t i = 0; i < n; i++)
			y[i] = (uint8_t)any(&seed, 256), cb[i] = (uint8_t)any(&seed, 256), cr[i] = (uint8_t)any(&seed, 256);
		ycc_row(px, y, cb, cr, n);
		for (size_t i = 0; i < n; i++) {
			double want[3] = { y[i] + 1.402 * (cr[i] - 128), y[i] - 0.344136286 * (cb[i] - 128) - 0.714136286 * (cr[i] - 128),
			    y[i] + 1.772 * (cb[i] - 128) };

			for (int c = 0; c < 3; c++)
				assert_true(fabs(px[i * 4 + (size_t)c] - fmin(255, fmax(0, want[c]))) <= 0.51);
			assert_int_equal(px[i * 4 + 3], 255);
		}
		assert_int_equal(px[n * 4], 7);
		ycc_row(px, y, NULL, NULL, n);
		assert_int_equal(px[n * 4 - 2], y[n - 1]);
	}
}

/* What lies in the window is what the whole picture has there. */
static void
windows(void **state)
{
	static const uint32_t wanted[][4] = { { 0, 0, 50, 40 }, { 100, 60, 160, 97 }, { 31, 17, 95, 66 }, { 64, 32, 65, 33 } };

	(void)state;
	for (size_t i = 0; i < 8; i++)
		for (size_t k = 0; k < NELEM(wanted); k++)
			for (unsigned n = 1; n <= 8; n += n) {
				unsigned long len = 0;
				unsigned char *data = compress(&pictures[i], &len);
				struct planes all = { .n = 0 }, part = { .n = 0 };
				uint32_t w[4];

				w[2] = wanted[k][2] < pictures[i].w ? wanted[k][2] : pictures[i].w;
				w[3] = wanted[k][3] < pictures[i].h ? wanted[k][3] : pictures[i].h;
				w[0] = wanted[k][0] < w[2] ? wanted[k][0] : 0;
				w[1] = wanted[k][1] < w[3] ? wanted[k][1] : 0;
				assert_true(by_scan(data, len, n, NULL, &all));
				assert_true(by_scan(data, len, n, w, &part));
				for (unsigned p = 0; p < all.n; p++)
					for (size_t y = (size_t)w[1] * all.h[p] / pictures[i].h + 1; y + 1 < (size_t)w[3] * all.h[p] / pictures[i].h; y++)
						for (size_t x = (size_t)w[0] * all.w[p] / pictures[i].w + 1; x + 1 < (size_t)w[2] * all.w[p] / pictures[i].w; x++)
							assert_int_equal(all.px[p][y * all.w[p] + x], part.px[p][y * all.w[p] + x]);
				planes_free(&all);
				planes_free(&part);
				free(data);
			}
}

/*
 * Bytes are changed and cut off: where the library warns or gives up, the fast decoder gave up, too, or made the same of it (a
 * warning may be about what lies behind the last bit that is needed).
 */
static void
damage(void **state)
{
	uint32_t seed = 7, refused = 0, fine = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(pictures); i++) {
		unsigned long len = 0;
		unsigned char *data = compress(&pictures[i], &len);
		unsigned long from = len;

		for (unsigned long k = 0; k + 1 < len; k++)
			if (data[k] == 0xff && data[k + 1] == 0xda)
				from = k + 14;
		for (int turn = 0; turn < 120 && from + 8 < len; turn++) {
			struct planes a = { .n = 0 }, b = { .n = 0 };
			unsigned char *bad = malloc(len);
			unsigned long n = len;
			bool us, them;

			memcpy(bad, data, len);
			if (turn % 4 == 0)
				n = from + (unsigned long)any(&seed, (int)(len - from));
			for (int k = 0; k < turn % 4; k++)
				bad[from + (unsigned long)any(&seed, (int)(len - from))] = (unsigned char)(turn % 5 ? any(&seed, 256) : 0xff);
			bad = realloc(bad, n);		/* exactly as large, for those who watch */
			us = by_scan(bad, n, turn & 1 ? 8 : 2, NULL, &a);
			them = by_library(bad, n, 8, &b);
			if (us && !them) {
				ROW("picture %zu, turn %d", i, turn);
				planes_free(&a);
				assert_true(by_scan(bad, n, 8, NULL, &a));
				assert_int_equal(a.n, b.n);
				for (unsigned k = 0; k < a.n; k++)
					assert_memory_equal(a.px[k], b.px[k], (size_t)a.w[k] * a.h[k]);
			}
			fine += us;
			refused += !us;
			planes_free(&a);
			planes_free(&b);
			free(bad);
		}
		free(data);
	}
	assert_true(fine > 50 && refused > 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_library),
		cmocka_unit_test(as_the_book),
		cmocka_unit_test(kernels_agree),
		cmocka_unit_test(colours),
		cmocka_unit_test(windows),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
