/*
 * Steps: grammar, error numbers, sizes, canonical texts.
 */
#include "image/op.h"
#include "image/op_geo.h"
#include "image/op_list.h"
#include "image/op_resize.h"
#include "image/op_watermark.h"
#include "spec_check.h"
#include "test.h"

static const struct source photo = {
	.fmt = FMT_JPEG, .width_px = 400, .height_px = 267, .frames = 1, .orientation = 1
};
static const struct source turned = {
	.fmt = FMT_JPEG, .width_px = 424, .height_px = 333, .frames = 1, .orientation = 7
};
static const struct source huge = {
	.fmt = FMT_JPEG, .width_px = 6000, .height_px = 4000, .frames = 1, .orientation = 6
};
static const struct source wide = {
	.fmt = FMT_PNG, .width_px = 20000, .height_px = 100, .frames = 1, .orientation = 1
};
static const struct source anim = {
	.fmt = FMT_GIF, .width_px = 500, .height_px = 300, .frames = 3, .orientation = 1
};
static const struct source webp = { .fmt = FMT_WEBP,
	.width_px = 500,
	.height_px = 300,
	.frames = 3,
	.orientation = 1,
	.alpha = true };
static const struct source phone = {
	.fmt = FMT_HEIC, .width_px = 4032, .height_px = 3024, .frames = 1, .orientation = 1
};
static const struct source dot = {
	.fmt = FMT_PNG, .width_px = 1, .height_px = 1, .frames = 1, .orientation = 1
};

/* Accepted texts: size, format and frames of the result, and the canonical text (NULL: not looked
 * at). */
