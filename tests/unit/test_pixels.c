/*
 * image_run() on pictures made in code: every format there and back, all operations at planned sizes, orientation the same
 * everywhere, the short ways (planes, cut decoding, reduced copies) equal to the long one.
 */
#include "image/jpeg_idct.h"
#include "image/resample.h"
#include "../golden/scene.h"
#include "image/turn.h"
#include "test.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define W 203
#define H 131

static void
render(const struct scene_job *j, struct picture *p)
{
	struct image_result res;
	int fd = scene_run(j, &res);

	if (res.err)
		ROW("%s to %s: %s", j->steps, fmt_name(j->out), res.why);
	assert_int_equal(res.err, ERR_OK);
	scene_read(fd, j->out, p);
	assert_int_equal(res.facts.width_px, p->w);
	assert_int_equal(res.facts.height_px, p->h);
	close(fd);
}

static const struct { enum fmt fmt; int quality; double psnr; bool alpha; } formats[] = {
	{ FMT_JPEG, 95, 32, false },
	{ FMT_PNG, 0, 99, true },
	{ FMT_GIF, 0, 28, false },
	{ FMT_WEBP, 95, 32, true },
	{ FMT_WEBP, 100, 99, true },		/* lossless */
	{ FMT_AVIF, 95, 32, true },
	{ FMT_HEIC, 95, 32, true },
	{ FMT_BMP, 0, 99, true },
	{ FMT_TIFF, 0, 45, true },		/* libtiff premultiplies */
};

static void
round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(formats); i++)
		for (int alpha = 0; alpha <= formats[i].alpha; alpha++) {
			struct picture p = PICTURE_EMPTY, q = PICTURE_EMPTY;
			int fd;

			ROW("%s quality %d alpha %d", fmt_name(formats[i].fmt), formats[i].quality, alpha);
			scene_make(&p, W, H, alpha);
			fd = scene_file(&p, formats[i].fmt, formats[i].quality);
			scene_read(fd, formats[i].fmt, &q);
			assert_true(scene_psnr(&p, &q) >= formats[i].psnr);
			assert_int_equal(picture_check_alpha(&q), alpha);
			picture_free(&p);
			picture_free(&q);
			close(fd);
		}
}

/* Steps and the size they must give on W x H. */
static const struct { const char *steps; uint32_t w, h; } sizes[] = {
	{ "", W, H },
	{ "image/resize,w_100", 100, 65 },
	{ "image/resize,w_50,h_50", 50, 32 },
	{ "image/resize,m_mfit,w_50,h_50", 77, 50 },
	{ "image/resize,m_fill,w_50,h_50", 50, 50 },
	{ "image/resize,m_pad,w_50,h_60,color_FF0000", 50, 60 },
	{ "image/resize,m_fixed,w_33,h_77", 33, 77 },
	{ "image/resize,w_400,limit_0", 400, 258 },
	{ "image/resize,w_400", W, H },
	{ "image/resize,p_37", 75, 48 },
	{ "image/resize,w_1", 1, 1 },
	{ "image/crop,x_10,y_20,w_50,h_40", 50, 40 },
	{ "image/crop,w_50,h_40,g_se/resize,w_20", 20, 16 },
	{ "image/resize,w_100/crop,x_10,y_5,w_40,h_30", 40, 30 },
	{ "image/resize,w_100/resize,w_40", 40, 26 },
	{ "image/resize,m_pad,w_80,h_80/crop,w_40,h_40,g_center", 40, 40 },
	{ "image/indexcrop,x_100,i_2", 3, H },
	{ "image/circle,r_40", 81, 81 },
	{ "image/rounded-corners,r_30", W, H },
	{ "image/rotate,90", H, W },
	{ "image/rotate,180/resize,w_50", 50, 32 },
	{ "image/rotate,30", 242, 215 },
	{ "image/blur,r_3,s_2", W, H },
	{ "image/bright,30/contrast,-20", W, H },
	{ "image/sharpen,100", W, H },
	{ "image/resize,w_100/watermark,text_SGVsbG8,size_20", 100, 65 },
	{ "image/watermark,text_SGVsbG8,rotate_30,fill_1,size_20,shadow_50,t_50", W, H },
};

