/*
 * What is made from a reduced copy is as good as what is made from the original: pixels before the last encoder within SSIM
 * 0.995 of each other, on made pictures and on photos of the corpus where it lies beside the checkout ($TINTYPE_SHARED).
 */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sys/mman.h>

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
static void
try_file(const char *name, int fd)
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

static double
dice(uint32_t x, uint32_t y, uint32_t n)
{
	uint32_t v = x * 374761393u + y * 668265263u + n * 2246822519u;

	v = (v ^ v >> 13) * 1274126177u;
	return (double)((v ^ v >> 16) & 0xffff) / 65536 - 0.5;
}

/* Soft noise whose grains are so many pixels wide. */
static double
cloud(double x, double y, uint32_t n)
{
	uint32_t ix = (uint32_t)x, iy = (uint32_t)y;
	double u = x - ix, v = y - iy;

	u *= u * (3 - 2 * u);
	v *= v * (3 - 2 * v);
	return (dice(ix, iy, n) * (1 - u) + dice(ix + 1, iy, n) * u) * (1 - v) +
	    (dice(ix, iy + 1, n) * (1 - u) + dice(ix + 1, iy + 1, n) * u) * v;
}

/* Detail of all sizes, the less the finer, as photographs have it. */
static void
roughen(struct picture *p, double much)
{
	for (uint32_t y = 0; y < p->h; y++)
		for (uint32_t x = 0; x < p->w; x++) {
			uint8_t *q = picture_row(p, y) + (size_t)x * 4;
			double more = 4 * dice(x, y, 0);

			for (uint32_t n = 4; n <= 128; n *= 2)
				more += much * sqrt(n) * cloud((double)x / n, (double)y / n, n);
			for (int c = 0; c < 3; c++)
				q[c] = (uint8_t)fmin(255, fmax(0, q[c] * 0.7 + 40 + more));
		}
}

static void
made(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct picture p = PICTURE_EMPTY;
		int fd;

		scene_make(&p, i == 1 ? 1501 : 2400, i == 1 ? 2001 : 1600, false);
		if (i > 0)
			roughen(&p, i == 2 ? 8 : 4);
		fd = scene_file(&p, FMT_JPEG, i == 2 ? 80 : 92);
		try_file("a made picture", fd);
		close(fd);
		picture_free(&p);
	}
}

static void
photos(void **state)
{
	static const char *const folders[] = { "jpeg-photo", "large" };
	const char *shared = getenv("TINTYPE_SHARED"), *source = getenv("TINTYPE_SOURCE");
	char path[4096];
	int n = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(folders); i++) {
		struct dirent **list;
		int all;

		if (shared != NULL)
			(void)snprintf(path, sizeof(path), "%s/corpus/visible/%s", shared, folders[i]);
		else
			(void)snprintf(path, sizeof(path), "%s/../shared/corpus/visible/%s", source != NULL ? source : ".", folders[i]);
		all = scandir(path, &list, NULL, alphasort);
		for (int k = 0; k < all; k++) {
			size_t len = strlen(path);
			int fd;

			(void)snprintf(path + len, sizeof(path) - len, "/%s", list[k]->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			path[len] = '\0';
			if (fd != -1 && strstr(list[k]->d_name, ".jp") != NULL && n < 5 && ++n)
				try_file(list[k]->d_name, fd);
			if (fd != -1)
				close(fd);
			free(list[k]);
		}
		if (all >= 0)
			free(list);
	}
	if (n == 0) {
		print_message("# no corpus beside the checkout: only made pictures were tried\n");
		skip();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made),
		cmocka_unit_test(photos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
