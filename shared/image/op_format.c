/*
 * format: what comes out.
 */
#include <string.h>

#include "image/op_list.h"

enum { A_NAME };
enum { F_JPG, F_JPEG, F_PNG, F_WEBP, F_BMP, F_GIF, F_TIFF, F_AVIF, F_HEIC, F_AUTO, F_GIF_ALWAYS };

static const char *const words[] = {
	[F_JPG] = "jpg", [F_JPEG] = "jpeg", [F_PNG] = "png", [F_WEBP] = "webp", [F_BMP] = "bmp",
	[F_GIF] = "gif",
	[F_TIFF] = "tiff", [F_AVIF] = "avif", [F_HEIC] = "heic", [F_AUTO] = "auto",
	[F_GIF_ALWAYS] = "gif-always", NULL
};

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	int64_t word = st->arg[A_NAME].num;

	(void)f;
	sp->format_auto = word == F_AUTO;
	sp->gif_always = word == F_GIF_ALWAYS;
	if (word == F_AUTO)
		sp->format = FMT_NONE;
	else if (word == F_GIF_ALWAYS)
		sp->format = FMT_GIF;
	else
		sp->format = fmt_by_name(words[word], strlen(words[word]));
	return ERR_OK;
}

const struct op op_format = {
	.name = "format",
	.doc = "The format that comes out; none given: that of the source. gif is made of "
	    "animations only, other sources keep their "
	    "format; gif-always makes it of everything. auto is picked by the request's Accept "
	    "header. webp is at most 16383 pixels "
	    "a side, heic 4096, avif 4096 pixels wide and 9437184 in all. heic is made where it is named, and never picked "
	    "by auto; other steps on a HEIC make a JPEG of it, or a PNG where there is transparency.",
	.single = true,
	.setting = true,
	.frames = true,
	.args = {
		[A_NAME] = { .key = "", .type = ARG_WORD, .words = words, .required = true,
		    .ec_range = "0040-00000206", .ec_missing = "0040-00000207",
		    .doc = "Name of the format." },
	},
	.check = check,
};
