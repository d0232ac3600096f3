/*
 * blur: Gaussian, with the kernel cut at a radius.
 */
#include "image/op_list.h"

enum { A_R, A_S };

#ifdef TINTYPE_PIXELS
#include "image/filter.h"
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	(void)r;
	return picture_blur(p, (unsigned)st->arg[A_R].num, (double)st->arg[A_S].num, f);
}
#endif

const struct op op_blur = {
	.name = "blur",
	.doc = "Gaussian blur.",
	.args = {
		[A_R] = { .key = "r", .type = ARG_NUM, .min = 1, .max = 50, .required = true,
		    .ec_range = "0040-00000241",
		    .doc = "Radius: half the width of the kernel, which has 2r+1 values." },
		[A_S] = { .key = "s", .type = ARG_NUM, .min = 1, .max = 50, .required = true,
		    .ec_range = "0040-00000242", .doc = "Standard deviation." },
	},
	IF_PIXELS(.apply = apply,)
};
