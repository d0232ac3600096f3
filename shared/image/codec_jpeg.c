/*
 * JPEG in, through libjpeg-turbo: scaled in the decoder, cut to the needed rows and columns, row by row.
 * What the library says as a warning is damage or noise; which of both stands in the table below.
 */
#include "image/codec_jpeg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <jpeglib.h>
#include <jerror.h>

#include "image/codec_jpeg_own.h"

#define SCANS_MAX	64		/* real progressive files have about ten */
#define SCAN_WORK_MAX	4000000000u	/* scans times pixels: what an attacker may cost */
#define WINDOW		(256 * 1024)	/* the file is read so much at a time, and forgotten behind */

static void
on_error(j_common_ptr c)
{
	struct jpeg	*j = c->client_data;

	c->err->format_message(c, j->why);
	longjmp(j->jump, 1);
}

/* Damage: bytes are missing or make no sense. Anything else (junk between segments, odd markers) is noise. */
static bool
is_damage(int code)
{
	switch (code) {
	case JWRN_HIT_MARKER:
	case JWRN_JPEG_EOF:
	case JWRN_HUFF_BAD_CODE:
	case JWRN_MUST_RESYNC:
	case JWRN_ARITH_BAD_CODE:
		return true;
	default:
		return false;
	}
}

static void
on_message(j_common_ptr c, int level)
{
	struct jpeg	*j = c->client_data;

	if (level >= 0 || !is_damage(c->err->msg_code) || j->damaged)
		return;
	j->damaged = true;
	c->err->format_message(c, j->why);
}

static void
on_progress(j_common_ptr c)
{
	struct jpeg	*j = c->client_data;
	uint64_t	 scans = (uint64_t)j->c.input_scan_number;

	if (scans > SCANS_MAX || scans * j->c.image_width * j->c.image_height > SCAN_WORK_MAX) {
		j->bomb = true;
		longjmp(j->jump, 1);
	}
}

static void
src_nothing(j_decompress_ptr c)
{
	(void)c;
}

void
jpeg_forget(struct jpeg *j, size_t at)
{
	union { const uint8_t *c; void *p; }	 u = { .c = j->data + j->forgotten };
	size_t					 end = at > 2 * WINDOW ? (at - 2 * WINDOW) / WINDOW * WINDOW : 0;

	if (end <= j->forgotten || !j->pages)
		return;
	(void)madvise(u.p, end - j->forgotten, MADV_DONTNEED);
	j->forgotten = end;
}

static boolean
src_fill(j_decompress_ptr c)
{
	static const JOCTET	 eoi[2] = { 0xff, JPEG_EOI };
	struct jpeg		*j = c->client_data;
	size_t			 n = j->len - j->at;

	jpeg_forget(j, j->at);
	if (n == 0) {
		WARNMS(c, JWRN_JPEG_EOF);
		j->src.next_input_byte = eoi;
		j->src.bytes_in_buffer = 2;
		return TRUE;
	}
	if (n > WINDOW)
		n = WINDOW;
	j->src.next_input_byte = j->data + j->at;
	j->src.bytes_in_buffer = n;
	j->at += n;
	return TRUE;
}

static void
src_skip(j_decompress_ptr c, long n)
{
	struct jpeg	*j = c->client_data;

	if (n <= 0)
		return;
	if ((size_t)n <= j->src.bytes_in_buffer) {
		j->src.next_input_byte += n;
		j->src.bytes_in_buffer -= (size_t)n;
		return;
	}
	n -= (long)j->src.bytes_in_buffer;
	j->src.bytes_in_buffer = 0;
	j->at = (size_t)n < j->len - j->at ? j->at + (size_t)n : j->len;
}

/*
 * Which JPEG it is: the library would say "Unsupported JPEG process: SOF type 0xc3", and would decode arithmetic coding,
 * which next to nothing else shows.
 */
static enum err
check_process(const uint8_t *p, size_t len, struct fault *f)
{
	size_t	 i = 2;

	while (i + 9 < len) {
		uint8_t	 m;

		if (p[i] != 0xff) {
			i++;
			continue;
		}
		m = p[i + 1];
		if (m == 0xff || m == 0 || (m >= 0xd0 && m <= 0xd8) || m == 1) {
			i += m == 0xff ? 1 : 2;
			continue;
		}
		if (m == 0xda || m == 0xd9)
			return ERR_OK;		/* the library will complain */
		if (m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc) {
			if (m >= 0xc9)
				return fault_set(f, ERR_TYPE, "a JPEG with arithmetic coding: not supported");
			if (m == 0xc3)
				return fault_set(f, ERR_TYPE, "a lossless JPEG: not supported");
			if (m > 0xc2)
				return fault_set(f, ERR_TYPE, "a hierarchical JPEG: not supported");
			if (p[i + 4] != 8)
				return fault_set(f, ERR_TYPE, "a JPEG of %d bits a channel: only 8 are supported", p[i + 4]);
			return ERR_OK;
		}
		i += 2 + ((size_t)p[i + 2] << 8 | p[i + 3]);
	}
	return ERR_OK;
}

