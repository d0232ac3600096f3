/*
 * JOB_INGEST: an upload is decoded once from end to end, which proves it; the reduced copies come out of the same pass.
 * Damage anywhere is a refusal: what is stored must look the same tomorrow, in whatever decoder.
 */
#include "image/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/codec_png.h"
#include "image/exif.h"
#include "image/resample.h"
#include "image/scale.h"
#include "image/strip.h"

#define COPY_QUALITY	92
#define COPY_GAIN	1.5	/* a copy not that much smaller than the picture gains nothing */

struct ingest {
	const struct image_job	*job;
	struct image_result	*res;
	const int		*fds;
	size_t			 nfds;
	struct mapped		 file;
	struct decoder		 d;
	bool			 alpha;		/* a pixel that is not opaque was seen */
	struct picture		 copy;		/* the larger reduced copy */
	struct exif_facts	 exif;
};

static bool
row_has_alpha(const uint8_t *px, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (px[i * 4 + 3] != 255)
			return true;
	return false;
}

/* Size of the copy of that long side; false when it would not be worth it. */
static bool
copy_size(const struct head *h, uint32_t px, uint32_t *w, uint32_t *cw)
{
	uint32_t	 longer = h->w > h->h ? h->w : h->h;
	double		 k = (double)px / longer;

	if (px == 0 || longer < px * COPY_GAIN)
		return false;
	*w = (uint32_t)fmax(1, floor(h->w * k + 0.5));
	*cw = (uint32_t)fmax(1, floor(h->h * k + 0.5));
	return true;
}

static enum err
decode_rows(struct ingest *in, struct resample *rs, uint8_t *line, const struct colour *c, struct fault *f)
{
	bool		 look = in->d.head.alpha && in->d.head.space != SPACE_CMYK;
	uint32_t	 row = 0;
	enum err	 e;

	for (uint32_t i = 0; i < in->d.rows; i++) {
		uint8_t	*to = rs != NULL ? resample_slot(rs) : line;

		if ((e = in->d.codec->row(&in->d, to, f)))
			return e;
		if (look && !in->alpha)
			in->alpha = row_has_alpha(to, in->d.cols);
		if (rs == NULL)
			continue;
		resample_put(rs);
		while (row < in->copy.h && resample_get(rs, picture_row(&in->copy, row)))
			colour_row(c, picture_row(&in->copy, row++), in->copy.w);
	}
	return in->d.codec->finish != NULL ? in->d.codec->finish(&in->d, f) : ERR_OK;
}

/* The whole picture, and on the way its larger copy when w is not 0. */
static enum err
decode_still(struct ingest *in, uint32_t w, uint32_t h, struct fault *f)
{
	struct want		 want = { .strict = true, .shrink_w = w, .shrink_h = h };
	struct resample_axis	 x, y;
	struct resample		*rs = NULL;
	struct picture		 line = PICTURE_EMPTY;
	struct colour		*c = NULL;
	enum err		 e;

	if ((e = in->d.codec->start(&in->d, &want, f)) ||
	    (w == 0 && in->d.codec->prove != NULL && in->d.codec->prove(&in->d)) ||
	    (e = picture_new(&line, in->d.cols, 1, false, f)))
		goto out;
	if (w != 0) {
		double	 kx = in->d.scale > 0 ? in->d.scale : (double)in->d.w / in->d.head.w;
		double	 ky = in->d.scale > 0 ? in->d.scale : (double)in->d.h / in->d.head.h;

		x = (struct resample_axis){ .in_n = in->d.cols, .out_n = w, .size = in->d.head.w * kx };
		y = (struct resample_axis){ .in_n = in->d.rows, .out_n = h, .size = in->d.head.h * ky };
		if ((e = colour_new(&c, &in->d.head, f)) || (e = picture_may_need(resample_bytes(&x, &y, 4), f)) ||
		    (e = picture_new(&in->copy, w, h, in->d.head.alpha, f)) ||
		    (e = resample_new(&rs, &x, &y, 4, in->d.head.alpha && in->d.head.space != SPACE_CMYK, f)))
			goto out;
	}
	e = decode_rows(in, rs, line.px, c, f);
out:
	resample_free(rs);
	colour_free(c);
	picture_free(&line);
	return e;
}

static enum err
decode_frames(struct ingest *in, struct fault *f)
{
	struct picture	 canvas = PICTURE_EMPTY;
	uint32_t	 delay_ms, n = 0;
	bool		 more = true;
	enum err	 e;

	while ((e = in->d.codec->frame(&in->d, &canvas, &delay_ms, &more, f)) == ERR_OK && more) {
		n++;
		if (!in->alpha)
			for (uint32_t y = 0; y < canvas.h && !in->alpha; y++)
				in->alpha = row_has_alpha(picture_row(&canvas, y), canvas.w);
	}
	picture_free(&canvas);
	if (e == ERR_OK && n != in->d.head.frames)
		e = fault_set(f, ERR_BROKEN, "%u of %u frames are there", n, in->d.head.frames);
	return e;
}

