/*
 * Animations: each frame is composed, goes through the steps, and is handed to the encoder; two canvases and one
 * result are all that lives.
 */
#include "image/pipeline.h"

#include <string.h>

static enum err
copy_of(struct picture *to, const struct picture *from, struct fault *f)
{
	enum err	 e;

	picture_free(to);
	if ((e = picture_new(to, from->w, from->h, from->alpha, f)))
		return e;
	memcpy(to->px, from->px, picture_bytes(from));
	return ERR_OK;
}

static enum err
one_frame(struct render *r, const struct colour *c, const struct picture *canvas, struct picture *p, struct fault *f)
{
	enum err	 e;

	r->next_mark = 0;
	if ((e = copy_of(p, canvas, f)))
		return e;
	colour_picture(c, p);
	if ((e = render_steps(r, 0, p, f)))
		return e;
	if (p->w != r->plan.width_px || p->h != r->plan.height_px)
		return fault_set(f, ERR_INTERNAL, "planned %u x %u, made %u x %u", r->plan.width_px, r->plan.height_px, p->w, p->h);
	return ERR_OK;
}

enum err
render_frames(struct render *r, struct decoder *d, struct encode *enc, struct fault *f)
{
	const struct codec	*out = codec_of(r->plan.fmt);
	struct picture		 canvas = PICTURE_EMPTY, p = PICTURE_EMPTY;
	struct colour		*c = NULL;
	uint32_t		 delay_ms = 0, n = 0;
	bool			 more = true;
	enum err		 e;

	if (out == NULL || out->anim_begin == NULL || d->codec->frame == NULL)
		return fault_set(f, ERR_INTERNAL, "no frames in %s", fmt_name(r->plan.fmt));
	enc->w = r->plan.width_px;
	enc->h = r->plan.height_px;
	enc->frames = r->plan.frames;
	enc->loops = d->head.loops;
	if ((e = colour_new(&c, &d->head, f)) || (e = out->anim_begin(enc, f)))
		goto out;
	while (n < r->plan.frames) {
		if ((e = d->codec->frame(d, &canvas, &delay_ms, &more, f)))
			goto out;
		if (!more)
			break;
		if ((e = one_frame(r, c, &canvas, &p, f)) || (e = out->anim_put(enc, &p, delay_ms, f)))
			goto out;
		n++;
	}
	if (n == 0)
		e = fault_set(f, ERR_BROKEN, "an animation without frames");
	else
		e = out->anim_end(enc, f);
	r->res->facts = (struct image_facts){ .fmt = r->plan.fmt, .width_px = enc->w, .height_px = enc->h, .frames = n,
	    .orientation = 1, .alpha = 1 };
out:
	out->abandon(enc);
	colour_free(c);
	picture_free(&canvas);
	picture_free(&p);
	return e;
}
