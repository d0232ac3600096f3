/*
 * Premultiplied and back, a pixel at a time, and the choice of who does it.
 */
#include "image/alpha.h"

#include "base/defs.h"
#include "image/cpu.h"

static const void *const all[] = {		/* best first */
#if defined(__x86_64__)
	&alpha_sse41,
#endif
	&alpha_scalar,
};
static const struct alpha_kernels *chosen;

const struct alpha_kernels *
alpha_kernels(void)
{
	if (chosen == NULL)
		chosen = cpu_best(all);
	return chosen;
}

bool
alpha_use(const char *kernel)
{
	const void *k = cpu_named(all, NELEM(all), kernel);

	if (k != NULL)
		chosen = k;
	return k != NULL;
}

static void
premultiply_scalar(uint8_t *px, size_t n)
{
	for (size_t i = 0; i < n; i++, px += 4) {
		unsigned	 a = px[3];

		if (a == 255)
			continue;
		for (int c = 0; c < 3; c++) {
			unsigned	 v = px[c] * a + 128;

			px[c] = (uint8_t)((v + (v >> 8)) >> 8);
		}
	}
}

static void
straighten_scalar(uint8_t *px, size_t n)
{
	for (size_t i = 0; i < n; i++, px += 4) {
		unsigned	 a = px[3];

		if (a == 255)
			continue;
		for (int c = 0; c < 3; c++) {
			unsigned	 v = a ? (px[c] * 255u + a / 2) / a : 0;

			px[c] = (uint8_t)(v > 255 ? 255 : v);
		}
	}
}

const struct alpha_kernels alpha_scalar = {
	.name = "scalar", .premultiply = premultiply_scalar, .straighten = straighten_scalar,
};