static enum err
write_copy(struct ingest *in, size_t i, struct picture *p, struct fault *f)
{
	enum fmt	 fmt = p->alpha ? FMT_WEBP : FMT_JPEG;
	struct sink	*sink = malloc(sizeof(*sink));
	bool		 drawn = picture_is_drawn(p);
	/* Halved colours are too coarse for thin coloured lines, and for what is made of the smallest copy. */
	struct encode	 enc = { .sink = sink, .quality = COPY_QUALITY, .lossless = true, .half_band = !drawn, .full_chroma = drawn || i > 0,
	    .copyright = in->exif.copyright };
	enum err	 e;

	if (sink == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a buffer");
	sink_init(sink, in->fds[2 + i]);
	if ((e = codec_of(fmt)->encode(&enc, p, f)) == ERR_OK && (e = sink_flush(sink, f)) == ERR_OK)
		in->res->pyramid[i] = fmt;
	free(sink);
	return e;
}

/* The copies from the largest down, each made of the one before, upright. */
static enum err
write_copies(struct ingest *in, int orientation, struct fault *f)
{
	struct head	 h = in->d.head;
	enum err	 e;

	in->copy.alpha = in->copy.alpha && in->alpha;
	if ((e = picture_upright(&in->copy, orientation, f)))
		return e;
	if (orientation >= 5) {
		h.w = in->d.head.h;
		h.h = in->d.head.w;
	}
	for (size_t i = 0; i < NELEM(in->job->pyramid_px); i++) {
		uint32_t	 w, ht;

		if (in->nfds < 3 + i || !copy_size(&h, in->job->pyramid_px[i], &w, &ht))
			continue;
		if ((w != in->copy.w || ht != in->copy.h) &&
		    (e = picture_scale(&in->copy, 0, 0, in->copy.w, in->copy.h, w, ht, f)))
			return e;
		if ((e = write_copy(in, i, &in->copy, f)))
			return e;
	}
	return ERR_OK;
}

static enum err
strip_private(struct ingest *in, struct fault *f)
{
	const struct image_job	*job = in->job;
	bool			 changed = false;
	enum err		 e;

	if (job->metadata > METADATA_NONE)
		return fault_set(f, ERR_INTERNAL, "a job with an unknown metadata policy");
	e = strip((enum fmt)job->fmt_in, in->file.data, in->file.len, (enum metadata_policy)job->metadata, in->fds[1], &changed, f);
	in->res->stripped = e == ERR_OK && changed;
	return e;
}

static enum err
ingest(struct ingest *in, struct fault *f)
{
	const struct image_job	*job = in->job;
	const struct head	*h = &in->d.head;
	uint32_t		 w = 0, ht = 0;
	bool			 copies;
	enum err		 e;

	if ((e = mapped_open(&in->file, in->fds[0], f)) ||
	    (e = decoder_open(&in->d, (enum fmt)job->fmt_in, in->file.data, in->file.len, &job->limits, f)))
		return e;
	in->d.mapped = true;
	exif_of_file((enum fmt)in->job->fmt_in, in->file.data, in->file.len, &in->exif);
	copies = h->frames == 1 && in->nfds >= 3 &&
	    (copy_size(h, job->pyramid_px[0], &w, &ht) || (in->nfds >= 4 && copy_size(h, job->pyramid_px[1], &w, &ht)));
	e = h->frames > 1 ? decode_frames(in, f) : decode_still(in, copies ? w : 0, copies ? ht : 0, f);
	if (e || (e = strip_private(in, f)) || (copies && (e = write_copies(in, in->exif.orientation, f))))
		return e;
	in->res->facts = (struct image_facts){
		.fmt = job->fmt_in, .width_px = h->w, .height_px = h->h, .frames = h->frames, .orientation = in->exif.orientation,
		.alpha = in->alpha, .quality = (uint32_t)h->quality,
		.taken_s = in->exif.taken_s,
	};
	return ERR_OK;
}

enum err
ingest_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f)
{
	struct ingest	 in = { .job = job, .res = res, .fds = fds, .nfds = nfds };
	uint64_t	 t0 = cpu_us();
	enum err	 e = nfds >= 2 ? ingest(&in, f) : fault_set(f, ERR_INTERNAL, "a job without files");

	res->decode_us = (uint32_t)(cpu_us() - t0);
	picture_free(&in.copy);
	decoder_close(&in.d);
	mapped_close(&in.file);
	return e;
}
