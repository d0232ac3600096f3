/*
 * Every operation on a picture made in code, compared with the picture that was expected when
 * somebody last looked: NAME.png beside this file. TINTYPE_GOLDEN_WRITE=1 writes them anew; look
 * at each before it is committed.
 */
#include "../unit/test.h"
#include "look.h"
#include "scene.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "image/op.h"

#define W	120
#define H	80
#define FONT	"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"

/* What is worked on. */
enum src { PNG, JPEG, ALPHA, TURNED, GIF, SRC__MAX };
static const struct { enum fmt fmt; int orientation; } sources[] = {
	[PNG] = { FMT_PNG, 1 },
	[JPEG] = { FMT_JPEG, 1 },
	[ALPHA] = { FMT_PNG, 1 },
	[TURNED] = { FMT_JPEG, 6 },	/* the same scene, stored lying on its side */
	[GIF] = { FMT_GIF, 1 },		/* three frames */
};
static int files[SRC__MAX], mark;

enum { TEXT = 1, MARK = 2, PROGRESSIVE = 4 };

/*
 * out FMT_NONE: what the steps or the source say. The texts in base64url are "Golden", "logo.png",
 * and that one with steps of its own: resize,P_40.
 */
static const struct golden {
	const char	*name;
	enum src	 src;
	const char	*steps;
	enum fmt	 out;
	int		 flags;
} cases[] = {
	{ "auto-orient-0", TURNED, "auto-orient,0/resize,w_60", FMT_PNG, 0 },
	{ "auto-orient-1", TURNED, "auto-orient,1/resize,w_90", FMT_PNG, 0 },
	{ "blur", PNG, "blur,r_3,s_2", FMT_PNG, 0 },
	{ "blur-alpha", ALPHA, "blur,r_12,s_8", FMT_PNG, 0 },
	{ "bright-down", PNG, "bright,-40", FMT_PNG, 0 },
	{ "bright-up", PNG, "bright,40", FMT_PNG, 0 },
	{ "chain", JPEG, "resize,m_fill,w_72,h_72/rotate,90/bright,15/rounded-corners,r_20",
	    FMT_PNG, 0 },
	{ "circle", PNG, "circle,r_30", FMT_PNG, 0 },
	{ "circle-jpg", PNG, "circle,r_100", FMT_JPEG, 0 },
	{ "contrast-down", PNG, "contrast,-50", FMT_PNG, 0 },
	{ "contrast-up", PNG, "contrast,50", FMT_PNG, 0 },
	{ "crop", JPEG, "crop,x_20,y_10,w_64,h_48", FMT_PNG, 0 },
	{ "crop-center", PNG, "crop,w_60,h_40,g_center", FMT_PNG, 0 },
	{ "crop-se", PNG, "crop,x_10,y_10,w_50,h_50,g_se", FMT_PNG, 0 },
	{ "format-jpg", ALPHA, "format,jpg", FMT_NONE, 0 },
	{ "format-webp", ALPHA, "resize,w_84/format,webp", FMT_NONE, 0 },
	{ "gif-frames", GIF, "resize,w_60", FMT_NONE, 0 },
	{ "gif-to-webp", GIF, "crop,w_60,h_50,g_se/format,webp", FMT_NONE, 0 },
	{ "indexcrop-x", PNG, "indexcrop,x_50,i_1", FMT_PNG, 0 },
	{ "indexcrop-y", PNG, "indexcrop,y_30,i_2", FMT_PNG, 0 },
	{ "interlace", JPEG, "resize,w_108/interlace,1", FMT_NONE, PROGRESSIVE },
	{ "quality", JPEG, "quality,Q_10", FMT_NONE, 0 },
	{ "resize-alpha", ALPHA, "resize,m_pad,w_60,h_60,color_FFCC00", FMT_PNG, 0 },
	{ "resize-enlarge", PNG, "resize,w_150,limit_0", FMT_PNG, 0 },
	{ "resize-fill", PNG, "resize,m_fill,w_60,h_60", FMT_PNG, 0 },
	{ "resize-fixed", PNG, "resize,m_fixed,w_50,h_70", FMT_PNG, 0 },
	{ "resize-jpg", JPEG, "resize,w_50", FMT_JPEG, 0 },
	{ "resize-l", PNG, "resize,l_45", FMT_PNG, 0 },
	{ "resize-lfit", PNG, "resize,m_lfit,w_60,h_60", FMT_PNG, 0 },
	{ "resize-mfit", PNG, "resize,m_mfit,w_60,h_60", FMT_PNG, 0 },
	{ "resize-p", PNG, "resize,p_70", FMT_PNG, 0 },
	{ "resize-pad", PNG, "resize,m_pad,w_70,h_60,color_3366CC", FMT_PNG, 0 },
	{ "resize-s", PNG, "resize,s_50", FMT_PNG, 0 },
	{ "rotate-30", PNG, "rotate,30", FMT_PNG, 0 },
	{ "rotate-30-jpg", JPEG, "crop,w_72,h_60/rotate,30", FMT_JPEG, 0 },
	{ "rotate-90", PNG, "rotate,90", FMT_PNG, 0 },
	{ "rounded-corners", PNG, "rounded-corners,r_24", FMT_PNG, 0 },
	{ "sharpen", PNG, "sharpen,300", FMT_PNG, 0 },
	{ "watermark-image", PNG, "watermark,image_bG9nby5wbmc,g_nw,x_8,y_6,t_60", FMT_PNG, MARK },
	{ "watermark-part", PNG,
	    "watermark,image_bG9nby5wbmc_eC1vc3MtcHJvY2Vzcz1pbWFnZS9yZXNpemUsUF80MA,g_se",
	    FMT_PNG, MARK },
	{ "watermark-text", PNG, "watermark,text_R29sZGVu,size_24,color_FFFFFF,shadow_60,g_center",
	    FMT_PNG, TEXT },
	{ "watermark-tiles", PNG, "watermark,image_bG9nby5wbmc,fill_1,padx_10,pady_6,t_50",
	    FMT_PNG, MARK },
};

