/*
 * GIF out, through giflib; colours of a frame by exact count where 255 are enough, else by gd's quantiser, made better
 * where nothing is dithered. Each frame has its own colours.
 */
#include "image/codec_gif.h"

#include <stdlib.h>
#include <string.h>

#include <gd.h>
#include <gif_lib.h>

#include "image/palette.h"

#define COLOURS		255	/* and one for transparent */
#define CLEAR		255
#define HASH		1024

struct out {
	GifFileType	*gif;
	struct sink	*sink;
	uint8_t		*index;		/* the frame in colours of its map */
	GifColorType	 map[256];
	struct palette	*palette;	/* from the first frame that needs it on */
};

static int
write_bytes(GifFileType *gif, const GifByteType *data, int n)
{
	struct out	*o = gif->UserData;

	sink_put(o->sink, data, (size_t)n);
	return n;
}

static enum err
failed(struct fault *f)
{
	return fault_set(f, ERR_INTERNAL, "the GIF encoder failed");
}

static uint32_t
rgb_of(const uint8_t *px)
{
	return (uint32_t)px[0] << 16 | (uint32_t)px[1] << 8 | px[2];
}

/* Index the frame when it has at most COLOURS colours; false when it has more. */
static bool
index_exact(struct out *o, const struct picture *p)
{
	struct { uint32_t rgb; int at; }	 hash[HASH];
	int					 n = 0;

	for (size_t i = 0; i < HASH; i++)
		hash[i].at = -1;
	for (size_t i = 0, all = (size_t)p->w * p->h; i < all; i++) {
		const uint8_t	*px = p->px + i * 4;
		uint32_t	 rgb = rgb_of(px), k = rgb * 2654435761u >> 22;

		if (px[3] < 128) {
			o->index[i] = CLEAR;
			continue;
		}
		while (hash[k].at >= 0 && hash[k].rgb != rgb)
			k = (k + 1) % HASH;
		if (hash[k].at < 0) {
			if (n == COLOURS)
				return false;
			o->map[n] = (GifColorType){ px[0], px[1], px[2] };
			hash[k].rgb = rgb;
			hash[k].at = n++;
		}
		o->index[i] = (uint8_t)hash[k].at;
	}
	return true;
}

/* Take gd's colours as they are, with its dots. */
static void
index_dithered(struct out *o, const struct picture *p, gdImagePtr im)
{
	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++)
			o->index[(size_t)y * p->w + x] = picture_row(p, y)[(size_t)x * 4 + 3] < 128 ? CLEAR : im->pixels[y][x];
}

