/*
 * The whole engine on any bytes: ingest, and some steps on them. Whatever comes, there is a result or a reason,
 * and a result has the size that was promised (image_run checks that itself and says INTERNAL otherwise).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdio.h"
#include "image/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const steps[] = {
	"image/resize,w_40",
	"image/crop,x_3,y_5,w_20,h_20/resize,m_fill,w_10,h_15,limit_0",
	"image/rotate,90/resize,m_pad,w_30,h_30",
	"image/resize,l_50/circle,r_10/blur,r_2,s_1/sharpen,100",
	"image/rotate,33",
};

static const enum fmt outs[] = { FMT_JPEG, FMT_PNG, FMT_WEBP, FMT_GIF, FMT_BMP, FMT_TIFF };

static void
check(const struct image_result *res)
{
	if (res->err == ERR_INTERNAL || (res->err && res->why[0] == '\0') || res->err >= ERR__MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_job job = { .magic = JOB_MAGIC, .memory_bytes_mb = 64, .default_quality = 80, .pyramid_px = { 64, 16 },
	    .limits = { .max_pixels = 1 << 20, .max_frame_pixels = 1 << 21, .max_side_px = 5000 } };
	struct image_result res;
	struct sniffed s;
	int fds[4];

	if (sniff(data, size < SNIFF_BYTES ? size : SNIFF_BYTES, &s, NULL) != ERR_OK)
		return 0;
	for (int i = 0; i < 4; i++)
		if ((fds[i] = memfd_create("fuzz", MFD_CLOEXEC)) == -1)
			abort();
	if (fd_write_all(fds[0], data, size, NULL))
		abort();
	job.fmt_in = s.fmt;
	job.kind = JOB_INGEST;
	image_run(&job, fds, 4, &res);
	check(&res);
	job.kind = JOB_RENDER;
	job.orientation = (int32_t)(size % 9);
	job.fmt_out = outs[data[size / 2] % (sizeof(outs) / sizeof(outs[0]))];
	(void)snprintf(job.steps, sizeof(job.steps), "%s", steps[data[size - 1] % (sizeof(steps) / sizeof(steps[0]))]);
	image_run(&job, fds, 2, &res);
	check(&res);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	return 0;
}