static const struct good {
	const char		*text;
	const struct source	*src;
	uint32_t		 w, h;
	enum fmt		 fmt;
	uint32_t		 frames;
	const char		*canonical;
} goods[] = {
	/* One text for equal requests. */
	{ "image/resize,w_100", &photo, 100, 67, FMT_JPEG, 1, "image/resize,w_100" },
	{ "image/resize,limit_1,w_100,m_lfit,x_3,,", &photo, 100, 67, FMT_JPEG, 1, "image/resize,w_100" },
	{ "image/resize,w_50,w_0100", &photo, 100, 67, FMT_JPEG, 1, "image/resize,w_100" },
	{ "image/resize,h_100,w_200,m_fill", &photo, 200, 100, FMT_JPEG, 1, "image/resize,m_fill,w_200,h_100" },
	{ "image/resize,m_pad,h_100,color_ff6a00", &photo, 100, 100, FMT_JPEG, 1, "image/resize,m_pad,w_100,h_100,color_FF6A00" },
	{ "image/resize,m_fixed,w_10,color_ff6a00", &photo, 10, 7, FMT_JPEG, 1, "image/resize,w_10" },
	{ "image/resize,w_100,l_5,p_1000", &photo, 100, 67, FMT_JPEG, 1, "image/resize,w_100" },
	{ "image/resize,p_50,P_20", &photo, 200, 134, FMT_JPEG, 1, "image/resize,p_50" },
	{ "image/format,jpeg/resize,w_9/quality,80/interlace,1", &photo, 9, 6, FMT_JPEG, 1,
	    "image/resize,w_9/format,jpg/quality,Q_80/interlace,1" },
	{ "image/quality,q_10,Q_90/quality,q_50", &photo, 400, 267, FMT_JPEG, 1, "image/quality,q_50" },
	{ "image/rotate,360/bright,0/contrast,0/resize,p_100/crop", &photo, 400, 267, FMT_JPEG, 1, "image/rotate,0" },
	{ "image/resize,w_10|image/rotate,90", &photo, 7, 10, FMT_JPEG, 1, "image/resize,w_10/rotate,90" },
	{ "image/bright,-50/sharpen,100", &photo, 400, 267, FMT_JPEG, 1, "image/bright,-50/sharpen,100" },
	{ "image/watermark,text_SGk=,size_40,t_100", &photo, 400, 267, FMT_JPEG, 1, "image/watermark,text_SGk" },
	{ "image/watermark,text_SGk,type_d3F5LXplbmhlaQ,padx_5,order_1", &photo, 400, 267, FMT_JPEG, 1, "image/watermark,text_SGk" },
	{ "image/watermark,text_SGk,t_0", &photo, 400, 267, FMT_JPEG, 1, "image/rotate,0" },
	{ "image/info", &photo, 400, 267, FMT_JPEG, 1, "image/info" },
	{ "image/average-hue,", &photo, 400, 267, FMT_JPEG, 1, "image/average-hue" },

	/* Geometry. */
	{ "image/resize,w_1", &dot, 1, 1, FMT_PNG, 1, NULL },
	{ "image/resize,w_16384,h_1,m_fixed,limit_0", &dot, 16384, 1, FMT_PNG, 1, NULL },
	{ "image/resize,m_fill,w_500,h_100", &photo, 400, 267, FMT_JPEG, 1, NULL },
	{ "image/resize,m_fill,w_500,h_100,limit_0", &photo, 500, 100, FMT_JPEG, 1, NULL },
	{ "image/resize,m_pad,w_500,h_100", &photo, 500, 100, FMT_JPEG, 1, NULL },
	{ "image/resize,m_fixed,w_100,h_300", &photo, 400, 267, FMT_JPEG, 1, NULL },
	{ "image/resize,m_fixed,w_100,h_300,limit_0", &photo, 100, 300, FMT_JPEG, 1, NULL },
	{ "image/resize,l_100,s_10", &photo, 15, 10, FMT_JPEG, 1, NULL },
	{ "image/crop,g_se,x_10,y_10,w_200,h_200", &photo, 190, 190, FMT_JPEG, 1, NULL },
	{ "image/crop,w_9999,h_10", &photo, 400, 10, FMT_JPEG, 1, NULL },
	{ "image/crop,w_0,h_0,x_399", &photo, 1, 267, FMT_JPEG, 1, NULL },
	{ "image/indexcrop,x_100,y_100,i_2", &photo, 400, 67, FMT_JPEG, 1, "image/indexcrop,y_100,i_2" },
	{ "image/indexcrop,x_1000", &photo, 400, 267, FMT_JPEG, 1, NULL },
	{ "image/circle,r_133", &photo, 267, 267, FMT_JPEG, 1, NULL },
	{ "image/rounded-corners,r_4096", &photo, 400, 267, FMT_JPEG, 1, NULL },
	{ "image/rotate,70", &photo, 388, 468, FMT_JPEG, 1, NULL },
	{ "image/rotate,45", &dot, 2, 2, FMT_PNG, 1, NULL },

	/* Which way up. */
	{ "image/resize,w_100", &turned, 100, 127, FMT_JPEG, 1, NULL },
	{ "image/resize,w_100/auto-orient,1", &turned, 100, 127, FMT_JPEG, 1, "image/auto-orient,1/resize,w_100" },
	{ "image/resize,w_100/auto-orient,0", &turned, 100, 79, FMT_JPEG, 1, "image/auto-orient,0/resize,w_100" },
	{ "image/resize,w_400", &huge, 400, 600, FMT_JPEG, 1, NULL },

	/* Formats and frames. */
	{ "image/format,png", &photo, 400, 267, FMT_PNG, 1, NULL },
	{ "image/format,gif", &photo, 400, 267, FMT_JPEG, 1, "image/format,gif" },
	{ "image/format,gif-always", &photo, 400, 267, FMT_GIF, 1, "image/format,gif-always" },
	{ "image/resize,w_504", &phone, 504, 378, FMT_JPEG, 1, NULL },
	{ "image/resize,w_504/circle,r_9", &phone, 19, 19, FMT_PNG, 1, NULL },
	{ "image/format,heic", &phone, 4032, 3024, FMT_HEIC, 1, NULL },
	{ "image/format,heic", &photo, 400, 267, FMT_HEIC, 1, NULL },
	{ "image/format,heic/resize,w_504", &phone, 504, 378, FMT_HEIC, 1, "image/resize,w_504/format,heic" },
	{ "image/rotate,0", &phone, 4032, 3024, FMT_HEIC, 1, NULL },
	{ "image/quality,Q_50", &phone, 4032, 3024, FMT_JPEG, 1, NULL },
	{ "image/format,gif", &webp, 500, 300, FMT_GIF, 3, NULL },
	{ "image/format,webp", &anim, 500, 300, FMT_WEBP, 3, NULL },
	{ "image/format,png", &anim, 500, 300, FMT_PNG, 1, NULL },
	{ "image/format,auto", &anim, 500, 300, FMT_GIF, 3, "image/format,auto" },
	{ "image/resize,w_100/crop,w_50/watermark,text_SGk", &anim, 50, 60, FMT_GIF, 3, NULL },
	{ "image/resize,w_100/rotate,90", &anim, 60, 100, FMT_GIF, 1, NULL },
	{ "image/resize,p_50", &anim, 250, 150, FMT_GIF, 1, NULL },
	{ "image/resize,w_1000,limit_0", &anim, 500, 300, FMT_GIF, 3, NULL },
	{ "image/resize,w_1000,limit_0", &webp, 1000, 600, FMT_WEBP, 3, NULL },
	{ "image/resize,w_9000", &wide, 9000, 45, FMT_PNG, 1, NULL },
	{ "image/format,bmp", &wide, 20000, 100, FMT_BMP, 1, NULL },
};

