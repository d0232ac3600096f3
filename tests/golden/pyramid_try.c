/*
 * What is made from a reduced copy is as good as what is made from the original: pixels before the last encoder within SSIM
 * 0.995 of each other.
 */
#include "pyramid_try.h"

#include <sys/mman.h>
#include <unistd.h>

#include "look.h"
#include "scene.h"
#include "../unit/test.h"

#define ALIKE 0.995

static const uint32_t sides[] = { 1280, 320 };

/* The two files of copies of a JPEG; -1: it is too small for that one. */
static bool
copies(int fd, int out[2], struct image_result *res)
{
	struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_INGEST, .fmt_in = FMT_JPEG, .memory_bytes_mb = 256,
	    .pyramid_px = { sides[0], sides[1] }, .limits = { .max_pixels = 100000000, .max_frame_pixels = 100000000, .max_side_px = 30000 } };
	int fds[4] = { fd, memfd_create("stripped", 0), memfd_create("copy", 0), memfd_create("copy", 0) };

	image_run(&job, fds, 4, res);
	close(fds[1]);
	for (int i = 0; i < 2; i++) {
		out[i] = fds[2 + i];
		if (res->err == ERR_OK && res->pyramid[i] == FMT_JPEG)
			continue;
		close(out[i]);
		out[i] = -1;
	}
	return res->err == ERR_OK && res->facts.orientation == 1;
}

static void
render(const struct scene_job *j, struct picture *p)
{
	struct image_result res;
	int out = scene_run(j, &res);

	assert_int_equal(res.err, ERR_OK);
	scene_read(out, j->out, p);
	close(out);
}

/* All sizes that a copy serves, down from half of its own. */
void
pyramid_try_file(const char *name, int fd)
{
	static const unsigned divide[] = { 2, 3, 5 };
	struct picture a = PICTURE_EMPTY, b = PICTURE_EMPTY;
	struct image_result res;
	struct look l;
	int copy[2];

	if (!copies(fd, copy, &res))
		return;
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; copy[i] != -1 && k < NELEM(divide); k++) {
			char steps[64];

			(void)snprintf(steps, sizeof(steps), "image/resize,l_%u", sides[i] / divide[k]);
			render(&(struct scene_job){ .fd = fd, .in = FMT_JPEG, .out = FMT_PNG, .steps = steps }, &a);
			render(&(struct scene_job){ .fd = copy[i], .in = FMT_JPEG, .out = FMT_PNG, .steps = steps,
			    .from_w = res.facts.width_px, .from_h = res.facts.height_px }, &b);
			look_compare(&a, &b, &l);
			ROW("%s from %u: %s: %.4f", name, sides[i], steps, l.ssim);
			assert_int_equal(a.h, b.h);
			assert_true(l.ssim >= ALIKE);
		}
	for (int i = 0; i < 2; i++)
		if (copy[i] != -1)
			close(copy[i]);
	picture_free(&a);
	picture_free(&b);
}
