/*
 * The kernels of the resampler for 64-bit ARM.
 */
#include "image/resample.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

static void
down_neon(int16_t *out, const uint8_t *const *rows, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t i = 0; i < n; i += 16) {
		int32x4_t	 s0 = vdupq_n_s32(0), s1 = s0, s2 = s0, s3 = s0;

		for (unsigned t = 0; t < ntaps; t++) {
			uint8x16_t	 a = vld1q_u8(rows[t] + i);
			int16x8_t	 lo = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(a)));
			int16x8_t	 hi = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(a)));

			s0 = vmlal_n_s16(s0, vget_low_s16(lo), coef[t]);
			s1 = vmlal_n_s16(s1, vget_high_s16(lo), coef[t]);
			s2 = vmlal_n_s16(s2, vget_low_s16(hi), coef[t]);
			s3 = vmlal_n_s16(s3, vget_high_s16(hi), coef[t]);
		}
		vst1q_s16(out + i, vcombine_s16(vqrshrn_n_s32(s0, 8), vqrshrn_n_s32(s1, 8)));
		vst1q_s16(out + i + 8, vcombine_s16(vqrshrn_n_s32(s2, 8), vqrshrn_n_s32(s3, 8)));
	}
}

static void
across4_neon(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t j = 0; j < n; j++, coef += ntaps, out += 4) {
		const int16_t	*p = in + (size_t)start[j] * 4;
		int32x4_t	 s = vdupq_n_s32(1 << 19);
		uint8x8_t	 b;
		uint32_t	 px;

		for (unsigned t = 0; t < ntaps; t++)
			s = vmlal_n_s16(s, vld1_s16(p + t * 4), coef[t]);
		s = vshrq_n_s32(s, 20);
		b = vqmovun_s16(vcombine_s16(vqmovn_s32(s), vqmovn_s32(s)));
		px = vget_lane_u32(vreinterpret_u32_u8(b), 0);
		memcpy(out, &px, 4);
	}
}

static void
across1_neon(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t j = 0; j < n; j++, coef += ntaps) {
		const int16_t	*p = in + start[j];
		int32x4_t	 s = vdupq_n_s32(0);
		int32_t		 v;

		for (unsigned t = 0; t < ntaps; t += 4)
			s = vmlal_s16(s, vld1_s16(p + t), vld1_s16(coef + t));
		v = (vaddvq_s32(s) + (1 << 19)) >> 20;
		out[j] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
}

static void
narrow_neon(uint8_t *out, const int16_t *in, size_t n)
{
	for (size_t i = 0; i < n; i += 16)
		vst1q_u8(out + i, vcombine_u8(vqrshrun_n_s16(vld1q_s16(in + i), 6), vqrshrun_n_s16(vld1q_s16(in + i + 8), 6)));
}

const struct resample_kernels resample_neon = {
	.name = "neon", .down = down_neon, .across4 = across4_neon, .across1 = across1_neon, .narrow = narrow_neon,
};

#else

typedef int resample_neon_not_here;

#endif
