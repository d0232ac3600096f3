/*
 * Filters of PNG rows for x86-64. What hangs on the pixel to the left goes pixel by pixel, its channels at once; the
 * rest sixteen bytes at a time.
 */
#include "image/png_filter.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define SSE41	__attribute__((target("sse4.1")))

/* A pixel of three or four bytes; of three the fourth lane holds a neighbour, which never reaches the others. */
SSE41 static inline __m128i
load_pixel(const uint8_t *p)
{
	int	 v;

	memcpy(&v, p, 4);
	return _mm_cvtsi32_si128(v);
}

SSE41 static inline void
store_pixel(uint8_t *p, __m128i v, unsigned bpp)
{
	int	 i = _mm_cvtsi128_si32(v);

	memcpy(p, &i, bpp);
}

SSE41 static inline void
undo_sub(uint8_t *row, unsigned bpp, size_t n)
{
	__m128i	 a = _mm_setzero_si128();

	for (size_t i = 0; i < n; i += bpp) {
		a = _mm_add_epi8(a, load_pixel(row + i));
		store_pixel(row + i, a, bpp);
	}
}

SSE41 static inline void
undo_avg(uint8_t *row, const uint8_t *prior, unsigned bpp, size_t n)
{
	const __m128i	 one = _mm_set1_epi8(1);
	__m128i		 a = _mm_setzero_si128();

	for (size_t i = 0; i < n; i += bpp) {
		__m128i	 b = load_pixel(prior + i);
		__m128i	 up = _mm_avg_epu8(a, b);	/* rounds up: take that back */
		__m128i	 mean = _mm_sub_epi8(up, _mm_and_si128(_mm_xor_si128(a, b), one));

		a = _mm_add_epi8(load_pixel(row + i), mean);
		store_pixel(row + i, a, bpp);
	}
}

SSE41 static inline void
undo_paeth(uint8_t *row, const uint8_t *prior, unsigned bpp, size_t n)
{
	const __m128i	 zero = _mm_setzero_si128();
	__m128i		 a = zero, c = zero;

	for (size_t i = 0; i < n; i += bpp) {
		__m128i	 b = _mm_cvtepu8_epi16(load_pixel(prior + i));
		__m128i	 pa = _mm_sub_epi16(b, c), pb = _mm_sub_epi16(a, c), pc = _mm_abs_epi16(_mm_add_epi16(pa, pb)), least, from;

		pa = _mm_abs_epi16(pa);
		pb = _mm_abs_epi16(pb);
		least = _mm_min_epi16(pc, _mm_min_epi16(pa, pb));
		from = _mm_blendv_epi8(c, b, _mm_cmpeq_epi16(least, pb));
		from = _mm_blendv_epi8(from, a, _mm_cmpeq_epi16(least, pa));
		a = _mm_add_epi8(_mm_cvtepu8_epi16(load_pixel(row + i)), from);
		store_pixel(row + i, _mm_packus_epi16(a, a), bpp);
		c = b;
	}
}

SSE41 static void
undo_up(uint8_t *row, const uint8_t *prior, size_t n)
{
	size_t	 i = 0;

	for (; i + 16 <= n; i += 16)
		_mm_storeu_si128((__m128i *)(void *)(row + i), _mm_add_epi8(_mm_loadu_si128((const __m128i *)(const void *)(row + i)),
		    _mm_loadu_si128((const __m128i *)(const void *)(prior + i))));
	png_filter_scalar.undo(row + i, prior + i, PNG_F_UP, 1, n - i);
}

/* bpp is known to the compiler at each call, and it unrolls the stores by that. */
SSE41 static void
undo_sse41(uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n)
{
	if (filter == PNG_F_NONE)
		return;
	if (filter == PNG_F_UP)
		undo_up(row, prior, n);
	else if (bpp < 3)
		png_filter_scalar.undo(row, prior, filter, bpp, n);
	else if (filter == PNG_F_SUB)
		bpp == 3 ? undo_sub(row, 3, n) : undo_sub(row, 4, n);
	else if (filter == PNG_F_AVG)
		bpp == 3 ? undo_avg(row, prior, 3, n) : undo_avg(row, prior, 4, n);
	else
		bpp == 3 ? undo_paeth(row, prior, 3, n) : undo_paeth(row, prior, 4, n);
}

SSE41 static uint64_t
apply_sse41(uint8_t *out, const uint8_t *row, const uint8_t *prior, enum png_filter filter, unsigned bpp, size_t n)
{
	const __m128i	 zero = _mm_setzero_si128();
	const uint8_t	*from = filter == PNG_F_UP ? prior : row - bpp;
	size_t		 i = filter == PNG_F_SUB ? bpp : 0;
	uint64_t	 left;
	__m128i		 sum = zero;

	if (filter == PNG_F_NONE || n < i)
		return png_filter_scalar.apply(out, row, prior, filter, bpp, n);
	left = png_filter_scalar.apply(out, row, prior, filter, bpp, i);
	for (; i + 16 <= n; i += 16) {
		__m128i	 d = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)(row + i)),
		    _mm_loadu_si128((const __m128i *)(const void *)(from + i)));

		_mm_storeu_si128((__m128i *)(void *)(out + i), d);
		sum = _mm_add_epi64(sum, _mm_sad_epu8(_mm_min_epu8(d, _mm_sub_epi8(zero, d)), zero));
	}
	for (; i < n; i++) {
		out[i] = (uint8_t)(row[i] - from[i]);
		left += out[i] < 128 ? out[i] : 256u - out[i];
	}
	return left + (uint64_t)_mm_cvtsi128_si64(sum) + (uint64_t)_mm_extract_epi64(sum, 1);
}

const struct png_filter_kernels png_filter_sse41 = { .name = "sse4.1", .undo = undo_sse41, .apply = apply_sse41 };

#else

typedef int png_filter_x86_not_here;

#endif