static void
planned_sizes(void **state)
{
	static const enum fmt outs[] = { FMT_JPEG, FMT_PNG, FMT_WEBP };
	struct picture p = PICTURE_EMPTY, q = PICTURE_EMPTY;
	int jpeg, png;

	(void)state;
	scene_make(&p, W, H, false);
	jpeg = scene_file(&p, FMT_JPEG, 90);
	png = scene_file(&p, FMT_PNG, 0);
	for (size_t i = 0; i < NELEM(sizes); i++)
		for (size_t k = 0; k < NELEM(outs); k++) {
			ROW("%s to %s", sizes[i].steps, fmt_name(outs[k]));
			render(&(struct scene_job){ .fd = k ? png : jpeg, .in = k ? FMT_PNG : FMT_JPEG, .out = outs[k],
			    .steps = sizes[i].steps }, &q);
			assert_int_equal(q.w, sizes[i].w);
			assert_int_equal(q.h, sizes[i].h);
		}
	picture_free(&p);
	picture_free(&q);
	close(jpeg);
	close(png);
}

/* A picture stored under each orientation comes out the same, whatever is done to it. */
static void
orientations(void **state)
{
	static const char *const steps[] = { "", "image/resize,w_100", "image/resize,m_fill,w_60,h_90",
	    "image/crop,x_20,y_10,w_90,h_70/resize,w_45", "image/resize,m_pad,w_90,h_90" };
	static const enum fmt outs[] = { FMT_PNG, FMT_JPEG, FMT_BMP };

	(void)state;
	for (size_t s = 0; s < NELEM(steps); s++)
		for (size_t k = 0; k < NELEM(outs); k++) {
			struct picture first = PICTURE_EMPTY;

			for (int o = 1; o <= 8; o++) {
				struct picture p = PICTURE_EMPTY, q = PICTURE_EMPTY;
				struct fault f = FAULT_NONE;
				int fd;

				ROW("%s to %s, orientation %d", steps[s], fmt_name(outs[k]), o);
				scene_make(&p, W, H, false);
				assert_int_equal(picture_unupright(&p, o, &f), ERR_OK);
				fd = scene_file(&p, FMT_JPEG, 95);
				render(&(struct scene_job){ .fd = fd, .in = FMT_JPEG, .out = outs[k], .steps = steps[s], .orientation = o }, &q);
				if (o == 1)
					picture_adopt(&first, &q);
				else
					assert_true(scene_psnr(&first, &q) > 30);
				picture_free(&p);
				picture_free(&q);
				close(fd);
			}
			picture_free(&first);
		}
}

/* auto-orient,0 leaves the pixels as they are coded and says so in a tag; they are turned where there is no tag. */
static void
left_as_coded(void **state)
{
	static const struct { enum fmt fmt; bool tag; } outs[] = { { FMT_PNG, true }, { FMT_JPEG, true }, { FMT_WEBP, true },
	    { FMT_TIFF, true }, { FMT_GIF, false }, { FMT_BMP, false }, { FMT_AVIF, false },
	    { FMT_HEIC, false } };
	struct picture p = PICTURE_EMPTY, q = PICTURE_EMPTY, want = PICTURE_EMPTY;
	struct image_result res;
	int in, out;

	(void)state;
	scene_make(&p, W, H, false);
	in = scene_file(&p, FMT_JPEG, 90);
	for (int o = 1; o <= 8; o++)
		for (size_t i = 0; i < NELEM(outs); i++) {
			ROW("orientation %d to %s", o, fmt_name(outs[i].fmt));
			out = scene_run(&(struct scene_job){ .fd = in, .in = FMT_JPEG, .out = outs[i].fmt,
			    .steps = "image/resize,w_100/auto-orient,0", .orientation = o }, &res);
			assert_int_equal(res.err, ERR_OK);
			assert_int_equal(res.facts.orientation, outs[i].tag ? o : 1);
			scene_read(out, outs[i].fmt, &q);
			assert_int_equal(res.facts.width_px, q.w);
			assert_int_equal(res.facts.width_px, outs[i].tag || o < 5 ? 100 : 65);
			assert_int_equal(picture_upright(&q, res.facts.orientation, NULL), ERR_OK);
			if (i == 0)
				picture_adopt(&want, &q);
			else
				assert_true(scene_psnr(&q, &want) > 26);
			picture_free(&q);
			close(out);
		}
	picture_free(&p);
	picture_free(&want);
	close(in);
}

