/*
 * PNG in and out, through libpng. Everything becomes eight bits red green blue alpha; interlaced files are
 * held whole, others come row by row. Of an APNG the default picture is taken.
 */
#include "image/codec.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/tag.h"

struct in {
	png_structp	 png;
	png_infop	 info;
	jmp_buf		 jump;
	const uint8_t	*data;
	size_t		 len, at;
	struct picture	 whole;		/* interlaced */
	uint32_t	 next;
	bool		 interlaced, strict;
	char		 why[96];
};

static void
on_error(png_structp png, png_const_charp msg)
{
	struct in	*in = png_get_error_ptr(png);
	size_t		 n = strnlen(msg, sizeof(in->why) - 1);

	memcpy(in->why, msg, n);
	in->why[n] = 0;
	longjmp(in->jump, 1);
}

static void
on_warning(png_structp png, png_const_charp msg)
{
	(void)png;
	(void)msg;
}

static void
read_bytes(png_structp png, png_bytep out, size_t n)
{
	struct in	*in = png_get_io_ptr(png);

	if (n > in->len - in->at)
		png_error(png, "the file ends too early");
	memcpy(out, in->data + in->at, n);
	in->at += n;
}

static enum err
library_error(const struct in *in, struct fault *f)
{
	return fault_set(f, ERR_BROKEN, "damaged PNG: %s", in->why);
}

static void
take_colour(struct decoder *d, struct in *in)
{
	png_charp	 name;
	png_bytep	 icc;
	png_uint_32	 len;
	int		 how;

	if (png_get_iCCP(in->png, in->info, &name, &how, &icc, &len) && len > 0 &&
	    (d->head.icc = malloc(len)) != NULL) {
		memcpy(d->head.icc, icc, len);
		d->head.icc_len = len;
	}
}

