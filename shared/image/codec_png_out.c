/*
 * PNG out: in one piece where that fits, through libpng row by row where it does not.
 */
#include "image/codec_png.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/png_whole.h"
#include "image/tag.h"

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
on_warning(png_structp png, png_const_charp msg)
{
	(void)png;
	(void)msg;
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

struct exif {
	size_t	 n;
	uint8_t	 block[TAG_BYTES];
};

/* Every eighth row is looked at. */
bool
picture_is_drawn(const struct picture *p)
{
	size_t	 same = 0, all = 0;

	for (uint32_t y = 0; y < p->h; y += 8) {
		const uint8_t	*q = picture_row(p, y);

		for (uint32_t x = 1; x < p->w; x++, q += 4)
			same += memcmp(q, q + 4, 4) == 0;
		all += p->w;
	}
	return same * 3 > all;
}

/*
 * Drawings get small by finding repetitions in the plain bytes. In photos there are none: searching deeper takes four times as
 * long and saves a tenth; the difference to the neighbour is what helps. png_whole_write() holds it the same way.
 */
static void
choose_effort(struct out *o, const struct encode *e, bool drawn)
{
	png_set_compression_level(o->png, e->effort > 1 ? 9 : drawn ? 6 : 1);
	png_set_filter(o->png, PNG_FILTER_TYPE_BASE, drawn ? PNG_FILTER_NONE : e->effort > 1 ? PNG_ALL_FILTERS :
	    PNG_FILTER_SUB | PNG_FILTER_UP);
}

static enum err
out_begin(struct encode *e, bool alpha, bool drawn, struct exif *x, struct fault *f)
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
	if (x->n)
		png_set_eXIf_1(o->png, o->info, (png_uint_32)x->n, x->block);
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
encode_rows(struct encode *e, const struct picture *p, bool alpha, bool drawn, struct exif *x, struct fault *f)
{
	enum err	 err;

	if ((err = out_begin(e, alpha, drawn, x, f)))
		goto out;
	for (uint32_t y = 0; y < p->h; y++)
		if ((err = out_row(e, picture_row(p, y), f)))
			goto out;
	err = out_end(e, f);
out:
	out_abandon(e);
	return err;
}

enum err
png_encode(struct encode *e, struct picture *p, struct fault *f)
{
	bool		 alpha = picture_check_alpha(p), drawn = picture_is_drawn(p), done;
	struct exif	 x = { .n = tag_exif(e->orientation, e->copyright, x.block) };
	enum err	 err;

	e->w = p->w;
	e->h = p->h;
	if ((err = png_whole_write(e, p, alpha, drawn, x.block, x.n, &done, f)) || done)
		return err;
	return encode_rows(e, p, alpha, drawn, &x, f);
}
