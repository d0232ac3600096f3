/*
 * The planes of any JPEG, at every size of its blocks, whole and in part, by the fast decoder. Whatever comes, it ends, and
 * what it ends with can be read. (That the planes are the right ones is for test_jpeg_scan.) And the proof at upload that makes
 * no pixels says of no file what libjpeg would not say of it, and in windows of no size what the decoder would not say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/codec_jpeg.h"
#include "../unit/jpeg_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct limits limits = { .max_pixels = 1 << 18, .max_frame_pixels = 1 << 18, .max_side_px = 2000 };

struct sum {
	uint64_t	 all;
	uint32_t	 w[PLANES_MAX];
};

static void
take(void *arg, unsigned plane, const uint8_t *row)
{
	struct sum	*s = arg;

	for (uint32_t x = 0; x < s->w[plane]; x++)
		s->all = s->all * 31 + row[x];
}

static void
read_all(const uint8_t *data, size_t size, const struct want *w, bool half)
{
	struct decoder		 d = { .codec = NULL };
	struct sum		 sum = { .all = 0 };
	struct coded_planes	 jp;
	enum planes_state	 state = PLANES_MORE;

	if (decoder_open(&d, FMT_JPEG, data, size, &limits, NULL) || !jpeg_planes_possible(&d) || !jpeg_planes_fast(&d) ||
	    jpeg_planes_start(&d, w, half, &jp, NULL))
		goto out;
	memcpy(sum.w, jp.w, sizeof(sum.w));
	while (state == PLANES_MORE)
		if (jpeg_planes_read(&d, take, &sum, &state, NULL))
			break;
out:
	decoder_close(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned	 sides[] = { 1, 20, 40, 80, 120, 0 };
	unsigned		 side = size ? sides[data[size / 2] % 6] : 0;
	uint32_t		 at = (uint32_t)(size % 40);
	struct want		 w = { .shrink_w = side, .shrink_h = side };

	struct verdict		 fast, slow;
	bool			 whole;

	picture_budget((size_t)64 << 20);
	if (!verdicts_agree(data, size, &limits, &fast, &slow))
		abort();
	if (!scan_proofs_agree(data, size, &limits, &whole))
		abort();
	read_all(data, size, &w, size & 1);
	w.x0 = w.y0 = at;
	w.x1 = w.y1 = at + 30;
	read_all(data, size, &w, size & 1);
	return 0;
}