/* Refused texts: error, OSS number (NULL: none), and how the message starts. */
static const struct bad {
	const char		*text;
	const struct source	*src;
	enum err		 err;
	const char		*ec;
	const char		*why;
} bads[] = {
	{ "", &photo, ERR_BADSPEC, "0040-00000212", "" },
	{ "image", &photo, ERR_BADSPEC, "0040-00000212", "" },
	{ "image/", &photo, ERR_BADSPEC, "0040-00000212", "" },
	{ "image/resize,w_1/", &photo, ERR_BADSPEC, "0040-00000212", "" },
	{ "image/resize,w_1|", &photo, ERR_BADSPEC, "0040-00000212", "" },
	{ "image/flip,1", &photo, ERR_BADSPEC, "0040-00000213", "The value: flip of parameter: operation is invalid." },
	{ "image/Resize,w_1", &photo, ERR_BADSPEC, "0040-00000213", "" },
	{ "video/snapshot", &photo, ERR_BADSPEC, "0040-00000213", "" },
	{ "image/resize,w_1|saveas,o_YQ", &photo, ERR_BADSPEC, "0040-00000213", "" },
	{ "sys/saveas,o_YQ", &photo, ERR_BADSPEC, "0040-00000213", "" },
	{ "image/resize,w_1|sys/saveas,b_YQ", &photo, ERR_MISSINGARG, NULL, "" },
	{ "image/resize,w_1|sys/saveas,o_!!", &photo, ERR_BADREQ, NULL, "" },
	{ "image/resize,w_1|sys/saveas,o_YQ|image/resize,w_1", &photo, ERR_BADSPEC, "0040-00000213", "" },
	{ "image/info|sys/saveas,o_YQ", &photo, ERR_BADSPEC, NULL, "" },
	{ "image/a|b|c|d|e|f", &photo, ERR_TOOMANYPIPES, "0040-00000211", "" },
	{ "style/a b", &photo, ERR_BADSPEC, "0017-00000250", "" },
	{ "style/", &photo, ERR_BADSPEC, "0017-00000250", "" },
	{ "image/resize,s_700,limit_0/info", &photo, ERR_BADSPEC, NULL, "info and average-hue stand alone" },

	{ "image/resize", &photo, ERR_MISSINGARG, "0040-00000322", "" },
	{ "image/resize,P_30", &photo, ERR_MISSINGARG, "0040-00000322", "" },
	{ "image/resize,m_x,w_1", &photo, ERR_BADSPEC, "0040-00000311", "The value: x of parameter: m is invalid." },
	{ "image/resize,w_", &photo, ERR_BADSPEC, "0040-00000312", "The value:  of parameter: w is invalid." },
	{ "image/resize,w_99999999", &photo, ERR_BADSPEC, "0040-00000312", "The value: 99999999 of parameter: w is invalid." },
	{ "image/resize,w_0,h_5", &photo, ERR_BADSPEC, "0040-00000312", "The value: 0 of parameter: w is invalid." },
	{ "image/resize,w_0,h_0", &photo, ERR_BADSPEC, "0040-00000321", "" },
	{ "image/resize,h_+1", &photo, ERR_BADSPEC, "0040-00000313", "" },
	{ "image/resize,h_-1", &photo, ERR_BADSPEC, "0040-00000313", "The value: -1 of parameter: h is invalid." },
	{ "image/resize,l_0", &photo, ERR_BADSPEC, "0040-00000314", "" },
	{ "image/resize,s_16385", &photo, ERR_BADSPEC, "0040-00000315", "" },
	{ "image/resize,p_1001", &photo, ERR_BADSPEC, "0040-00000317", "" },
	{ "image/resize,w_1,limit_2", &photo, ERR_BADSPEC, "0040-00000319", "" },
	{ "image/resize,w_1,color_red", &photo, ERR_BADSPEC, NULL, "The value: red of parameter: color is invalid." },
	{ "image/resize,m_fixed,w_5000,h_5000,limit_0", &photo, ERR_IMAGETOOLARGE, "0040-00000007", "" },
	{ "image/resize,w_\x01\xff", &photo, ERR_BADSPEC, "0040-00000312", "The value: ?? of parameter: w is invalid." },

	{ "image/crop,g_xx", &photo, ERR_BADSPEC, "0040-00000209", "" },
	{ "image/crop,w_-1", &photo, ERR_BADSPEC, "0040-00000225", "" },
	{ "image/crop,h_x", &photo, ERR_BADSPEC, "0040-00000226", "" },
	{ "image/crop,x_400", &photo, ERR_BADIMAGE, NULL, "Advance cut's position is out of image." },
	{ "image/indexcrop", &photo, ERR_MISSINGARG, "0040-00000230", "" },
	{ "image/indexcrop,x_0", &photo, ERR_BADSPEC, "0040-00000230", "" },
	{ "image/indexcrop,y_a", &photo, ERR_BADSPEC, "0040-00000228", "" },
	{ "image/indexcrop,x_1,i_-1", &photo, ERR_BADSPEC, "0040-00000229", "" },
	{ "image/circle", &photo, ERR_MISSINGARG, "0040-00000233", "" },
	{ "image/circle,100", &photo, ERR_MISSINGARG, "0040-00000233", "" },
	{ "image/circle,r_5000", &photo, ERR_BADSPEC, "0040-00000233", "" },
	{ "image/rounded-corners,r_x", &photo, ERR_BADSPEC, "0040-00000237", "" },
	{ "image/rotate", &photo, ERR_MISSINGARG, "0040-00000216", "" },
	{ "image/rotate,,", &photo, ERR_MISSINGARG, "0040-00000216", "" },
	{ "image/rotate,361", &photo, ERR_BADSPEC, "0040-00000217", "The value: 361 of parameter: rotate is invalid." },
	{ "image/rotate,a_90", &photo, ERR_BADSPEC, "0040-00000217", "" },
	{ "image/rotate,90,180", &photo, ERR_BADSPEC, "0040-00000203", "" },
	{ "image/rotate,90", &wide, ERR_BADIMAGE, "0040-00000006", "Picture exceed the maximum allowable rotation range." },
	{ "image/auto-orient", &photo, ERR_MISSINGARG, "0040-00000214", "" },
	{ "image/auto-orient,2", &photo, ERR_BADSPEC, "0040-00000215", "" },
	{ "image/auto-orient,1/resize,w_9", &huge, ERR_BADIMAGE, "0040-00000006", "" },
	{ "image/blur,s_2", &photo, ERR_MISSINGARG, "0040-00000241", "" },
	{ "image/blur,r_2,s_51", &photo, ERR_BADSPEC, "0040-00000242", "" },
	{ "image/contrast", &photo, ERR_MISSINGARG, "0040-00000245", "" },
	{ "image/bright,-101", &photo, ERR_BADSPEC, "0040-00000246", "" },
	{ "image/sharpen,49", &photo, ERR_BADSPEC, "0040-00000280", "" },
	{ "image/interlace,2", &photo, ERR_BADSPEC, "0040-00000282", "" },
	{ "image/quality,x_1", &photo, ERR_MISSINGARG, "0040-00000307", "" },
	{ "image/quality,Q_0", &photo, ERR_BADSPEC, "0040-00000308", "" },
	{ "image/quality,q_101", &photo, ERR_BADSPEC, "0040-00000309", "" },
	{ "image/quality,abc", &photo, ERR_BADSPEC, "0040-00000310", "The value: abc of parameter: quality is invalid." },
	{ "image/format", &photo, ERR_MISSINGARG, "0040-00000207", "" },
	{ "image/format,f_webp", &photo, ERR_BADSPEC, "0040-00000206", "" },
	{ "image/format,webp", &wide, ERR_IMAGETOOLARGE, "0040-00000011",
	    "Maximum width and height allowed is 16383 pixels for converting webp" },
	{ "image/format,avif", &huge, ERR_IMAGETOOLARGE, "0040-00000014", "" },
	{ "image/format,heic", &wide, ERR_IMAGETOOLARGE, "0040-00000013",
	    "Maximum width and height allowed is 4096 pixels for converting heic" },

	{ "image/watermark", &photo, ERR_MISSINGARG, "0040-00000278", "" },
	{ "image/watermark,text_", &photo, ERR_MISSINGARG, "0040-00000258", "" },
	{ "image/watermark,text_!", &photo, ERR_BADREQ, "0040-00000257", "Input is not base64 decoding." },
	{ "image/watermark,text_AA", &photo, ERR_BADREQ, "0040-00000257", "Input is not base64 decoding." },
	{ "image/watermark,text_Cg", &photo, ERR_BADREQ, "0040-00000257", "" },
	{ "image/watermark,text_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB",
	    &photo, ERR_BADSPEC, NULL, "font content is too large" },
	{ "image/watermark,text_SGk,type_bm9mb250", &photo, ERR_BADSPEC, "0040-00000251", "" },
	{ "image/watermark,text_SGk,type_abc", &photo, ERR_BADREQ, "0040-00000250", "" },
	{ "image/watermark,text_SGk,g_mid", &photo, ERR_BADSPEC, "0040-00000260", "" },
	{ "image/watermark,text_SGk,align_3", &photo, ERR_BADSPEC, "0040-00000271", "" },
	{ "image/watermark,text_SGk,rotate_361", &photo, ERR_BADSPEC, "0040-00000272", "" },
	{ "image/watermark,text_SGk,fill_2", &photo, ERR_BADSPEC, "0040-00000274", "" },
	{ "image/watermark,image_", &photo, ERR_BADREQ, "0040-00000265", "" },
	{ "image/watermark,image_YQ/watermark,image_Yg/watermark,image_Yw/watermark,image_YQ/watermark,image_ZA",
	    &photo, ERR_WATERMARK, NULL, "at most 3 different" },
	/* a?x-oss-process=image/circle,r_5 and others that must not be inside */
	{ "image/watermark,image_YT94LW9zcy1wcm9jZXNzPWltYWdlL3dhdGVybWFyayx0ZXh0X1NHaw", &photo, ERR_BADSPEC, "0040-00000373", "" },
	{ "image/watermark,image_YT94LW9zcy1wcm9jZXNzPWltYWdlL2luZm8", &photo, ERR_BADSPEC, "0040-00000374", "" },
	{ "image/watermark,image_YT94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSx3XzF8aW1hZ2UvcmVzaXplLHdfMQ", &photo, ERR_BADSPEC,
	    "0040-00000372", "" },
	{ "image/watermark,image_YT94PTE", &photo, ERR_BADREQ, "0040-00000265", "" },
};

