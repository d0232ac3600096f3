/*
 * contrast: each channel by a table of 256 values.
 */
#include "image/op_list.h"

enum { A_BY };

static bool
idle(const struct step *st)
{
	return st->arg[A_BY].num == 0;
}

#ifdef TINTYPE_PIXELS
#include "image/filter.h"
#include <math.h>
#include "image/pipeline.h"

/* The slope is that of a line turned from flat at -100 over 45 degrees at 0 to upright at 100. */
static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	double slope = tan(M_PI / 4 * ((double)st->arg[A_BY].num / 100 + 1));
	uint8_t table[256];

	(void)r;
	(void)f;
	for (int i = 0; i < 256; i++)
		table[i] = (uint8_t)lrint(fmin(255, fmax(0, 128 + (i - 128) * slope)));
	picture_map(p, table);
	return ERR_OK;
}
#endif

const struct op op_contrast = {
	.name = "contrast",
	.doc = "Spread the channels around their middle, 128: not at all at -100, steeply at 100.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = -100, .max = 100, .required = true,
		    .ec_range = "0040-00000246", .ec_missing = "0040-00000245",
		    .doc = "Below 0: less; above: more." },
	},
	.idle = idle,
	IF_PIXELS(.apply = apply,)
};
