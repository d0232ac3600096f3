/*
 * GIF in and out, through giflib, a frame at a time: one canvas, and a copy of it where a frame is to be undone.
 * The blocks are walked first without decoding, to count the frames and to refuse what ends in the middle.
 */
#include "image/codec_gif.h"

#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

struct in {
	GifFileType	*gif;
	const uint8_t	*data;
	size_t		 len, at;
	bool		 strict;
	uint8_t		*line;
	struct picture	 before;	/* the canvas before a frame that is to be undone */
	struct picture	 first;		/* for the rows of the still face */
	uint32_t	 next;
	int		 dispose;	/* of the frame shown last, and where it lies */
	uint32_t	 x, y, w, h;
};

struct gce {			/* what stands before a frame */
	int		 dispose, transparent;
	uint32_t	 delay_ms;
};

/* Skips sub-blocks from i; 0 when they run out of the file. */
static size_t
skip_blocks(const uint8_t *p, size_t len, size_t i)
{
	while (i < len) {
		if (p[i] == 0)
			return i + 1;
		i += 1 + (size_t)p[i];
	}
	return 0;
}

static size_t
colour_map(unsigned flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static void
note_loops(const uint8_t *p, size_t len, size_t i, uint32_t *loops)
{
	if (i + 18 < len && p[i + 1] == 0xff && p[i + 2] == 11 && memcmp(p + i + 3, "NETSCAPE2.0", 11) == 0 && p[i + 14] == 3)
		*loops = p[i + 16] | (uint32_t)p[i + 17] << 8;
}

/* Counts whole frames. *whole is false when the file ends within one. */
static uint32_t
walk(const uint8_t *p, size_t len, uint32_t *loops, bool *whole)
{
	size_t	 i = len > 12 ? 13 + colour_map(p[10]) : len;
	uint32_t n = 0;

	*whole = true;
	*loops = 1;
	while (i < len && p[i] != 0x3b) {
		if (p[i] == 0x21 && i + 2 < len) {
			note_loops(p, len, i, loops);
			i = skip_blocks(p, len, i + 2);
		} else if (p[i] == 0x2c && i + 11 < len) {
			i = skip_blocks(p, len, i + 11 + colour_map(p[i + 9]));
			n += i != 0;
		} else
			break;			/* junk behind the last frame */
		if (i == 0) {
			*whole = false;
			break;
		}
	}
	return n;
}

static int
read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct in	*in = gif->UserData;
	size_t		 k = in->len - in->at;

	if (k > (size_t)n)
		k = (size_t)n;
	memcpy(out, in->data + in->at, k);
	in->at += k;
	return (int)k;
}

