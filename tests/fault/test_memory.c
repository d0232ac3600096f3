/*
 * What the sandbox needs for a large photograph at most, as it says itself: a baseline JPEG is read in rows, and never
 * held. The pictures are made here, one strip of texture again and again.
 */
#include "app/sandbox.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <jpeglib.h>

#include "base/fdio.h"
#include "data/conf.h"
#include "image/fmt.h"

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED true
#endif
#endif
#ifndef WATCHED
#define WATCHED false
#endif

#define MB (1LL << 20)

enum { STRIP = 32 };

static char dir[] = "/tmp/tintype-test-XXXXXX";
static char program[4096];
static char none[] = "";
static struct conf conf;
static struct sandbox *sandbox;

static int
new_file(void)
{
	struct fault f = FAULT_NONE;
	int fd = -1;

	assert_int_equal(fd_tmpfile(dir, &fd, &f), ERR_OK);
	return fd;
}

static int
jpeg_file(unsigned w, unsigned h)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	JSAMPLE *strip = malloc((size_t)w * 3 * STRIP);
	uint32_t seed = 1;
	int fd = new_file();
	FILE *out = fdopen(dup(fd), "wb");

	assert_true(strip != NULL && out != NULL);
	for (size_t i = 0; i < (size_t)w * 3 * STRIP; i++) {
		seed = seed * 1664525 + 1013904223;
		strip[i] = (JSAMPLE)((i / 90 % 160) + (seed >> 27));
	}
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, out);
	c.image_width = w;
	c.image_height = h;
	c.input_components = 3;
	c.in_color_space = JCS_YCbCr;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 85, TRUE);
	jpeg_start_compress(&c, TRUE);
	for (unsigned y = 0; y < h; y++) {
		JSAMPROW row = strip + (size_t)(y % STRIP) * w * 3;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	assert_int_equal(fclose(out), 0);
	free(strip);
	return fd;
}

static void
test_peak(void **state)
{
	static const struct {
		unsigned	 w, h;
		uint32_t	 most_kb;
	} photos[] = { { 6000, 4000, 24 << 10 }, { 12000, 8400, 64 << 10 } };
	static const char *const steps[] = { "image/resize,w_400", "image/resize,m_fill,w_300,h_300",
	    "image/resize,w_400/format,webp", "image/resize,w_400/bright,10" };

	(void)state;
	for (size_t i = 0; i < NELEM(photos); i++) {
		int fd = jpeg_file(photos[i].w, photos[i].h);

		for (size_t k = 0; k < NELEM(steps); k++) {
			struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_RENDER, .fmt_in = FMT_JPEG,
			    .fmt_out = strstr(steps[k], "webp") ? FMT_WEBP : FMT_JPEG, .orientation = 1, .default_quality = 85,
			    .memory_bytes_mb = 512, .limits = { .max_pixels = 200000000, .max_frame_pixels = 400000000,
			    .max_side_px = 30000 } };
			struct image_result res;
			struct fault f = FAULT_NONE;
			int fds[2] = { fd, new_file() };

			snprintf(job.steps, sizeof(job.steps), "%s", steps[k]);
			assert_int_equal(sandbox_run(sandbox, &job, fds, 2, 1000, &res, &f), ERR_OK);
			print_message("# %u x %u, %s: %u kB\n", photos[i].w, photos[i].h, steps[k], res.peak_kb);
			assert_true(res.peak_kb < photos[i].most_kb);
			fd_close(&fds[1]);
		}
		fd_close(&fd);
	}
}

static int
setup(void **state)
{
	const char *build = getenv("TINTYPE_BUILD");
	struct fault f = FAULT_NONE;

	(void)state;
	snprintf(program, sizeof(program), "%s/sandbox", build != NULL ? build : ".");
	conf = (struct conf){
		.sandbox_path = program,
		.image_fonts = none,
		.server_state_dir = dir,
		.sandbox_jobs = 1000,
		.sandbox_idle_s = 60,
		.sandbox_memory_bytes = 512 * MB,
		.sandbox_total_bytes = 1024 * MB,
		.sandbox_timeout_ms = 60000,
		.sandbox_wait_ms = 60000,
	};
	return mkdtemp(dir) != NULL && sandbox_open(&conf, &sandbox, &f) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	sandbox_close(sandbox);
	return dir_remove(AT_FDCWD, dir, &f) == ERR_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peak),
	};

	if (WATCHED) {
		puts("1..0 # SKIP AddressSanitizer has memory of its own: nothing to be measured");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
