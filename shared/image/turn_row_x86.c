/*
 * The walk for x86-64: the four channels of a pixel at once.
 */
#include "image/turn_row.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SSE41	__attribute__((target("sse4.1")))

/* Two neighbours, channel by channel side by side, weighed: four sums of 15 bits. */
SSE41 static inline __m128i
between(const uint8_t *p, __m128i weights)
{
	const __m128i	 pairs = _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, -1, -1, -1, -1, -1, -1, -1, -1);
	__m128i		 v = _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)(const void *)p), pairs);

	return _mm_madd_epi16(_mm_cvtepu8_epi16(v), weights);
}

SSE41 static void
row_sse41(uint8_t *to, const uint8_t *px, size_t stride, struct turn_walk w, size_t n)
{
	const __m128i	 half = _mm_set1_epi32(1 << 13);

	for (size_t i = 0; i < n; i++, to += 4, w.x += w.dx, w.y += w.dy) {
		const uint8_t	*p = px + (size_t)(w.y >> 32) * stride + (size_t)(w.x >> 32) * 4;
		int		 wx = (int)(w.x >> 25 & 127), wy = (int)(w.y >> 25 & 127);
		__m128i		 across = _mm_set1_epi32(128 - wx + wx * 65536), along = _mm_set1_epi32(128 - wy + wy * 65536);
		/* Sums have 15 bits: the upper ones go into the high halves of the lower ones' lanes. */
		__m128i		 v = _mm_or_si128(between(p, across), _mm_slli_epi32(between(p + stride, across), 16));

		v = _mm_srli_epi32(_mm_add_epi32(_mm_madd_epi16(v, along), half), 14);
		v = _mm_packs_epi32(v, v);
		_mm_storeu_si32(to, _mm_packus_epi16(v, v));
	}
}

const struct turn_kernels turn_sse41 = { .name = "sse4.1", .row = row_sse41 };

#else

typedef int turn_row_x86_not_here;

#endif