/* Make the n colours of the map better, and index by them. */
static enum err
index_refined(struct out *o, const struct picture *p, int n, struct fault *f)
{
	uint8_t	 rgb[COLOURS][3];

	if (o->palette == NULL && (o->palette = palette_new()) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the colours of a frame");
	if (palette_count(o->palette, p, f))
		return ERR_NOMEM;
	for (int i = 0; i < n; i++)
		memcpy(rgb[i], (uint8_t[]){ o->map[i].Red, o->map[i].Green, o->map[i].Blue }, sizeof(rgb[i]));
	palette_refine(o->palette, rgb, n);
	for (int i = 0; i < n; i++)
		o->map[i] = (GifColorType){ rgb[i][0], rgb[i][1], rgb[i][2] };
	palette_index(o->palette, p, CLEAR, o->index);
	return ERR_OK;
}

static enum err
index_quantised(struct out *o, const struct picture *p, bool dither, struct fault *f)
{
	const uint64_t	 area = (uint64_t)p->w * p->h;
	gdImagePtr	 im;
	enum err	 err;
	int		 n;

	/* gd has the frame in true colours, and then in its own few. */
	if ((err = picture_may_need(area * 5 + (dither ? 0 : palette_bytes(area)), f)))
		return err;
	if ((im = gdImageCreateTrueColor((int)p->w, (int)p->h)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a frame");
	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++)
			im->tpixels[y][x] = (int)rgb_of(picture_row(p, y) + (size_t)x * 4);
	if (!gdImageTrueColorToPalette(im, dither, COLOURS) || im->colorsTotal < 1) {
		gdImageDestroy(im);
		return failed(f);
	}
	n = im->colorsTotal < COLOURS ? im->colorsTotal : COLOURS;
	for (int i = 0; i < n; i++)
		o->map[i] = (GifColorType){ (GifByteType)im->red[i], (GifByteType)im->green[i], (GifByteType)im->blue[i] };
	if (dither)
		index_dithered(o, p, im);
	else
		err = index_refined(o, p, n, f);
	gdImageDestroy(im);
	return err;
}

static bool
put_loops(struct out *o, uint32_t loops)
{
	uint8_t	 sub[3] = { 1, (uint8_t)loops, (uint8_t)(loops >> 8) };

	return EGifPutExtensionLeader(o->gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
	    EGifPutExtensionBlock(o->gif, 11, "NETSCAPE2.0") == GIF_OK &&
	    EGifPutExtensionBlock(o->gif, 3, sub) == GIF_OK &&
	    EGifPutExtensionTrailer(o->gif) == GIF_OK;
}

enum err
gif_anim_begin(struct encode *e, struct fault *f)
{
	struct out	*o = calloc(1, sizeof(*o));
	int		 code;

	if ((e->priv = o) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	o->sink = e->sink;
	if (e->w > 65535 || e->h > 65535)
		return fault_set(f, ERR_BADIMAGE, "a GIF has at most 65535 pixels a side");
	if ((o->index = malloc((size_t)e->w * e->h)) == NULL || (o->gif = EGifOpen(o, write_bytes, &code)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	EGifSetGifVersion(o->gif, true);
	if (EGifPutScreenDesc(o->gif, (int)e->w, (int)e->h, 8, 0, NULL) == GIF_ERROR)
		return failed(f);
	if (e->frames > 1 && e->loops != 1 && !put_loops(o, e->loops))
		return failed(f);
	return ERR_OK;
}

static enum err
put_frame(struct out *o, const struct picture *p, uint32_t delay_ms, struct fault *f)
{
	GraphicsControlBlock	 gcb = { .DisposalMode = p->alpha ? DISPOSE_BACKGROUND : DISPOSE_DO_NOT,
	    .DelayTime = (int)((delay_ms + 5) / 10), .TransparentColor = p->alpha ? CLEAR : NO_TRANSPARENT_COLOR };
	GifByteType		 ext[4];
	ColorMapObject		*map = GifMakeMapObject(256, o->map);
	bool			 ok;

	if (map == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for colours");
	EGifGCBToExtension(&gcb, ext);
	ok = EGifPutExtension(o->gif, GRAPHICS_EXT_FUNC_CODE, sizeof(ext), ext) == GIF_OK &&
	    EGifPutImageDesc(o->gif, 0, 0, (int)p->w, (int)p->h, false, map) == GIF_OK;
	for (uint32_t y = 0; ok && y < p->h; y++)
		ok = EGifPutLine(o->gif, o->index + (size_t)y * p->w, (int)p->w) == GIF_OK;
	GifFreeMapObject(map);
	return ok ? ERR_OK : failed(f);
}

enum err
gif_anim_put(struct encode *e, struct picture *p, uint32_t delay_ms, struct fault *f)
{
	struct out	*o = e->priv;
	enum err	 err;

	if (p->w != e->w || p->h != e->h)
		return fault_set(f, ERR_INTERNAL, "a frame of another size");
	memset(o->map, 0, sizeof(o->map));
	picture_check_alpha(p);
	/* Dots that swim from frame to frame look worse than bands. */
	if (!index_exact(o, p) && (err = index_quantised(o, p, e->frames == 1, f)))
		return err;
	return put_frame(o, p, delay_ms, f);
}

enum err
gif_anim_end(struct encode *e, struct fault *f)
{
	struct out	*o = e->priv;
	int		 ok, code;

	ok = EGifCloseFile(o->gif, &code);
	o->gif = NULL;
	return ok == GIF_OK ? ERR_OK : failed(f);
}

void
gif_abandon(struct encode *e)
{
	struct out	*o = e->priv;

	if (o == NULL)
		return;
	if (o->gif != NULL)
		EGifCloseFile(o->gif, NULL);
	palette_free(o->palette);
	free(o->index);
	free(o);
	e->priv = NULL;
}

enum err
gif_encode(struct encode *e, struct picture *p, struct fault *f)
{
	enum err	 err;

	e->w = p->w;
	e->h = p->h;
	e->frames = 1;
	if ((err = gif_anim_begin(e, f)) == ERR_OK && (err = gif_anim_put(e, p, 0, f)) == ERR_OK)
		err = gif_anim_end(e, f);
	gif_abandon(e);
	return err;
}
