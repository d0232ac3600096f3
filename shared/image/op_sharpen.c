/*
 * sharpen: an unsharp mask.
 */
#include "image/op_list.h"

enum { A_BY };

const struct op op_sharpen = {
	.name = "sharpen",
	.doc = "Sharpen with an unsharp mask.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = 50, .max = 399, .required = true,
		    .ec_range = "0040-00000280", .ec_missing = "0040-00000279", .doc = "How much; 100 is a good value." },
	},
	/* IF_PIXELS(.apply = apply,) */
};