static bool
have_font(void)
{
	return access(FONT, R_OK) == 0;
}

/* For what works on details: a board, stripes, and noise from a generator of our own. */
static void
add_details(struct picture *p)
{
	uint32_t seed = 1;

	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++) {
			uint8_t *q = picture_row(p, y) + (size_t)x * 4;
			uint32_t noise = seed = seed * 1664525 + 1013904223;

			if (x >= 8 && x < 32 && y >= 48 && y < 72)
				memset(q, (x / 4 + y / 4) % 2 ? 240 : 30, 3);
			else if (x >= 88 && x < 112 && y >= 8 && y < 28)
				q[0] = q[1] = (x + y) / 2 % 2 ? 220 : 60;
			else if (x >= 100 && y >= 60)
				for (int c = 0; c < 3; c++)
					q[c] = (uint8_t)(q[c] / 2 + 32 + (noise >>= 8) % 64);
		}
}

static void
make_scene(struct picture *p, bool alpha)
{
	scene_make(p, W, H, alpha);
	add_details(p);
}

/* A ring, soft at its edges, with a hole to look through. */
static int
make_mark(void)
{
	struct picture p = PICTURE_EMPTY;
	struct fault f = FAULT_NONE;
	int fd;

	assert_int_equal(picture_new(&p, 36, 24, true, &f), ERR_OK);
	picture_fill(&p, 0xffffff, 0);
	for (int y = 0; y < 24; y++)
		for (int x = 0; x < 36; x++) {
			uint8_t *q = picture_row(&p, (uint32_t)y) + (size_t)x * 4;
			int u = 2 * x - 35, v = 2 * y - 23, far = abs(u * u / 9 + v * v / 4 - 85);

			if (far >= 45)
				continue;
			q[0] = (uint8_t)(x * 7);
			q[1] = 30;
			q[2] = 160;
			q[3] = (uint8_t)(far < 25 ? 255 : (45 - far) * 12);
		}
	fd = scene_file(&p, FMT_PNG, 0);
	picture_free(&p);
	return fd;
}

/* The engine itself makes the picture that lies on its side: coded as it was, with a tag. */
static int
make_turned(void)
{
	struct picture p = PICTURE_EMPTY;
	struct image_result res;
	struct fault f = FAULT_NONE;
	int in, fd;

	make_scene(&p, false);
	assert_int_equal(picture_unupright(&p, 6, &f), ERR_OK);
	in = scene_file(&p, FMT_JPEG, 95);
	fd = scene_run(&(struct scene_job){ .fd = in, .in = FMT_JPEG, .out = FMT_JPEG,
	    .orientation = 6, .steps = "image/auto-orient,0/quality,Q_95" }, &res);
	assert_int_equal(res.err, ERR_OK);
	assert_int_equal(res.facts.orientation, 6);
	picture_free(&p);
	close(in);
	return fd;
}

