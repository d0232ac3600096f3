/*
 * The scan, MCU by MCU. The coded bytes are freed from stuffing chunk by chunk first, so that the reader of bits needs no
 * look at what it reads; behind a chunk there is always room for one MCU more, and only between two MCUs is it asked
 * whether one went too far. The values of a block go into a lane of a group of eight, which are transformed at once.
 */
#include "image/jpeg_scan.h"

#include <stdlib.h>
#include <string.h>

#include "image/jpeg_huff.h"
#include "image/jpeg_idct.h"

#define CHUNK		(48 * 1024)	/* bytes free of stuffing that are held */
#define MCU_BYTES	4096		/* more than the longest: 10 blocks of 64 symbols of 27 bits */
#define MCU_BLOCKS	10
#define LINES		4		/* rows of blocks in an MCU */
#define DATA_LONG	(96 * 1024)	/* bytes from which large tables pay */
#define DATA_SHORT	(48 * 1024)

struct plane {
	unsigned	 h, v, n;
	uint32_t	 stop;			/* values from here on are not wanted, 1..64 */
	int32_t		 mul[64];		/* in the order of the scan */
	uint8_t		 slot[64];		/* where such a value goes */
	const struct huff *dc, *ac;
	int32_t		 pred;
	idct_fn		*idct;			/* NULL: n is 1 */
	uint8_t		*px;			/* v * n rows */
	size_t		 stride;
	int32_t		 group[LINES][IDCT_SLOTS][IDCT_LANES];
};

/* The top n bits are to be read next; what lies below them is from the bytes at p, but not for certain. */
struct bits {
	uint64_t	 top;
	unsigned	 n;
	const uint8_t	*p;
};

struct jpeg_scan {
	const uint8_t	*data;
	size_t		 len, at;		/* raw: taken so far */
	bool		 ended;			/* the buffer holds the rest of this segment */
	unsigned	 planes, restart, marker;
	uint32_t	 left;			/* MCUs to the next restart marker */
	uint32_t	 mcus, lines, line;
	uint32_t	 x0, x1, y0, y1;	/* in MCUs */
	struct bits	 b;
	uint8_t		*end, *limit;		/* of what is in buf, and when to ask for more */
	struct plane	 p[SCAN_PLANES];
	struct huff	 huff[2 * SCAN_PLANES];
	unsigned	 nhuff;
	uint8_t		 buf[CHUNK + MCU_BYTES];
};

