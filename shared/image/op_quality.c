/*
 * quality: for the encoders that lose something.
 */
#include "image/op_list.h"

enum { A_REL, A_ABS, A_BARE };

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	const struct arg *a = st->arg;

	if (!a[A_REL].set && !a[A_ABS].set && !a[A_BARE].set)
		return fault_ec(f, ERR_MISSINGARG, "0040-00000307",
		    "The quality needs one of the parameters: q, Q.");
	sp->quality_abs = a[A_ABS].set ? (int)a[A_ABS].num : a[A_BARE].set ? (int)a[A_BARE].num : 0;
	sp->quality_rel = sp->quality_abs == 0 ? (int)a[A_REL].num : 0;
	return ERR_OK;
}

const struct op op_quality = {
	.name = "quality",
	.doc = "Quality of jpg, webp, avif and heic. Q comes before q; a value without a key is a "
	    "Q. Not given: that of the source, "
	    "as its quantisation tables tell it, else the setting of the site.",
	.setting = true,
	.frames = true,
	.args = {
		[A_REL] = { .key = "q", .type = ARG_NUM, .min = 1, .max = 100,
		    .ec_range = "0040-00000309",
		    .doc = "Percent of the quality of the source." },
		[A_ABS] = { .key = "Q", .type = ARG_NUM, .min = 1, .max = 100,
		    .ec_range = "0040-00000308",
		    .doc = "At most this quality; a source of less keeps its own." },
		[A_BARE] = { .key = "", .type = ARG_NUM, .min = 1, .max = 100,
		    .ec_range = "0040-00000310", .doc = "The same as Q." },
	},
	.check = check,
};
