/*
 * The walk a pixel at a time, and the choice of who does it.
 */
#include "image/turn_row.h"

#include "base/defs.h"
#include "image/cpu.h"

static const void *const all[] = {		/* best first */
#if defined(__x86_64__)
	&turn_sse41,
#endif
	&turn_scalar,
};
static const struct turn_kernels *chosen;

const struct turn_kernels *
turn_kernels(void)
{
	if (chosen == NULL)
		chosen = cpu_best(all);
	return chosen;
}

bool
turn_use(const char *kernel)
{
	const void *k = cpu_named(all, NELEM(all), kernel);

	if (k != NULL)
		chosen = k;
	return k != NULL;
}

static void
row_scalar(uint8_t *to, const uint8_t *px, size_t stride, struct turn_walk w, size_t n)
{
	for (size_t i = 0; i < n; i++, to += 4, w.x += w.dx, w.y += w.dy) {
		const uint8_t	*p = px + (size_t)(w.y >> 32) * stride + (size_t)(w.x >> 32) * 4;
		unsigned	 wx = (unsigned)(w.x >> 25 & 127), wy = (unsigned)(w.y >> 25 & 127);

		for (int c = 0; c < 4; c++) {
			unsigned	 up = p[c] * (128 - wx) + p[c + 4] * wx;
			unsigned	 down = p[stride + (size_t)c] * (128 - wx) + p[stride + (size_t)c + 4] * wx;

			to[c] = (uint8_t)((up * (128 - wy) + down * wy + (1 << 13)) >> 14);
		}
	}
}

const struct turn_kernels turn_scalar = { .name = "scalar", .row = row_scalar };
