/*
 * Watermarks: a text, a picture with steps of its own, or both beside each other become one picture with alpha,
 * which is laid on once or tiled.
 */
#include "image/mark.h"

#include <stdlib.h>
#include <string.h>

#include "image/exif.h"
#include "image/op_watermark.h"
#include "image/text.h"

#define SNIFFED 65536

enum { ALIGN_TOP, ALIGN_MIDDLE, ALIGN_BOTTOM };

static enum err
decode_mark(struct render *own, enum fmt fmt, struct picture *out, struct fault *f)
{
	struct decoder	 d;
	struct want	 want = { .strict = false };
	struct colour	*c = NULL;
	struct exif_facts x;
	enum err	 e;

	if ((e = decoder_open(&d, fmt, own->file.data, own->file.len, &own->job->limits, f)) ||
	    (e = colour_new(&c, &d.head, f)) || (e = decoder_picture(&d, &want, out, f)))
		goto out;
	colour_picture(c, out);
	exif_of_file(fmt, own->file.data, own->file.len, &x);
	if ((e = picture_upright(out, x.orientation, f)))
		goto out;
	own->src = (struct source){ .fmt = fmt, .width_px = out->w, .height_px = out->h, .frames = 1, .orientation = 1,
	    .alpha = d.head.alpha, .bytes = own->file.len };
	e = spec_plan_mark(&own->spec, &own->src, &own->job->limits, own->main_w, own->main_h, &own->plan, f);
out:
	colour_free(c);
	decoder_close(&d);
	return e;
}

/* The picture of the mark, through its own steps. */
static enum err
mark_picture(const char *name, struct render *r, uint32_t main_w, uint32_t main_h, struct picture *out, struct fault *f)
{
	struct render		*own = calloc(1, sizeof(*own));
	struct spec_mark	 m;
	struct sniffed		 sn;
	enum err		 e;

	if (own == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a watermark");
	if (r->next_mark >= r->nmarks) {
		e = fault_ec(f, ERR_WATERMARK, "0040-00000025", "the picture of the watermark is missing");
		goto out;
	}
	own->job = r->job;
	own->res = r->res;
	own->main_w = main_w;
	own->main_h = main_h;
	if ((e = spec_mark_split(name, &m, f)) || (e = spec_parse_mark(m.steps, &own->spec, f)) ||
	    (e = mapped_open(&own->file, r->marks[r->next_mark++], f)) ||
	    (e = sniff(own->file.data, own->file.len < SNIFFED ? own->file.len : SNIFFED, &sn, f)) ||
	    (e = decode_mark(own, sn.fmt, out, f)))
		goto out;
	e = render_steps(own, 0, out, f);
out:
	mapped_close(&own->file);
	free(own);
	return e;
}

static int64_t
aligned(int64_t room, int64_t n, int64_t align)
{
	return align == ALIGN_TOP ? 0 : align == ALIGN_MIDDLE ? (room - n) / 2 : room - n;
}

/* Both beside each other, in *a. */
static enum err
join(struct picture *a, const struct picture *b, int64_t gap, int64_t align, struct fault *f)
{
	struct picture	 both = PICTURE_EMPTY;
	uint32_t	 h = a->h > b->h ? a->h : b->h;
	enum err	 e;

	if ((e = picture_new(&both, a->w + (uint32_t)gap + b->w, h, true, f)))
		return e;
	memset(both.px, 0, picture_bytes(&both));
	picture_over(&both, a, 0, aligned(h, a->h, align), 255);
	picture_over(&both, b, (int64_t)a->w + gap, aligned(h, b->h, align), 255);
	picture_adopt(a, &both);
	return ERR_OK;
}

static enum err
make_mark(const struct step *st, struct render *r, const struct picture *p, struct picture *mark, struct fault *f)
{
	const struct arg	*a = st->arg;
	struct picture		 text = PICTURE_EMPTY;
	const char		*font = a[WM_TYPE].set ? a[WM_TYPE].text : watermark_fonts[0];
	enum err		 e = ERR_OK;

	if (a[WM_IMAGE].set && (e = mark_picture(a[WM_IMAGE].text, r, p->w, p->h, mark, f)))
		return e;
	if (!a[WM_TEXT].set)
		return ERR_OK;
	if ((e = text_draw(a[WM_TEXT].text, font, (unsigned)a[WM_SIZE].num, (uint32_t)a[WM_COLOR].num,
	    (unsigned)a[WM_SHADOW].num, (unsigned)a[WM_ROTATE].num, &text, f)))
		goto out;
	if (mark->px == NULL)
		picture_adopt(mark, &text);
	else if (a[WM_ORDER].num == 0)
		e = join(mark, &text, a[WM_INTERVAL].num, a[WM_ALIGN].num, f);
	else if ((e = join(&text, mark, a[WM_INTERVAL].num, a[WM_ALIGN].num, f)) == ERR_OK)
		picture_adopt(mark, &text);
out:
	picture_free(&text);
	return e;
}

enum err
mark_apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	const struct arg	*a = st->arg;
	unsigned		 opacity = (unsigned)(a[WM_T].num * 255 + 50) / 100;
	struct picture		 mark = PICTURE_EMPTY;
	int64_t			 x, y;
	enum err		 e;

	if ((e = make_mark(st, r, p, &mark, f)))
		goto out;
	if (a[WM_FILL].num) {
		for (y = 0; y < p->h; y += mark.h + a[WM_PADY].num)
			for (x = 0; x < p->w; x += mark.w + a[WM_PADX].num)
				picture_over(p, &mark, x, y, opacity);
	} else {
		watermark_place(st, p->w, p->h, mark.w, mark.h, &x, &y);
		picture_over(p, &mark, x, y, opacity);
	}
out:
	picture_free(&mark);
	return e;
}
