/*
 * The resampler. Columns first: each finished row is a weighted sum of whole source rows, which is the bulk of the
 * work and runs at full vector width whatever the channels are; then that one row is made as wide as it shall be.
 * Coefficients are 2.14, what stands between the two passes is 10.6 with sign, so that the overshoot of the filter is
 * not cut before the end. A very small result is first averaged over whole boxes, leaving the filter a factor of 8.
 */
#include "image/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/alpha.h"
#include "image/cpu.h"

#define LOBES	3.0
#define BOX_OVER 16.0		/* from this factor on boxes come first ... */
#define BOX_LEFT 8.0		/* ... and leave this */

struct filter {
	unsigned	 ntaps;		/* padded */
	uint32_t	*start;		/* first tap of each output */
	int16_t		*coef;		/* out_n * ntaps */
};

struct resample {
	uint32_t	 in_w, in_h;	/* as fed */
	uint32_t	 box_x, box_y;	/* averaged over so many before the filter; 1: not */
	uint32_t	 mid_w, mid_h;	/* after the boxes */
	uint32_t	 out_w, out_h;
	unsigned	 ch;
	bool		 premultiply;
	struct filter	 fx, fy;
	size_t		 row_bytes;	/* of a row in the ring, padded */
	uint32_t	 ring_n;
	uint8_t		*ring;		/* ring_n rows of the source */
	const uint8_t	**taps;		/* the rows of one output row */
	uint8_t		*feed;		/* boxes: the row as fed */
	uint32_t	*sum;		/* boxes: sums of a row of boxes */
	int16_t		*mid;		/* between the passes */
	uint32_t	 fed;		/* rows fed */
	uint32_t	 have;		/* rows in the ring so far, boxes counted as one */
	uint32_t	 done;		/* rows out */
};

static const struct resample_kernels *kernels;

static const void *const all[] = {		/* best first */
#if defined(__x86_64__)
	&resample_avx2, &resample_sse41,
#elif defined(__aarch64__)
	&resample_neon,
#endif
	&resample_scalar,
};

const struct resample_kernels *
resample_kernels(void)
{
	if (kernels == NULL)
		kernels = cpu_best(all);
	return kernels;
}

bool
resample_use(const char *kernel)
{
	const void *k = cpu_named(all, NELEM(all), kernel);

	if (k != NULL)
		kernels = k;
	return k != NULL;
}

/* The filter at so many places a pixel; between them a straight line is exact to a millionth. */
#define STEPS 1024

static double	 curve[3 * STEPS + 2];

static void
curve_make(void)
{
	curve[0] = 1;
	for (int i = 1; i < 3 * STEPS; i++) {
		double	 x = M_PI * i / STEPS;

		curve[i] = LOBES * sin(x) * sin(x / LOBES) / (x * x);
	}
}

static double
lanczos(double x)
{
	double	 at = fabs(x) * STEPS;
	int	 i;

	if (at >= LOBES * STEPS)
		return 0.0;
	i = (int)at;
	return curve[i] + (curve[i + 1] - curve[i]) * (at - i);
}

/* Weights to integers whose sum is exactly one; the rounding rest goes to the largest. */
static void
quantise(const double *w, unsigned n, int16_t *out)
{
	double	 total = 0, carry = 0;
	int	 sum = 0;
	unsigned big = 0;

	for (unsigned i = 0; i < n; i++)
		total += w[i];
	for (unsigned i = 0; i < n; i++) {
		double	 v = w[i] / total * RESAMPLE_ONE + carry;
		int	 q = (int)lrint(v);

		carry = v - q;
		out[i] = (int16_t)q;
		sum += q;
		if (out[i] > out[big])
			big = i;
	}
	out[big] = (int16_t)(out[big] + RESAMPLE_ONE - sum);
}

struct span {
	double	 scale;		/* source pixels of one output pixel */
	double	 support;
	int64_t	 lo, hi;
};

static struct span
axis_span(const struct resample_axis *a)
{
	struct span	 s = { .scale = a->size / a->out_n, .lo = a->lo, .hi = a->hi ? a->hi : a->in_n };

	s.support = LOBES * (s.scale > 1 ? s.scale : 1);
	return s;
}

static unsigned
axis_taps(const struct resample_axis *a)
{
	struct span	 s = axis_span(a);
	double		 n = ceil(2 * s.support) + 2;

	return n > (double)(s.hi - s.lo) ? (unsigned)(s.hi - s.lo) : (unsigned)n;
}

