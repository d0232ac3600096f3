/*
 * Filters of PNG rows: what the standard says, byte by byte, and the choice of who does it.
 */
#include "image/png_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/defs.h"
#include "image/cpu.h"

static const void *const all[] = {		/* best first */
#if defined(__x86_64__)
	&png_filter_sse41,
#endif
	&png_filter_scalar,
};
static const struct png_filter_kernels *chosen;

const struct png_filter_kernels *
png_filter_kernels(void)
{
	if (chosen == NULL)
		chosen = cpu_best(all);
	return chosen;
}

bool
png_filter_use(const char *kernel)
{
	const void *k = cpu_named(all, NELEM(all), kernel);

	if (k != NULL)
		chosen = k;
	return k != NULL;
}

static uint8_t
paeth(int a, int b, int c)
{
	int	 pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

static void
undo_scalar(uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t	 a = i < bpp ? 0 : row[i - bpp], b = prior[i], c = i < bpp ? 0 : prior[i - bpp];

		switch (filter) {
		case PNG_F_SUB:
			row[i] = (uint8_t)(row[i] + a);
			break;
		case PNG_F_UP:
			row[i] = (uint8_t)(row[i] + b);
			break;
		case PNG_F_AVG:
			row[i] = (uint8_t)(row[i] + (a + b) / 2);
			break;
		case PNG_F_PAETH:
			row[i] = (uint8_t)(row[i] + paeth(a, b, c));
			break;
		default:
			return;
		}
	}
}

static uint64_t
apply_scalar(uint8_t *out, const uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n)
{
	uint64_t	 left = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t	 from = filter == PNG_F_UP ? prior[i] : filter == PNG_F_SUB && i >= bpp ? row[i - bpp] : 0;

		out[i] = (uint8_t)(row[i] - from);
		left += out[i] < 128 ? out[i] : 256u - out[i];
	}
	return left;
}

const struct png_filter_kernels png_filter_scalar = { .name = "scalar", .undo = undo_scalar, .apply = apply_scalar };