/* The smallest pictures have no inside, or hardly one; nothing outside of them may be read. */
static void
turned_small(void **state)
{
	(void)state;
	for (uint32_t w = 1; w <= 5; w++)
		for (uint32_t h = 1; h <= 5; h++)
			for (unsigned degrees = 1; degrees < 360; degrees += 7) {
				struct picture p = PICTURE_EMPTY;

				assert_int_equal(picture_new(&p, w, h, true, NULL), ERR_OK);
				picture_fill(&p, 0x204060, 200);
				assert_int_equal(picture_rotate(&p, degrees, NULL), ERR_OK);
				for (size_t i = 0; i < picture_bytes(&p); i += 4) {
					assert_true(p.px[i + 3] <= 200);
					assert_true(p.px[i + 3] < 100 || abs(p.px[i] - 0x20) <= 2);
				}
				picture_free(&p);
			}
}

/* From planes to planes is from pixels to pixels, but for the encoder; of different ranges, too. */
static void
planes_are_pixels(void **state)
{
	static const char *const steps[] = { "image/resize,w_150", "image/resize,w_90", "image/resize,w_61",
	    "image/resize,m_fixed,w_99,h_99", "image/crop,x_11,y_7,w_181,h_111/resize,w_77", "image/resize,w_301,limit_0" };
	static const enum fmt outs[] = { FMT_JPEG, FMT_WEBP };
	static const struct { enum fmt fmt; int quality; } ins[] = { { FMT_JPEG, 85 }, { FMT_JPEG, 95 }, { FMT_WEBP, 90 } };
	struct picture p = PICTURE_EMPTY, a = PICTURE_EMPTY, b = PICTURE_EMPTY;
	int in;

	(void)state;
	scene_make(&p, W, H, false);
	for (size_t k = 0; k < NELEM(ins); k++) {
		in = scene_file(&p, ins[k].fmt, ins[k].quality);
		for (size_t i = 0; i < NELEM(steps); i++) {
			render(&(struct scene_job){ .fd = in, .in = ins[k].fmt, .out = FMT_PNG, .steps = steps[i] }, &b);
			for (size_t o = 0; o < NELEM(outs); o++) {
				ROW("%s at %d: %s to %s", fmt_name(ins[k].fmt), ins[k].quality, steps[i], fmt_name(outs[o]));
				render(&(struct scene_job){ .fd = in, .in = ins[k].fmt, .out = outs[o], .steps = steps[i] }, &a);
				assert_true(scene_psnr(&a, &b) > 28);
			}
		}
		close(in);
	}
	picture_free(&p);
	picture_free(&a);
	picture_free(&b);
}

static size_t
tiff_tag(uint8_t *p, unsigned tag, unsigned type, unsigned count, unsigned value)
{
	uint8_t entry[12] = { (uint8_t)tag, (uint8_t)(tag >> 8), (uint8_t)type, 0, (uint8_t)count, 0, 0, 0,
	    (uint8_t)value, (uint8_t)(value >> 8), 0, 0 };

	memcpy(p, entry, sizeof(entry));
	return sizeof(entry);
}

/* Four inks in a TIFF come as four inks, so that their profile can be obeyed. */
static void
cmyk_tiff(void **state)
{
	static const struct limits lim = { .max_pixels = 1000, .max_frame_pixels = 1000, .max_side_px = 100 };
	static const uint8_t inks[8] = { 0, 0, 0, 0, 255, 10, 20, 30 };
	uint8_t file[256] = "II*\0\10\0\0\0\14", *t = file + 10;
	struct decoder d;
	struct picture q = PICTURE_EMPTY;

	(void)state;
	t += tiff_tag(t, 256, 3, 1, 2);
	t += tiff_tag(t, 257, 3, 1, 1);
	t += tiff_tag(t, 258, 3, 4, 184);
	t += tiff_tag(t, 259, 3, 1, 1);
	t += tiff_tag(t, 262, 3, 1, 5);
	t += tiff_tag(t, 273, 4, 1, 192);
	t += tiff_tag(t, 277, 3, 1, 4);
	t += tiff_tag(t, 278, 3, 1, 1);
	t += tiff_tag(t, 279, 4, 1, 8);
	t += tiff_tag(t, 284, 3, 1, 1);
	t += tiff_tag(t, 332, 3, 1, 1);
	t += tiff_tag(t, 34675, 7, 8, 200);
	memcpy(file + 184, "\10\0\10\0\10\0\10\0", 8);
	memcpy(file + 192, inks, sizeof(inks));
	assert_int_equal(decoder_open(&d, FMT_TIFF, file, sizeof(file), &lim, NULL), ERR_OK);
	assert_int_equal(d.head.space, SPACE_CMYK);
	assert_int_equal(d.head.icc_len, 8);
	assert_int_equal(decoder_picture(&d, &(struct want){ .strict = true }, &q, NULL), ERR_OK);
	for (int i = 0; i < 8; i++)
		assert_int_equal(q.px[i], 255 - inks[i]);
	picture_free(&q);
	decoder_close(&d);
}

