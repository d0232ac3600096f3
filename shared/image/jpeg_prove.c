/*
 * A window of the scan is freed from stuffing and cut into parts, which are read side by side. Only the first begins where something
 * is known to begin; the others begin as if there were the first block of an MCU. Such a reader soon falls into step, as Huffman codes
 * do. When the reader before it, who knows, has come to the part, both go on from block to block until they stand at the same bit before
 * the same block of an MCU: from there on they would read the same, so it takes over what the other one has counted and where it ended.
 * Until then nothing counts that was read from a guessed beginning; if they never meet, the part is read again. So what is proved does
 * not rest on luck, only the time it takes.
 *
 * A look takes as many whole symbols of a block as the table knows, and there is no branch in it but for what is rare.
 */
#include "image/jpeg_prove.h"

#include <stdlib.h>
#include <string.h>

#include "image/jpeg_huff.h"

#define LOOK_BITS	12
#define LOOK_SIZE	(1u << LOOK_BITS)
#define LOOK_OVER	7		/* a value may reach so far behind what was seen */
#define READERS		4
#define NODES		10		/* blocks of an MCU */
#define SLACK		128		/* bits: more than three of the longest symbols, 27 each */
#define PAD		64		/* bytes behind the window that may be looked at */
#define MEET_SHARE	4		/* where two have not met in this share of a part, they may never */

_Static_assert(3 * (LOOK_BITS + LOOK_OVER) <= 57, "between two loads there are three looks");

/*
 * An entry: bits 0..7 how many bits it takes, 8..15 how far it goes in the block; WAY_END besides: no more in this block; WAY_SLOW alone:
 * not known here. The way so far begins at -1 and ends at 63, so bit 6 of the sum tells all that is rare: too far, or not known.
 */
enum { WAY_LAST = 63, WAY_RARE = 64, WAY_SLOW = 65, WAY_END = 129 };

/* Bits 0..7 bits read since the last load, 8..15 the way in the block, from 16 on blocks begun: the first step in a block carries over. */
#define COUNT_SHIFT	16
#define WAY(acc)	((acc) >> 8 & 255)
#define START		UINT64_C(0xff00)	/* before a block */

/* A block of an MCU. The pairs are indexed by whether the block is done. */
struct node {
	const uint16_t		*look[2];
	const struct node	*to[2];
	const uint16_t		*dc;
	const struct huff_code	*dc_code, *ac_code;
};

struct place {
	uint64_t		 pos;		/* bits from the window's beginning */
	uint64_t		 acc;
	const struct node	*at;
};

/* The next bits are at the top. */
struct reader {
	struct place	 now;
	uint64_t	 top;
	const uint16_t	*look;
};

struct part {
	struct place	 now;
	uint64_t	 start, end;		/* in bits */
	unsigned	 lost;			/* codes that are none, since a reader came here */
};

struct tables {
	struct huff_code dc_code, ac_code;
	uint16_t	 dc[LOOK_SIZE], ac[LOOK_SIZE];
};

struct jpeg_proof {
	const uint8_t	*data;
	size_t		 len, at;		/* raw: taken so far */
	size_t		 window, part;
	size_t		 have;			/* bytes in buf */
	bool		 ended;			/* buf holds the last ones */
	enum { READING, SOUND, BROKEN } state;
	uint64_t	 blocks;		/* of the picture */
	struct place	 now;
	struct node	 node[NODES];
	struct tables	 tables[SCAN_PLANES];
	uint16_t	 less[LOOK_SIZE];	/* of n bits: from 1 << n on */
	uint8_t		 buf[];			/* window, and PAD */
};

#define INLINE	static inline __attribute__((always_inline))

INLINE bool
is_start(uint64_t acc)
{
	return (acc & START) == START;
}

