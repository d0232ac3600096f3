/*
 * blur: Gaussian, with the kernel cut at a radius.
 */
#include "image/op_list.h"

enum { A_R, A_S };

const struct op op_blur = {
	.name = "blur",
	.doc = "Gaussian blur.",
	.args = {
		[A_R] = { .key = "r", .type = ARG_NUM, .min = 1, .max = 50, .required = true,
		    .ec_range = "0040-00000241", .doc = "Radius: half the width of the kernel, which has 2r+1 values." },
		[A_S] = { .key = "s", .type = ARG_NUM, .min = 1, .max = 50, .required = true,
		    .ec_range = "0040-00000242", .doc = "Standard deviation." },
	},
	/* IF_PIXELS(.apply = apply,) */
};
