/*
 * watermark: a text, a picture, or both in a row, somewhere on the picture or tiled all over it.
 * The picture of a watermark is named here and fetched by the caller; its own steps are checked
 * here, once.
 */
#include "image/op_watermark.h"

#include <string.h>

#include "base/enc.h"
#include "image/op_geo.h"
#include "image/op_list.h"

#define EC_FONT_BASE64	"0040-00000250"
#define EC_FONT		"0040-00000251"
#define EC_TEXT_BASE64	"0040-00000257"
#define EC_TEXT_EMPTY	"0040-00000258"
#define EC_IMAGE	"0040-00000265"
#define EC_NEITHER	"0040-00000278"

const char *const watermark_fonts[] = {
	"wqy-zenhei", "wqy-microhei", "fangzhengshusong", "fangzhengkaiti", "fangzhengheiti",
	"fangzhengfangsong", "droidsansfallback", NULL
};

static bool
has(const struct step *st, int a)
{
	return st->arg[a].set;
}

static void
unset(struct step *st, int a)
{
	st->arg[a] = (struct arg){ .num = st->op->args[a].dflt };
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

static enum err
check_text(const char *s, struct fault *f)
{
	size_t len = strlen(s);

	if (len == 0)
		return fault_ec(f, ERR_MISSINGARG, EC_TEXT_EMPTY, "The watermark text is empty.");
	if (!utf8_valid(s, len) || has_control(s))
		return fault_ec(
		    f, ERR_BADREQ, EC_TEXT_BASE64, "The watermark text is not one line of UTF-8.");
	if (len > WATERMARK_TEXT_BYTES)
		return fault_set(f, ERR_BADSPEC, "font content is too large: %zu bytes, at most %d",
		    len, WATERMARK_TEXT_BYTES);
	return ERR_OK;
}

static enum err
check_font(const char *s, struct fault *f)
{
	size_t i, len = strlen(s);

	if (!utf8_valid(s, len) || has_control(s))
		return fault_ec(f, ERR_BADREQ, EC_FONT_BASE64, "Input is not base64 decoding.");
	for (i = 0; watermark_fonts[i] != NULL; i++)
		if (strcmp(watermark_fonts[i], s) == 0)
			return ERR_OK;
	return op_invalid(f, ERR_BADSPEC, EC_FONT, "type", s, len);
}

static enum err
check_image(const char *s, struct fault *f)
{
	struct spec_mark m;
	struct spec own;
	enum err e;

	if (s[0] == '\0' || s[0] == '?' || has_control(s) || !utf8_valid(s, strlen(s)))
		return fault_ec(
		    f, ERR_BADREQ, EC_IMAGE, "The name of the watermark image is not valid.");
	e = spec_mark_split(s, &m, f);
	if (e == ERR_OK)
		e = spec_parse_mark(m.steps, &own, f);
	return e;
}

/* Of the pictures wanted so far and this one, how many are different? */
static enum err
check_count(const struct spec *sp, const struct step *last, struct fault *f)
{
	const char *seen[WATERMARK_IMAGES + 1];
	size_t i, k, n = 0;

	for (i = 0; i <= sp->n; i++) {
		const struct step *st = i == sp->n ? last : &sp->step[i];
		const char *text = st->op == &op_watermark ? st->arg[WM_IMAGE].text : NULL;

		if (text == NULL)
			continue;
		for (k = 0; k < n && strcmp(seen[k], text) != 0; k++)
			;
		if (k < n)
			continue;
		if (n == WATERMARK_IMAGES)
			return fault_set(f, ERR_WATERMARK, "at most %d different watermark images",
			    WATERMARK_IMAGES);
		seen[n++] = text;
	}
	return ERR_OK;
}

/* Arguments that have no effect here are unset, so that equal requests have one text. */
static void
normalise(struct step *st)
{
	static const int of_text[] = { WM_TYPE, WM_COLOR, WM_SIZE, WM_SHADOW, WM_ROTATE };
	static const int of_both[] = { WM_ORDER, WM_ALIGN, WM_INTERVAL };
	size_t i;

	for (i = 0; i < NELEM(of_text) && !has(st, WM_TEXT); i++)
		unset(st, of_text[i]);
	for (i = 0; i < NELEM(of_both) && (!has(st, WM_TEXT) || !has(st, WM_IMAGE)); i++)
		unset(st, of_both[i]);
	if (st->arg[WM_FILL].num == 0) {
		unset(st, WM_PADX);
		unset(st, WM_PADY);
	}
	if (has(st, WM_TYPE) && strcmp(st->arg[WM_TYPE].text, watermark_fonts[0]) == 0)
		unset(st, WM_TYPE);
	st->arg[WM_ROTATE].num %= 360;
}

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	enum err e;

	if (!has(st, WM_TEXT) && !has(st, WM_IMAGE))
		return fault_ec(f, ERR_MISSINGARG, EC_NEITHER,
		    "The watermark needs one of the parameters: text, image.");
	if ((has(st, WM_TEXT) && (e = check_text(st->arg[WM_TEXT].text, f))) ||
	    (has(st, WM_TYPE) && (e = check_font(st->arg[WM_TYPE].text, f))) ||
	    (has(st, WM_IMAGE) && (e = check_image(st->arg[WM_IMAGE].text, f))) ||
	    (e = check_count(sp, st, f)))
		return e;
	normalise(st);
	return ERR_OK;
}

