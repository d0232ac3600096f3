/*
 * AVIF in and out, through libavif with one thread (no thread is made then). The first picture of a sequence. What the
 * container says of turning and cutting is done here, so the picture comes upright.
 */
#include "image/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <avif/avif.h>

#include "base/limits.h"
#include "image/cicp.h"

/*
 * Of 0..10. 9 takes a third of the time of 8 for 6 % more bytes and SSIM 0.1 dB lower (720x588 of a photo: 50 ms): what is made
 * while a visitor waits. Larger pictures are made in the background.
 */
#define SPEED_WAITED	9
#define SPEED_LATER	8
#define SPEED_SMALL	6

struct in {
	avifDecoder	*dec;
	int		 turned;	/* as an EXIF orientation */
	avifCropRect	 cut;
	struct picture	 whole;
	uint32_t	 next;
};

static enum err
library_error(const struct in *in, avifResult r, struct fault *f)
{
	if (r == AVIF_RESULT_OUT_OF_MEMORY)
		return fault_set(f, ERR_NOMEM, "no memory for an AVIF picture");
	return fault_set(f, ERR_BROKEN, "damaged AVIF: %s%s%.100s", avifResultToString(r),
	    in->dec->diag.error[0] != '\0' ? ": " : "", in->dec->diag.error);
}

/* Quarter turns against the clock, then a mirror: as one of the eight orientations. */
static int
turned_of(const avifImage *im)
{
	static const int	 table[4][3] = { { 1, 4, 2 }, { 8, 5, 7 }, { 3, 2, 4 }, { 6, 7, 5 } };
	unsigned		 angle = im->transformFlags & AVIF_TRANSFORM_IROT ? im->irot.angle & 3u : 0;
	unsigned		 mirror = im->transformFlags & AVIF_TRANSFORM_IMIR ? 1 + (im->imir.mode & 1u) : 0;

	return table[angle][mirror];
}

static void
take_shape(struct decoder *d, struct in *in)
{
	const avifImage		*im = in->dec->image;
	avifDiagnostics		 diag;

	in->turned = turned_of(im);
	in->cut = (avifCropRect){ 0, 0, im->width, im->height };
	if (im->transformFlags & AVIF_TRANSFORM_CLAP) {
		avifCropRect	 c;

		avifDiagnosticsClearError(&diag);
		if (avifCropRectConvertCleanApertureBox(&c, &im->clap, im->width, im->height, im->yuvFormat, &diag) &&
		    c.width > 0 && c.height > 0)
			in->cut = c;
	}
	d->head.w = in->turned >= 5 ? in->cut.height : in->cut.width;
	d->head.h = in->turned >= 5 ? in->cut.width : in->cut.height;
	d->head.alpha = in->dec->alphaPresent;
}

static void
take_colour(struct decoder *d, const avifImage *im)
{
	if (im->icc.size == 0) {
		cicp_profile((unsigned)im->colorPrimaries, (unsigned)im->transferCharacteristics, &d->head.icc, &d->head.icc_len);
		return;
	}
	if ((d->head.icc = malloc(im->icc.size)) == NULL)
		return;
	memcpy(d->head.icc, im->icc.data, im->icc.size);
	d->head.icc_len = im->icc.size;
	if (im->yuvFormat == AVIF_PIXEL_FORMAT_YUV400)
		d->head.space = SPACE_GREY;
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct in	*in = calloc(1, sizeof(*in));
	avifResult	 r;

	if ((d->priv = in) == NULL || (in->dec = avifDecoderCreate()) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	in->dec->maxThreads = 1;
	in->dec->ignoreExif = in->dec->ignoreXMP = AVIF_TRUE;
	in->dec->strictFlags = AVIF_STRICT_DISABLED;
	in->dec->imageSizeLimit = d->lim->max_pixels < AVIF_DEFAULT_IMAGE_SIZE_LIMIT ? (uint32_t)d->lim->max_pixels :
	    AVIF_DEFAULT_IMAGE_SIZE_LIMIT;
	if ((r = avifDecoderSetIOMemory(in->dec, d->data, d->len)) != AVIF_RESULT_OK ||
	    (r = avifDecoderParse(in->dec)) != AVIF_RESULT_OK)
		return library_error(in, r, f);
	take_shape(d, in);
	take_colour(d, in->dec->image);
	return ERR_OK;
}

static enum err
to_rgb(struct in *in, struct picture *p, struct fault *f)
{
	avifRGBImage	 rgb;
	avifResult	 r;
	enum err	 e;

	if ((e = picture_new(p, in->dec->image->width, in->dec->image->height, in->dec->alphaPresent, f)))
		return e;
	avifRGBImageSetDefaults(&rgb, in->dec->image);
	rgb.format = AVIF_RGB_FORMAT_RGBA;
	rgb.depth = 8;
	rgb.pixels = p->px;
	rgb.rowBytes = p->w * 4;
	if ((r = avifImageYUVToRGB(in->dec->image, &rgb)) != AVIF_RESULT_OK)
		return library_error(in, r, f);
	return ERR_OK;
}

static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in	*in = d->priv;
	avifResult	 r;
	enum err	 e;

	(void)w;
	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	if ((e = picture_may_need((uint64_t)in->dec->image->width * in->dec->image->height * 12, f)))
		return e;
	if ((r = avifDecoderNextImage(in->dec)) != AVIF_RESULT_OK)
		return library_error(in, r, f);
	if ((e = to_rgb(in, &in->whole, f)))
		return e;
	if (in->cut.x + in->cut.width > in->whole.w || in->cut.y + in->cut.height > in->whole.h)
		return fault_set(f, ERR_BROKEN, "damaged AVIF: its sizes contradict each other");
	picture_cut(&in->whole, in->cut.x, in->cut.y, in->cut.width, in->cut.height);
	return picture_upright(&in->whole, in->turned, f);
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct in	*in = d->priv;

	(void)f;
	memcpy(px, picture_row(&in->whole, in->next++), (size_t)d->w * 4);
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct in	*in = d->priv;

	if (in == NULL)
		return;
	if (in->dec != NULL)
		avifDecoderDestroy(in->dec);
	picture_free(&in->whole);
	free(in);
	d->priv = NULL;
}

