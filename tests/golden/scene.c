/*
 * Pictures made in code, and jobs on them.
 */
#include "scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct limits limits = { .max_pixels = 100000000, .max_frame_pixels = 200000000, .max_side_px = LIMIT_SIDE_PX };

static void
die(const char *what, const char *why)
{
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

static uint8_t
byte(double v)
{
	return (uint8_t)lrint(fmin(255, fmax(0, v)));
}

void
scene_make(struct picture *p, uint32_t w, uint32_t h, bool alpha)
{
	struct fault	 f = FAULT_NONE;

	if (picture_new(p, w, h, alpha, &f))
		die("scene", f.why);
	for (uint32_t y = 0; y < h; y++)
		for (uint32_t x = 0; x < w; x++) {
			double	 u = (x + 0.5) / w, v = (y + 0.5) / h, r = hypot((u - 0.65) * w / h, v - 0.6);
			uint8_t	*q = picture_row(p, y) + (size_t)x * 4;

			q[0] = byte(255 * u);
			q[1] = byte(255 * v);
			q[2] = byte(128 + 100 * sin(9 * u + 5 * v));
			if (u < 0.3 && v < 0.4 && (u < 0.1 || v < 0.12 || (v > 0.2 && v < 0.28 && u < 0.22)))
				q[0] = q[1] = q[2] = 20;		/* an F */
			if (r < 0.2)
				q[0] = 230, q[1] = 60, q[2] = 40;
			q[3] = alpha ? byte(255 * fmin(1, 1.5 * (1 - v))) : 255;
		}
}

static void
copy(struct picture *to, const struct picture *from)
{
	struct fault	 f = FAULT_NONE;

	if (picture_new(to, from->w, from->h, from->alpha, &f))
		die("copy", f.why);
	memcpy(to->px, from->px, picture_bytes(from));
}

static int
new_file(void)
{
	int	 fd = memfd_create("picture", MFD_CLOEXEC);

	if (fd == -1)
		die("memfd_create", "no file in memory");
	return fd;
}

int
scene_file(const struct picture *p, enum fmt fmt, int quality)
{
	struct picture	 q = PICTURE_EMPTY;
	struct fault	 f = FAULT_NONE;
	struct sink	*sink = malloc(sizeof(*sink));
	struct encode	 e = { .sink = sink, .quality = quality ? quality : 90, .lossless = quality == 100 };
	int		 fd = new_file();

	if (sink == NULL)
		die("scene", "no memory");
	sink_init(sink, fd);
	copy(&q, p);
	if (codec_of(fmt)->encode(&e, &q, &f) || sink_flush(sink, &f))
		die("encode", f.why);
	picture_free(&q);
	free(sink);
	return fd;
}

int
scene_animation(uint32_t w, uint32_t h, uint32_t n, enum fmt fmt)
{
	struct fault	 f = FAULT_NONE;
	struct sink	*sink = malloc(sizeof(*sink));
	struct encode	 e = { .sink = sink, .quality = 90, .w = w, .h = h, .frames = n };
	const struct codec *c = codec_of(fmt);
	int		 fd = new_file();

	if (sink == NULL)
		die("scene", "no memory");
	sink_init(sink, fd);
	if (c->anim_begin(&e, &f))
		die("animation", f.why);
	for (uint32_t i = 0; i < n; i++) {
		struct picture	 p = PICTURE_EMPTY;

		scene_make(&p, w, h, false);
		for (uint32_t y = 0; y < h; y++)
			memset(picture_row(&p, y) + (size_t)(i * w / n) * 4, 255, 16);
		if (c->anim_put(&e, &p, 100 + i * 10, &f))
			die("animation", f.why);
		picture_free(&p);
	}
	if (c->anim_end(&e, &f) || sink_flush(sink, &f))
		die("animation", f.why);
	c->abandon(&e);
	free(sink);
	return fd;
}

int
scene_run(const struct scene_job *j, struct image_result *res)
{
	struct image_job	 job = { .magic = JOB_MAGIC, .kind = JOB_RENDER, .fmt_in = j->in, .fmt_out = j->out,
	    .default_quality = 90, .memory_bytes_mb = j->memory_mb ? j->memory_mb : 256, .limits = limits,
	    .orientation = j->orientation ? j->orientation : 1, .source_scale_from_w = j->from_w, .source_scale_from_h = j->from_h,
	    .source_quality = 90 };
	int			 fds[3] = { j->fd, new_file(), j->mark };

	if ((size_t)snprintf(job.steps, sizeof(job.steps), "%s", j->steps) >= sizeof(job.steps))
		die("steps", "too long");
	image_run(&job, fds, j->mark ? 3 : 2, res);
	return fds[1];
}

void
scene_read(int fd, enum fmt fmt, struct picture *p)
{
	off_t		 n = lseek(fd, 0, SEEK_END);
	void		*m = n > 0 ? mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	struct decoder	 d;
	struct want	 want = { .strict = true };
	struct fault	 f = FAULT_NONE;

	if (m == MAP_FAILED)
		die("read", "an empty file");
	picture_free(p);
	if (decoder_open(&d, fmt, m, (size_t)n, &limits, &f) || decoder_picture(&d, &want, p, &f))
		die("decode", f.why);
	decoder_close(&d);
	munmap(m, (size_t)n);
}

double
scene_psnr(const struct picture *a, const struct picture *b)
{
	double	 sum = 0;
	size_t	 n = (size_t)a->w * a->h;

	if (a->w != b->w || a->h != b->h)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < 3; c++) {
			const uint8_t	*p = a->px + i * 4, *q = b->px + i * 4;
			double		 u = p[c] * p[3] / 255.0 + 255 - p[3], v = q[c] * q[3] / 255.0 + 255 - q[3];

			sum += (u - v) * (u - v);
		}
	return sum <= 0 ? 99 : 10 * log10(255 * 255 * 3.0 * (double)n / sum);
}
