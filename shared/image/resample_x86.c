/*
 * The kernels of the resampler for x86-64, compiled for their processors function by function. Integer sums have
 * no order, so they give the bytes of the scalar ones.
 */
#include "image/resample.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define SSE41	__attribute__((target("sse4.1")))
#define AVX2	__attribute__((target("avx2")))

/* Two neighbouring coefficients in one 32-bit word, for pmaddwd. */
static inline int
pair(const int16_t *coef)
{
	int	 v;

	memcpy(&v, coef, sizeof(v));
	return v;
}

SSE41 static inline void
store_down_sse41(int16_t *out, __m128i a, __m128i b)
{
	const __m128i	 half = _mm_set1_epi32(128);

	a = _mm_srai_epi32(_mm_add_epi32(a, half), 8);
	b = _mm_srai_epi32(_mm_add_epi32(b, half), 8);
	_mm_storeu_si128((__m128i *)(void *)out, _mm_packs_epi32(a, b));
}

SSE41 static void
down_sse41(int16_t *out, const uint8_t *const *rows, const int16_t *coef, unsigned ntaps, size_t n)
{
	const __m128i	 zero = _mm_setzero_si128();

	for (size_t i = 0; i < n; i += 16) {
		__m128i	 s0 = zero, s1 = zero, s2 = zero, s3 = zero;

		for (unsigned t = 0; t < ntaps; t += 2) {
			__m128i	 c = _mm_set1_epi32(pair(coef + t));
			__m128i	 a = _mm_loadu_si128((const __m128i *)(const void *)(rows[t] + i));
			__m128i	 b = _mm_loadu_si128((const __m128i *)(const void *)(rows[t + 1] + i));
			__m128i	 lo = _mm_unpacklo_epi8(a, b), hi = _mm_unpackhi_epi8(a, b);

			s0 = _mm_add_epi32(s0, _mm_madd_epi16(_mm_unpacklo_epi8(lo, zero), c));
			s1 = _mm_add_epi32(s1, _mm_madd_epi16(_mm_unpackhi_epi8(lo, zero), c));
			s2 = _mm_add_epi32(s2, _mm_madd_epi16(_mm_unpacklo_epi8(hi, zero), c));
			s3 = _mm_add_epi32(s3, _mm_madd_epi16(_mm_unpackhi_epi8(hi, zero), c));
		}
		store_down_sse41(out + i, s0, s1);
		store_down_sse41(out + i + 8, s2, s3);
	}
}

/* Bytes of two 16-bit pixels of four channels, interleaved channel by channel. */
#define INTERLEAVE 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15

SSE41 static inline void
store_pixel(uint8_t *out, __m128i s)
{
	int	 px;

	s = _mm_srai_epi32(_mm_add_epi32(s, _mm_set1_epi32(1 << 19)), 20);
	s = _mm_packs_epi32(s, s);
	px = _mm_cvtsi128_si32(_mm_packus_epi16(s, s));
	memcpy(out, &px, 4);
}

SSE41 static void
across4_sse41(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	const __m128i	 inter = _mm_setr_epi8(INTERLEAVE);

	for (size_t j = 0; j < n; j++, coef += ntaps, out += 4) {
		const int16_t	*p = in + (size_t)start[j] * 4;
		__m128i		 s = _mm_setzero_si128();

		for (unsigned t = 0; t < ntaps; t += 2) {
			__m128i	 v = _mm_loadu_si128((const __m128i *)(const void *)(p + t * 4));

			s = _mm_add_epi32(s, _mm_madd_epi16(_mm_shuffle_epi8(v, inter), _mm_set1_epi32(pair(coef + t))));
		}
		store_pixel(out, s);
	}
}

SSE41 static inline int32_t
sum_of(__m128i s)
{
	s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
	s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
	return _mm_cvtsi128_si32(s);
}

static inline uint8_t
finish1(int32_t v)
{
	v = (v + (1 << 19)) >> 20;
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

SSE41 static void
across1_sse41(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t j = 0; j < n; j++, coef += ntaps) {
		const int16_t	*p = in + start[j];
		__m128i		 s = _mm_setzero_si128();

		for (unsigned t = 0; t < ntaps; t += 8)
			s = _mm_add_epi32(s, _mm_madd_epi16(_mm_loadu_si128((const __m128i *)(const void *)(p + t)),
			    _mm_loadu_si128((const __m128i *)(const void *)(coef + t))));
		out[j] = finish1(sum_of(s));
	}
}

SSE41 static void
narrow_sse41(uint8_t *out, const int16_t *in, size_t n)
{
	const __m128i	 half = _mm_set1_epi16(32);

	for (size_t i = 0; i < n; i += 16) {
		__m128i	 a = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
		__m128i	 b = _mm_loadu_si128((const __m128i *)(const void *)(in + i + 8));

		a = _mm_srai_epi16(_mm_adds_epi16(a, half), 6);
		b = _mm_srai_epi16(_mm_adds_epi16(b, half), 6);
		_mm_storeu_si128((__m128i *)(void *)(out + i), _mm_packus_epi16(a, b));
	}
}

