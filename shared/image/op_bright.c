/*
 * bright: each channel by a table of 256 values.
 */
#include "image/op_list.h"

enum { A_BY };

static bool
idle(const struct step *st)
{
	return st->arg[A_BY].num == 0;
}

const struct op op_bright = {
	.name = "bright",
	.doc = "Make the picture brighter or darker: 2.55 times the value is added to each channel.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = -100, .max = 100, .required = true,
		    .ec_range = "0040-00000246", .ec_missing = "0040-00000245", .doc = "Below 0: darker; above: brighter." },
	},
	.idle = idle,
	/* IF_PIXELS(.apply = apply,) */
};
