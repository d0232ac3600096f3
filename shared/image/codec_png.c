/*
 * PNG in: plain pictures in one piece, the others through libpng. Everything becomes eight bits red green blue alpha; interlaced files are
 * held whole, others come row by row. Of an APNG the default picture is taken.
 */
#include "image/codec_png.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/png_colour.h"
#include "image/png_whole.h"

/* What libpng takes beside chunks of the file: rows, tables, a profile unpacked. */
#define MEMORY_BYTES	((size_t)16 << 20)

struct in {
	png_structp	 png;
	png_infop	 info;
	jmp_buf		 jump;
	const uint8_t	*data;
	size_t		 len, at;
	struct picture	 whole;		/* interlaced */
	struct png_whole plain;		/* its rows are empty where libpng reads */
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

/* libpng takes and clears what a chunk says it needs before it reads any of it; longer than the file it cannot be. */
static png_voidp
memory(png_structp png, png_alloc_size_t n)
{
	const struct in	*in = png_get_mem_ptr(png);

	return n > in->len + MEMORY_BYTES ? NULL : malloc(n);
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

	if (png_colour_cicp(in->data, in->len, &d->head.icc, &d->head.icc_len))
		return;
	if (png_get_iCCP(in->png, in->info, &name, &how, &icc, &len) && len > 0 &&
	    (d->head.icc = malloc(len)) != NULL) {
		memcpy(d->head.icc, icc, len);
		d->head.icc_len = len;
	} else {
		png_colour_gamma(in->data, in->len, &d->head.icc, &d->head.icc_len);
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
	if ((in->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, in, on_error, on_warning, in, memory, NULL)) == NULL ||
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

/* Plain: eight bits a channel, rows in order, no colour that stands for transparent. */
static bool
is_plain(const struct in *in)
{
	bool	 trns = png_get_valid(in->png, in->info, PNG_INFO_tRNS) != 0;

	return png_get_bit_depth(in->png, in->info) == 8 && !in->interlaced &&
	    (!trns || png_get_color_type(in->png, in->info) == PNG_COLOR_TYPE_PALETTE);
}

/* What each value of one byte is: a shade of grey, or a colour of the palette; black where that is too short. */
static void
set_colours(struct in *in)
{
	uint8_t		 (*c)[4] = in->plain.colours;
	png_colorp	 map = NULL;
	png_bytep	 opacity = NULL;
	int		 n = 0, nopacity = 0;

	if (png_get_color_type(in->png, in->info) == PNG_COLOR_TYPE_GRAY) {
		for (unsigned i = 0; i < 256; i++)
			memcpy(c[i], (uint8_t[4]){ (uint8_t)i, (uint8_t)i, (uint8_t)i, 255 }, 4);
		return;
	}
	png_get_PLTE(in->png, in->info, &map, &n);
	png_get_tRNS(in->png, in->info, &opacity, &nopacity, NULL);
	for (int i = 0; i < 256; i++)
		memcpy(c[i], (uint8_t[4]){ i < n ? map[i].red : 0, i < n ? map[i].green : 0, i < n ? map[i].blue : 0,
		    i < nopacity && opacity != NULL ? opacity[i] : 255 }, 4);
}

/* libpng has read as far as the head of the first IDAT chunk. */
static bool
read_plain(struct decoder *d, struct in *in)
{
	if (!is_plain(in) || in->at < 8)
		return false;
	in->plain.w = d->head.w;
	in->plain.h = d->head.h;
	in->plain.bpp = png_get_channels(in->png, in->info);
	if (in->plain.bpp == 1)
		set_colours(in);
	return png_whole_read(&in->plain, in->data, in->len, in->at - 8, in->strict);
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
	if (read_plain(d, in))
		return ERR_OK;
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

	if (in->plain.rows.px != NULL) {
		png_whole_row(&in->plain, px);
		return ERR_OK;
	}
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

	if (!in->strict || in->plain.rows.px != NULL)
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
	png_whole_free(&in->plain);
	free(in);
	d->priv = NULL;
}

const struct codec codec_png = {
	.fmt = FMT_PNG,
	.open = in_open, .start = in_start, .row = in_row, .finish = in_finish, .close = in_close,
	.encode = png_encode,
};