INLINE uint64_t
bits_at(const uint8_t *buf, uint64_t pos)
{
	uint64_t	 v;

	memcpy(&v, buf + (pos >> 3), sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v << (pos & 7);
}

/* One symbol, whatever it is. false: there is no such code, or it goes too far. */
static bool
symbol(const struct jpeg_proof *p, struct place *now)
{
	bool			 first = is_start(now->acc);
	uint64_t		 bits;
	uint32_t		 e, way;

	now->pos += now->acc & 255;
	now->acc &= ~UINT64_C(255);
	bits = bits_at(p->buf, now->pos);
	if ((e = huff_symbol(first ? now->at->dc_code : now->at->ac_code, bits)) == 0)
		return false;
	now->pos += e & 255;
	way = e >> 8 & 255;
	now->acc += (uint64_t)(way == HUFF_END ? WAY_END : way) << 8;
	if (WAY(now->acc) & WAY_RARE)
		return false;
	if (WAY(now->acc) >= WAY_LAST) {
		now->acc |= START;
		now->at = now->at->to[1];
	}
	return true;
}

/* In a part: where there is no code, what was read before is no use, and a little further on is a new beginning. */
static __attribute__((noinline)) void
rare(const struct jpeg_proof *p, struct part *q, struct place *now)
{
	if (symbol(p, now))
		return;
	q->lost++;
	now->pos += q->lost * UINT64_C(8);
	if (now->pos > q->end)
		now->pos = q->end;
	now->acc = START;
	now->at = p->node;
	q->start = now->pos;
}

INLINE void
load(const struct jpeg_proof *p, struct reader *r)
{
	r->top = bits_at(p->buf, r->now.pos);
}

/* As many symbols as one entry has. */
INLINE void
look(const struct jpeg_proof *p, struct part *q, struct reader *r)
{
	uint32_t	 e = r->look[r->top >> (64 - LOOK_BITS)];
	uint64_t	 acc = r->now.acc + e;
	bool		 done;

	if (__builtin_expect((acc & WAY_RARE << 8) != 0, 0)) {
		struct place	 now = r->now;

		rare(p, q, &now);
		r->now = now;
		r->top = bits_at(p->buf, now.pos);
		r->look = is_start(now.acc) ? now.at->dc : now.at->look[0];
		return;
	}
	done = (uint16_t)acc >= WAY_LAST << 8;
	r->top <<= e & 63;
	r->look = r->now.at->look[done];
	r->now.at = r->now.at->to[done];
	r->now.acc = acc | (-(uint32_t)done & START);
}

INLINE void
settle(struct reader *r)
{
	r->now.pos += r->now.acc & 255;
	r->now.acc &= ~UINT64_C(255);
}

INLINE struct reader
reader_at(const struct place *now)
{
	return (struct reader){ .now = *now, .look = is_start(now->acc) ? now->at->dc : now->at->look[0] };
}

#define ALL_OF(n, what) do {	\
	what(a, 0);		\
	if (n > 1)		\
		what(b, 1);	\
	if (n > 2)		\
		what(c, 2);	\
	if (n > 3)		\
		what(d, 3);	\
} while (0)
#define LOAD(r, i)	load(p, &r)
#define LOOK(r, i)	look(p, q[i], &r)
#define SETTLE(r, i)	settle(&r)
#define LEAVE(r, i)	q[i]->now = r.now

/* n parts side by side, until one of them is read. */
INLINE void
run(const struct jpeg_proof *p, struct part *const *q, unsigned n)
{
	struct reader	 a = reader_at(&q[0]->now), b = reader_at(&q[n > 1 ? 1 : 0]->now), c = reader_at(&q[n > 2 ? 2 : 0]->now),
			 d = reader_at(&q[n > 3 ? 3 : 0]->now);

	while (a.now.pos < q[0]->end && (n < 2 || b.now.pos < q[1]->end) && (n < 3 || c.now.pos < q[2]->end) &&
	    (n < 4 || d.now.pos < q[3]->end)) {
		ALL_OF(n, LOAD);
		ALL_OF(n, LOOK);
		ALL_OF(n, LOOK);
		ALL_OF(n, LOOK);
		ALL_OF(n, SETTLE);
	}
	ALL_OF(n, LEAVE);
}

static void
run_all(const struct jpeg_proof *p, struct part *part, unsigned n)
{
	struct part	*q[READERS];

	for (unsigned i = 0; i < n; i++)
		q[i] = &part[i];
	while (n > 0) {
		unsigned	 left = 0;

		if (n == 4)
			run(p, q, 4);
		else if (n == 3)
			run(p, q, 3);
		else if (n == 2)
			run(p, q, 2);
		else
			run(p, q, 1);
		for (unsigned i = 0; i < n; i++)
			if (q[i]->now.pos < q[i]->end)
				q[left++] = q[i];
		n = left;
	}
}

