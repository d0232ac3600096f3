/*
 * WebP in, through libwebp: still pictures cut and scaled in the decoder, or as planes; animations composed a frame at a time.
 */
#include "image/codec_webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#define UNFILTERED 3	/* times smaller: the edges of blocks are not to be seen any more */

struct in {
	WebPData	 data;
	WebPAnimDecoder	*anim;
	struct picture	 whole;
	WebPDecBuffer	 planes;	/* of a still picture that is read as planes */
	bool		 lossy;
	uint32_t	 next;
	int		 shown_ms;	/* when the last frame ended */
};

static enum err
status_error(VP8StatusCode s, struct fault *f)
{
	switch (s) {
	case VP8_STATUS_OUT_OF_MEMORY:
		return fault_set(f, ERR_NOMEM, "no memory for a WebP picture");
	case VP8_STATUS_NOT_ENOUGH_DATA:
	case VP8_STATUS_SUSPENDED:
		return fault_set(f, ERR_BROKEN, "damaged WebP: it ends too early");
	case VP8_STATUS_UNSUPPORTED_FEATURE:
		return fault_set(f, ERR_BROKEN, "a WebP of a kind that is not supported");
	default:
		return fault_set(f, ERR_BROKEN, "damaged WebP");
	}
}

static void
take_icc(struct decoder *d, WebPDemuxer *dx)
{
	WebPChunkIterator	 it;

	if (!(WebPDemuxGetI(dx, WEBP_FF_FORMAT_FLAGS) & ICCP_FLAG) || !WebPDemuxGetChunk(dx, "ICCP", 1, &it))
		return;
	if (it.chunk.size > 0 && (d->head.icc = malloc(it.chunk.size)) != NULL) {
		memcpy(d->head.icc, it.chunk.bytes, it.chunk.size);
		d->head.icc_len = it.chunk.size;
	}
	WebPDemuxReleaseChunkIterator(&it);
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct in		*in = calloc(1, sizeof(*in));
	WebPBitstreamFeatures	 feat;
	WebPDemuxer		*dx;
	VP8StatusCode		 s;

	if ((d->priv = in) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	in->data = (WebPData){ .bytes = d->data, .size = d->len };
	if ((s = WebPGetFeatures(d->data, d->len, &feat)) != VP8_STATUS_OK)
		return status_error(s, f);
	d->head.w = (uint32_t)feat.width;
	d->head.h = (uint32_t)feat.height;
	d->head.alpha = feat.has_alpha;
	in->lossy = feat.format == 1;
	if ((dx = WebPDemux(&in->data)) == NULL)
		return fault_set(f, ERR_BROKEN, "damaged WebP: it ends too early or its parts do not fit");
	if (feat.has_animation) {
		d->head.frames = WebPDemuxGetI(dx, WEBP_FF_FRAME_COUNT);
		d->head.loops = WebPDemuxGetI(dx, WEBP_FF_LOOP_COUNT);
		d->head.w = WebPDemuxGetI(dx, WEBP_FF_CANVAS_WIDTH);
		d->head.h = WebPDemuxGetI(dx, WEBP_FF_CANVAS_HEIGHT);
		d->head.alpha = true;
	}
	take_icc(d, dx);
	WebPDemuxDelete(dx);
	return ERR_OK;
}

static enum err
in_frame(struct decoder *d, struct picture *canvas, uint32_t *delay_ms, bool *more, struct fault *f)
{
	struct in		*in = d->priv;
	WebPAnimDecoderOptions	 opt;
	uint8_t			*px;
	int			 end_ms;
	enum err		 e;

	*more = false;
	if (in->anim == NULL) {
		if ((e = picture_may_need((uint64_t)d->head.w * d->head.h * 12, f)) ||
		    (e = picture_new(canvas, d->head.w, d->head.h, true, f)))
			return e;
		if (!WebPAnimDecoderOptionsInit(&opt))
			return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
		opt.color_mode = MODE_RGBA;
		if ((in->anim = WebPAnimDecoderNew(&in->data, &opt)) == NULL)
			return fault_set(f, ERR_BROKEN, "damaged WebP animation");
	}
	if (in->next == d->head.frames || !WebPAnimDecoderHasMoreFrames(in->anim))
		return ERR_OK;
	if (!WebPAnimDecoderGetNext(in->anim, &px, &end_ms))
		return fault_set(f, ERR_BROKEN, "damaged WebP animation");
	memcpy(canvas->px, px, picture_bytes(canvas));
	*delay_ms = end_ms > in->shown_ms ? (uint32_t)(end_ms - in->shown_ms) : 0;
	in->shown_ms = end_ms;
	in->next++;
	*more = true;
	return ERR_OK;
}

/* Scaling in libwebp averages boxes: good enough where twice the wanted size remains. */
static void
plan_still(struct decoder *d, const struct want *w, WebPDecoderConfig *c)
{
	uint32_t	 k = 1;

	if (w->strict)
		return;
	if (w->shrink_w != 0 && w->shrink_h != 0)
		while (d->head.w / (k * 2) >= w->shrink_w * 2 && d->head.h / (k * 2) >= w->shrink_h * 2)
			k *= 2;
	if (k > 1) {
		c->options.use_scaling = 1;
		d->w = d->cols = (d->head.w + k - 1) / k;
		d->h = d->rows = (d->head.h + k - 1) / k;
		c->options.scaled_width = (int)d->w;
		c->options.scaled_height = (int)d->h;
	} else if (w->x1 != 0) {
		d->x0 = w->x0 & ~1u;		/* libwebp cuts at even places only */
		d->y0 = w->y0 & ~1u;
		d->cols = w->x1 - d->x0;
		d->rows = w->y1 - d->y0;
		c->options.use_cropping = 1;
		c->options.crop_left = (int)d->x0;
		c->options.crop_top = (int)d->y0;
		c->options.crop_width = (int)d->cols;
		c->options.crop_height = (int)d->rows;
	}
}

static enum err
decode_still(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in		*in = d->priv;
	WebPDecoderConfig	 c;
	VP8StatusCode		 s;
	enum err		 e;

	if (!WebPInitDecoderConfig(&c))
		return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
	plan_still(d, w, &c);
	/* A lossless picture is held whole within the library, as four bytes a pixel. */
	if ((e = picture_may_need((uint64_t)d->head.w * d->head.h * 4, f)) ||
	    (e = picture_new(&in->whole, d->cols, d->rows, d->head.alpha, f)))
		return e;
	c.output.colorspace = MODE_RGBA;
	c.output.is_external_memory = 1;
	c.output.u.RGBA.rgba = in->whole.px;
	c.output.u.RGBA.stride = (int)(d->cols * 4);
	c.output.u.RGBA.size = picture_bytes(&in->whole);
	s = WebPDecode(d->data, d->len, &c);
	WebPFreeDecBuffer(&c.output);
	return s == VP8_STATUS_OK ? ERR_OK : status_error(s, f);
}

static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in	*in = d->priv;
	uint32_t	 delay;
	bool		 more;
	enum err	 e;

	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	d->x0 = d->y0 = 0;
	if (d->head.frames <= 1 && in->anim == NULL)
		e = decode_still(d, w, f);
	else
		e = in_frame(d, &in->whole, &delay, &more, f);
	in->next = 0;
	return e;
}

