/*
 * The old grammar in words of the new one.
 */
#include "image/legacy.h"
#include "image/spec.h"
#include "test.h"

static const struct row {
	const char	*old;
	const char	*new;		/* NULL: refused */
} rows[] = {
	{ "100w", "image/resize,m_lfit,w_100,limit_0/format,jpg" },
	{ "100w_100h_90q.jpg", "image/resize,m_lfit,w_100,h_100,limit_0/quality,q_90/format,jpg" },
	{ "100w_100h_1l.src", "image/resize,m_lfit,w_100,h_100" },
	{ "100w_100h_1e_1c.webp", "image/resize,m_fill,w_100,h_100,limit_0/format,webp" },
	{ "100w_100h_2e.png", "image/resize,m_fixed,w_100,h_100,limit_0/format,png" },
	{ "100h_100w_4e_255-0-16bgc.src", "image/resize,m_pad,w_100,h_100,limit_0,color_FF0010" },
	{ "50p.src", "image/resize,p_50" },
	{ "100w_100h_200p.src", "image/resize,m_lfit,w_200,h_200,limit_0" },
	{ "100-50-200-0a.src", "image/crop,x_100,y_50,w_200,h_0" },
	{ "200x100-5rc.src", "image/crop,g_center,w_200,h_100" },
	{ "x100-2ic.src", "image/indexcrop,y_100,i_2" },
	{ "100x-0ic.src", "image/indexcrop,x_100,i_0" },
	{ "100-1ci.png", "image/circle,r_100/format,png" },
	{ "30-2ci.png", "image/rounded-corners,r_30/format,png" },
	{ "90r.src", "image/rotate,90" },
	{ "0o.src", "image/auto-orient,0" },
	{ "100w_2o.src", "image/auto-orient,1/resize,m_lfit,w_100,limit_0" },
	{ "3-2bl_50b_-50d_100sh.src", "image/blur,r_3,s_2/bright,50/contrast,-50/sharpen,100" },
	{ "90Q_1pr.jpg", "image/quality,Q_90/interlace,1/format,jpg" },
	{ "100w|90r.src", "image/resize,m_lfit,w_100,limit_0/rotate,90" },
	{ ".png", "image/format,png" },
	{ ".src", "image/rotate,0" },
	{ "!thumb", "style/thumb" },
	{ "imageAve", "image/average-hue" },
	{ "infoexif", "image/info" },
	{ "watermark=2&text=SGk&color=I0ZGRkZGRg&p=5&s=50.src", "image/watermark,text_SGk,color_FFFFFF,g_center,shadow_50" },
	{ "100w|watermark=1&object=bG9nby5wbmc&t=90.src", "image/resize,m_lfit,w_100,limit_0/watermark,image_bG9nby5wbmc,t_90" },
	/* logo.png@30P */
	{ "watermark=1&object=bG9nby5wbmdAMzBQ.src", "image/watermark,image_bG9nby5wbmc_eC1vc3MtcHJvY2Vzcz1pbWFnZS9yZXNpemUsUF8zMA" },
	{ "100", NULL },
	{ "w", NULL },
	{ "100y", NULL },
	{ "1-2-3a", NULL },
	{ "-1w", NULL },
	{ "100w_3e", NULL },
	{ "100-0ci", NULL },
	{ "1x1-0rc", NULL },
	{ "9w_256-0-0bgc", NULL },
	{ "100w.exe", NULL },
	{ "watermark=2&text=SGk/circle,r_1", NULL },
	{ "watermark=2&text=SGk&p=0", NULL },
	{ "watermark=2&text=SGk&color=cmVk", NULL },
	{ "watermark=1&object=!", NULL },
};

static void
test_rows(void **state)
{
	static struct spec sp;
	char out[LIMIT_STEPS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		struct fault f = FAULT_NONE;
		enum err e;

		ROW("%s", rows[i].old);
		e = legacy_translate(rows[i].old, strlen(rows[i].old), out, sizeof(out), &f);
		if (rows[i].new == NULL) {
			assert_true(e == ERR_BADSPEC || e == ERR_BADREQ);
			assert_true(f.why[0] != '\0');
			continue;
		}
		assert_int_equal(e, ERR_OK);
		assert_string_equal(out, rows[i].new);
		assert_int_equal(spec_parse(out, strlen(out), &sp, NULL), ERR_OK);
	}
}

static void
test_room(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(legacy_translate("90r.src", 7, out, 16, NULL), ERR_OK);
	assert_int_equal(legacy_translate("90r.src", 7, out, 15, NULL), ERR_TOOBIG);
	assert_int_equal(legacy_translate("90\0r", 4, out, sizeof(out), NULL), ERR_BADSPEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
		cmocka_unit_test(test_room) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
