/*
 * The real sandbox program, cage closed: every format in and out, every operation. What a codec or
 * an operation needs of the kernel and is not let have kills the child, and that fails here. With
 * files as arguments, each of them as well.
 */
#include "sandbox_here.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/fmt.h"

enum { W = 320, H = 240, BMP_HEAD = 54 };

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A picture with enough going on in it, in the format that needs no encoder. */
static int
bmp_file(void)
{
	static uint8_t b[BMP_HEAD + W * H * 3] = { 'B', 'M' };
	struct fault f = FAULT_NONE;
	int fd = new_file();

	put32(b + 2, sizeof(b));
	put32(b + 10, BMP_HEAD);
	put32(b + 14, 40);
	put32(b + 18, W);
	put32(b + 22, H);
	b[26] = 1;
	b[28] = 24;
	for (int i = 0; i < W * H * 3; i++)
		b[BMP_HEAD + i] = (uint8_t)(i % W + i / 3 / W * (i % 3) + (i * 2654435761u >> 28));
	assert_int_equal(fd_write_all(fd, b, sizeof(b), &f), ERR_OK);
	return fd;
}

static enum err
run(enum image_job_kind kind, enum fmt in, int fd, const char *steps, enum fmt out_fmt, int *out,
    struct image_result *res, struct fault *f)
{
	struct image_job job = { .magic = JOB_MAGIC,
		.kind = kind,
		.fmt_in = in,
		.fmt_out = out_fmt,
		.orientation = 1,
		.default_quality = 85,
		.memory_bytes_mb = 512,
		.pyramid_px = { 160, 80 },
		.limits = { .max_pixels = 200000000,
		    .max_frame_pixels = 400000000,
		    .max_side_px = 30000 } };
	int fds[4] = { fd, *out = new_file(), -1, -1 };
	size_t nfds = 2;
	enum err e;

	if (kind == JOB_INGEST)
		for (; nfds < 4; nfds++)
			fds[nfds] = new_file();
	snprintf(job.steps, sizeof(job.steps), "%s", steps);
	*f = (struct fault)FAULT_NONE;
	e = sandbox_run(sandbox, &job, fds, nfds, 1000, res, f);
	fd_close(&fds[2]);
	fd_close(&fds[3]);
	if (sandbox_crashed(sandbox))
		fail_msg("%s -> %s, %s: %s", fmt_name(in), fmt_name(out_fmt), steps, f->why);
	return e;
}

static const char *const steps[] = {
	"image/resize,w_100",
	"image/resize,m_fill,w_64,h_64",
	"image/resize,m_pad,w_90,h_90,color_ff0000",
	"image/crop,x_10,y_10,w_50,h_40",
	"image/indexcrop,x_50,i_1",
	"image/circle,r_40",
	"image/rounded-corners,r_20",
	"image/rotate,30",
	"image/auto-orient,1",
	"image/blur,r_3,s_2",
	"image/bright,20",
	"image/contrast,-20",
	"image/sharpen,100",
	"image/interlace,1",
	"image/quality,q_50",
	"image/resize,w_80/watermark,text_SGVsbG8,size_20",
	"image/resize,w_50/rotate,90/quality,Q_70",
};

/* All that is done with one source of a format. */
static void
all_of(enum fmt in, int fd)
{
	struct image_result res;
	struct fault f;
	enum err e;
	int out;

	e = run(JOB_INGEST, in, fd, "", FMT_NONE, &out, &res, &f);
	if (e != ERR_OK)
		fail_msg("ingest of %s: %s", fmt_name(in), f.why);
	fd_close(&out);
	for (size_t i = 0; i < NELEM(steps); i++) {
		e = run(JOB_RENDER, in, fd, steps[i], FMT_PNG, &out, &res, &f);
		/* A machine without fonts says so: that is an answer, too. */
		if (e != ERR_OK && strstr(f.why, "no font") == NULL)
			fail_msg("%s of %s: %s", steps[i], fmt_name(in), f.why);
		fd_close(&out);
	}
	assert_int_equal(run(JOB_INFO, in, fd, "image/info", FMT_NONE, &out, &res, &f), ERR_OK);
	fd_close(&out);
	assert_int_equal(
	    run(JOB_INFO, in, fd, "image/average-hue", FMT_NONE, &out, &res, &f), ERR_OK);
	fd_close(&out);
}

static void
test_formats(void **state)
{
	int bmp = bmp_file(), out;
	struct image_result res;
	struct fault f;
	struct stat st;
	enum err e;

	(void)state;
	all_of(FMT_BMP, bmp);
	for (enum fmt fmt = FMT_JPEG; fmt < FMT__MAX; fmt++) {
		e = run(JOB_RENDER, FMT_BMP, bmp, "image/resize,w_300", fmt, &out, &res, &f);
		if (e != ERR_OK)
			fail_msg("to %s: %s", fmt_name(fmt), f.why);
		assert_int_equal(fstat(out, &st), 0);
		assert_true(st.st_size > 0);
		all_of(fmt, out);
		fd_close(&out);
	}
	fd_close(&bmp);
}

/* Not a test but a tool: is any of these files more than the cage lets through? */
static int
try_files(int n, char **path)
{
	static char head[SNIFF_BYTES];
	static const enum fmt outs[] = { FMT_JPEG, FMT_PNG, FMT_WEBP, FMT_GIF, FMT_AVIF, FMT_TIFF,
		FMT_BMP, FMT_HEIC };
	int lost = 0;

	for (int i = 0; i < n; i++) {
		struct image_result res;
		struct sniffed sn = { 0 };
		struct fault f = FAULT_NONE;
		size_t got = 0;
		int out, fd = open(path[i], O_RDONLY | O_CLOEXEC);
		enum err e;

		if (fd < 0 || fd_pread_all(fd, head, sizeof(head), 0, &got, &f) ||
		    sniff(head, got, &sn, &f)) {
			fd_close(&fd);
			continue;
		}
		for (size_t j = 0; j <= NELEM(outs); j++) {
			struct image_job job = { .magic = JOB_MAGIC,
				.kind = j == 0 ? JOB_INGEST : JOB_RENDER,
				.fmt_in = sn.fmt,
				.fmt_out = j == 0 ? FMT_NONE : outs[j - 1],
				.orientation = 1,
				.default_quality = 85,
				.memory_bytes_mb = 512,
				.limits = { .max_pixels = 200000000,
				    .max_frame_pixels = 400000000,
				    .max_side_px = 30000 } };
			int fds[2] = { fd, out = new_file() };

			if (j > 0)
				snprintf(job.steps, sizeof(job.steps), "image/resize,l_200");
			f = (struct fault)FAULT_NONE;
			e = sandbox_run(sandbox, &job, fds, 2, 1000, &res, &f);
			printf("%-10s %-5s %5u %5u %7u kB  %s %s\n", err_name(e),
			    j == 0 ? "-" : fmt_name(outs[j - 1]), e ? 0 : res.facts.width_px,
			    e ? 0 : res.facts.height_px, e ? 0 : res.peak_kb, path[i], f.why);
			lost += sandbox_crashed(sandbox);
			fd_close(&out);
		}
		fd_close(&fd);
	}
	return lost;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
	};
	int lost;

	if (argc < 2)
		return cmocka_run_group_tests(tests, setup, teardown);
	if (setup(NULL) != 0)
		return 1;
	lost = try_files(argc - 1, argv + 1);
	printf("%d children lost\n", lost);
	return teardown(NULL) != 0 || lost > 0;
}
