/*
 * JPEG out, through libjpeg-turbo: optimised Huffman tables always (they cost little and save much).
 */
#include "image/codec_jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "image/tag.h"

struct out {
	struct jpeg_compress_struct	 c;
	struct jpeg_error_mgr		 err;
	struct jpeg_destination_mgr	 dst;
	jmp_buf				 jump;
	bool				 created;
	struct sink			*sink;
	JOCTET				 buf[16384];
};

static void
on_error(j_common_ptr c)
{
	struct out	*o = c->client_data;

	longjmp(o->jump, 1);
}

static void
on_message(j_common_ptr c, int level)
{
	(void)c;
	(void)level;
}

static void
dst_init(j_compress_ptr c)
{
	struct out	*o = c->client_data;

	o->dst.next_output_byte = o->buf;
	o->dst.free_in_buffer = sizeof(o->buf);
}

static boolean
dst_empty(j_compress_ptr c)
{
	struct out	*o = c->client_data;

	sink_put(o->sink, o->buf, sizeof(o->buf));
	dst_init(c);
	return TRUE;
}

static void
dst_term(j_compress_ptr c)
{
	struct out	*o = c->client_data;

	sink_put(o->sink, o->buf, sizeof(o->buf) - o->dst.free_in_buffer);
}

static enum err
library_error(struct fault *f)
{
	return fault_set(f, ERR_INTERNAL, "the JPEG encoder failed");
}

static void
put_tags(struct out *o, const struct encode *e)
{
	uint8_t	 block[6 + TAG_BYTES] = "Exif\0";
	size_t	 n = tag_exif(e->orientation, e->copyright, block + 6);

	if (n)
		jpeg_write_marker(&o->c, JPEG_APP0 + 1, block, (unsigned)(n + 6));
}

/*
 * A reduced copy serves variants of half its size and less, so its upper octave of detail is never seen, yet would be most of
 * the bits to be read each time.
 */
static void
coarsen(struct out *o)
{
	static const unsigned	 times[DCTSIZE] = { 1, 1, 1, 1, 2, 4, 32, 64 };

	for (int t = 0; t < 2; t++)
		for (unsigned i = 0; i < DCTSIZE2; i++) {
			unsigned	 u = i % DCTSIZE, v = i / DCTSIZE;
			unsigned	 q = o->c.quant_tbl_ptrs[t]->quantval[i] * times[u > v ? u : v];

			o->c.quant_tbl_ptrs[t]->quantval[i] = (UINT16)(q > 255 ? 255 : q);
		}
}

static void
set_up(struct out *o, const struct encode *e, unsigned planes)
{
	o->c.image_width = e->w;
	o->c.image_height = e->h;
	o->c.input_components = planes ? (int)planes : 4;
	o->c.in_color_space = planes == 0 ? JCS_EXT_RGBX : planes == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
	jpeg_set_defaults(&o->c);
	o->c.raw_data_in = planes != 0;
	jpeg_set_quality(&o->c, e->quality, TRUE);
	if (e->half_band)
		coarsen(o);
	o->c.optimize_coding = TRUE;
	if (e->full_chroma || planes == 1)
		o->c.comp_info[0].h_samp_factor = o->c.comp_info[0].v_samp_factor = 1;
	if (e->interlace)
		jpeg_simple_progression(&o->c);
}