static void
test_good(void **state)
{
	static struct spec sp;
	char text[LIMIT_STEPS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(goods); i++) {
		const struct good *g = &goods[i];
		struct fault f = FAULT_NONE;
		struct plan p;

		ROW("%s", g->text);
		assert_int_equal(spec_parse(g->text, strlen(g->text), &sp, &f), ERR_OK);
		assert_int_equal(spec_plan(&sp, g->src, &spec_check_limits, &p, &f), ERR_OK);
		assert_int_equal(p.width_px, g->w);
		assert_int_equal(p.height_px, g->h);
		assert_int_equal(p.fmt, g->fmt);
		assert_int_equal(p.frames, g->frames);
		assert_true(p.peak_px >= p.width_px * p.height_px);
		assert_int_equal(spec_canonical(&sp, text, sizeof(text), &f), ERR_OK);
		if (g->canonical != NULL)
			assert_string_equal(text, g->canonical);
		if (spec_check(&sp, g->src) != NULL)
			fail_msg("%s", spec_check(&sp, g->src));
	}
}

static void
test_bad(void **state)
{
	static struct spec sp;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(bads); i++) {
		const struct bad *b = &bads[i];
		struct fault f = FAULT_NONE;
		struct plan p;
		enum err e;

		ROW("%s", b->text);
		e = spec_parse(b->text, strlen(b->text), &sp, &f);
		if (e == ERR_OK)
			e = spec_plan(&sp, b->src, &spec_check_limits, &p, &f);
		assert_int_equal(e, b->err);
		assert_string_equal(f.ec != NULL ? f.ec : "none", b->ec != NULL ? b->ec : "none");
		assert_true(f.why[0] != '\0');
		assert_int_equal(strncmp(f.why, b->why, strlen(b->why)), 0);
	}
}