/* Reading only what a crop shows gives what cutting the whole picture gives. */
static void
cut_in_the_decoder(void **state)
{
	static const struct { const char *steps; uint32_t x, y, w, h; } crops[] = {
		{ "image/crop,x_0,y_0,w_100,h_100", 0, 0, 100, 100 },
		{ "image/crop,x_400,y_300,w_100,h_80", 400, 300, 100, 80 },
		{ "image/crop,x_333,y_211,w_37,h_1", 333, 211, 37, 1 },
		{ "image/crop,x_780,y_590", 780, 590, 21, 11 },
	};
	static const enum fmt ins[] = { FMT_JPEG, FMT_WEBP, FMT_PNG };
	struct picture p = PICTURE_EMPTY, all = PICTURE_EMPTY, a = PICTURE_EMPTY;

	(void)state;
	for (size_t k = 0; k < NELEM(ins); k++) {
		int in;

		scene_make(&p, 801, 601, false);
		in = scene_file(&p, ins[k], 90);
		for (size_t i = 0; i < NELEM(crops); i++) {
			ROW("%s of %s", crops[i].steps, fmt_name(ins[k]));
			render(&(struct scene_job){ .fd = in, .in = ins[k], .out = FMT_PNG, .steps = crops[i].steps }, &a);
			scene_read(in, ins[k], &all);
			picture_cut(&all, crops[i].x, crops[i].y, crops[i].w, crops[i].h);
			assert_true(scene_psnr(&a, &all) > 45);
		}
		picture_free(&p);
		close(in);
	}
	picture_free(&all);
	picture_free(&a);
}

/* A variant made from a reduced copy looks like one made from the original, and has its geometry. */
static void
from_a_copy(void **state)
{
	static const char *const steps[] = { "image/resize,w_200", "image/resize,m_fill,w_150,h_150",
	    "image/crop,x_300,y_200,w_1501,h_1001/resize,w_180", "image/resize,w_160/rotate,90", "image/resize,m_pad,w_200,h_200" };
	struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_INGEST, .fmt_in = FMT_JPEG, .memory_bytes_mb = 256,
	    .pyramid_px = { 1280, 320 }, .limits = { .max_pixels = 100000000, .max_frame_pixels = 100000000, .max_side_px = 30000 } };
	struct picture p = PICTURE_EMPTY, a = PICTURE_EMPTY, b = PICTURE_EMPTY;
	struct image_result res;
	int fds[4];

	(void)state;
	scene_make(&p, 2001, 1501, false);
	fds[0] = scene_file(&p, FMT_JPEG, 90);
	for (int i = 1; i < 4; i++)
		assert_int_not_equal(fds[i] = memfd_create("out", 0), -1);
	image_run(&job, fds, 4, &res);
	assert_int_equal(res.err, ERR_OK);
	assert_int_equal(res.pyramid[0], FMT_JPEG);
	assert_int_equal(res.pyramid[1], FMT_JPEG);
	scene_read(fds[2], FMT_JPEG, &a);
	assert_int_equal(a.w, 1280);
	scene_read(fds[3], FMT_JPEG, &a);
	assert_int_equal(a.w, 320);
	for (size_t i = 0; i < NELEM(steps); i++) {
		ROW("%s", steps[i]);
		render(&(struct scene_job){ .fd = fds[0], .in = FMT_JPEG, .out = FMT_JPEG, .steps = steps[i] }, &a);
		render(&(struct scene_job){ .fd = fds[2], .in = FMT_JPEG, .out = FMT_JPEG, .steps = steps[i], .from_w = 2001, .from_h = 1501 }, &b);
		assert_true(scene_psnr(&a, &b) > 34);
	}
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	picture_free(&p);
	picture_free(&a);
	picture_free(&b);
}