/* Our qualities are those of JPEG; the same number of quantiser steps down looks better in AV1. */
static int
level_of(int quality)
{
	int	 v = (100 - quality) * 63 / 100 + (quality < 100 ? 8 : 0);

	return v > 63 ? 63 : v;
}

static enum err
encode(avifEncoder *enc, const avifImage *im, const struct encode *e, avifRWData *out, struct fault *f)
{
	bool		 waited = (uint64_t)im->width * im->height <= LIMIT_AVIF_AT_ONCE_PX;
	char		 level[16];
	avifResult	 r;

	enc->maxThreads = 1;
	enc->speed = e->effort > 1 ? SPEED_SMALL : waited ? SPEED_WAITED : SPEED_LATER;
	enc->minQuantizer = 0;
	enc->maxQuantizer = 63;
	enc->minQuantizerAlpha = 0;
	enc->maxQuantizerAlpha = 63;
	(void)snprintf(level, sizeof(level), "%d", level_of(e->quality));
	avifEncoderSetCodecSpecificOption(enc, "end-usage", "q");
	avifEncoderSetCodecSpecificOption(enc, "cq-level", level);
	if ((r = avifEncoderWrite(enc, im, out)) != AVIF_RESULT_OK)
		return fault_set(f, ERR_INTERNAL, "the AVIF encoder failed: %s", avifResultToString(r));
	return ERR_OK;
}

static enum err
out_encode(struct encode *e, struct picture *p, struct fault *f)
{
	avifEncoder	*enc = avifEncoderCreate();
	avifImage	*im = avifImageCreate((int)p->w, (int)p->h, 8, AVIF_PIXEL_FORMAT_YUV420);
	avifRWData	 out = AVIF_DATA_EMPTY;
	avifRGBImage	 rgb;
	enum err	 err;

	if (enc == NULL || im == NULL) {
		err = fault_set(f, ERR_NOMEM, "no memory for an encoder");
		goto out;
	}
	if ((err = picture_may_need((uint64_t)p->w * p->h * 16, f)))
		goto out;
	im->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
	im->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
	im->matrixCoefficients = AVIF_MATRIX_COEFFICIENTS_BT601;
	avifRGBImageSetDefaults(&rgb, im);
	rgb.format = AVIF_RGB_FORMAT_RGBA;
	rgb.ignoreAlpha = !picture_check_alpha(p);
	rgb.pixels = p->px;
	rgb.rowBytes = p->w * 4;
	if (avifImageRGBToYUV(im, &rgb) != AVIF_RESULT_OK) {
		err = fault_set(f, ERR_NOMEM, "no memory for an encoder");
		goto out;
	}
	if ((err = encode(enc, im, e, &out, f)) == ERR_OK)
		sink_put(e->sink, out.data, out.size);
out:
	avifRWDataFree(&out);
	if (im != NULL)
		avifImageDestroy(im);
	if (enc != NULL)
		avifEncoderDestroy(enc);
	return err;
}

const struct codec codec_avif = {
	.fmt = FMT_AVIF,
	.open = in_open, .start = in_start, .row = in_row, .close = in_close, .encode = out_encode,
};

/* A picture of a few pixels. */
void
avif_warm(void)
{
#if defined(__aarch64__)
	avifEncoder	*enc = avifEncoderCreate();
	avifImage	*im = avifImageCreate(16, 16, 8, AVIF_PIXEL_FORMAT_YUV420);
	avifRWData	 out = AVIF_DATA_EMPTY;

	if (enc != NULL && im != NULL) {
		enc->maxThreads = 1;
		enc->speed = AVIF_SPEED_FASTEST;
		avifImageAllocatePlanes(im, AVIF_PLANES_YUV);
		(void)avifEncoderWrite(enc, im, &out);
	}
	avifRWDataFree(&out);
	if (im != NULL)
		avifImageDestroy(im);
	if (enc != NULL)
		avifEncoderDestroy(enc);
#endif
}
