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

const struct op op_contrast = {
	.name = "contrast",
	.doc = "Spread the channels around their middle, 128: not at all at -100, steeply at 100.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = -100, .max = 100, .required = true,
		    .ec_range = "0040-00000246", .ec_missing = "0040-00000245", .doc = "Below 0: less; above: more." },
	},
	.idle = idle,
	/* IF_PIXELS(.apply = apply,) */
};