static enum err
broken(const struct in *in, struct fault *f)
{
	const char	*why = in->gif != NULL ? GifErrorString(in->gif->Error) : NULL;

	return fault_set(f, ERR_BROKEN, "damaged GIF: %s", why != NULL ? why : "it makes no sense");
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct in	*in = calloc(1, sizeof(*in));
	bool		 whole;
	int		 code = 0;

	if ((d->priv = in) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	in->data = d->data;
	in->len = d->len;
	d->head.frames = walk(d->data, d->len, &d->head.loops, &whole);
	if (d->head.frames == 0)
		return fault_set(f, ERR_BROKEN, "damaged GIF: no whole frame in it");
	if ((in->gif = DGifOpen(in, read_bytes, &code)) == NULL)
		return fault_set(f, ERR_BROKEN, "damaged GIF: %s", GifErrorString(code));
	d->head.w = (uint32_t)in->gif->SWidth;
	d->head.h = (uint32_t)in->gif->SHeight;
	d->head.alpha = true;
	return ERR_OK;
}

static enum err
check_whole(struct decoder *d, struct fault *f)
{
	uint32_t	 loops;
	bool		 whole;

	walk(d->data, d->len, &loops, &whole);
	return whole ? ERR_OK : fault_set(f, ERR_BROKEN, "damaged GIF: it ends within a frame");
}

static enum err
read_extension(struct in *in, struct gce *g, struct fault *f)
{
	GifByteType	*ext;
	int		 code;
	GraphicsControlBlock gcb;

	if (DGifGetExtension(in->gif, &code, &ext) == GIF_ERROR)
		return broken(in, f);
	if (code == GRAPHICS_EXT_FUNC_CODE && ext != NULL && ext[0] >= 4 && DGifExtensionToGCB(4, ext + 1, &gcb) == GIF_OK) {
		g->dispose = gcb.DisposalMode;
		g->transparent = gcb.TransparentColor;
		g->delay_ms = (uint32_t)gcb.DelayTime * 10;
	}
	while (ext != NULL)
		if (DGifGetExtensionNext(in->gif, &ext) == GIF_ERROR)
			return broken(in, f);
	return ERR_OK;
}

/* What the frame shown last asked for when it goes. */
static void
undo_last(struct in *in, struct picture *canvas)
{
	if (in->dispose == DISPOSE_BACKGROUND)
		for (uint32_t y = in->y; y < in->y + in->h; y++)
			memset(picture_row(canvas, y) + (size_t)in->x * 4, 0, (size_t)in->w * 4);
	else if (in->dispose == DISPOSE_PREVIOUS && in->before.px != NULL)
		memcpy(canvas->px, in->before.px, picture_bytes(canvas));
	in->dispose = DISPOSAL_UNSPECIFIED;
}

static void
draw_line(uint8_t *to, const uint8_t *line, uint32_t n, const ColorMapObject *map, int transparent)
{
	for (uint32_t x = 0; x < n; x++, to += 4) {
		int	 c = line[x];

		if (c == transparent || c >= map->ColorCount)
			continue;
		to[0] = map->Colors[c].Red;
		to[1] = map->Colors[c].Green;
		to[2] = map->Colors[c].Blue;
		to[3] = 255;
	}
}

static uint32_t
clip(int64_t v, uint32_t most)
{
	return v < 0 ? 0 : v > most ? most : (uint32_t)v;
}

static enum err
draw_image(struct in *in, struct picture *canvas, const struct gce *g, struct fault *f)
{
	static const uint8_t	 pass_start[4] = { 0, 4, 2, 1 }, pass_step[4] = { 8, 8, 4, 2 };
	const GifImageDesc	*im = &in->gif->Image;
	const ColorMapObject	*map = im->ColorMap != NULL ? im->ColorMap : in->gif->SColorMap;
	int			 passes = im->Interlace ? 4 : 1;

	if (map == NULL)
		return fault_set(f, ERR_BROKEN, "damaged GIF: a frame without colours");
	for (int pass = 0; pass < passes; pass++) {
		int	 step = im->Interlace ? pass_step[pass] : 1;

		for (int y = im->Interlace ? pass_start[pass] : 0; y < im->Height; y += step) {
			if (DGifGetLine(in->gif, in->line, im->Width) == GIF_ERROR)
				return broken(in, f);
			if ((int64_t)im->Top + y < canvas->h)
				draw_line(picture_row(canvas, (uint32_t)(im->Top + y)) + (size_t)in->x * 4, in->line, in->w, map,
				    g->transparent);
		}
	}
	return ERR_OK;
}

static enum err
draw_frame(struct in *in, struct picture *canvas, const struct gce *g, struct fault *f)
{
	const GifImageDesc	*im;
	enum err		 e;

	if (DGifGetImageDesc(in->gif) == GIF_ERROR)
		return broken(in, f);
	im = &in->gif->Image;
	if (im->Width <= 0 || im->Height <= 0)
		return fault_set(f, ERR_BROKEN, "damaged GIF: a frame without pixels");
	undo_last(in, canvas);
	in->x = clip(im->Left, canvas->w);
	in->y = clip(im->Top, canvas->h);
	in->w = clip((int64_t)im->Left + im->Width, canvas->w) - in->x;
	in->h = clip((int64_t)im->Top + im->Height, canvas->h) - in->y;
	in->dispose = g->dispose;
	if (g->dispose == DISPOSE_PREVIOUS) {
		if (in->before.px == NULL && (e = picture_new(&in->before, canvas->w, canvas->h, true, f)))
			return e;
		memcpy(in->before.px, canvas->px, picture_bytes(canvas));
	}
	free(in->line);
	if ((in->line = malloc((size_t)im->Width)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a row");
	e = draw_image(in, canvas, g, f);
	GifFreeSavedImages(in->gif);		/* giflib keeps a record of each */
	in->gif->SavedImages = NULL;
	in->gif->ImageCount = 0;
	return e;
}

static enum err
in_frame(struct decoder *d, struct picture *canvas, uint32_t *delay_ms, bool *more, struct fault *f)
{
	struct in	*in = d->priv;
	struct gce	 g = { .transparent = NO_TRANSPARENT_COLOR };
	GifRecordType	 type;
	enum err	 e;

	*more = false;
	if (canvas->px == NULL) {
		if ((e = picture_new(canvas, d->head.w, d->head.h, true, f)))
			return e;
		memset(canvas->px, 0, picture_bytes(canvas));
	}
	while (in->next < d->head.frames) {
		if (DGifGetRecordType(in->gif, &type) == GIF_ERROR)
			return broken(in, f);
		if (type == EXTENSION_RECORD_TYPE) {
			if ((e = read_extension(in, &g, f)))
				return e;
			continue;
		}
		if (type != IMAGE_DESC_RECORD_TYPE)
			break;
		if ((e = draw_frame(in, canvas, &g, f)))
			return e;
		in->next++;
		*delay_ms = g.delay_ms;
		*more = true;
		return ERR_OK;
	}
	return ERR_OK;
}

/* The still face: the first frame. */
static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in	*in = d->priv;
	uint32_t	 delay;
	bool		 more;
	enum err	 e;

	in->strict = w->strict;
	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	if (w->strict && (e = check_whole(d, f)))
		return e;
	if ((e = in_frame(d, &in->first, &delay, &more, f)))
		return e;
	in->next = 0;
	return ERR_OK;
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct in	*in = d->priv;

	(void)f;
	memcpy(px, picture_row(&in->first, in->next++), (size_t)d->w * 4);
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct in	*in = d->priv;

	if (in == NULL)
		return;
	if (in->gif != NULL)
		DGifCloseFile(in->gif, NULL);
	picture_free(&in->before);
	picture_free(&in->first);
	free(in->line);
	free(in);
	d->priv = NULL;
}

const struct codec codec_gif = {
	.fmt = FMT_GIF,
	.open = in_open, .start = in_start, .row = in_row, .frame = in_frame, .close = in_close,
	.encode = gif_encode, .anim_begin = gif_anim_begin, .anim_put = gif_anim_put, .anim_end = gif_anim_end,
	.abandon = gif_abandon,
};