static enum err
filter_make(struct filter *fl, const struct resample_axis *a, unsigned pad, struct fault *f)
{
	struct span	 s = axis_span(a);
	unsigned	 most = axis_taps(a);
	double		*w = calloc(most, sizeof(*w));

	fl->ntaps = (most + pad - 1) / pad * pad;
	fl->start = calloc(a->out_n, sizeof(*fl->start));
	fl->coef = calloc((size_t)a->out_n * fl->ntaps, sizeof(*fl->coef));
	if (w == NULL || fl->start == NULL || fl->coef == NULL) {
		free(w);
		return fault_set(f, ERR_NOMEM, "no memory for a filter");
	}
	for (uint32_t j = 0; j < a->out_n; j++) {
		double	 centre = a->at + (j + 0.5) * s.scale - 0.5;
		int64_t	 first = (int64_t)ceil(centre - s.support), last = (int64_t)floor(centre + s.support);
		unsigned n;

		if (first < s.lo)
			first = s.lo;
		if (first > s.hi - 1)
			first = s.hi - 1;
		if (last > s.hi - 1)
			last = s.hi - 1;
		if (last < first)
			last = first;
		n = (unsigned)(last - first + 1);
		if (n > most)
			n = most;
		for (unsigned i = 0; i < n; i++)
			w[i] = lanczos(((double)(first + i) - centre) / (s.scale > 1 ? s.scale : 1));
		if (n == 1)
			w[0] = 1;
		fl->start[j] = (uint32_t)first;
		quantise(w, n, fl->coef + (size_t)j * fl->ntaps);
	}
	free(w);
	return ERR_OK;
}

static uint32_t
box_of(const struct resample_axis *a)
{
	double	 scale = a->size / a->out_n;

	return scale < BOX_OVER ? 1 : (uint32_t)(scale / BOX_LEFT);
}

/* The axis behind boxes of k pixels. */
static struct resample_axis
boxed(const struct resample_axis *a, uint32_t k)
{
	struct resample_axis	 b = *a;

	if (k == 1)
		return b;
	b.in_n = (a->in_n + k - 1) / k;
	b.at = a->at / k;
	b.size = a->size / k;
	b.lo = a->lo / k;
	b.hi = a->hi ? (a->hi + k - 1) / k : 0;
	return b;
}

static size_t
padded(size_t bytes)
{
	return (bytes + 63) & ~(size_t)31;
}

uint64_t
resample_bytes(const struct resample_axis *x, const struct resample_axis *y, unsigned channels)
{
	struct resample_axis	 bx = boxed(x, box_of(x)), by = boxed(y, box_of(y));
	uint64_t		 row = padded((uint64_t)bx.in_n * channels);

	return row * (axis_taps(&by) + 2) + row * 2 + (uint64_t)x->in_n * channels * 5 +
	    ((uint64_t)bx.out_n * (axis_taps(&bx) + 16) + (uint64_t)by.out_n * axis_taps(&by)) * 2;
}

