/*
 * The list of codecs, and what is the same for all of them: limits before work, and writing.
 */
#include "image/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"

static const struct codec *const codecs[FMT__MAX] = {
	[FMT_JPEG] = &codec_jpeg,
	[FMT_PNG] = &codec_png,
	[FMT_GIF] = &codec_gif,
	[FMT_WEBP] = &codec_webp,
	[FMT_AVIF] = &codec_avif,
	[FMT_BMP] = &codec_bmp,
	[FMT_TIFF] = &codec_tiff,
	[FMT_HEIC] = &codec_heic,
};

const struct codec *
codec_of(enum fmt fmt)
{
	return (unsigned)fmt < FMT__MAX ? codecs[fmt] : NULL;
}

static enum err
check_limits(const struct head *h, const struct limits *lim, struct fault *f)
{
	uint64_t	 area = (uint64_t)h->w * h->h;

	if (h->w == 0 || h->h == 0 || h->frames == 0)
		return fault_set(f, ERR_BROKEN, "the picture has no pixels");
	if (h->w > lim->max_side_px || h->h > lim->max_side_px)
		return fault_ec(f, ERR_BADIMAGE, "0040-00000012", "a side of %u x %u pixels is over the limit of %u", h->w, h->h,
		    lim->max_side_px);
	if (area > lim->max_pixels)
		return fault_ec(f, ERR_BADIMAGE, "0040-00000009", "%u x %u pixels are over the limit of %llu", h->w, h->h,
		    (unsigned long long)lim->max_pixels);
	if (area > lim->max_frame_pixels / h->frames)
		return fault_ec(f, ERR_BADIMAGE, "0040-00000009", "%u frames of %u x %u pixels are over the limit of %llu",
		    h->frames, h->w, h->h, (unsigned long long)lim->max_frame_pixels);
	return ERR_OK;
}

enum err
decoder_open(struct decoder *d, enum fmt fmt, const uint8_t *data, size_t len, const struct limits *lim, struct fault *f)
{
	enum err	 e;

	*d = (struct decoder){ .codec = codec_of(fmt), .data = data, .len = len, .lim = lim, .head = { .frames = 1 } };
	if (d->codec == NULL)
		return fault_set(f, ERR_TYPE, "no decoder for this type");
	if ((e = d->codec->open(d, f)))
		return e;
	return check_limits(&d->head, lim, f);
}

void
decoder_close(struct decoder *d)
{
	if (d->codec != NULL)
		d->codec->close(d);
	free(d->head.icc);
	*d = (struct decoder){ .codec = NULL };
}

enum err
decoder_picture(struct decoder *d, const struct want *want, struct picture *p, struct fault *f)
{
	struct picture	 q = PICTURE_EMPTY;
	enum err	 e;

	if ((e = d->codec->start(d, want, f)) || (e = picture_new(&q, d->cols, d->rows, d->head.alpha, f)))
		goto out;
	for (uint32_t y = 0; y < d->rows; y++)
		if ((e = d->codec->row(d, picture_row(&q, y), f)))
			goto out;
	if (d->codec->finish != NULL && (e = d->codec->finish(d, f)))
		goto out;
	picture_adopt(p, &q);
out:
	picture_free(&q);
	return e;
}

void
sink_init(struct sink *s, int fd)
{
	s->fd = fd;
	s->n = 0;
	s->total = 0;
	s->failed = false;
}

static void
sink_write(struct sink *s, const void *data, size_t len)
{
	struct fault	 f = FAULT_NONE;

	if (!s->failed && fd_write_all(s->fd, data, len, &f))
		s->failed = true;
}

bool
sink_put(struct sink *s, const void *data, size_t len)
{
	s->total += len;
	if (len > sizeof(s->buf) - s->n) {
		sink_write(s, s->buf, s->n);
		s->n = 0;
		if (len >= sizeof(s->buf)) {
			sink_write(s, data, len);
			return !s->failed;
		}
	}
	if (len)
		memcpy(s->buf + s->n, data, len);
	s->n += len;
	return !s->failed;
}

enum err
sink_flush(struct sink *s, struct fault *f)
{
	sink_write(s, s->buf, s->n);
	s->n = 0;
	return s->failed ? fault_set(f, ERR_IO, "the result could not be written") : ERR_OK;
}