static enum err
begin(struct encode *e, unsigned planes, struct fault *f)
{
	struct out	*o = calloc(1, sizeof(*o));

	if ((e->priv = o) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	o->sink = e->sink;
	o->c.err = jpeg_std_error(&o->err);
	o->err.error_exit = on_error;
	o->err.emit_message = on_message;
	o->c.client_data = o;
	if (setjmp(o->jump))
		return library_error(f);
	jpeg_create_compress(&o->c);
	o->created = true;
	o->dst.init_destination = dst_init;
	o->dst.empty_output_buffer = dst_empty;
	o->dst.term_destination = dst_term;
	o->c.dest = &o->dst;
	set_up(o, e, planes);
	jpeg_start_compress(&o->c, TRUE);
	put_tags(o, e);
	return ERR_OK;
}

static enum err
put_row(struct encode *e, const uint8_t *px, struct fault *f)
{
	struct out	*o = e->priv;
	JSAMPROW	 row;

	if (setjmp(o->jump))
		return library_error(f);
	memcpy(&row, &px, sizeof(row));		/* the library wants it without const, and only reads */
	jpeg_write_scanlines(&o->c, &row, 1);
	return ERR_OK;
}

static enum err
end(struct encode *e, struct fault *f)
{
	struct out	*o = e->priv;

	if (setjmp(o->jump))
		return library_error(f);
	jpeg_finish_compress(&o->c);
	return ERR_OK;
}

static void
abandon(struct encode *e)
{
	struct out	*o = e->priv;

	if (o == NULL)
		return;
	if (o->created && !setjmp(o->jump))
		jpeg_destroy_compress(&o->c);
	free(o);
	e->priv = NULL;
}

enum err
jpeg_encode(struct encode *e, struct picture *p, struct fault *f)
{
	enum err	 err;

	picture_flatten(p, 0xffffff);
	e->w = p->w;
	e->h = p->h;
	if ((err = begin(e, 0, f)))
		goto out;
	for (uint32_t y = 0; y < p->h; y++)
		if ((err = put_row(e, picture_row(p, y), f)))
			goto out;
	err = end(e, f);
out:
	abandon(e);
	return err;
}

/*
 * One row of blocks of a plane. The library reads whole blocks: rows below the picture repeat the last one, and the columns
 * right of it are made by copying into wide rows.
 */
static void
block_rows(JSAMPROW *rows, uint8_t *wide, size_t wide_bytes, const uint8_t *plane, uint32_t w, uint32_t h, uint32_t first,
    unsigned n)
{
	for (unsigned i = 0; i < n; i++, wide += wide_bytes) {
		const uint8_t	*from = plane + (size_t)(first + i < h ? first + i : h - 1) * w;

		memcpy(wide, from, w);
		memset(wide + w, from[w - 1], wide_bytes - w);
		rows[i] = wide;
	}
}

static enum err
write_planes(struct out *o, uint8_t *const plane[PLANES_MAX], unsigned n, uint8_t *wide, size_t wide_bytes, struct fault *f)
{
	JSAMPROW	 rows[PLANES_MAX][2 * DCTSIZE];
	JSAMPARRAY	 all[PLANES_MAX] = { rows[0], rows[1], rows[2] };
	unsigned	 v = (unsigned)o->c.comp_info[0].v_samp_factor, half = v;

	if (setjmp(o->jump))
		return library_error(f);
	while (o->c.next_scanline < o->c.image_height) {
		uint32_t	 at = o->c.next_scanline;
		uint8_t		*to = wide;

		block_rows(rows[0], to, wide_bytes, plane[0], o->c.image_width, o->c.image_height, at, v * DCTSIZE);
		for (unsigned i = 1; i < n; i++) {
			to += (size_t)2 * DCTSIZE * wide_bytes;
			block_rows(rows[i], to, wide_bytes, plane[i], (o->c.image_width + half - 1) / half,
			    (o->c.image_height + half - 1) / half, at / half, DCTSIZE);
		}
		jpeg_write_raw_data(&o->c, all, v * DCTSIZE);
	}
	jpeg_finish_compress(&o->c);
	return ERR_OK;
}

enum err
jpeg_planes_encode(struct encode *e, uint8_t *const plane[PLANES_MAX], unsigned n, struct fault *f)
{
	size_t	 wide_bytes = ((size_t)e->w + 31) / 16 * 16;
	uint8_t	*wide = malloc(wide_bytes * 2 * DCTSIZE * PLANES_MAX);
	enum err err = wide == NULL ? fault_set(f, ERR_NOMEM, "no memory for rows") : begin(e, n, f);

	if (err == ERR_OK)
		err = write_planes(e->priv, plane, n, wide, wide_bytes, f);
	abandon(e);
	free(wide);
	return err;
}

/* A picture of one pixel. */
void
jpeg_warm(void)
{
	struct jpeg_compress_struct	 c;
	struct jpeg_error_mgr		 err;
	unsigned char			*out = NULL;
	unsigned long			 n = 0;
	JSAMPLE				 px[3] = { 0 };
	JSAMPROW			 row = px;

	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = c.image_height = 1;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	(void)jpeg_write_scanlines(&c, &row, 1);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(out);
}