/* What a failed parse leaves behind: nothing. */
static void
test_untouched(void **state)
{
	static struct spec sp;

	(void)state;
	memset(&sp, 0x5a, sizeof(sp));
	assert_int_equal(spec_parse("image/resize,w_1/rotate,x", 25, &sp, NULL), ERR_BADSPEC);
	assert_int_equal(((unsigned char *)&sp)[0], 0x5a);
	assert_int_equal(sp.step[0].arg[0].num, 0x5a5a5a5a5a5a5a5a);
}

static void
test_long(void **state)
{
	static struct spec sp;
	char text[2 * LIMIT_STEPS_BYTES];
	struct fault f = FAULT_NONE;
	size_t len;
	int i;

	(void)state;
	memset(text, ',', sizeof(text));
	memcpy(text, "image/resize,w_1", 16);
	assert_int_equal(spec_parse(text, LIMIT_STEPS_BYTES - 1, &sp, &f), ERR_OK);
	assert_int_equal(spec_parse(text, LIMIT_STEPS_BYTES, &sp, &f), ERR_BADSPEC);
	assert_string_equal(f.ec, "0017-00000288");

	len = (size_t)snprintf(text, sizeof(text), "image");
	for (i = 0; i < LIMIT_STEPS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "/blur,r_1,s_1");
	assert_int_equal(spec_parse(text, len, &sp, NULL), ERR_OK);
	assert_int_equal(sp.n, LIMIT_STEPS);
	/* In a path the extension is one more, and a format that it takes the place of is none. */
	assert_int_equal(spec_parse_path(text + 6, len - 6, FMT_NONE, &sp, NULL), ERR_OK);
	assert_int_equal(spec_parse_path(text + 6, len - 6, FMT_PNG, &sp, NULL), ERR_BADSPEC);
	assert_int_equal(spec_parse_path(text + 6, len - 6 - 13, FMT_PNG, &sp, NULL), ERR_OK);
	memcpy(text + len - 13, "/format,webp ", 13);
	assert_int_equal(spec_parse_path(text + 6, len - 6 - 1, FMT_PNG, &sp, NULL), ERR_OK);
	memcpy(text + len - 13, "/blur,r_1,s_1", 13);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "/blur,r_1,s_1");
	assert_int_equal(spec_parse(text, len, &sp, NULL), ERR_BADSPEC);
}

