/*
 * interlace: progressive JPEG.
 */
#include "image/op_list.h"

enum { A_ON };

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	(void)f;
	sp->interlace = st->arg[A_ON].num == 1;
	sp->interlace_asked = true;
	return ERR_OK;
}

const struct op op_interlace = {
	.name = "interlace",
	.doc = "Whether a jpg comes out progressive (shown coarse first) or baseline. No effect on "
	    "other formats.",
	.single = true,
	.setting = true,
	.frames = true,
	.args = {
		[A_ON] = { .key = "", .type = ARG_NUM, .max = 1, .required = true,
		    .ec_range = "0040-00000282", .ec_missing = "0040-00000281",
		    .doc = "1: progressive; 0: baseline." },
	},
	.check = check,
};
