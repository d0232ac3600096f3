/*
 * WebP out, through libwebp and libwebpmux, with one thread. Still pictures by method 2 and not the library's 4, which spends
 * twice the time on three bytes of a hundred; a little more of the shaping by what the eye sees (60, not 50) gets one of them
 * back. Animations are drawn more often than photographed, and there 4 pays.
 */
#include "image/codec_webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>
#include <webp/mux.h>

#include "image/tag.h"

struct out {
	WebPAnimEncoder	*enc;
	WebPConfig	 config;
	int		 at_ms;
};

static enum err
failed(struct fault *f)
{
	return fault_set(f, ERR_INTERNAL, "the WebP encoder failed");
}

static bool
configure(WebPConfig *c, const struct encode *e, bool still)
{
	if (!WebPConfigInit(c))
		return false;
	c->quality = (float)e->quality;
	c->method = e->effort > 1 ? 6 : still ? 2 : 4;
	c->sns_strength = still ? 60 : 50;
	c->lossless = e->lossless;
	if (e->lossless) {
		c->quality = 20;
		c->method = 1;
	}
	c->thread_level = 0;
	return WebPValidateConfig(c) != 0;
}

static enum err
import(WebPPicture *wp, const struct picture *p, bool alpha, bool argb, struct fault *f)
{
	int	 ok;

	if (!WebPPictureInit(wp))
		return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
	wp->width = (int)p->w;
	wp->height = (int)p->h;
	wp->use_argb = argb;
	ok = alpha ? WebPPictureImportRGBA(wp, p->px, (int)(p->w * 4)) : WebPPictureImportRGBX(wp, p->px, (int)(p->w * 4));
	return ok ? ERR_OK : fault_set(f, ERR_NOMEM, "no memory for a WebP picture");
}

static int
write_sink(const uint8_t *data, size_t n, const WebPPicture *wp)
{
	return sink_put(wp->custom_ptr, data, n);
}

/* With a tag the file has parts, and is put together in memory. */
static enum err
put_tagged(struct encode *e, const WebPMemoryWriter *mem, const uint8_t *tag, size_t tag_len, struct fault *f)
{
	WebPMux		*mux = WebPMuxNew();
	WebPData	 image = { mem->mem, mem->size }, exif = { tag, tag_len }, all = { NULL, 0 };
	bool		 ok;

	ok = mux != NULL && WebPMuxSetImage(mux, &image, 0) == WEBP_MUX_OK && WebPMuxSetChunk(mux, "EXIF", &exif, 1) == WEBP_MUX_OK &&
	    WebPMuxAssemble(mux, &all) == WEBP_MUX_OK;
	if (ok)
		sink_put(e->sink, all.bytes, all.size);
	WebPDataClear(&all);
	WebPMuxDelete(mux);
	return ok ? ERR_OK : failed(f);
}

static enum err
encode(struct encode *e, WebPPicture *wp, struct fault *f)
{
	WebPConfig		 c;
	WebPMemoryWriter	 mem;
	uint8_t			 tag[TAG_BYTES];
	size_t			 tag_len = tag_exif(e->orientation, e->copyright, tag);
	enum err		 err = ERR_OK;

	if (!configure(&c, e, true))
		return failed(f);
	WebPMemoryWriterInit(&mem);
	wp->writer = tag_len ? WebPMemoryWrite : write_sink;
	wp->custom_ptr = tag_len ? (void *)&mem : (void *)e->sink;
	if (!WebPEncode(&c, wp))
		err = failed(f);
	else if (tag_len)
		err = put_tagged(e, &mem, tag, tag_len, f);
	WebPMemoryWriterClear(&mem);
	return err;
}

enum err
webp_encode(struct encode *e, struct picture *p, struct fault *f)
{
	WebPPicture	 wp;
	enum err	 err;

	if ((err = picture_may_need((uint64_t)p->w * p->h * 4, f)) || (err = import(&wp, p, picture_check_alpha(p), e->lossless, f)))
		return err;
	err = encode(e, &wp, f);
	WebPPictureFree(&wp);
	return err;
}

/* The library reads the planes where they lie; grey pictures get colour planes of nothing. */
enum err
webp_encode_planes(struct encode *e, uint8_t *const plane[PLANES_MAX], unsigned n, struct fault *f)
{
	uint32_t	 cw = (e->w + 1) / 2, ch = (e->h + 1) / 2;
	uint8_t		*none = NULL;
	WebPPicture	 wp;
	enum err	 err;

	if (!WebPPictureInit(&wp))
		return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
	if ((err = picture_may_need((uint64_t)e->w * e->h * 4, f)))
		return err;
	if (n == 1) {
		if ((none = malloc((size_t)cw * ch)) == NULL)
			return fault_set(f, ERR_NOMEM, "no memory for a WebP picture");
		memset(none, 128, (size_t)cw * ch);
	}
	wp.width = (int)e->w;
	wp.height = (int)e->h;
	wp.colorspace = WEBP_YUV420;
	wp.y = plane[0];
	wp.y_stride = (int)e->w;
	wp.u = n == 1 ? none : plane[1];
	wp.v = n == 1 ? none : plane[2];
	wp.uv_stride = (int)cw;
	err = encode(e, &wp, f);
	WebPPictureFree(&wp);
	free(none);
	return err;
}

enum err
webp_anim_begin(struct encode *e, struct fault *f)
{
	struct out		*o = calloc(1, sizeof(*o));
	WebPAnimEncoderOptions	 opt;

	if ((e->priv = o) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	if (!WebPAnimEncoderOptionsInit(&opt) || !configure(&o->config, e, false))
		return fault_set(f, ERR_INTERNAL, "libwebp is of another version");
	opt.anim_params.loop_count = (int)e->loops;
	opt.anim_params.bgcolor = 0;
	if ((o->enc = WebPAnimEncoderNew((int)e->w, (int)e->h, &opt)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	return ERR_OK;
}

enum err
webp_anim_put(struct encode *e, struct picture *p, uint32_t delay_ms, struct fault *f)
{
	struct out	*o = e->priv;
	WebPPicture	 wp;
	enum err	 err;

	if (p->w != e->w || p->h != e->h)
		return fault_set(f, ERR_INTERNAL, "a frame of another size");
	if ((err = import(&wp, p, picture_check_alpha(p), true, f)))
		return err;
	if (!WebPAnimEncoderAdd(o->enc, &wp, o->at_ms, &o->config))
		err = failed(f);
	WebPPictureFree(&wp);
	if (delay_ms > 655350)
		delay_ms = 655350;
	if (__builtin_add_overflow(o->at_ms, (int)delay_ms, &o->at_ms))
		return fault_set(f, ERR_BADIMAGE, "an animation that is too long");
	return err;
}

enum err
webp_anim_end(struct encode *e, struct fault *f)
{
	struct out	*o = e->priv;
	WebPData	 all = { NULL, 0 };
	bool		 ok;

	ok = WebPAnimEncoderAdd(o->enc, NULL, o->at_ms, NULL) && WebPAnimEncoderAssemble(o->enc, &all);
	if (ok)
		sink_put(e->sink, all.bytes, all.size);
	WebPDataClear(&all);
	return ok ? ERR_OK : failed(f);
}

void
webp_abandon(struct encode *e)
{
	struct out	*o = e->priv;

	if (o == NULL)
		return;
	WebPAnimEncoderDelete(o->enc);
	free(o);
	e->priv = NULL;
}
