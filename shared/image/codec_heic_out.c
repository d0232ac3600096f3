/*
 * HEIC out, through libheif and x265. x265 takes one thread whatever it is told (fcgi-app/sandbox_thread.c has one); all
 * its others are switched off, so that the same picture always makes the same bytes.
 */
#include "image/codec_heic.h"

#include <string.h>

#include <libheif/heif.h>

#include "base/defs.h"

#define ENCODER		"x265"
#define EC_FORMAT	"0040-00000206"

/* What x265 and libheif hold at their most, measured with pictures of 1 to 16 megapixels; and what they always hold. */
#define PIXEL_BYTES	20
#define FIXED_BYTES	(8 << 20)

/*
 * ultrafast: of 768x512 pixels of a photo medium makes 6 % fewer bytes of the same PSNR, and takes two and a half times
 * as long (570 ms of CPU, not 220). What x265 prepares for sao it frees only when that is on, which it is not in
 * ultrafast.
 */
static const struct { const char *name, *value; } settings[] = {
	{ "preset", "ultrafast" },
	{ "chroma", "420" },
	{ "x265:pools", "none" },
	{ "x265:frame-threads", "1" },
	{ "x265:wpp", "0" },
	{ "x265:lookahead-slices", "0" },
	{ "x265:log-level", "none" },
	{ "x265:sao", "1" },
};

struct out {
	struct heif_context			*ctx;
	struct heif_encoder			*enc;
	struct heif_image			*image;
	struct heif_color_profile_nclx		*nclx;
	struct heif_encoding_options		*options;
};

static enum err
library_error(struct heif_error he, struct fault *f)
{
	if (he.code == heif_error_Memory_allocation_error)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	return fault_set(f, ERR_INTERNAL, "the HEIC encoder failed: %.120s", he.message != NULL ? he.message : "no reason given");
}

/*
 * Our qualities are those of JPEG, and libheif's are twice the distance of x265's constant rate factor from 50: 38 of
 * those show as much of a photo as 80 of JPEG, in two thirds of its bytes.
 */
static int
level_of(int quality)
{
	return 15 + quality * quality / 270 + (quality > 90 ? (quality - 90) * 4 : 0);
}

static enum err
set_encoder(struct out *o, int quality, struct fault *f)
{
	const struct heif_encoder_descriptor	*x265;
	struct heif_error			 he;
	int					 level = level_of(quality);

	if (heif_context_get_encoder_descriptors(o->ctx, heif_compression_HEVC, ENCODER, &x265, 1) < 1)
		return fault_ec(f, ERR_BADSPEC, EC_FORMAT, "HEIC cannot be made here: libheif has no encoder x265");
	he = heif_context_get_encoder(o->ctx, x265, &o->enc);
	if (he.code == heif_error_Ok)
		he = heif_encoder_set_lossy_quality(o->enc, level < 100 ? level : 100);
	for (size_t i = 0; he.code == heif_error_Ok && i < NELEM(settings); i++)
		he = heif_encoder_set_parameter(o->enc, settings[i].name, settings[i].value);
	return he.code == heif_error_Ok ? ERR_OK : library_error(he, f);
}

static void
copy_row(uint8_t *to, const uint8_t *px, uint32_t w, bool alpha)
{
	if (alpha) {
		memcpy(to, px, (size_t)w * 4);
		return;
	}
	for (uint32_t x = 0; x < w; x++, to += 3, px += 4) {
		to[0] = px[0];
		to[1] = px[1];
		to[2] = px[2];
	}
}

static enum err
set_image(struct out *o, const struct picture *p, struct fault *f)
{
	enum heif_chroma	 order = p->alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
	int			 w = (int)p->w, h = (int)p->h, stride;
	struct heif_error	 he;
	uint8_t			*to;

	he = heif_image_create(w, h, heif_colorspace_RGB, order, &o->image);
	if (he.code == heif_error_Ok)
		he = heif_image_add_plane(o->image, heif_channel_interleaved, w, h, 8);
	if (he.code != heif_error_Ok)
		return library_error(he, f);
	if ((to = heif_image_get_plane(o->image, heif_channel_interleaved, &stride)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	for (uint32_t y = 0; y < p->h; y++)
		copy_row(to + (size_t)stride * y, picture_row(p, y), p->w, p->alpha);
	return ERR_OK;
}

/* sRGB, told in code points: the picture's for the file, those of the options for the coder. */
static enum err
set_colour(struct out *o, struct fault *f)
{
	struct heif_error	 he;

	if ((o->nclx = heif_nclx_color_profile_alloc()) == NULL || (o->options = heif_encoding_options_alloc()) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	o->nclx->color_primaries = heif_color_primaries_ITU_R_BT_709_5;
	o->nclx->transfer_characteristics = heif_transfer_characteristic_IEC_61966_2_1;
	o->nclx->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6;
	o->nclx->full_range_flag = 1;
	o->options->output_nclx_profile = o->nclx;
	o->options->macOS_compatibility_workaround_no_nclx_profile = 0;
	he = heif_image_set_nclx_color_profile(o->image, o->nclx);
	return he.code == heif_error_Ok ? ERR_OK : library_error(he, f);
}

static struct heif_error
put(struct heif_context *ctx, const void *data, size_t len, void *sink)
{
	(void)ctx;
	sink_put(sink, data, len);
	return (struct heif_error){ .code = heif_error_Ok, .message = "" };
}

static enum err
encode(struct out *o, struct sink *sink, struct fault *f)
{
	struct heif_writer	 writer = { .writer_api_version = 1, .write = put };
	struct heif_error	 he;

	he = heif_context_encode_image(o->ctx, o->image, o->enc, o->options, NULL);
	if (he.code == heif_error_Ok)
		he = heif_context_write(o->ctx, &writer, sink);
	return he.code == heif_error_Ok ? ERR_OK : library_error(he, f);
}

enum err
heic_encode(struct encode *e, struct picture *p, struct fault *f)
{
	struct out	 o = { .ctx = heif_context_alloc() };
	enum err	 err;

	(void)picture_check_alpha(p);
	if (o.ctx == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	if ((err = picture_may_need((uint64_t)p->w * p->h * PIXEL_BYTES + FIXED_BYTES, f)) ||
	    (err = set_encoder(&o, e->quality, f)) || (err = set_image(&o, p, f)) || (err = set_colour(&o, f)))
		goto out;
	err = encode(&o, e->sink, f);
out:
	heif_encoding_options_free(o.options);
	heif_nclx_color_profile_free(o.nclx);
	heif_image_release(o.image);
	if (o.enc != NULL)
		heif_encoder_release(o.enc);
	heif_context_free(o.ctx);
	return err;
}
