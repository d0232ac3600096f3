/*
 * The transforms, written once with the compiler's vectors and compiled for each kind of processor. A lane is a block, so
 * nothing is ever shuffled: what is a row of a block in the books is eight rows of eight blocks here.
 */
#include "image/jpeg_idct.h"

#include <string.h>

#include "base/defs.h"
#include "image/cpu.h"

typedef int32_t	 lanes __attribute__((vector_size(IDCT_LANES * 4), aligned(4), may_alias));
typedef uint32_t ulanes __attribute__((vector_size(IDCT_LANES * 4), aligned(4), may_alias));

#define BITS	13			/* of the factors behind the point */
#define KEEP	2			/* bits behind the point between the passes */
#define FIX(x)	((uint32_t)((x) * (1 << BITS) + 0.5))

#if defined(__clang__)
#define UNROLL	_Pragma("unroll")
#else
#define UNROLL	_Pragma("GCC unroll 8")
#endif
#define INLINE	static inline __attribute__((always_inline))

/* One transform in place: n values, step apart. Unsigned, as nonsense may overflow. */
INLINE void
line2(ulanes *c, size_t step)
{
	ulanes	 a = c[0], b = c[step];

	c[0] = (a + b) << BITS;
	c[step] = (a - b) << BITS;
}

INLINE void
line3(ulanes *c, size_t step)
{
	ulanes	 a = c[0] << BITS, e = a + c[2 * step] * FIX(0.707106781), o = c[step] * FIX(1.224744871);

	c[step] = a - c[2 * step] * FIX(1.414213562);
	c[0] = e + o;
	c[2 * step] = e - o;
}

INLINE void
line4(ulanes *c, size_t step)
{
	ulanes	 e0 = (c[0] + c[2 * step]) << BITS, e1 = (c[0] - c[2 * step]) << BITS;
	ulanes	 o0 = c[step] * FIX(1.306562965) + c[3 * step] * FIX(0.541196100);
	ulanes	 o1 = c[step] * FIX(0.541196100) - c[3 * step] * FIX(1.306562965);

	c[0] = e0 + o0;
	c[step] = e1 + o1;
	c[2 * step] = e1 - o1;
	c[3 * step] = e0 - o0;
}

INLINE void
line6(ulanes *c, size_t step)
{
	ulanes	 a = c[0] << BITS, m = a + c[4 * step] * FIX(0.707106781), s = c[2 * step] * FIX(1.224744871);
	ulanes	 e0 = m + s, e1 = a - c[4 * step] * FIX(1.414213562), e2 = m - s;
	ulanes	 c1 = c[step], c3 = c[3 * step], c5 = c[5 * step], t = (c1 + c5) * FIX(0.366025404);
	ulanes	 o0 = t + ((c1 + c3) << BITS), o1 = (c1 - c3 - c5) << BITS, o2 = t + ((c5 - c3) << BITS);

	c[0] = e0 + o0;
	c[step] = e1 + o1;
	c[2 * step] = e2 + o2;
	c[3 * step] = e2 - o2;
	c[4 * step] = e1 - o1;
	c[5 * step] = e0 - o0;
}

/* Loeffler, Ligtenberg and Moschytz, with twelve multiplications. */
INLINE void
line8(ulanes *c, size_t step)
{
	ulanes	 z = (c[2 * step] + c[6 * step]) * FIX(0.541196100);
	ulanes	 r = z - c[6 * step] * FIX(1.847759065), s = z + c[2 * step] * FIX(0.765366865);
	ulanes	 p = (c[0] + c[4 * step]) << BITS, m = (c[0] - c[4 * step]) << BITS;
	ulanes	 e0 = p + s, e3 = p - s, e1 = m + r, e2 = m - r;
	ulanes	 c1 = c[step], c3 = c[3 * step], c5 = c[5 * step], c7 = c[7 * step];
	ulanes	 all = (c1 + c3 + c5 + c7) * FIX(1.175875602);
	ulanes	 z71 = (c7 + c1) * FIX(0.899976223), z53 = (c5 + c3) * FIX(2.562915447);
	ulanes	 z73 = all - (c7 + c3) * FIX(1.961570560), z51 = all - (c5 + c1) * FIX(0.390180644);
	ulanes	 o3 = c7 * FIX(0.298631336) - z71 + z73, o2 = c5 * FIX(2.053119869) - z53 + z51;
	ulanes	 o1 = c3 * FIX(3.072711026) - z53 + z73, o0 = c1 * FIX(1.501321110) - z71 + z51;

	c[0] = e0 + o0;
	c[step] = e1 + o1;
	c[2 * step] = e2 + o2;
	c[3 * step] = e3 + o3;
	c[4 * step] = e3 - o3;
	c[5 * step] = e2 - o2;
	c[6 * step] = e1 - o1;
	c[7 * step] = e0 - o0;
}