static int
setup(void **state)
{
	struct picture p = PICTURE_EMPTY;

	(void)state;
	make_scene(&p, false);
	files[PNG] = scene_file(&p, FMT_PNG, 0);
	files[JPEG] = scene_file(&p, FMT_JPEG, 95);
	picture_free(&p);
	make_scene(&p, true);
	files[ALPHA] = scene_file(&p, FMT_PNG, 0);
	picture_free(&p);
	files[GIF] = scene_animation(W, H, 3, FMT_GIF);
	files[TURNED] = make_turned();
	mark = make_mark();
	return 0;
}

/* All frames of an animation, one below the other. */
static void
read_frames(int fd, enum fmt fmt, uint32_t frames, struct picture *p)
{
	static const struct limits limits = {
		.max_pixels = 1 << 20, .max_frame_pixels = 1 << 22, .max_side_px = 4096
	};
	size_t n = (size_t)lseek(fd, 0, SEEK_END);
	void *m = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	struct picture canvas = PICTURE_EMPTY;
	struct fault f = FAULT_NONE;
	struct decoder d;
	uint32_t delay_ms;
	bool more;

	assert_ptr_not_equal(m, MAP_FAILED);
	assert_int_equal(decoder_open(&d, fmt, m, n, &limits, &f), ERR_OK);
	assert_int_equal(d.head.frames, frames);
	assert_int_equal(picture_new(p, d.head.w, d.head.h * frames, true, &f), ERR_OK);
	for (uint32_t i = 0; i < frames; i++) {
		assert_int_equal(d.codec->frame(&d, &canvas, &delay_ms, &more, &f), ERR_OK);
		assert_true(more);
		memcpy(picture_row(p, i * d.head.h), canvas.px, picture_bytes(&canvas));
	}
	picture_free(&canvas);
	decoder_close(&d);
	munmap(m, n);
}

/* Does a JPEG file have a frame header of that kind before its first scan? */
static bool
has_marker(int fd, uint8_t kind)
{
	uint8_t b[4];
	off_t at = 2;

	while (pread(fd, b, 4, at) == 4 && b[0] == 0xff && b[1] != 0xda) {
		if (b[1] == kind)
			return true;
		at += 2 + (b[2] << 8 | b[3]);
	}
	return false;
}

/* A worker resolves the format before the job. */
static enum fmt
format_of(const struct golden *g, const char *steps)
{
	struct fault f = FAULT_NONE;
	struct spec sp;

	if (g->out != FMT_NONE)
		return g->out;
	assert_int_equal(spec_parse(steps, strlen(steps), &sp, &f), ERR_OK);
	return sp.format != FMT_NONE ? sp.format : sources[g->src].fmt;
}

static void
render(const struct golden *g, struct picture *p)
{
	char steps[256];
	struct image_result res;
	int fd;

	snprintf(steps, sizeof(steps), "image/%s", g->steps);
	fd = scene_run(&(struct scene_job){ .fd = files[g->src], .in = sources[g->src].fmt,
	    .out = format_of(g, steps), .steps = steps, .orientation = sources[g->src].orientation,
	    .mark = g->flags & MARK ? mark : 0 }, &res);
	if (res.err)
		fail_msg("%s: %s: %s", g->name, g->steps, res.why);
	assert_int_equal(res.facts.fmt, format_of(g, steps));
	if (g->flags & PROGRESSIVE)
		assert_true(has_marker(fd, 0xc2) && !has_marker(fd, 0xc0));
	if (res.facts.frames > 1)
		read_frames(fd, (enum fmt)res.facts.fmt, res.facts.frames, p);
	else
		scene_read(fd, (enum fmt)res.facts.fmt, p);
	close(fd);
}

static const char *
golden_path(const char *name)
{
	static char path[4096];
	const char *source = getenv("TINTYPE_SOURCE");

	snprintf(path, sizeof(path), "%s/tests/golden/%s.png", source != NULL ? source : ".", name);
	return path;
}

