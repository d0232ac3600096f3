/*
 * auto-orient: acts before all steps, wherever it is written. Upright is the default here; 0 asks
 * for the picture as it is coded.
 */
#include "image/op_list.h"

enum { A_ON };

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	(void)f;
	sp->orient = sp->orient_asked = st->arg[A_ON].num == 1;
	return ERR_OK;
}

const struct op op_auto_orient = {
	.name = "auto-orient",
	.doc = "Whether the picture is turned upright by its EXIF orientation, before any other "
	    "step. With 1 the sides of a picture "
	    "that must be turned are at most 4096 pixels. Not given: turned, of any size.",
	.single = true,
	.setting = true,
	.frames = true,
	.args = {
		[A_ON] = { .key = "", .type = ARG_NUM, .max = 1, .dflt = 1, .required = true,
		    .ec_range = "0040-00000215", .ec_missing = "0040-00000214",
		    .doc = "1: turn upright; 0: leave as coded." },
	},
	.check = check,
};
