/*
 * info and average-hue: answers in words instead of a picture. They stand alone.
 */
#include "image/op_list.h"

static enum err
check_info(struct step *st, struct spec *sp, struct fault *f)
{
	(void)st;
	(void)f;
	sp->kind = SPEC_INFO;
	return ERR_OK;
}

static enum err
check_hue(struct step *st, struct spec *sp, struct fault *f)
{
	(void)st;
	(void)f;
	sp->kind = SPEC_HUE;
	return ERR_OK;
}

const struct op op_info = {
	.name = "info",
	.doc = "Facts of the stored picture as JSON: size in bytes and pixels (as coded), format, "
	    "frames, resolution, EXIF. Stands alone.",
	.alone = true,
	.setting = true,
	.check = check_info,
};

const struct op op_average_hue = {
	.name = "average-hue",
	.doc = "The main colour of the picture as JSON, {\"RGB\": \"0x5c783b\"}. Stands alone.",
	.alone = true,
	.setting = true,
	.check = check_hue,
};