static void
test_path(void **state)
{
	static const struct {
		const char	*steps;
		enum fmt	 ext;
		const char	*canonical;	/* NULL: refused */
	} rows[] = {
		{ "resize,w_300", FMT_WEBP, "image/resize,w_300/format,webp" },
		{ "resize,w_300/format,png", FMT_JPEG, "image/resize,w_300/format,jpg" },
		{ "format,auto", FMT_GIF, "image/format,gif-always" },
		{ "rotate,0", FMT_NONE, "image/rotate,0" },
		{ "resize,w_300|image/rotate,90", FMT_JPEG, NULL },
		{ "style/a", FMT_JPEG, NULL },
		{ "", FMT_JPEG, NULL },
	};
	static struct spec sp;
	char text[LIMIT_STEPS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		enum err e =
		    spec_parse_path(rows[i].steps, strlen(rows[i].steps), rows[i].ext, &sp, NULL);

		assert_int_equal(e, rows[i].canonical != NULL ? ERR_OK : ERR_BADSPEC);
		if (e)
			continue;
		assert_int_equal(spec_canonical(&sp, text, sizeof(text), NULL), ERR_OK);
		assert_string_equal(text, rows[i].canonical);
	}
}

static void
test_style(void **state)
{
	static struct spec sp;
	char out[LIMIT_STEPS_BYTES + 1], object[LIMIT_STEPS_BYTES], bucket[LIMIT_STEPS_BYTES];
	const char *text = "style/Thumb.1-a|sys/saveas,o_dGVzdC5qcGc,b_dGVzdA==";

	(void)state;
	assert_int_equal(spec_parse(text, strlen(text), &sp, NULL), ERR_OK);
	assert_string_equal(sp.style, "Thumb.1-a");
	spec_saveas(&sp, object, bucket);
	assert_string_equal(object, "test.jpg");
	assert_string_equal(bucket, "test");
	assert_int_equal(spec_expand(text, strlen(text), "image/resize,w_10", out, NULL), ERR_OK);
	assert_string_equal(out, "image/resize,w_10|sys/saveas,o_dGVzdC5qcGc,b_dGVzdA==");
	assert_int_equal(spec_expand(text, strlen(text), "style/b", out, NULL), ERR_BADSPEC);
}