static void
set_transforms(struct in *in)
{
	png_set_expand(in->png);
	png_set_scale_16(in->png);
	png_set_gray_to_rgb(in->png);
	png_set_add_alpha(in->png, 0xff, PNG_FILLER_AFTER);
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct in	*in = calloc(1, sizeof(*in));
	int		 depth, colour, interlace;
	png_uint_32	 w, h;

	if ((d->priv = in) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	in->data = d->data;
	in->len = d->len;
	if ((in->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, in, on_error, on_warning)) == NULL ||
	    (in->info = png_create_info_struct(in->png)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	if (setjmp(in->jump))
		return library_error(in, f);
	png_set_read_fn(in->png, in, read_bytes);
	png_set_user_limits(in->png, LIMIT_SIDE_PX * 4, LIMIT_SIDE_PX * 4);
	png_set_chunk_cache_max(in->png, 64);
	png_set_chunk_malloc_max(in->png, 8 << 20);
	png_set_keep_unknown_chunks(in->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
	png_set_check_for_invalid_index(in->png, 0);
	png_read_info(in->png, in->info);
	png_get_IHDR(in->png, in->info, &w, &h, &depth, &colour, &interlace, NULL, NULL);
	d->head.w = w;
	d->head.h = h;
	d->head.alpha = (colour & PNG_COLOR_MASK_ALPHA) || png_get_valid(in->png, in->info, PNG_INFO_tRNS);
	if (!(colour & PNG_COLOR_MASK_COLOR))
		d->head.space = SPACE_GREY;
	in->interlaced = interlace != PNG_INTERLACE_NONE;
	set_transforms(in);
	take_colour(d, in);
	return ERR_OK;
}

static void
read_interlaced(struct in *in, int passes)
{
	for (int i = 0; i < passes; i++)
		for (uint32_t y = 0; y < in->whole.h; y++)
			png_read_row(in->png, picture_row(&in->whole, y), NULL);
}

static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in	*in = d->priv;
	enum err	 e;
	int		 passes;

	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	d->x0 = d->y0 = 0;
	in->strict = w->strict;
	if (setjmp(in->jump))
		return library_error(in, f);
	if (!w->strict)
		png_set_crc_action(in->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
	passes = png_set_interlace_handling(in->png);
	png_read_update_info(in->png, in->info);
	if (png_get_rowbytes(in->png, in->info) != (size_t)d->w * 4)
		return fault_set(f, ERR_BROKEN, "a PNG of an unknown layout");
	if (!in->interlaced)
		return ERR_OK;
	if ((e = picture_new(&in->whole, d->w, d->h, true, f)))
		return e;
	memset(in->whole.px, 0, picture_bytes(&in->whole));
	read_interlaced(in, passes);
	return ERR_OK;
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct in	*in = d->priv;

	if (in->interlaced) {
		memcpy(px, picture_row(&in->whole, in->next++), (size_t)d->w * 4);
		return ERR_OK;
	}
	if (setjmp(in->jump))
		return library_error(in, f);
	png_read_row(in->png, px, NULL);
	return ERR_OK;
}

static enum err
in_finish(struct decoder *d, struct fault *f)
{
	struct in	*in = d->priv;

	if (!in->strict)
		return ERR_OK;
	if (setjmp(in->jump))
		return library_error(in, f);
	png_read_end(in->png, NULL);
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct in	*in = d->priv;

	if (in == NULL)
		return;
	if (in->png != NULL)
		png_destroy_read_struct(&in->png, &in->info, NULL);
	picture_free(&in->whole);
	free(in);
	d->priv = NULL;
}

struct out {
	png_structp	 png;
	png_infop	 info;
	jmp_buf		 jump;
	uint8_t		*line;		/* a row without alpha */
	bool		 alpha;
};

static void
on_out_error(png_structp png, png_const_charp msg)
{
	struct out	*o = png_get_error_ptr(png);

	(void)msg;
	longjmp(o->jump, 1);
}

static void
write_bytes(png_structp png, png_bytep data, size_t n)
{
	sink_put(png_get_io_ptr(png), data, n);
}

static void
flush_nothing(png_structp png)
{
	(void)png;
}

static enum err
out_error(struct fault *f)
{
	return fault_set(f, ERR_INTERNAL, "the PNG encoder failed");
}

static void
put_tags(struct out *o, const struct encode *e)
{
	uint8_t	 block[TAG_BYTES];
	size_t	 n = tag_exif(e->orientation, e->copyright, block);

	if (n)
		png_set_eXIf_1(o->png, o->info, (png_uint_32)n, block);
}

/* Drawn rather than photographed? Most pixels are like their left neighbour then. Every eighth row is looked at. */
static bool
is_drawn(const struct picture *p)
{
	size_t	 same = 0, all = 0;

	for (uint32_t y = 0; y < p->h; y += 8) {
		const uint8_t	*q = picture_row(p, y);

		for (uint32_t x = 1; x < p->w; x++, q += 4)
			same += memcmp(q, q + 4, 4) == 0;
		all += p->w;
	}
	return same * 2 > all;
}

/*
 * Drawings get small by finding repetitions in the plain bytes. In photos there are none: searching deeper takes four times as
 * long and saves a tenth; the difference to the neighbour is what helps.
 */
static void
choose_effort(struct out *o, const struct encode *e, bool drawn)
{
	png_set_compression_level(o->png, e->effort > 1 ? 9 : drawn ? 6 : 1);
	png_set_filter(o->png, PNG_FILTER_TYPE_BASE, drawn ? PNG_FILTER_NONE : e->effort > 1 ? PNG_ALL_FILTERS :
	    PNG_FILTER_SUB | PNG_FILTER_UP);
}

static enum err
out_begin(struct encode *e, bool alpha, bool drawn, struct fault *f)
{
	struct out	*o = calloc(1, sizeof(*o));

	if ((e->priv = o) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	o->alpha = alpha;
	if (!alpha && (o->line = malloc((size_t)e->w * 3)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a row");
	if ((o->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, o, on_out_error, on_warning)) == NULL ||
	    (o->info = png_create_info_struct(o->png)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	if (setjmp(o->jump))
		return out_error(f);
	png_set_write_fn(o->png, e->sink, write_bytes, flush_nothing);
	png_set_user_limits(o->png, LIMIT_SIDE_PX * 4, LIMIT_SIDE_PX * 4);
	png_set_IHDR(o->png, o->info, e->w, e->h, 8, alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	choose_effort(o, e, drawn);
	put_tags(o, e);
	png_write_info(o->png, o->info);
	return ERR_OK;
}

static enum err
out_row(struct encode *e, const uint8_t *px, struct fault *f)
{
	struct out	*o = e->priv;

	if (setjmp(o->jump))
		return out_error(f);
	if (o->alpha) {
		png_write_row(o->png, px);
		return ERR_OK;
	}
	for (size_t i = 0; i < e->w; i++)
		memcpy(o->line + i * 3, px + i * 4, 3);
	png_write_row(o->png, o->line);
	return ERR_OK;
}

static enum err
out_end(struct encode *e, struct fault *f)
{
	struct out	*o = e->priv;

	if (setjmp(o->jump))
		return out_error(f);
	png_write_end(o->png, NULL);
	return ERR_OK;
}

static void
out_abandon(struct encode *e)
{
	struct out	*o = e->priv;

	if (o == NULL)
		return;
	if (o->png != NULL)
		png_destroy_write_struct(&o->png, &o->info);
	free(o->line);
	free(o);
	e->priv = NULL;
}

static enum err
out_encode(struct encode *e, struct picture *p, struct fault *f)
{
	enum err	 err;

	e->w = p->w;
	e->h = p->h;
	if ((err = out_begin(e, picture_check_alpha(p), is_drawn(p), f)))
		goto out;
	for (uint32_t y = 0; y < p->h; y++)
		if ((err = out_row(e, picture_row(p, y), f)))
			goto out;
	err = out_end(e, f);
out:
	out_abandon(e);
	return err;
}

const struct codec codec_png = {
	.fmt = FMT_PNG,
	.open = in_open, .start = in_start, .row = in_row, .finish = in_finish, .close = in_close,
	.encode = out_encode,
};