static const uint8_t zigzag[64] = {
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

unsigned
scan_size(double eighths)
{
	/* The fewer frequencies there are, the more the cut behind the last one shows. */
	static const struct {
		unsigned	 n;
		double		 over;
	} sizes[] = { { 1, 1.6 }, { 2, 1.65 }, { 3, 1.3 }, { 4, 1.2 }, { 6, 1.2 } };

	for (size_t i = 0; i < NELEM(sizes); i++)
		if (sizes[i].n >= eighths * sizes[i].over)
			return sizes[i].n;
	return 8;
}

uint8_t *
jpeg_scan_copy(uint8_t *to, const uint8_t *full, const uint8_t *data, size_t len, size_t *at, bool *ended)
{
	while (to < full) {
		const uint8_t	*from = data + *at, *ff;
		size_t		 n = len - *at, room = (size_t)(full - to);

		n = n < room ? n : room;
		ff = memchr(from, 0xff, n);
		if (ff != NULL)
			n = (size_t)(ff - from);
		memcpy(to, from, n);
		to += n;
		*at += n;
		if (ff == NULL && *at < len)
			continue;
		if (ff == NULL || *at + 1 >= len || ff[1] != 0) {
			*ended = true;
			break;
		}
		*to++ = 0xff;
		*at += 2;
	}
	return to;
}

/* More of the segment into the buffer, behind what is left in it, up to a marker. */
static void
fill(struct jpeg_scan *s)
{
	uint8_t		*to = s->buf;

	if (s->b.p < s->end) {
		memmove(s->buf, s->b.p, (size_t)(s->end - s->b.p));
		to += s->end - s->b.p;
	}
	s->b.p = s->buf;
	s->end = jpeg_scan_copy(to, s->buf + CHUNK, s->data, s->len, &s->at, &s->ended);
	s->limit = s->ended ? s->end : s->end - MCU_BYTES;
}

/* Bits that were read of what is in the buffer. */
static int64_t
bits_read(const struct jpeg_scan *s)
{
	return (int64_t)(s->b.p - s->buf) * 8 - s->b.n;
}

/* Near the end of the buffer: is there enough for another MCU? */
static bool
more(struct jpeg_scan *s)
{
	if (!s->ended)
		fill(s);
	return !s->ended || bits_read(s) <= (int64_t)(s->end - s->buf) * 8;
}

static void
segment(struct jpeg_scan *s)
{
	s->b = (struct bits){ .p = s->buf };
	s->end = s->buf;
	s->ended = false;
	s->left = s->restart;
	for (unsigned i = 0; i < s->planes; i++)
		s->p[i].pred = 0;
	fill(s);
}

/* At a restart marker, which must be the right one with nothing before it but the rest of a byte. */
static bool
restart(struct jpeg_scan *s)
{
	int64_t	 n = (int64_t)(s->end - s->buf) * 8 - bits_read(s);

	if (!s->ended || n < 0 || n > 7 || s->at + 2 > s->len || s->data[s->at + 1] != 0xd0 + s->marker)
		return false;
	s->marker = (s->marker + 1) & 7;
	s->at += 2;
	segment(s);
	return true;
}

#define INLINE	static inline __attribute__((always_inline))

/* At least 56 bits. */
INLINE void
refill(struct bits *b)
{
	uint64_t	 v;

	memcpy(&v, b->p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	b->top |= v >> b->n;
	b->p += (63 - b->n) >> 3;
	b->n |= 56;
}

INLINE void
drop(struct bits *b, unsigned n)
{
	b->top <<= n;
	b->n -= n;
}

/* One symbol; way to go is added to *k. */
INLINE bool
symbol(struct bits *b, const struct huff *h, uint32_t *k, int32_t *value)
{
	uint32_t	 e = h->look[b->top >> (64 - HUFF_LOOK)];
	unsigned	 used = e & 255;

	if (__builtin_expect(used == 0, 0)) {
		if ((e = huff_symbol(&h->code, b->top)) == 0)
			return false;
		used = e & 255;
	}
	*value = (int32_t)e >> 16;
	if (used > HUFF_LOOK)
		*value = huff_value(b->top << (used - (e >> 16)), e >> 16);
	drop(b, used);
	*k += e >> 8 & 255;
	return true;
}

/* The rest of a block from its value k on, which nobody wants. */
INLINE bool
skip(struct bits *b, const struct huff *h, uint32_t k)
{
	unsigned	 shift = 64 - h->skip_bits;
	int32_t		 value;

	while (k < 64) {
		uint32_t	 e = 0, next = 0;

		refill(b);
		for (int i = 0; i < 56 / HUFF_SKIP_MAX; i++) {
			e = h->skip[b->top >> shift];
			next = k + (e >> 8);
			if (next >= 64)
				break;
			drop(b, e & 255);
			k = next;
		}
		if (next < 64)
			continue;
		if (next == 64 || (e >> 8 < HUFF_SLOW && e >> 8 >= HUFF_END && next < HUFF_END + 64)) {
			drop(b, e & 255);
			return true;
		}
		refill(b);
		if (!symbol(b, h, &k, &value))
			return false;
		if (k >= HUFF_END)
			return true;
	}
	return k == 64;
}

/* A block: its wanted values, multiplied, into a lane. */
INLINE bool
block(struct bits *b, struct plane *p, int32_t (*to)[IDCT_LANES], unsigned lane, uint32_t stop)
{
	uint32_t	 k = 0;
	int32_t		 value;

	refill(b);
	if (!symbol(b, p->dc, &k, &value))
		return false;
	p->pred = (int32_t)((uint32_t)p->pred + (uint32_t)value);
	to[0][lane] = (int32_t)((uint32_t)p->pred * (uint32_t)p->mul[0]);
	while (k < stop) {
		refill(b);
		for (int i = 0; i < 2 && k < stop; i++) {
			if (!symbol(b, p->ac, &k, &value))
				return false;
			if (k > 64)
				return k >= HUFF_END;
			to[p->slot[k - 1]][lane] = value * p->mul[k - 1];
		}
	}
	return k >= 64 || skip(b, p->ac, k);
}

/* The blocks of one MCU, col MCUs from the left. */
INLINE bool
mcu(struct jpeg_scan *s, struct bits *b, uint32_t col, bool wanted)
{
	for (unsigned i = 0; i < s->planes; i++) {
		struct plane	*p = &s->p[i];
		uint32_t	 stop = wanted ? p->stop : 1;

		for (unsigned y = 0; y < p->v; y++)
			for (unsigned x = 0; x < p->h; x++) {
				uint32_t	 at = col * p->h + x;
				uint8_t		*px = p->px + (size_t)y * p->n * p->stride;

				if (!block(b, p, p->group[y], at % IDCT_LANES, stop))
					return false;
				if (p->n == 1)
					px[at] = idct_mean(p->group[y][0][at % IDCT_LANES]);
				else if (at % IDCT_LANES == IDCT_LANES - 1 && s->line >= s->y0)
					p->idct(p->group[y], px + (size_t)(at - at % IDCT_LANES) * p->n, p->stride);
			}
	}
	return true;
}

/* Groups that are not full at the end of a row of blocks. */
static void
finish_row(struct jpeg_scan *s)
{
	for (unsigned i = 0; i < s->planes; i++) {
		struct plane	*p = &s->p[i];
		uint32_t	 at = s->mcus * p->h;

		for (unsigned y = 0; y < p->v && p->n > 1 && at % IDCT_LANES != 0; y++)
			p->idct(p->group[y], p->px + (size_t)y * p->n * p->stride + (size_t)(at - at % IDCT_LANES) * p->n, p->stride);
	}
}

bool
jpeg_scan_next(struct jpeg_scan *s)
{
	struct bits	 b = s->b;
	bool		 row = s->line >= s->y0 && s->line < s->y1;

	if (s->line == s->lines)
		return false;
	for (uint32_t col = 0; col < s->mcus; col++) {
		if (b.p >= s->limit || (s->restart && s->left == 0)) {
			s->b = b;
			if ((s->restart && s->left == 0 && !restart(s)) || !more(s))
				return false;
			b = s->b;
		}
		s->left--;
		if (!mcu(s, &b, col, row && col >= s->x0 && col < s->x1))
			return false;
	}
	s->b = b;
	if (s->ended && bits_read(s) > (int64_t)(s->end - s->buf) * 8)
		return false;
	finish_row(s);
	s->line++;
	return true;
}

bool
jpeg_scan_complete(struct jpeg_scan *s)
{
	int64_t	 left;

	if (s->line < s->lines)
		return false;
	if (!s->ended)
		fill(s);
	left = (int64_t)(s->end - s->buf) * 8 - bits_read(s);
	return s->ended && left >= 0 && left <= 7 && s->len - s->at >= 2 && s->data[s->at + 1] == 0xd9;
}

const uint8_t *
jpeg_scan_row(const struct jpeg_scan *s, unsigned plane, unsigned y)
{
	return s->p[plane].px + (size_t)y * s->p[plane].stride;
}

size_t
jpeg_scan_at(const struct jpeg_scan *s)
{
	return s->at;
}

/* Tables of the same code are made once. */
static const struct huff *
table(struct jpeg_scan *s, const struct scan_spec *spec, unsigned plane, bool ac, unsigned skip_bits)
{
	const struct scan_plane	*p = &spec->p[plane];

	for (unsigned i = 0; i < plane; i++)
		if (ac ? spec->p[i].ac_bits == p->ac_bits : spec->p[i].dc_bits == p->dc_bits)
			return ac ? s->p[i].ac : s->p[i].dc;
	if (!huff_make(&s->huff[s->nhuff], ac ? p->ac_bits : p->dc_bits, ac ? p->ac_val : p->dc_val, ac, ac ? skip_bits : 0))
		return NULL;
	return &s->huff[s->nhuff++];
}

static bool
plane_make(struct jpeg_scan *s, const struct scan_spec *spec, unsigned i)
{
	const struct scan_plane	*from = &spec->p[i];
	struct plane		*p = &s->p[i];
	size_t			 blocks = (size_t)s->mcus * from->h;

	p->h = from->h;
	p->v = from->v;
	p->n = from->n;
	p->idct = idct_of(p->n);
	for (unsigned k = 0; k < 64; k++) {
		unsigned	 y = zigzag[k] / 8, x = zigzag[k] % 8;
		bool		 want = y < p->n && x < p->n;

		p->mul[k] = from->quant[zigzag[k]];
		p->slot[k] = (uint8_t)(want ? y * p->n + x : IDCT_SLOTS - 1);
		if (want)
			p->stop = k + 1;
	}
	p->dc = table(s, spec, i, false, 0);
	p->ac = table(s, spec, i, true, spec->len > DATA_LONG ? HUFF_SKIP_MAX : spec->len > DATA_SHORT ? 11 : 9);
	p->stride = (blocks + IDCT_LANES - 1) / IDCT_LANES * IDCT_LANES * p->n + IDCT_OVER;
	p->px = calloc((size_t)p->v * p->n, p->stride);
	return p->dc != NULL && p->ac != NULL && p->px != NULL;
}

static bool
is_sampling(unsigned n)
{
	return n == 1 || n == 2 || n == LINES;
}

bool
jpeg_scan_fits(const struct scan_spec *spec)
{
	unsigned	 blocks = 0;

	if (spec->w == 0 || spec->h == 0 || (spec->planes != 1 && spec->planes != SCAN_PLANES))
		return false;
	for (unsigned i = 0; i < spec->planes; i++) {
		const struct scan_plane	*p = &spec->p[i];

		if (!is_sampling(p->h) || !is_sampling(p->v) || (p->n != 1 && idct_of(p->n) == NULL))
			return false;
		blocks += p->h * p->v;
	}
	return blocks <= MCU_BLOCKS;
}

void
jpeg_scan_mcu(const struct scan_spec *spec, uint32_t *w_px, uint32_t *h_px)
{
	*w_px = *h_px = 0;
	for (unsigned i = 0; i < spec->planes; i++) {
		*w_px = spec->p[i].h * 8 > *w_px ? spec->p[i].h * 8 : *w_px;
		*h_px = spec->p[i].v * 8 > *h_px ? spec->p[i].v * 8 : *h_px;
	}
}

struct jpeg_scan *
jpeg_scan_new(const struct scan_spec *spec)
{
	struct jpeg_scan	*s;
	uint32_t		 wide, high;

	if (!jpeg_scan_fits(spec) || (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	jpeg_scan_mcu(spec, &wide, &high);
	s->data = spec->data;
	s->len = spec->len;
	s->planes = spec->planes;
	s->restart = spec->restart;
	s->mcus = (spec->w + wide - 1) / wide;
	s->lines = (spec->h + high - 1) / high;
	s->x0 = spec->x1 ? spec->x0 / wide : 0;
	s->y0 = spec->x1 ? spec->y0 / high : 0;
	s->x1 = spec->x1 ? (spec->x1 + wide - 1) / wide : s->mcus;
	s->y1 = spec->x1 ? (spec->y1 + high - 1) / high : s->lines;
	for (unsigned i = 0; i < s->planes; i++)
		if (!plane_make(s, spec, i)) {
			jpeg_scan_free(s);
			return NULL;
		}
	segment(s);
	return s;
}

void
jpeg_scan_free(struct jpeg_scan *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->planes; i++)
		free(s->p[i].px);
	free(s);
}

uint64_t
jpeg_scan_bytes(uint32_t w)
{
	return sizeof(struct jpeg_scan) + ((uint64_t)w + 256) * SCAN_PLANES * LINES * 8;
}
