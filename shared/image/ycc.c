/*
 * The formulas of JFIF in fixed point, for eight pixels at a time in the compiler's vectors.
 */
#include "image/ycc.h"

#include <string.h>

#define LANES	8
#define BITS	14
#define FIX(x)	((int32_t)((x) * (1 << BITS) + 0.5))

typedef int32_t	lanes __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint8_t	bytes __attribute__((vector_size(LANES), aligned(1), may_alias));

#define INLINE	static inline __attribute__((always_inline))

INLINE void
load(lanes *to, const uint8_t *from, int32_t minus)
{
	bytes	 b;

	memcpy(&b, from, sizeof(b));
	*to = __builtin_convertvector(b, lanes) - minus;
}

/* y + rounded v, cut to 0..255, at its place in the pixel. */
INLINE void
add(lanes *px, const lanes *y, const lanes *v, int shift)
{
	lanes	 s = *y + ((*v + (1 << (BITS - 1))) >> BITS), high = s > 255;

	s &= ~(s < 0);
	*px |= ((s & ~high) | (high & 255)) << shift;
}

INLINE void
eight(uint8_t *px, const uint8_t *y8, const uint8_t *cb8, const uint8_t *cr8)
{
	lanes	 y, cb, cr, v, out = (lanes){ 0 };

	load(&y, y8, 0);
	load(&cb, cb8, 128);
	load(&cr, cr8, 128);
	v = cr * FIX(1.402);
	add(&out, &y, &v, 0);
	v = -(cb * FIX(0.344136286) + cr * FIX(0.714136286));
	add(&out, &y, &v, 8);
	v = cb * FIX(1.772);
	add(&out, &y, &v, 16);
	out |= (int32_t)0xff000000u;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (int i = 0; i < LANES; i++)
		out[i] = (int32_t)__builtin_bswap32((uint32_t)out[i]);
#endif
	memcpy(px, &out, sizeof(out));
}

INLINE void
row(uint8_t *px, const uint8_t *y, const uint8_t *cb, const uint8_t *cr, size_t n)
{
	uint8_t	 last[3][LANES] = { { 0 } }, out[LANES * 4];
	size_t	 i = 0;

	for (; i + LANES <= n; i += LANES)
		eight(px + i * 4, y + i, cb + i, cr + i);
	if (i == n)
		return;
	memcpy(last[0], y + i, n - i);
	memcpy(last[1], cb + i, n - i);
	memcpy(last[2], cr + i, n - i);
	eight(out, last[0], last[1], last[2]);
	memcpy(px + i * 4, out, (n - i) * 4);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
row_avx2(uint8_t *px, const uint8_t *y, const uint8_t *cb, const uint8_t *cr, size_t n)
{
	row(px, y, cb, cr, n);
}
#endif

void
ycc_row(uint8_t *px, const uint8_t *y, const uint8_t *cb, const uint8_t *cr, size_t n)
{
	if (cb == NULL || cr == NULL) {
		for (size_t i = 0; i < n; i++, px += 4) {
			px[0] = px[1] = px[2] = y[i];
			px[3] = 255;
		}
		return;
	}
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2")) {
		row_avx2(px, y, cb, cr, n);
		return;
	}
#endif
	row(px, y, cb, cr, n);
}