enum err
resample_new(struct resample **out, const struct resample_axis *x, const struct resample_axis *y, unsigned channels,
    bool premultiply, struct fault *f)
{
	struct resample_axis	 bx, by;
	struct resample		*r = calloc(1, sizeof(*r));
	enum err		 e = ERR_NOMEM;

	if (r == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a filter");
	(void)resample_kernels();
	if (curve[0] <= 0)
		curve_make();
	r->box_x = box_of(x);
	r->box_y = box_of(y);
	bx = boxed(x, r->box_x);
	by = boxed(y, r->box_y);
	r->in_w = x->in_n;
	r->in_h = y->in_n;
	r->mid_w = bx.in_n;
	r->mid_h = by.in_n;
	r->out_w = x->out_n;
	r->out_h = y->out_n;
	r->ch = channels;
	r->premultiply = premultiply;
	if ((e = filter_make(&r->fx, &bx, channels == 1 ? 16 : 4, f)) || (e = filter_make(&r->fy, &by, 2, f)))
		goto out;
	r->row_bytes = padded((size_t)r->mid_w * channels);
	r->ring_n = r->fy.ntaps + 1;
	r->ring = calloc(r->ring_n, r->row_bytes);
	r->taps = calloc(r->fy.ntaps, sizeof(*r->taps));
	r->mid = calloc(r->row_bytes + (size_t)r->fx.ntaps * channels + 32, sizeof(*r->mid));
	if (r->box_x > 1 || r->box_y > 1) {
		r->feed = malloc((size_t)r->in_w * channels);
		r->sum = calloc((size_t)r->mid_w * channels, sizeof(*r->sum));
	}
	if (r->ring == NULL || r->taps == NULL || r->mid == NULL || (r->feed == NULL) != (r->box_x == 1 && r->box_y == 1) ||
	    (r->feed != NULL && r->sum == NULL)) {
		e = fault_set(f, ERR_NOMEM, "no memory for a filter");
		goto out;
	}
	*out = r;
	r = NULL;
out:
	resample_free(r);
	return e;
}

void
resample_free(struct resample *r)
{
	if (r == NULL)
		return;
	free(r->fx.start);
	free(r->fx.coef);
	free(r->fy.start);
	free(r->fy.coef);
	free(r->ring);
	free(r->taps);
	free(r->feed);
	free(r->sum);
	free(r->mid);
	free(r);
}

static uint8_t *
ring_row(struct resample *r, uint32_t i)
{
	return r->ring + (size_t)(i % r->ring_n) * r->row_bytes;
}

uint8_t *
resample_slot(struct resample *r)
{
	return r->feed != NULL ? r->feed : ring_row(r, r->have);
}

/* Adds the fed row to the sums; at the end of a row of boxes their means go into the ring. */
static void
box_row(struct resample *r)
{
	size_t		 in = 0;
	uint32_t	 rows = r->fed % r->box_y + 1;
	bool		 full = rows == r->box_y || r->fed + 1 == r->in_h;
	uint8_t		*to = ring_row(r, r->have);

	for (uint32_t x = 0; x < r->mid_w; x++) {
		uint32_t	 cols = r->in_w - x * r->box_x < r->box_x ? r->in_w - x * r->box_x : r->box_x;
		uint32_t	 area = cols * rows;

		for (uint32_t i = 0; i < cols; i++)
			for (unsigned c = 0; c < r->ch; c++)
				r->sum[x * r->ch + c] += r->feed[in++];
		if (full)
			for (unsigned c = 0; c < r->ch; c++) {
				to[x * r->ch + c] = (uint8_t)((r->sum[x * r->ch + c] + area / 2) / area);
				r->sum[x * r->ch + c] = 0;
			}
	}
	if (full)
		r->have++;
}

void
resample_put(struct resample *r)
{
	if (r->premultiply)
		alpha_kernels()->premultiply(resample_slot(r), r->in_w);
	if (r->feed != NULL)
		box_row(r);
	else
		r->have++;
	r->fed++;
}

/* How many taps of row j are real: the rest are zeros behind the last row. */
static uint32_t
last_tap(const struct resample *r, uint32_t j)
{
	uint32_t	 end = r->fy.start[j] + r->fy.ntaps;

	return end < r->mid_h ? end : r->mid_h;
}

bool
resample_get(struct resample *r, uint8_t *out)
{
	const int16_t	*coef;
	uint32_t	 end, start;
	unsigned	 used = r->fy.ntaps;

	if (r->done == r->out_h)
		return false;
	coef = r->fy.coef + (size_t)r->done * r->fy.ntaps;
	start = r->fy.start[r->done];
	while (used > 2 && coef[used - 1] == 0 && coef[used - 2] == 0)
		used -= 2;
	end = start + used < last_tap(r, r->done) ? start + used : last_tap(r, r->done);
	if (r->have < end)
		return false;
	for (unsigned t = 0; t < used; t++)
		r->taps[t] = ring_row(r, start + t < end ? start + t : end - 1);
	kernels->down(r->mid, r->taps, coef, used, r->row_bytes - 32);
	if (r->ch == 4)
		kernels->across4(out, r->mid, r->fx.start, r->fx.coef, r->fx.ntaps, r->out_w);
	else
		kernels->across1(out, r->mid, r->fx.start, r->fx.coef, r->fx.ntaps, r->out_w);
	if (r->premultiply)
		alpha_kernels()->straighten(out, r->out_w);
	r->done++;
	return true;
}

bool
resample_done(const struct resample *r)
{
	return r->done == r->out_h;
}

static void
down_scalar(int16_t *out, const uint8_t *const *rows, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t	 v = 128;

		for (unsigned t = 0; t < ntaps; t++)
			v += rows[t][i] * coef[t];
		v >>= 8;
		out[i] = (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
	}
}

static inline uint8_t
clamp8(int32_t v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void
across4_scalar(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t j = 0; j < n; j++, coef += ntaps) {
		const int16_t	*p = in + (size_t)start[j] * 4;
		int32_t		 v[4] = { 1 << 19, 1 << 19, 1 << 19, 1 << 19 };

		for (unsigned t = 0; t < ntaps; t++)
			for (int c = 0; c < 4; c++)
				v[c] += p[t * 4 + (unsigned)c] * coef[t];
		for (int c = 0; c < 4; c++)
			*out++ = clamp8(v[c] >> 20);
	}
}

static void
across1_scalar(uint8_t *out, const int16_t *in, const uint32_t *start, const int16_t *coef, unsigned ntaps, size_t n)
{
	for (size_t j = 0; j < n; j++, coef += ntaps) {
		const int16_t	*p = in + start[j];
		int32_t		 v = 1 << 19;

		for (unsigned t = 0; t < ntaps; t++)
			v += p[t] * coef[t];
		*out++ = clamp8(v >> 20);
	}
}

static void
narrow_scalar(uint8_t *out, const int16_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = clamp8((in[i] + 32) >> 6);
}

const struct resample_kernels resample_scalar = {
	.name = "scalar", .down = down_scalar, .across4 = across4_scalar, .across1 = across1_scalar, .narrow = narrow_scalar,
};
