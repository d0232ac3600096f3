/*
 * Scaling a picture that is in memory: its rows go through the resampler.
 */
#include "image/scale.h"

#include <string.h>

#include "image/resample.h"

enum err
picture_scale(struct picture *p, double x, double y, double w, double h, uint32_t out_w, uint32_t out_h, struct fault *f)
{
	struct resample_axis	 ax = { .in_n = p->w, .out_n = out_w, .at = x, .size = w };
	struct resample_axis	 ay = { .in_n = p->h, .out_n = out_h, .at = y, .size = h };
	struct picture		 to = PICTURE_EMPTY;
	struct resample		*rs = NULL;
	uint32_t		 row = 0;
	enum err		 e;

	if ((e = picture_new(&to, out_w, out_h, p->alpha, f)) ||
	    (e = picture_may_need(resample_bytes(&ax, &ay, 4), f)) ||
	    (e = resample_new(&rs, &ax, &ay, 4, p->alpha, f)))
		goto out;
	for (uint32_t i = 0; i < p->h && !resample_done(rs); i++) {
		memcpy(resample_slot(rs), picture_row(p, i), (size_t)p->w * 4);
		resample_put(rs);
		while (row < out_h && resample_get(rs, picture_row(&to, row)))
			row++;
	}
	picture_adopt(p, &to);
out:
	resample_free(rs);
	picture_free(&to);
	return e;
}

enum err
picture_pad(struct picture *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h, uint32_t rgb, struct fault *f)
{
	struct picture	 to = PICTURE_EMPTY;
	enum err	 e;

	if ((e = picture_new(&to, w, h, false, f)))
		return e;
	picture_fill(&to, rgb, 255);
	picture_over(&to, p, x, y, 255);
	picture_adopt(p, &to);
	return ERR_OK;
}