static const unsigned std_luma[64] = {
	16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
};

/*
 * The quality whose luma table is nearest to the file's: exact for tables made the usual way, a fair
 * guess for others.
 */
static int
estimate_quality(const JQUANT_TBL *t)
{
	uint64_t	 best = UINT64_MAX;
	int		 quality = 0;

	if (t == NULL)
		return 0;
	for (int q = 1; q <= 100; q++) {
		unsigned	 scale = q < 50 ? 5000 / (unsigned)q : 200 - 2 * (unsigned)q;
		uint64_t	 off = 0;

		for (int i = 0; i < 64; i++) {
			int64_t	 v = (std_luma[i] * scale + 50) / 100;
			int64_t	 d;

			v = v < 1 ? 1 : v > 255 ? 255 : v;
			d = v - t->quantval[i];	/* tables may have 16 bits */
			off += (uint64_t)(d * d);
		}
		if (off <= best) {
			best = off;
			quality = q;
		}
	}
	return quality;
}

enum err
jpeg_error(const struct jpeg *j, struct fault *f)
{
	if (j->bomb)
		return fault_set(f, ERR_BROKEN, "a JPEG of too many scans");
	return fault_set(f, ERR_BROKEN, "damaged JPEG: %s", j->why);
}

static void
take_icc(struct decoder *d, struct jpeg *j)
{
	JOCTET	*icc = NULL;
	unsigned len = 0;

	if (!jpeg_read_icc_profile(&j->c, &icc, &len))
		return;
	d->head.icc = icc;		/* malloc()ed by the library */
	d->head.icc_len = len;
}

static void
fill_head(struct decoder *d, struct jpeg *j)
{
	const jpeg_component_info *luma = j->c.comp_info;

	d->head.w = j->c.image_width;
	d->head.h = j->c.image_height;
	d->head.quality = estimate_quality(j->c.quant_tbl_ptrs[luma->quant_tbl_no & 3]);
	d->head.subsampled = j->c.num_components >= 3 &&
	    (luma->h_samp_factor > j->c.comp_info[1].h_samp_factor || luma->v_samp_factor > j->c.comp_info[1].v_samp_factor);
	if (j->c.jpeg_color_space == JCS_CMYK || j->c.jpeg_color_space == JCS_YCCK)
		d->head.space = SPACE_CMYK;
	else if (j->c.jpeg_color_space == JCS_GRAYSCALE)
		d->head.space = SPACE_GREY;
}