INLINE void
line(unsigned n, ulanes *c, size_t step)
{
	switch (n) {
	case 2:
		line2(c, step);
		break;
	case 3:
		line3(c, step);
		break;
	case 4:
		line4(c, step);
		break;
	case 6:
		line6(c, step);
		break;
	default:
		line8(c, step);
	}
}

/* Rounded, around 128, between 0 and 255. */
INLINE void
pixel(ulanes *to, const ulanes *from)
{
	lanes	 s = (lanes)(*from + (128u << (BITS + KEEP + 3)) + (1u << (BITS + KEEP + 2))) >> (BITS + KEEP + 3);
	lanes	 high = s > 255;

	s &= ~(s < 0);
	*to = (ulanes)((s & ~high) | (high & 255));
}

/* At most four pixels of each block at from[], with gap pixels from block to block. */
INLINE void
put(uint8_t *out, const ulanes *from, unsigned n, size_t gap)
{
	ulanes	 v, more;
	uint32_t px[IDCT_LANES];

	pixel(&v, from);
	UNROLL
	for (unsigned i = 1; i < n; i++) {
		pixel(&more, from + i);
		v |= more << (8 * i);
	}
	if (n == 4 && gap == 4) {
		memcpy(out, &v, sizeof(v));
		return;
	}
	memcpy(px, &v, sizeof(px));
	for (size_t i = 0; i < IDCT_LANES; i++)		/* a fourth of three is overwritten by the next */
		memcpy(out + i * gap, &px[i], n == 2 ? 2 : gap == 6 ? 3 : 4);
}

INLINE void
transform(unsigned n, int32_t (*c)[IDCT_LANES], uint8_t *out, size_t stride)
{
	ulanes	 v[64], *from = (ulanes *)c[0];

	for (unsigned x = 0; x < n; x++) {
		ulanes	 col[8];

		UNROLL
		for (unsigned y = 0; y < n; y++) {
			col[y] = from[y * n + x];
			from[y * n + x] = (ulanes){ 0 };
		}
		line(n, col, 1);
		UNROLL
		for (unsigned y = 0; y < n; y++)
			v[y * n + x] = (ulanes)((lanes)(col[y] + (1u << (BITS - KEEP - 1))) >> (BITS - KEEP));
	}
	for (unsigned y = 0; y < n; y++, out += stride) {
		ulanes	*row = v + (size_t)y * n;

		line(n, row, 1);
		if (n <= 4) {
			put(out, row, n, n);
			continue;
		}
		put(out, row, n / 2, n);
		put(out + n / 2, row + n / 2, n / 2, n);
	}
}

struct idct_kernels {
	const char	*name;
	idct_fn		*of[9];		/* by rows and columns out; NULL: none */
};

#define KIND(kind, label, attr)										\
	attr static void kind##2(int32_t (*c)[IDCT_LANES], uint8_t *o, size_t s) { transform(2, c, o, s); }	\
	attr static void kind##3(int32_t (*c)[IDCT_LANES], uint8_t *o, size_t s) { transform(3, c, o, s); }	\
	attr static void kind##4(int32_t (*c)[IDCT_LANES], uint8_t *o, size_t s) { transform(4, c, o, s); }	\
	attr static void kind##6(int32_t (*c)[IDCT_LANES], uint8_t *o, size_t s) { transform(6, c, o, s); }	\
	attr static void kind##8(int32_t (*c)[IDCT_LANES], uint8_t *o, size_t s) { transform(8, c, o, s); }	\
	static const struct idct_kernels kind = { label, { NULL, NULL, kind##2, kind##3, kind##4, NULL, kind##6, NULL, kind##8 } };

KIND(scalar, "scalar", )
#if defined(__x86_64__)
KIND(sse41, "sse4.1", __attribute__((target("sse4.1"))))
KIND(avx2, "avx2", __attribute__((target("avx2"))))
#endif

static const void *const all[] = {		/* best first */
#if defined(__x86_64__)
	&avx2, &sse41,
#endif
	&scalar,
};
static const struct idct_kernels *chosen;

bool
idct_use(const char *kernel)
{
	const void *k = cpu_named(all, NELEM(all), kernel);

	if (k != NULL)
		chosen = k;
	return k != NULL;
}

idct_fn *
idct_of(unsigned n)
{
	if (chosen == NULL)
		chosen = cpu_best(all);
	return n < NELEM(chosen->of) ? chosen->of[n] : NULL;
}