static bool
in_planes_possible(const struct decoder *d)
{
	const struct in	*in = d->priv;

	return in->lossy && !d->head.alpha && d->head.frames == 1;
}

/*
 * Never shrunk by the library, whose scaler costs more than ours. What smooths the edges of blocks is left out where whole blocks
 * become a pixel or two.
 */
static enum err
in_planes_start(struct decoder *d, const struct want *w, bool half_chroma, struct coded_planes *out, struct fault *f)
{
	struct in		*in = d->priv;
	uint32_t		 cw = (d->head.w + 1) / 2, ch = (d->head.h + 1) / 2;
	WebPDecoderConfig	 c;
	VP8StatusCode		 s;
	enum err		 e;

	(void)half_chroma;
	if (!WebPInitDecoderConfig(&c))
		return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
	if ((e = picture_may_need((uint64_t)d->head.w * d->head.h * 2, f)))
		return e;
	c.output.colorspace = MODE_YUV;
	c.options.bypass_filtering = w->shrink_w != 0 && d->head.w / w->shrink_w >= UNFILTERED && d->head.h / w->shrink_h >= UNFILTERED;
	s = WebPDecode(d->data, d->len, &c);
	in->planes = c.output;
	in->next = 0;
	if (s != VP8_STATUS_OK)
		return status_error(s, f);
	*out = (struct coded_planes){ .n = 3, .w = { d->head.w, cw, cw }, .h = { d->head.h, ch, ch },
	    .kx = { 1, 0.5, 0.5 }, .ky = { 1, 0.5, 0.5 } };
	return ERR_OK;
}

/* Two rows of brightness and one of each colour. */
static enum err
in_planes_read(struct decoder *d, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg,
    enum planes_state *state, struct fault *f)
{
	struct in		*in = d->priv;
	const WebPYUVABuffer	*b = &in->planes.u.YUVA;

	(void)f;
	if (in->next >= d->head.h) {
		*state = PLANES_END;
		return ERR_OK;
	}
	for (uint32_t y = in->next; y < in->next + 2 && y < d->head.h; y++)
		take(arg, 0, b->y + (size_t)y * (size_t)b->y_stride);
	take(arg, 1, b->u + (size_t)in->next / 2 * (size_t)b->u_stride);
	take(arg, 2, b->v + (size_t)in->next / 2 * (size_t)b->v_stride);
	in->next += 2;
	*state = PLANES_MORE;
	return ERR_OK;
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct in	*in = d->priv;

	(void)f;
	memcpy(px, picture_row(&in->whole, in->next++), (size_t)d->cols * 4);
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct in	*in = d->priv;

	if (in == NULL)
		return;
	WebPAnimDecoderDelete(in->anim);
	WebPFreeDecBuffer(&in->planes);
	picture_free(&in->whole);
	free(in);
	d->priv = NULL;
}

const struct codec codec_webp = {
	.fmt = FMT_WEBP,
	.open = in_open, .start = in_start, .row = in_row, .frame = in_frame, .close = in_close,
	.planes_possible = in_planes_possible, .planes_start = in_planes_start, .planes_read = in_planes_read,
	.encode = webp_encode, .encode_planes = webp_encode_planes, .narrow = true,
	.anim_begin = webp_anim_begin, .anim_put = webp_anim_put, .anim_end = webp_anim_end, .abandon = webp_abandon,
};