static enum err
jpeg_open(struct decoder *d, struct fault *f)
{
	struct jpeg	*j = calloc(1, sizeof(*j));
	enum err	 e;

	if ((d->priv = j) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	if ((e = check_process(d->data, d->len, f)))
		return e;
	j->data = d->data;
	j->len = d->len;
	j->c.err = jpeg_std_error(&j->err);
	j->err.error_exit = on_error;
	j->err.emit_message = on_message;
	j->c.client_data = j;
	if (setjmp(j->jump))
		return jpeg_error(j, f);
	jpeg_create_decompress(&j->c);
	j->created = true;
	j->c.client_data = j;
	j->src.init_source = src_nothing;
	j->src.fill_input_buffer = src_fill;
	j->src.skip_input_data = src_skip;
	j->src.resync_to_restart = jpeg_resync_to_restart;
	j->src.term_source = src_nothing;
	j->c.src = &j->src;
	j->progress.progress_monitor = on_progress;
	j->c.progress = &j->progress;
	jpeg_save_markers(&j->c, JPEG_APP0 + 2, 0xffff);
	jpeg_read_header(&j->c, TRUE);
	fill_head(d, j);
	take_icc(d, j);
	return ERR_OK;
}

unsigned
jpeg_shrink(const struct decoder *d, const struct want *w)
{
	static const uint64_t	 tenths[] = { [1] = 16, [2] = 14, [4] = 12 };
	unsigned		 num = 8;

	if (w->shrink_w == 0 || w->shrink_h == 0)
		return 8;
	while (num > 1 && (uint64_t)d->head.w * num / 2 * 10 >= w->shrink_w * tenths[num / 2] * 8 &&
	    (uint64_t)d->head.h * num / 2 * 10 >= w->shrink_h * tenths[num / 2] * 8)
		num /= 2;
	return num;
}

enum err
jpeg_check_memory(const struct jpeg *j, struct fault *f)
{
	uint64_t	 need = 0;

	if (!j->c.progressive_mode && j->c.comps_in_scan == j->c.num_components)
		return ERR_OK;
	for (int i = 0; i < j->c.num_components; i++)
		need += (uint64_t)j->c.comp_info[i].width_in_blocks * j->c.comp_info[i].height_in_blocks * 128;
	return picture_may_need(need, f);
}

static enum err
begin_cut(struct decoder *d, struct jpeg *j, const struct want *w)
{
	JDIMENSION	 x0 = (JDIMENSION)((uint64_t)w->x0 * j->num / 8), x1 = (JDIMENSION)(((uint64_t)w->x1 * j->num + 7) / 8);
	JDIMENSION	 asked, cols;

	if (x1 > d->w)
		x1 = d->w;
	/* The library changes the columns at the cut; some more on both sides keep that out of the picture. */
	asked = x0 > 16 ? x0 - 16 : 0;
	cols = x1 + 16 < d->w ? x1 + 16 - asked : d->w - asked;
	if (cols + 64 < d->w) {
		jpeg_crop_scanline(&j->c, &asked, &cols);
		j->cut_x = x0 - asked;
		if ((j->line = malloc((size_t)j->c.output_width * 4)) == NULL)
			return ERR_NOMEM;
		d->x0 = x0;
		d->cols = x1 - x0;
	}
	return ERR_OK;
}

static void
begin_rows(struct decoder *d, struct jpeg *j, const struct want *w)
{
	uint32_t	 y0 = (uint32_t)((uint64_t)w->y0 * j->num / 8), y1 = (uint32_t)(((uint64_t)w->y1 * j->num + 7) / 8);

	if (y1 > d->h)
		y1 = d->h;
	d->y0 = y0;
	d->rows = y1 - y0;
	if (y0 > 0)
		jpeg_skip_scanlines(&j->c, y0);
}

static enum err
jpeg_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct jpeg	*j = d->priv;
	enum err	 e;

	if ((e = jpeg_check_memory(j, f)))
		return e;
	j->num = jpeg_shrink(d, w);
	j->pages = d->mapped;
	if (setjmp(j->jump))
		return jpeg_error(j, f);
	j->strict = w->strict;
	j->c.scale_num = j->num;
	j->c.scale_denom = 8;
	j->c.out_color_space = d->head.space == SPACE_CMYK ? JCS_CMYK : JCS_EXT_RGBA;
	j->c.do_fancy_upsampling = !w->fast;
	jpeg_start_decompress(&j->c);
	d->w = d->cols = j->c.output_width;
	d->h = d->rows = j->c.output_height;
	d->x0 = d->y0 = 0;
	d->scale = j->num / 8.0;
	if (w->x1 != 0 && !w->strict) {
		if ((e = begin_cut(d, j, w)))
			return fault_set(f, e, "no memory for a row");
		begin_rows(d, j, w);
	}
	return ERR_OK;
}

static enum err
jpeg_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct jpeg	*j = d->priv;
	JSAMPROW	 row = j->line != NULL ? j->line : px;

	if (setjmp(j->jump))
		return jpeg_error(j, f);
	jpeg_read_scanlines(&j->c, &row, 1);
	if (j->line != NULL)
		memcpy(px, j->line + (size_t)j->cut_x * 4, (size_t)d->cols * 4);
	if (d->head.space == SPACE_CMYK && !j->c.saw_Adobe_marker)
		for (size_t i = 0; i < (size_t)d->cols * 4; i++)	/* Adobe's are stored inverted, and so are ours */
			px[i] = (uint8_t)(255 - px[i]);
	if (j->strict && j->damaged)
		return jpeg_error(j, f);
	return ERR_OK;
}

static enum err
jpeg_finish(struct decoder *d, struct fault *f)
{
	struct jpeg	*j = d->priv;

	if (!j->strict)
		return ERR_OK;
	if (setjmp(j->jump))
		return jpeg_error(j, f);
	jpeg_finish_decompress(&j->c);
	return j->damaged ? jpeg_error(j, f) : ERR_OK;
}

static void
jpeg_close(struct decoder *d)
{
	struct jpeg	*j = d->priv;

	if (j == NULL)
		return;
	if (j->created && !setjmp(j->jump))
		jpeg_destroy_decompress(&j->c);
	jpeg_scan_free(j->scan);
	free(j->line);
	free(j->raw);
	free(j->raw_rows[0]);
	free(j);
	d->priv = NULL;
}

const struct codec codec_jpeg = {
	.fmt = FMT_JPEG,
	.open = jpeg_open, .start = jpeg_start, .row = jpeg_row, .prove = jpeg_prove, .finish = jpeg_finish, .close = jpeg_close,
	.planes_possible = jpeg_planes_possible, .planes_fast = jpeg_planes_fast, .planes_start = jpeg_planes_start,
	.planes_read = jpeg_planes_read, .encode = jpeg_encode, .encode_planes = jpeg_planes_encode,
};
