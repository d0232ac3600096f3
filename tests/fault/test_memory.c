/*
 * What the sandbox needs for a large photograph at most, as it says itself: a baseline JPEG is read in rows, and never
 * held. The pictures are made here, one strip of texture again and again.
 */
#include "sandbox_here.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jpeglib.h>

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

enum { STRIP = 32 };

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