/* To the beginning of the next block, if the part has one. */
static void
block(const struct jpeg_proof *p, struct part *q)
{
	struct reader	 r = reader_at(&q->now);

	do {
		load(p, &r);
		look(p, q, &r);
		settle(&r);
	} while (!is_start(r.now.acc) && r.now.pos < q->end);
	q->now = r.now;
}

/* Both before the same block? */
static bool
same_place(const struct place *a, const struct place *b)
{
	return a->pos == b->pos && a->at == b->at && is_start(a->acc) && is_start(b->acc);
}

/* The reader that knows has come to a part that was read from a guess: it takes over, or reads all of it. */
static bool
take_over(struct jpeg_proof *p, const struct part *q)
{
	struct part	 known = { .now = p->now, .end = q->start };
	struct part	 again = { .now = { .pos = q->start, .acc = START, .at = p->node }, .end = q->end };
	uint64_t	 most = q->start + (q->end - q->start) / MEET_SHARE;

	run_all(p, &known, 1);
	known.end = q->end;
	if (!is_start(known.now.acc) && known.now.pos < most)
		block(p, &known);
	while (known.lost == 0 && known.now.pos < most && again.now.pos < most && !same_place(&known.now, &again.now))
		block(p, known.now.pos <= again.now.pos ? &known : &again);
	if (known.lost == 0 && known.now.pos < most && same_place(&known.now, &again.now)) {
		p->now = q->now;
		p->now.acc += known.now.acc - again.now.acc;
		return true;
	}
	run_all(p, &known, 1);
	p->now = known.now;
	return known.lost == 0;
}

/* What is in the buffer, but for the last bits of it. */
static bool
read_window(struct jpeg_proof *p)
{
	uint64_t	 from = p->now.pos, end = p->have * UINT64_C(8), part = p->part * UINT64_C(8);
	struct part	 q[READERS];
	unsigned	 n = 1;

	if (end < from + SLACK)
		return true;
	end -= SLACK;
	while (n < READERS && (end - from) / (n + 1) >= part)
		n++;
	for (unsigned i = 0; i < n; i++) {
		q[i] = (struct part){ .start = from + (end - from) * i / n, .end = from + (end - from) * (i + 1) / n };
		q[i].now = (struct place){ .pos = q[i].start, .acc = START, .at = p->node };
	}
	q[0].now = p->now;
	run_all(p, q, n);
	if (q[0].lost)
		return false;
	p->now = q[0].now;
	for (unsigned i = 1; i < n; i++)
		if (!take_over(p, &q[i]))
			return false;
	return p->now.acc >> COUNT_SHIFT <= p->blocks;
}

/* The last bits, symbol by symbol, as there must be no more than the picture needs. */
static bool
finish(struct jpeg_proof *p)
{
	uint64_t	 end = p->have * UINT64_C(8);

	while (p->now.acc >> COUNT_SHIFT < p->blocks || !is_start(p->now.acc))
		if (p->now.pos > end || !symbol(p, &p->now))
			return false;
	return p->now.acc >> COUNT_SHIFT == p->blocks && p->now.pos <= end && end - p->now.pos < 8 && p->len - p->at >= 2 &&
	    p->data[p->at + 1] == 0xd9;
}

bool
jpeg_proof_next(struct jpeg_proof *p)
{
	uint8_t		*to = p->buf, *from = p->buf + p->now.pos / 8;

	if (p->state != READING)
		return false;
	if (from < p->buf + p->have) {
		memmove(to, from, p->have - (size_t)(from - p->buf));
		to += p->have - (size_t)(from - p->buf);
	}
	to = jpeg_scan_copy(to, p->buf + p->window, p->data, p->len, &p->at, &p->ended);
	memset(to, 0, PAD);
	p->have = (size_t)(to - p->buf);
	p->now.pos %= 8;
	if (!read_window(p))
		p->state = BROKEN;
	else if (p->ended)
		p->state = finish(p) ? SOUND : BROKEN;
	return p->state == READING;
}

bool
jpeg_proof_complete(const struct jpeg_proof *p)
{
	return p->state == SOUND;
}

size_t
jpeg_proof_at(const struct jpeg_proof *p)
{
	return p->at;
}

/* An entry with what follows it, where that fits. */
INLINE uint16_t
joined(uint32_t e, uint16_t next)
{
	return (uint16_t)((e >> 8) + (next >> 8 & 127) < WAY_LAST ? e + next : e);
}

