/*
 * HEIC in, through libheif (out: codec_heic_out.c). The library turns and cuts as the container says, so the picture comes upright.
 */
#include "image/codec_heic.h"

#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

#include "image/cicp.h"

/*
 * libheif asks libde265 for one worker thread whatever it is told, and the filter of the sandbox forbids threads: the
 * process would be killed. The name in the program comes before the one in the shared library, so no thread is ever
 * made, and libde265 decodes on the thread that calls it.
 */
int	 de265_start_worker_threads(void *ctx, int n);

int
de265_start_worker_threads(void *ctx, int n)
{
	(void)ctx;
	(void)n;
	return 0;
}

struct in {
	struct heif_context		*ctx;
	struct heif_image_handle	*handle;
	struct heif_image		*image;
	const uint8_t			*px;
	size_t				 stride;
	uint32_t			 next;
};

void
heic_warm(void)
{
	(void)heif_init(NULL);
}

static enum err
library_error(struct heif_error he, struct fault *f)
{
	if (he.code == heif_error_Memory_allocation_error)
		return fault_set(f, ERR_TOOBIG, "a HEIC picture that is too large: %.120s", he.message);
	return fault_set(f, ERR_BROKEN, "damaged HEIC: %.120s", he.message != NULL ? he.message : "it makes no sense");
}

static void
take_profile(struct decoder *d, const struct heif_image_handle *h)
{
	size_t	 n = heif_image_handle_get_raw_color_profile_size(h);

	if (n == 0 || (d->head.icc = malloc(n)) == NULL)
		return;
	if (heif_image_handle_get_raw_color_profile(h, d->head.icc).code == heif_error_Ok)
		d->head.icc_len = n;
}

static void
take_colour(struct decoder *d, const struct heif_image_handle *h)
{
	struct heif_color_profile_nclx	*nclx = NULL;

	switch (heif_image_handle_get_color_profile_type(h)) {
	case heif_color_profile_type_rICC:
	case heif_color_profile_type_prof:
		take_profile(d, h);
		break;
	case heif_color_profile_type_nclx:
		if (heif_image_handle_get_nclx_color_profile(h, &nclx).code == heif_error_Ok)
			cicp_profile((unsigned)nclx->color_primaries, (unsigned)nclx->transfer_characteristics, &d->head.icc,
			    &d->head.icc_len);
		heif_nclx_color_profile_free(nclx);
		break;
	default:
		break;
	}
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct in		*in = calloc(1, sizeof(*in));
	struct heif_error	 he;

	if ((d->priv = in) == NULL || (in->ctx = heif_context_alloc()) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	heif_context_set_max_decoding_threads(in->ctx, 0);
	heif_context_set_maximum_image_size_limit(in->ctx, (int)d->lim->max_side_px);
	he = heif_context_read_from_memory_without_copy(in->ctx, d->data, d->len, NULL);
	if (he.code == heif_error_Ok)
		he = heif_context_get_primary_image_handle(in->ctx, &in->handle);
	if (he.code != heif_error_Ok)
		return library_error(he, f);
	d->head.w = (uint32_t)heif_image_handle_get_width(in->handle);
	d->head.h = (uint32_t)heif_image_handle_get_height(in->handle);
	d->head.alpha = heif_image_handle_has_alpha_channel(in->handle);
	take_colour(d, in->handle);
	return ERR_OK;
}

static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct in		*in = d->priv;
	struct heif_error	 he;
	int			 stride;
	enum err		 e;

	(void)w;
	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	if ((e = picture_may_need((uint64_t)d->w * d->h * 10, f)))
		return e;
	he = heif_decode_image(in->handle, &in->image, heif_colorspace_RGB, heif_chroma_interleaved_RGBA, NULL);
	if (he.code != heif_error_Ok)
		return library_error(he, f);
	if (heif_image_get_width(in->image, heif_channel_interleaved) != (int)d->w ||
	    heif_image_get_height(in->image, heif_channel_interleaved) != (int)d->h ||
	    (in->px = heif_image_get_plane_readonly(in->image, heif_channel_interleaved, &stride)) == NULL)
		return fault_set(f, ERR_BROKEN, "damaged HEIC: its sizes contradict each other");
	in->stride = (size_t)stride;
	return ERR_OK;
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct in	*in = d->priv;

	(void)f;
	memcpy(px, in->px + in->stride * in->next++, (size_t)d->w * 4);
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct in	*in = d->priv;

	if (in == NULL)
		return;
	heif_image_release(in->image);
	heif_image_handle_release(in->handle);
	heif_context_free(in->ctx);
	free(in);
	d->priv = NULL;
}

const struct codec codec_heic = {
	.fmt = FMT_HEIC,
	.open = in_open, .start = in_start, .row = in_row, .close = in_close, .encode = heic_encode,
};
