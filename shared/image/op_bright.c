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

#ifdef TINTYPE_PIXELS
#include "image/filter.h"
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	uint8_t table[256];

	(void)r;
	(void)f;
	for (int i = 0; i < 256; i++) {
		int v = i + (int)(st->arg[A_BY].num * 255 / 100);

		table[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
	picture_map(p, table);
	return ERR_OK;
}
#endif

const struct op op_bright = {
	.name = "bright",
	.doc = "Make the picture brighter or darker: 2.55 times the value is added to each "
	    "channel.",
	.single = true,
	.args = {
		[A_BY] = { .key = "", .type = ARG_NUM, .min = -100, .max = 100, .required = true,
		    .ec_range = "0040-00000246", .ec_missing = "0040-00000245",
		    .doc = "Below 0: darker; above: brighter." },
	},
	.idle = idle,
	IF_PIXELS(.apply = apply,)
};
