/*
 * sharpen: an unsharp mask.
 */
#include "image/op_list.h"

enum { A_BY };

#ifdef TINTYPE_PIXELS
#include "image/filter.h"
#include "image/pipeline.h"

/* A mask of sigma 2 with half of the difference at 100 comes nearest to recorded answers of OSS. */
#define RADIUS	6
#define SIGMA	2.0

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	(void)r;
	return picture_sharpen(p, RADIUS, SIGMA, (double)st->arg[A_BY].num / 200, f);
}
#endif

const struct op op_sharpen = {
	.name = "sharpen",
	.doc = "Sharpen with an unsharp mask.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = 50, .max = 399, .required = true,
		    .ec_range = "0040-00000280", .ec_missing = "0040-00000279",
		    .doc = "How much; 100 is a good value." },
	},
	IF_PIXELS(.apply = apply,)
};
