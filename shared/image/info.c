/*
 * JOB_INFO: what image/info and image/average-hue answer, as JSON.
 */
#include "image/pipeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"

#define HUE_NEAR	46.0	/* degrees from the mean that count */
#define JSON_BYTES	65536

struct hue_sums {
	double		 hue;
	uint64_t	 n, r, g, b;
};

/* Degrees; grey is 0. */
static double
hue_of(const uint8_t *px)
{
	int	 r = px[0], g = px[1], b = px[2];
	int	 most = r > g ? (r > b ? r : b) : (g > b ? g : b), least = r < g ? (r < b ? r : b) : (g < b ? g : b);
	double	 d = most - least, h;

	if (most == least)
		return 0;
	if (most == r)
		h = 60 * (g - b) / d;
	else if (most == g)
		h = 60 * (b - r) / d + 120;
	else
		h = 60 * (r - g) / d + 240;
	return h < 0 ? h + 360 : h;
}

static void
mean_hue(const struct picture *p, struct hue_sums *s)
{
	size_t	 all = (size_t)p->w * p->h;
	double	 sum = 0;

	for (size_t i = 0; i < all; i++)
		sum += hue_of(p->px + i * 4);
	s->hue = sum / (double)all;
}

static void
sum_near(const struct picture *p, struct hue_sums *s)
{
	for (size_t i = 0, all = (size_t)p->w * p->h; i < all; i++) {
		const uint8_t	*px = p->px + i * 4;

		if (fabs(hue_of(px) - s->hue) > HUE_NEAR)
			continue;
		s->n++;
		s->r += px[0];
		s->g += px[1];
		s->b += px[2];
	}
}

static enum err
average_hue(struct decoder *d, struct buf *out, struct fault *f)
{
	struct picture	 p = PICTURE_EMPTY;
	struct colour	*c = NULL;
	struct hue_sums	 s = { .n = 0 };
	struct want	 want = { .strict = false };
	enum err	 e;

	if ((e = colour_new(&c, &d->head, f)) || (e = decoder_picture(d, &want, &p, f)))
		goto out;
	colour_picture(c, &p);
	picture_flatten(&p, 0xffffff);
	mean_hue(&p, &s);
	sum_near(&p, &s);
	if (s.n == 0)		/* two colours far apart: nothing is near their mean */
		s = (struct hue_sums){ .n = 1, .r = p.px[0], .g = p.px[1], .b = p.px[2] };
	e = buf_printf(out, "{\"RGB\": \"0x%02x%02x%02x\"}", (unsigned)(s.r / s.n), (unsigned)(s.g / s.n), (unsigned)(s.b / s.n));
out:
	colour_free(c);
	picture_free(&p);
	return e;
}

static enum err
facts_json(const struct image_job *job, const struct mapped *file, const struct decoder *d, struct buf *out)
{
	return buf_printf(out, "{\"FileSize\": {\"value\": \"%zu\"}, \"Format\": {\"value\": \"%s\"}, "
	    "\"FrameCount\": {\"value\": \"%u\"}, \"ImageHeight\": {\"value\": \"%u\"}, \"ImageWidth\": {\"value\": \"%u\"}, "
	    "\"ResolutionUnit\": {\"value\": \"1\"}, \"XResolution\": {\"value\": \"1/1\"}, \"YResolution\": {\"value\": \"1/1\"}}",
	    file->len, fmt_name((enum fmt)job->fmt_in), d->head.frames, d->head.h, d->head.w);
}

enum err
info_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f)
{
	struct spec	*spec = calloc(1, sizeof(*spec));
	struct buf	 out = BUF_INIT(JSON_BYTES);
	struct mapped	 file = { .data = NULL };
	struct decoder	 d = { .codec = NULL };
	enum err	 e;

	if (spec == NULL || nfds < 2) {
		e = fault_set(f, ERR_INTERNAL, "a job without files");
		goto out;
	}
	if ((e = spec_parse(job->steps, strnlen(job->steps, sizeof(job->steps)), spec, f)) ||
	    (e = mapped_open(&file, fds[0], f)) ||
	    (e = decoder_open(&d, (enum fmt)job->fmt_in, file.data, file.len, &job->limits, f)))
		goto out;
	e = spec->kind == SPEC_HUE ? average_hue(&d, &out, f) : facts_json(job, &file, &d, &out);
	if (e == ERR_OK)
		e = fd_write_all(fds[1], out.data, out.len, f);
	res->facts = (struct image_facts){ .fmt = job->fmt_in, .width_px = d.head.w, .height_px = d.head.h,
	    .frames = d.head.frames, .orientation = 1, .alpha = d.head.alpha, .quality = (uint32_t)d.head.quality };
out:
	buf_free(&out);
	decoder_close(&d);
	mapped_close(&file);
	free(spec);
	return e;
}