static void
test_canonical_room(void **state)
{
	static struct spec sp;
	char out[64] = "";

	(void)state;
	assert_int_equal(spec_parse("image/resize,w_100", 18, &sp, NULL), ERR_OK);
	assert_int_equal(spec_canonical(&sp, out, 18, NULL), ERR_TOOBIG);
	assert_int_equal(spec_canonical(&sp, out, 19, NULL), ERR_OK);
	assert_string_equal(out, "image/resize,w_100");
}

/* Which part of the scaled picture is shown, and where. */
static void
test_resize_geometry(void **state)
{
	static struct spec sp;
	struct resize_geo g;

	(void)state;
	assert_int_equal(
	    spec_parse("image/resize,m_fill,w_100,h_50/resize,m_pad,w_100,h_100,color_ff0000", 68,
		&sp, NULL),
	    ERR_OK);
	resize_geometry(&sp.step[0], 400, 267, 0, 0, false, &g);
	assert_int_equal(g.scaled_w, 100);
	assert_int_equal(g.scaled_h, 67);
	assert_int_equal(g.cut_x, 0);
	assert_int_equal(g.cut_y, 8);
	resize_geometry(&sp.step[1], 400, 267, 0, 0, false, &g);
	assert_int_equal(g.scaled_h, 67);
	assert_int_equal(g.pad_y, 16);
	assert_int_equal(g.color, 0xff0000);
}

static void
test_crop_geometry(void **state)
{
	static const struct {
		const char	*text;
		struct rect	 r;
	} rows[] = {
		{ "image/crop,w_200,h_100,g_west", { 0, 83, 200, 100 } },
		{ "image/crop,w_100,h_100,g_center,x_10,y_20", { 160, 103, 100, 100 } },
		{ "image/crop,w_200,h_100,g_south", { 100, 167, 200, 100 } },
		{ "image/crop,g_se,x_10,y_10,w_200,h_200", { 210, 77, 190, 190 } },
		{ "image/crop,w_9999,h_9999,g_center", { 0, 0, 400, 267 } },
	};
	static struct spec sp;
	struct rect r;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		assert_int_equal(spec_parse(rows[i].text, strlen(rows[i].text), &sp, NULL), ERR_OK);
		assert_int_equal(crop_geometry(&sp.step[0], 400, 267, &r, NULL), ERR_OK);
		assert_memory_equal(&r, &rows[i].r, sizeof(r));
	}
}

/* A watermark's picture, its own steps, and the percentage of the picture below. */
static void
test_mark(void **state)
{
	static struct spec sp, own;
	static const struct source logo = {
		.fmt = FMT_PNG, .width_px = 100, .height_px = 50, .frames = 1, .orientation = 1
	};
	const char *text =
	    "image/watermark,image_cGFuZGEucG5nP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMzA/"
	    "watermark,image_YQ";
	struct spec_mark m[3];
	struct plan p;
	int64_t x, y;

	(void)state;
	assert_int_equal(spec_parse(text, strlen(text), &sp, NULL), ERR_OK);
	assert_int_equal(spec_marks(&sp, m, NELEM(m)), 2);
	assert_int_equal(m[0].key_len, 9);
	assert_memory_equal(m[0].key, "panda.png", 9);
	assert_string_equal(m[0].steps, "image/resize,P_30");
	assert_memory_equal(m[1].key, "a", 1);
	assert_int_equal(spec_parse_mark(m[0].steps, &own, NULL), ERR_OK);
	assert_int_equal(
	    spec_plan_mark(&own, &logo, &spec_check_limits, 400, 267, &p, NULL), ERR_OK);
	assert_int_equal(p.width_px, 120);
	assert_int_equal(p.height_px, 60);
	assert_int_equal(spec_parse_mark("", &own, NULL), ERR_OK);
	assert_int_equal(own.n, 0);
	watermark_place(&sp.step[0], 400, 267, 100, 50, &x, &y);
	assert_int_equal(x, 290);
	assert_int_equal(y, 207);
}