/* Entries for n bits: a code, and what less[] has for the bits behind it. What is not known here is none. */
static void
fill_look(uint16_t *to, unsigned n, const uint8_t *bits, const uint8_t *val, bool ac, const uint16_t *less, uint16_t none)
{
	uint16_t	*end = to + ((size_t)1 << n);

	for (unsigned len = 1; len <= n; len++)
		for (unsigned i = 0; i < bits[len]; i++, val++) {
			unsigned	 size = ac ? *val & 15 : *val, used = len + size;
			uint32_t	 way = !ac ? 1 : size ? (*val >> 4) + 1u : *val == 0xf0 ? 16 : WAY_END, e = way << 8 | used;
			size_t		 all = (size_t)1 << (n - len), k = 0;

			if (used < n && way < WAY_LAST)
				for (const uint16_t *next = less + ((size_t)1 << (n - used)); k < (size_t)1 << (n - used); k++)
					to[k] = joined(e, next[k]);
			else
				to[k++] = used <= n + LOOK_OVER ? (uint16_t)e : none;
			for (; k < all; k *= 2)			/* the same, whatever the value */
				memcpy(to + k, to, k * sizeof(*to));
			to += all;
		}
	while (to < end)
		*to++ = none;
}

static bool
tables_make(struct jpeg_proof *p, struct tables *t, const struct scan_plane *from)
{
	if (!huff_read(&t->dc_code, from->dc_bits, from->dc_val, false) || !huff_read(&t->ac_code, from->ac_bits, from->ac_val, true))
		return false;
	for (unsigned n = 0; n < LOOK_BITS; n++)
		fill_look(p->less + ((size_t)1 << n), n, from->ac_bits, from->ac_val, true, p->less, 0);
	fill_look(t->ac, LOOK_BITS, from->ac_bits, from->ac_val, true, p->less, WAY_SLOW << 8);
	fill_look(t->dc, LOOK_BITS, from->dc_bits, from->dc_val, false, p->less, WAY_SLOW << 8);
	return true;
}

/* The blocks of an MCU, in a circle. Tables of the same codes are made once. */
static bool
make_nodes(struct jpeg_proof *p, const struct scan_spec *spec)
{
	unsigned	 n = 0;

	for (unsigned i = 0; i < spec->planes; i++) {
		const struct scan_plane	*from = &spec->p[i];
		unsigned		 same = 0;

		while (same < i && (spec->p[same].dc_bits != from->dc_bits || spec->p[same].ac_bits != from->ac_bits))
			same++;
		if (same == i && !tables_make(p, &p->tables[i], from))
			return false;
		for (unsigned k = 0; k < from->h * from->v; k++, n++)
			p->node[n] = (struct node){ .look = { p->tables[same].ac }, .dc = p->tables[same].dc, .to = { &p->node[n], &p->node[n + 1] },
			    .dc_code = &p->tables[same].dc_code, .ac_code = &p->tables[same].ac_code };
	}
	p->node[n - 1].to[1] = p->node;
	for (unsigned k = 0; k < n; k++)
		p->node[k].look[1] = p->node[k].to[1]->dc;
	p->blocks = n;
	return true;
}

size_t
jpeg_proof_bytes(size_t window)
{
	return sizeof(struct jpeg_proof) + window + PAD;
}

struct jpeg_proof *
jpeg_proof_new(const struct scan_spec *spec, size_t window, size_t part)
{
	struct jpeg_proof	*p;
	uint32_t		 wide, high;

	if (window > spec->len)
		window = spec->len > PROOF_LEAST ? spec->len : PROOF_LEAST;
	if (!jpeg_scan_fits(spec) || spec->restart != 0 || (p = malloc(jpeg_proof_bytes(window))) == NULL)
		return NULL;
	jpeg_scan_mcu(spec, &wide, &high);
	p->data = spec->data;
	p->len = spec->len;
	p->at = p->have = 0;
	p->window = window;
	p->part = part;
	p->ended = false;
	p->state = READING;
	if (!make_nodes(p, spec)) {
		free(p);
		return NULL;
	}
	p->blocks *= (uint64_t)((spec->w + wide - 1) / wide) * ((spec->h + high - 1) / high);
	p->now = (struct place){ .acc = START, .at = p->node };
	return p;
}

void
jpeg_proof_free(struct jpeg_proof *p)
{
	free(p);
}