static void
animations(void **state)
{
	static const enum fmt kinds[] = { FMT_GIF, FMT_WEBP };

	(void)state;
	for (size_t i = 0; i < NELEM(kinds); i++)
		for (size_t k = 0; k < NELEM(kinds); k++) {
			int in = scene_animation(120, 80, 5, kinds[i]), out, back;
			struct image_result res;

			ROW("%s to %s", fmt_name(kinds[i]), fmt_name(kinds[k]));
			out = scene_run(&(struct scene_job){ .fd = in, .in = kinds[i], .out = kinds[k], .steps = "image/resize,w_60" }, &res);
			assert_int_equal(res.err, ERR_OK);
			assert_int_equal(res.facts.frames, 5);
			assert_int_equal(res.facts.height_px, 40);
			back = scene_run(&(struct scene_job){ .fd = out, .in = kinds[k], .out = FMT_PNG, .steps = "" }, &res);
			assert_int_equal(res.err, ERR_OK);
			assert_int_equal(res.facts.frames, 1);
			close(in);
			close(out);
			close(back);
		}
}

/* Its blocks are of 16 pixels and more: a picture of fewer comes back with its own size. */
static void
small_heic(void **state)
{
	static const struct { uint32_t w, h; } small[] = { { 1, 1 }, { 2, 1 }, { 1, 70 }, { 17, 3 }, { 63, 65 }, { 64, 64 }, { 4096, 1 } };

	(void)state;
	for (size_t i = 0; i < NELEM(small); i++)
		for (int alpha = 0; alpha <= 1; alpha++) {
			struct picture p = PICTURE_EMPTY, q = PICTURE_EMPTY;
			struct fault f = FAULT_NONE;
			int fd;

			ROW("%u x %u alpha %d", small[i].w, small[i].h, alpha);
			assert_int_equal(picture_new(&p, small[i].w, small[i].h, alpha, &f), ERR_OK);
			picture_fill(&p, 0x3264c8, alpha ? 128 : 255);
			fd = scene_file(&p, FMT_HEIC, 90);
			scene_read(fd, FMT_HEIC, &q);
			assert_int_equal(q.w, small[i].w);
			assert_int_equal(q.h, small[i].h);
			assert_int_equal(picture_check_alpha(&q), alpha);
			assert_true(scene_psnr(&p, &q) > 40);
			picture_free(&p);
			picture_free(&q);
			close(fd);
		}
}

/* The same request gives the same bytes. */
static void
deterministic(void **state)
{
	struct picture p = PICTURE_EMPTY;

	(void)state;
	for (size_t i = 0; i < NELEM(formats); i++) {
		struct image_result res;
		int in, a, b;
		char x[4096], y[4096];
		ssize_t n;

		scene_make(&p, W, H, false);
		in = scene_file(&p, FMT_PNG, 0);
		a = scene_run(&(struct scene_job){ .fd = in, .in = FMT_PNG, .out = formats[i].fmt, .steps = "image/resize,w_64" }, &res);
		b = scene_run(&(struct scene_job){ .fd = in, .in = FMT_PNG, .out = formats[i].fmt, .steps = "image/resize,w_64" }, &res);
		n = pread(a, x, sizeof(x), 0);
		assert_true(n > 50 && pread(b, y, sizeof(y), 0) == n);
		assert_memory_equal(x, y, (size_t)n);
		picture_free(&p);
		close(in);
		close(a);
		close(b);
	}
}

/* And on every kind of processor, as far as this one can pretend to be another. */
static void
same_everywhere(void **state)
{
	static const char *const kinds[][2] = { { "scalar", "scalar" }, { "sse4.1", "sse4.1" }, { "avx2", "avx2" } };
	struct picture p = PICTURE_EMPTY;
	int in, first = -1;

	(void)state;
	scene_make(&p, 403, 301, false);
	in = scene_file(&p, FMT_JPEG, 0);
	for (size_t i = 0; i < NELEM(kinds); i++) {
		struct image_result res;
		char x[16384], y[16384];
		ssize_t n;
		int out;

		if (!idct_use(kinds[i][0]) || !resample_use(kinds[i][1]))
			continue;
		ROW("%s", kinds[i][0]);
		out = scene_run(&(struct scene_job){ .fd = in, .in = FMT_JPEG, .out = FMT_JPEG, .steps = "image/resize,w_150" }, &res);
		assert_int_equal(res.err, ERR_OK);
		if (first == -1)
			first = out;
		n = pread(first, x, sizeof(x), 0);
		assert_true(n > 500 && n < (ssize_t)sizeof(x) && pread(out, y, sizeof(y), 0) == n);
		assert_memory_equal(x, y, (size_t)n);
		if (out != first)
			close(out);
	}
	picture_free(&p);
	close(first);
	close(in);
}