/* The stored bytes answer, or not. */
static void
test_unchanged(void **state)
{
	static const struct {
		const char		*text;
		const struct source	*src;
		bool			 unchanged;
	} rows[] = {
		{ "image/resize,w_5000", &photo, true },
		{ "image/rotate,0", &photo, true },
		{ "image/format,jpg", &photo, true },
		{ "image/format,gif", &photo, true },
		{ "image/indexcrop,y_100,i_10", &photo, true },
		{ "image/quality,Q_50", &wide, true },
		{ "image/interlace,1", &wide, true },
		{ "image/rotate,0", &anim, true },
		{ "image/rotate,0", &turned, false },
		{ "image/resize,w_399", &photo, false },
		{ "image/format,png", &photo, false },
		{ "image/quality,q_100", &photo, false },
		{ "image/interlace,0", &photo, false },
		{ "image/blur,r_1,s_1", &photo, false },
		{ "image/circle,r_4096", &photo, false },
		{ "image/watermark,text_SGk", &photo, false },
		{ "image/resize,p_99", &anim, false },
	};
	static struct spec sp;
	struct plan p;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		ROW("%s", rows[i].text);
		assert_int_equal(spec_parse(rows[i].text, strlen(rows[i].text), &sp, NULL), ERR_OK);
		assert_int_equal(spec_plan(&sp, rows[i].src, &spec_check_limits, &p, NULL), ERR_OK);
		assert_int_equal(p.unchanged, rows[i].unchanged);
	}
}

static void
test_source_limits(void **state)
{
	static const struct {
		struct source	 src;
		const char	*ec;
	} rows[] = {
		{ { .fmt = FMT_PNG, .width_px = 30001, .height_px = 1, .frames = 1 }, "0040-00000012" },
		{ { .fmt = FMT_JPEG, .width_px = 1, .height_px = 30001, .frames = 1 }, "0040-00000019" },
		{ { .fmt = FMT_AVIF, .width_px = 10001, .height_px = 1, .frames = 1 }, "0040-00000014" },
		{ { .fmt = FMT_TIFF, .width_px = 16385, .height_px = 1, .frames = 1 }, "0040-00000018" },
		{ { .fmt = FMT_BMP, .width_px = 30001, .height_px = 1, .frames = 1 }, "0040-00000017" },
		{ { .fmt = FMT_PNG, .width_px = 20000, .height_px = 20000, .frames = 1 }, "0040-00000009" },
		{ { .fmt = FMT_GIF, .width_px = 1000, .height_px = 1000, .frames = 251 }, "0040-00000009" },
	};
	static struct spec sp;
	struct plan p;
	size_t i;

	(void)state;
	assert_int_equal(spec_parse("image/info", 10, &sp, NULL), ERR_OK);
	for (i = 0; i < NELEM(rows); i++) {
		struct fault f = FAULT_NONE;

		assert_int_equal(
		    spec_plan(&sp, &rows[i].src, &spec_check_limits, &p, &f), ERR_IMAGETOOLARGE);
		assert_string_equal(f.ec, rows[i].ec);
	}
}

/* Every row of the operation table keeps to the rules of the table. */
static void
test_table(void **state)
{
	const struct op *const *o;
	int i, n = 0;

	(void)state;
	for (o = op_table; *o != NULL; o++, n++) {
		assert_non_null((*o)->doc);
		assert_ptr_equal(op_find((*o)->name, strlen((*o)->name)), *o);
		assert_true(!(*o)->setting || (*o)->check != NULL);
		for (i = 0; i < OP_ARGS_MAX && (*o)->args[i].type != ARG_NONE; i++) {
			const struct arg_row *a = &(*o)->args[i];

			assert_non_null(a->key);
			assert_non_null(a->doc);
			assert_true((*o)->single == (a->key[0] == '\0') || *o == &op_quality);
			if (a->type == ARG_NUM && !a->required)
				assert_true(
				    (a->dflt >= a->min || a->dflt == 0) && a->dflt <= a->max);
			if (a->type == ARG_WORD)
				assert_non_null(a->words);
		}
	}
	assert_int_equal(n, 17);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_canonical_room),
		cmocka_unit_test(test_resize_geometry),
		cmocka_unit_test(test_crop_geometry),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_source_limits),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