static void
golden_read(const char *name, struct picture *p)
{
	int fd = open(golden_path(name), O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		fail_msg("%s: cannot be read; TINTYPE_GOLDEN_WRITE=1 makes it", golden_path(name));
	scene_read(fd, FMT_PNG, p);
	close(fd);
}

static void
golden_write(const char *name, const struct picture *p)
{
	int in = scene_file(p, FMT_PNG, 0);
	int out = open(golden_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint8_t b[4096];
	ssize_t n;

	assert_int_not_equal(out, -1);
	for (off_t at = 0; (n = pread(in, b, sizeof(b), at)) > 0; at += n)
		assert_int_equal(write(out, b, (size_t)n), n);
	assert_int_equal(close(out), 0);
	close(in);
}

static bool
same(const struct golden *g, const struct picture *a, const struct picture *b, struct look *l)
{
	static const struct look_bounds bounds = { .ssim = 0.985, .worst = 0.9, .diff = 1 };
	/* The font is not ours, and other versions of FreeType draw it differently. */
	static const struct look_bounds text = { .ssim = 0.96, .worst = 0.5, .diff = 2 };

	return look_same(a, b, g->flags & TEXT ? &text : &bounds, l);
}

static void
looks_as_expected(void **state)
{
	const struct golden *g = *state;
	struct picture p = PICTURE_EMPTY, want = PICTURE_EMPTY;
	struct look l;

	if ((g->flags & TEXT) && !have_font()) {
		ROW("%s SKIPPED: there is no %s", g->name, FONT);
		return;
	}
	render(g, &p);
	if (getenv("TINTYPE_GOLDEN_WRITE") != NULL)
		golden_write(g->name, &p);
	golden_read(g->name, &want);
	if (!same(g, &want, &p, &l))
		fail_msg("%s: %s: %u x %u, expected %u x %u; similarity %.4f (worst %.2f), "
		    "differences %.2f %.2f %.2f, alpha %.2f", g->name, g->steps, p.w, p.h, want.w,
		    want.h, l.ssim, l.worst, l.diff[0], l.diff[1], l.diff[2], l.diff[3]);
	picture_free(&p);
	picture_free(&want);
}

/* The measure can fail: no expected picture passes for another, nor for an untouched source. */
static void
none_passes_for_another(void **state)
{
	static struct picture all[NELEM(cases) + 1];
	struct look l;

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		golden_read(cases[i].name, &all[i]);
	scene_read(files[PNG], FMT_PNG, &all[NELEM(cases)]);
	for (size_t i = 0; i < NELEM(cases); i++)
		for (size_t k = i + 1; k < NELEM(all); k++)
			if (same(&cases[i], &all[i], &all[k], &l))
				fail_msg("%s passes for %s: similarity %.4f", cases[i].name,
				    k < NELEM(cases) ? cases[k].name : "its source", l.ssim);
	for (size_t i = 0; i < NELEM(all); i++)
		picture_free(&all[i]);
}

static bool
is_named(const char *op)
{
	size_t n = strlen(op);

	for (size_t i = 0; i < NELEM(cases); i++)
		for (const char *s = cases[i].steps; s != NULL; s = strchr(s, '/')) {
			s += *s == '/';
			if (strncmp(s, op, n) == 0 && s[n] == ',')
				return true;
		}
	return false;
}

/* An operation is not done before it has a picture here; info and average-hue make none. */
static void
every_operation_is_here(void **state)
{
	(void)state;
	for (const struct op *const *o = op_table; *o != NULL; o++)
		if (!(*o)->alone && !is_named((*o)->name))
			fail_msg("no case for %s", (*o)->name);
}

int
main(void)
{
	static const char *const fonts[] = { "wqy-zenhei=" FONT, NULL };
	struct CMUnitTest tests[NELEM(cases) + 2];
	size_t n = 0;

	for (; n < NELEM(cases); n++)
		tests[n] = (struct CMUnitTest){ .name = cases[n].name,
		    .test_func = looks_as_expected, .initial_state = (void *)(uintptr_t)&cases[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(none_passes_for_another);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_operation_is_here);
	image_warm(fonts);
	return cmocka_run_group_tests_name("golden", tests, setup, NULL);
}