const struct resample_kernels resample_sse41 = {
	.name = "sse4.1", .down = down_sse41, .across4 = across4_sse41, .across1 = across1_sse41, .narrow = narrow_sse41,
};

AVX2 static inline __m256i
rounded(__m256i a)
{
	return _mm256_srai_epi32(_mm256_add_epi32(a, _mm256_set1_epi32(128)), 8);
}

AVX2 static void
down_avx2(int16_t *out, const uint8_t *const *rows, const int16_t *coef, unsigned ntaps, size_t n)
{
	const __m256i	 zero = _mm256_setzero_si256();

	for (size_t i = 0; i < n; i += 32) {
		__m256i	 s0 = zero, s1 = zero, s2 = zero, s3 = zero, p, q;

		for (unsigned t = 0; t < ntaps; t += 2) {
			__m256i	 c = _mm256_set1_epi32(pair(coef + t));
			__m256i	 a = _mm256_loadu_si256((const __m256i *)(const void *)(rows[t] + i));
			__m256i	 b = _mm256_loadu_si256((const __m256i *)(const void *)(rows[t + 1] + i));
			__m256i	 lo = _mm256_unpacklo_epi8(a, b), hi = _mm256_unpackhi_epi8(a, b);

			s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(_mm256_unpacklo_epi8(lo, zero), c));
			s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(_mm256_unpackhi_epi8(lo, zero), c));
			s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(_mm256_unpacklo_epi8(hi, zero), c));
			s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(_mm256_unpackhi_epi8(hi, zero), c));
		}
		/* Within the lanes everything is in order: 0..7 | 16..23 and 8..15 | 24..31. */
		p = _mm256_packs_epi32(rounded(s0), rounded(s1));
		q = _mm256_packs_epi32(rounded(s2), rounded(s3));
		_mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_permute2x128_si256(p, q, 0x20));
		_mm256_storeu_si256((__m256i *)(void *)(out + i + 16), _mm256_permute2x128_si256(p, q, 0x31));
	}
}

AVX2 static void
across4_avx2(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	const __m256i	 inter = _mm256_setr_epi8(INTERLEAVE, INTERLEAVE);
	/* The first two coefficients for the low lane, the next two for the high one. */
	const __m256i	 spread = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
	    4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);

	for (size_t j = 0; j < n; j++, coef += ntaps, out += 4) {
		const int16_t	*p = in + (size_t)start[j] * 4;
		__m256i		 s = _mm256_setzero_si256();

		for (unsigned t = 0; t < ntaps; t += 4) {
			__m256i	 v = _mm256_loadu_si256((const __m256i *)(const void *)(p + t * 4));
			__m256i	 c = _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(coef + t)));

			s = _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_shuffle_epi8(v, inter), _mm256_shuffle_epi8(c, spread)));
		}
		store_pixel(out, _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1)));
	}
}

AVX2 static inline __m128i
dot_avx2(const int16_t *p, const int16_t *coef, unsigned ntaps)
{
	__m256i	 s = _mm256_setzero_si256();

	for (unsigned t = 0; t < ntaps; t += 16)
		s = _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(p + t)),
		    _mm256_loadu_si256((const __m256i *)(const void *)(coef + t))));
	return _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
}

/* Four at a time, so that summing up within the registers is shared. */
AVX2 static void
across1_avx2(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	size_t	 j = 0;

	for (; j + 4 <= n; j += 4, coef += 4 * ntaps) {
		__m128i	 a = dot_avx2(in + start[j], coef, ntaps), b = dot_avx2(in + start[j + 1], coef + ntaps, ntaps);
		__m128i	 c = dot_avx2(in + start[j + 2], coef + 2 * ntaps, ntaps);
		__m128i	 d = dot_avx2(in + start[j + 3], coef + 3 * ntaps, ntaps);

		store_pixel(out + j, _mm_hadd_epi32(_mm_hadd_epi32(a, b), _mm_hadd_epi32(c, d)));
	}
	for (; j < n; j++, coef += ntaps)
		out[j] = finish1(sum_of(dot_avx2(in + start[j], coef, ntaps)));
}

AVX2 static void
narrow_avx2(uint8_t *out, const int16_t *in, size_t n)
{
	const __m256i	 half = _mm256_set1_epi16(32);

	for (size_t i = 0; i < n; i += 32) {
		__m256i	 a = _mm256_loadu_si256((const __m256i *)(const void *)(in + i));
		__m256i	 b = _mm256_loadu_si256((const __m256i *)(const void *)(in + i + 16));

		a = _mm256_srai_epi16(_mm256_adds_epi16(a, half), 6);
		b = _mm256_srai_epi16(_mm256_adds_epi16(b, half), 6);
		_mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8));
	}
}

const struct resample_kernels resample_avx2 = {
	.name = "avx2", .down = down_avx2, .across4 = across4_avx2, .across1 = across1_avx2, .narrow = narrow_avx2,
};

#else

typedef int resample_x86_not_here;

#endif
