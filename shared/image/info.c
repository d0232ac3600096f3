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
#include "image/exif.h"

#define HUE_NEAR	46.0	/* degrees from the mean that count */
#define JSON_BYTES	(1 << 20)
#define FACTS_MAX	256

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

/* The answer's keys, sorted at the end. Each value is a string. */
struct facts {
	struct { char key[48]; char *value; }	 at[FACTS_MAX];
	size_t					 n;
	enum err				 e;
};

static bool
has_key(const struct facts *x, const char *key)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->at[i].key, key) == 0)
			return true;
	return false;
}

/* Takes value; the first of a key wins. */
static void
add_fact(struct facts *x, const char *key, char *value)
{
	if (value == NULL)
		x->e = ERR_NOMEM;
	if (value == NULL || x->n == FACTS_MAX || strlen(key) >= sizeof(x->at[0].key) || has_key(x, key)) {
		free(value);
		return;
	}
	memcpy(x->at[x->n].key, key, strlen(key) + 1);
	x->at[x->n++].value = value;
}

static void
add_number(struct facts *x, const char *key, uint64_t v)
{
	char	 s[24];

	(void)snprintf(s, sizeof(s), "%llu", (unsigned long long)v);
	add_fact(x, key, strdup(s));
}

static bool
add_entry(const struct exif_entry *e, void *arg)
{
	const char	*name = exif_name(e->ifd, e->tag);
	struct buf	 b = BUF_INIT(4096);

	/* The true sizes are there already. */
	if (name != NULL && e->tag != EXIF_TAG_WIDTH && e->tag != EXIF_TAG_HEIGHT && exif_print(e, &b) == ERR_OK)
		add_fact(arg, name, strdup(buf_str(&b)));
	buf_free(&b);
	return true;
}

static enum err
put_string(struct buf *out, const char *s)
{
	enum err	 e = buf_adds(out, "\"");

	for (; *s != '\0' && e == ERR_OK; s++) {
		if (*s == '"' || *s == '\\')
			e = buf_printf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			e = buf_printf(out, "\\u%04x", (unsigned char)*s);
		else
			e = buf_add(out, s, 1);
	}
	return e ? e : buf_adds(out, "\"");
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(a, b);		/* a key stands first in its row */
}

static enum err
put_facts(struct facts *x, struct buf *out)
{
	enum err	 e = buf_adds(out, "{");

	qsort(x->at, x->n, sizeof(x->at[0]), by_key);
	for (size_t i = 0; i < x->n && e == ERR_OK; i++) {
		if ((e = buf_printf(out, "%s\"%s\": {\"value\": ", i ? ", " : "", x->at[i].key)) == ERR_OK &&
		    (e = put_string(out, x->at[i].value)) == ERR_OK)
			e = buf_adds(out, "}");
	}
	return e ? e : buf_adds(out, "}");
}

static enum err
facts_json(const struct image_job *job, const struct mapped *file, const struct decoder *d, struct buf *out, struct fault *f)
{
	struct facts	*x = calloc(1, sizeof(*x));
	const uint8_t	*tiff;
	size_t		 len;
	enum err	 e;

	if (x == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the facts");
	add_number(x, "FileSize", file->len);
	add_fact(x, "Format", strdup(fmt_name((enum fmt)job->fmt_in)));
	add_number(x, "FrameCount", d->head.frames);
	add_number(x, "ImageHeight", d->head.h);
	add_number(x, "ImageWidth", d->head.w);
	if (exif_find((enum fmt)job->fmt_in, file->data, file->len, &tiff, &len))
		exif_walk(tiff, len, add_entry, x);
	add_fact(x, "ResolutionUnit", strdup("1"));
	add_fact(x, "XResolution", strdup("1/1"));
	add_fact(x, "YResolution", strdup("1/1"));
	e = x->e ? fault_set(f, x->e, "no memory for the facts") : put_facts(x, out);
	for (size_t i = 0; i < x->n; i++)
		free(x->at[i].value);
	free(x);
	return e;
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
	e = spec->kind == SPEC_HUE ? average_hue(&d, &out, f) : facts_json(job, &file, &d, &out, f);
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
