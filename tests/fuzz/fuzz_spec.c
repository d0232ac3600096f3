/*
 * Steps: parse, write out, parse again, plan. The first byte picks a source.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/spec_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct source sources[] = {
	{ .fmt = FMT_JPEG, .width_px = 400, .height_px = 267, .frames = 1, .orientation = 6 },
	{ .fmt = FMT_JPEG, .width_px = 6000, .height_px = 4000, .frames = 1, .orientation = 1 },
	{ .fmt = FMT_PNG, .width_px = 1, .height_px = 1, .frames = 1, .orientation = 1, .alpha = true },
	{ .fmt = FMT_PNG, .width_px = 30000, .height_px = 1, .frames = 1, .orientation = 1 },
	{ .fmt = FMT_GIF, .width_px = 500, .height_px = 300, .frames = 30, .orientation = 1 },
	{ .fmt = FMT_WEBP, .width_px = 16383, .height_px = 3, .frames = 9, .orientation = 8, .alpha = true },
	{ .fmt = FMT_HEIC, .width_px = 4032, .height_px = 3024, .frames = 1, .orientation = 3 },
};

static void
check(const struct spec *sp, const struct source *src)
{
	const char *broken = spec_check(sp, src);

	if (broken != NULL) {
		fprintf(stderr, "%s\n", broken);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct spec sp;
	static char text[LIMIT_STEPS_BYTES + 1];
	const struct source *src = &sources[size > 0 ? data[0] % NELEM(sources) : 0];
	const char *s = (const char *)data + (size > 0);
	size_t len = size > 0 ? size - 1 : 0;
	struct fault f = FAULT_NONE;
	struct spec_mark m[4];
	size_t i, n;

	if (spec_parse(s, len, &sp, &f) == ERR_OK) {
		check(&sp, src);
		n = spec_marks(&sp, m, NELEM(m));
		for (i = 0; i < n; i++)
			if (m[i].key_len == 0 || spec_parse_mark(m[i].steps, &sp, NULL) != ERR_OK)
				abort();
	} else if (f.why[0] == '\0' || f.err == ERR_OK) {
		abort();
	}
	if (spec_parse_path(s, len, data != NULL && size > 0 ? data[0] % FMT__MAX : 0, &sp, NULL) ==
	    ERR_OK)
		check(&sp, src);
	(void)!spec_expand(s, len, "image/resize,w_1", text, NULL);
	return 0;
}