static bool
idle(const struct step *st)
{
	return st->arg[WM_T].num == 0;
}

void
watermark_place(const struct step *st, int64_t w, int64_t h, int64_t mark_w, int64_t mark_h,
    int64_t *x, int64_t *y)
{
	const struct arg *a = st->arg;
	/* A mark larger than the picture starts left of it or above: halves are floored there too. */
	int64_t left[] = { a[WM_X].num, (w - mark_w) >> 1, w - mark_w - a[WM_X].num };
	int64_t top[] = { a[WM_Y].num, ((h - mark_h) >> 1) + a[WM_VOFFSET].num,
	    h - mark_h - a[WM_Y].num };

	*x = left[a[WM_G].num % 3];
	*y = top[a[WM_G].num / 3];
}

#ifdef TINTYPE_PIXELS
#include "image/mark.h"
#include "image/pipeline.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	return mark_apply(st, p, r, f);
}
#endif

const struct op op_watermark = {
	.name = "watermark",
	.doc = "Draw a text, a picture of this site, or both in a row onto the picture. Texts and "
	    "names are base64url. The name may be "
	    "followed by ?x-oss-process=image/ and steps of its own: resize (with P), crop, "
	    "indexcrop, rounded-corners, rotate. "
	    "May be given several times, with at most 3 different pictures.",
	.frames = true,
	.args = {
		[WM_TEXT] = { .key = "text", .type = ARG_TEXT, .ec_range = EC_TEXT_BASE64,
		    .doc = "The text: one line, at most 64 bytes of UTF-8." },
		[WM_IMAGE] = { .key = "image", .type = ARG_TEXT, .ec_range = EC_IMAGE,
		    .doc = "Key or id of a picture." },
		[WM_T] = { .key = "t", .type = ARG_NUM, .max = 100, .dflt = 100,
		    .doc = "Opacity in percent." },
		[WM_G] = { .key = "g", .type = ARG_WORD, .words = gravity_words, .dflt = G_SE,
		    .ec_range = "0040-00000260",
		    .doc = "Where it is put." },
		[WM_X] = { .key = "x", .type = ARG_NUM, .max = 4096, .dflt = 10,
		    .ec_range = "0040-00000262",
		    .doc = "Distance from the left or right edge." },
		[WM_Y] = { .key = "y", .type = ARG_NUM, .max = 4096, .dflt = 10,
		    .ec_range = "0040-00000264",
		    .doc = "Distance from the top or bottom edge." },
		[WM_VOFFSET] = { .key = "voffset", .type = ARG_NUM, .min = -1000, .max = 1000,
		    .ec_range = "0040-00000268",
		    .doc = "Shift down in the middle row (west, center, east)." },
		[WM_FILL] = { .key = "fill", .type = ARG_NUM, .max = 1, .ec_range = "0040-00000274",
		    .doc = "1: tile it, from the top left corner." },
		[WM_PADX] = { .key = "padx", .type = ARG_NUM, .max = 4096,
		    .ec_range = "0040-00000276", .doc = "Gap between tiles." },
		[WM_PADY] = { .key = "pady", .type = ARG_NUM, .max = 4096,
		    .ec_range = "0040-00000277", .doc = "Gap between rows of tiles." },
		[WM_TYPE] = { .key = "type", .type = ARG_TEXT, .ec_range = EC_FONT_BASE64,
		    .doc = "Font: wqy-zenhei (default), wqy-microhei, fangzhengshusong, "
		    "fangzhengkaiti, fangzhengheiti, fangzhengfangsong "
		    "or droidsansfallback." },
		[WM_COLOR] = { .key = "color", .type = ARG_COLOR, .ec_range = "0040-00000254",
		    .doc = "Colour of the text." },
		[WM_SIZE] = { .key = "size", .type = ARG_NUM, .min = 1, .max = 1000, .dflt = 40,
		    .ec_range = "0040-00000256",
		    .doc = "Height of the text in pixels." },
		[WM_SHADOW] = { .key = "shadow", .type = ARG_NUM, .max = 100,
		    .ec_range = "0040-00000255",
		    .doc = "Opacity of the shadow in percent; 0: none." },
		[WM_ROTATE] = { .key = "rotate", .type = ARG_NUM, .max = 360,
		    .ec_range = "0040-00000272", .doc = "Degrees the text is turned clockwise." },
		[WM_ORDER] = { .key = "order", .type = ARG_NUM, .max = 1,
		    .ec_range = "0040-00000269", .doc = "Both: 0 picture first, 1 text first." },
		[WM_ALIGN] = { .key = "align", .type = ARG_NUM, .max = 2, .dflt = 2,
		    .ec_range = "0040-00000271",
		    .doc = "Both: 0 tops, 1 middles, 2 bottoms in one line." },
		[WM_INTERVAL] = { .key = "interval", .type = ARG_NUM, .max = 1000,
		    .doc = "Both: gap between them." },
	},
	.check = check,
	.idle = idle,
	IF_PIXELS(.apply = apply,)
};