/* A file that breaks off is shown as far as it goes, but refused at upload. */
static void
damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(formats); i++) {
		struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_INGEST, .fmt_in = formats[i].fmt, .memory_bytes_mb = 256,
		    .limits = { .max_pixels = 1000000, .max_frame_pixels = 1000000, .max_side_px = 30000 } };
		struct picture p = PICTURE_EMPTY;
		struct image_result res;
		int fds[2];

		ROW("%s", fmt_name(formats[i].fmt));
		scene_make(&p, W, H, false);
		fds[0] = scene_file(&p, formats[i].fmt, formats[i].quality);
		assert_int_not_equal(fds[1] = memfd_create("out", 0), -1);
		image_run(&job, fds, 2, &res);
		assert_int_equal(res.err, ERR_OK);
		assert_int_equal(ftruncate(fds[0], lseek(fds[0], 0, SEEK_END) * 2 / 3), 0);
		image_run(&job, fds, 2, &res);
		assert_int_equal(res.err, ERR_BROKEN);
		assert_true(strlen(res.why) > 5);
		picture_free(&p);
		close(fds[0]);
		close(fds[1]);
	}
}

/* A chunk that says it is much longer than the file: no memory is taken for it. */
static void
long_chunk(void **state)
{
	static const uint8_t file[] = "\x89PNG\r\n\x1a\n\0\0\0\15IHDR\0\0\0\2\0\0\0\2\10\0\0\0\0W\xddR\xf8"
	    "\x66\0\0\0tEXtAuthor\0Jane";
	static const struct limits lim = { .max_pixels = 1000, .max_frame_pixels = 1000, .max_side_px = 100 };
	enum { MOST_KB = 200000 };
	struct fault f = FAULT_NONE;
	struct rusage before, after;
	struct decoder d;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(decoder_open(&d, FMT_PNG, file, sizeof(file) - 1, &lim, &f), ERR_BROKEN);
	decoder_close(&d);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < MOST_KB);
}

/* Too large for the limits or the memory of the job: refused, not tried. */
static void
budgets(void **state)
{
	struct picture p = PICTURE_EMPTY;
	struct image_result res;
	int in;

	(void)state;
	scene_make(&p, 2000, 1500, false);
	in = scene_file(&p, FMT_PNG, 0);
	picture_free(&p);			/* it counts too */
	close(scene_run(&(struct scene_job){ .fd = in, .in = FMT_PNG, .out = FMT_PNG, .steps = "image/rotate,45", .memory_mb = 8 }, &res));
	assert_int_equal(res.err, ERR_TOOBIG);
	close(scene_run(&(struct scene_job){ .fd = in, .in = FMT_PNG, .out = FMT_PNG, .steps = "image/resize,w_100", .memory_mb = 8 }, &res));
	assert_int_equal(res.err, ERR_OK);
	close(in);
	/* The planes of a large JPEG and its pixels are too much at once, so it goes row by row. */
	picture_budget((size_t)256 << 20);
	scene_make(&p, 2000, 1500, false);
	in = scene_file(&p, FMT_JPEG, 0);
	picture_free(&p);
	close(scene_run(&(struct scene_job){ .fd = in, .in = FMT_JPEG, .out = FMT_PNG, .steps = "image/resize,w_1900", .memory_mb = 15 }, &res));
	assert_int_equal(res.err, ERR_OK);
	close(in);
}

int
main(void)
{
	static const char *const fonts[] = { "wqy-zenhei=/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
	    "wqy-zenhei=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(planned_sizes),
		cmocka_unit_test(orientations),
		cmocka_unit_test(left_as_coded),
		cmocka_unit_test(planes_are_pixels),
		cmocka_unit_test(turned_small),
		cmocka_unit_test(cmyk_tiff),
		cmocka_unit_test(cut_in_the_decoder),
		cmocka_unit_test(from_a_copy),
		cmocka_unit_test(animations),
		cmocka_unit_test(small_heic),
		cmocka_unit_test(deterministic),
		cmocka_unit_test(same_everywhere),
		cmocka_unit_test(damaged),
		cmocka_unit_test(long_chunk),
		cmocka_unit_test(budgets),
	};

	image_warm(fonts);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
