/*
 * Premultiplied and back for x86-64, four pixels at a time. Where all four are opaque there is nothing to do.
 */
#include "image/alpha.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SSE41	__attribute__((target("sse4.1")))

SSE41 static inline bool
all_opaque(__m128i v)
{
	return _mm_testc_si128(v, _mm_set1_epi32((int)0xff000000u)) != 0;
}

/* Two pixels of 16-bit channels times their alpha, by 255; alpha stays. */
SSE41 static inline __m128i
times_alpha(__m128i v)
{
	__m128i	 a = _mm_shufflehi_epi16(_mm_shufflelo_epi16(v, 0xff), 0xff);

	a = _mm_blend_epi16(a, _mm_set1_epi16(255), 0x88);
	v = _mm_add_epi16(_mm_mullo_epi16(v, a), _mm_set1_epi16(128));
	return _mm_srli_epi16(_mm_add_epi16(v, _mm_srli_epi16(v, 8)), 8);
}

SSE41 static void
premultiply_sse41(uint8_t *px, size_t n)
{
	size_t	 i = 0;

	for (; i + 4 <= n; i += 4) {
		__m128i	*p = (__m128i *)(void *)(px + i * 4), v = _mm_loadu_si128(p);

		if (all_opaque(v))
			continue;
		_mm_storeu_si128(p, _mm_packus_epi16(times_alpha(_mm_cvtepu8_epi16(v)),
		    times_alpha(_mm_unpackhi_epi8(v, _mm_setzero_si128()))));
	}
	alpha_scalar.premultiply(px + i * 4, n - i);
}

/*
 * One pixel of 32-bit channels. Numerators are under 2^16 and denominators under 2^8: the quotient of floats, cut, is that of
 * integers. Alpha becomes nonsense, and is put back by the caller.
 */
SSE41 static inline __m128i
by_alpha(__m128i v)
{
	__m128i	 a = _mm_shuffle_epi32(v, 0xff);
	__m128i	 up = _mm_add_epi32(_mm_sub_epi32(_mm_slli_epi32(v, 8), v), _mm_srli_epi32(a, 1));
	__m128i	 q = _mm_cvttps_epi32(_mm_div_ps(_mm_cvtepi32_ps(up), _mm_cvtepi32_ps(a)));

	return _mm_andnot_si128(_mm_cmpeq_epi32(a, _mm_setzero_si128()), q);
}

SSE41 static void
straighten_sse41(uint8_t *px, size_t n)
{
	const __m128i	 alpha = _mm_set1_epi32((int)0xff000000u);
	size_t		 i = 0;

	for (; i + 4 <= n; i += 4) {
		__m128i	*p = (__m128i *)(void *)(px + i * 4), v = _mm_loadu_si128(p), lo, hi;

		if (all_opaque(v))
			continue;
		lo = _mm_packs_epi32(by_alpha(_mm_cvtepu8_epi32(v)), by_alpha(_mm_cvtepu8_epi32(_mm_srli_si128(v, 4))));
		hi = _mm_packs_epi32(by_alpha(_mm_cvtepu8_epi32(_mm_srli_si128(v, 8))), by_alpha(_mm_cvtepu8_epi32(_mm_srli_si128(v, 12))));
		_mm_storeu_si128(p, _mm_blendv_epi8(_mm_packus_epi16(lo, hi), v, alpha));
	}
	alpha_scalar.straighten(px + i * 4, n - i);
}

const struct alpha_kernels alpha_sse41 = {
	.name = "sse4.1", .premultiply = premultiply_sse41, .straighten = straighten_sse41,
};

#else

typedef int alpha_x86_not_here;

#endif
