/*
 * Huffman tables of the fast JPEG decoder: see the header for their form. Most cameras and programs write those that the standard
 * shows, so the last ones made are kept, and copied. Pictures are decoded by one thread.
 */
#include "image/jpeg_huff.h"

#include <string.h>

#define BLOCK	64		/* values in one */
#define KEPT	4		/* two each of a picture */

static struct kept {
	bool		 ac;
	unsigned	 skip_bits;
	uint8_t		 bits[HUFF_CODE_MAX + 1], val[256];
	struct huff	 made;
} kept[KEPT];
static size_t nkept;			/* ever: the oldest goes first */

bool
huff_read(struct huff_code *c, const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac)
{
	int32_t	 code = 0, n = 0;

	c->ac = ac;
	for (int len = 1; len <= HUFF_CODE_MAX; len++, code <<= 1) {
		c->shift[len] = n - code;
		n += bits[len];
		code += bits[len];
		c->last[len] = bits[len] ? code - 1 : -1;
		if (n > 256 || code > 1 << len)
			return false;
	}
	c->last[HUFF_CODE_MAX + 1] = INT32_MAX;
	for (int i = 0; i < n; i++) {
		c->val[i] = val[i];
		if ((ac ? val[i] & 15 : val[i]) > (ac ? HUFF_SIZE_MAX - 1 : HUFF_SIZE_MAX))
			return false;
	}
	return true;
}

static uint32_t
entry(uint32_t value, uint8_t sym, bool ac, unsigned used)
{
	uint32_t	 way = 1;

	if (ac)
		way = sym & 15 ? (uint32_t)(sym >> 4) + 1 : sym == 0xf0 ? 16 : HUFF_END;
	return value << 16 | way << 8 | used;
}

uint32_t
huff_symbol(const struct huff_code *c, uint64_t bits)
{
	int	 len = 1;
	uint8_t	 sym;
	unsigned size;

	while (c->last[len] < (int32_t)(bits >> (64 - len)))
		if (++len > HUFF_CODE_MAX)
			return 0;
	sym = c->val[((int32_t)(bits >> (64 - len)) + c->shift[len]) & 255];
	size = c->ac ? sym & 15 : sym;
	return entry(size, sym, c->ac, (unsigned)len + size);
}

/* All entries of look[] that begin with this code. */
static void
fill_look(struct huff *h, uint32_t code, unsigned len, uint8_t sym)
{
	unsigned	 size = h->code.ac ? sym & 15 : sym, all = len + size;
	uint32_t	*to = h->look + ((size_t)code << (HUFF_LOOK - len));

	if (all > HUFF_LOOK) {
		for (size_t i = 0; i < (size_t)1 << (HUFF_LOOK - len); i++)
			to[i] = entry(size, sym, h->code.ac, all);
		return;
	}
	for (uint32_t m = 0; m < 1u << size; m++) {
		uint32_t	 v = (uint32_t)huff_value(size ? (uint64_t)m << (64 - size) : 0, size);

		for (size_t i = 0; i < (size_t)1 << (HUFF_LOOK - all); i++)
			*to++ = entry(v, sym, h->code.ac, all);
	}
}

/* First one symbol an entry ... */
static void
fill_skip(struct huff *h, uint32_t code, unsigned len, uint8_t sym)
{
	unsigned	 all = len + (sym & 15);
	uint16_t	 e = (uint16_t)entry(0, sym, true, all);
	uint16_t	*to = h->skip + ((size_t)code << (h->skip_bits - len));

	for (size_t i = 0; all <= h->skip_bits && i < (size_t)1 << (h->skip_bits - len); i++)
		to[i] = e;
}

/* ... then as many as fit. */
static void
join_skip(struct huff *h)
{
	uint16_t	 one[1 << HUFF_SKIP_MAX];
	size_t		 n = (size_t)1 << h->skip_bits;

	memcpy(one, h->skip, n * sizeof(one[0]));
	for (size_t i = 0; i < n; i++) {
		unsigned	 used = one[i] & 255, way = one[i] >> 8;

		while (way < BLOCK) {
			uint16_t	 next = one[(i << used) & (n - 1)];

			if (next >> 8 == HUFF_SLOW || used + (next & 255) > h->skip_bits ||
			    way + (next >> 8 & (HUFF_END - 1)) >= BLOCK)
				break;
			used += next & 255;
			way += next >> 8;
		}
		h->skip[i] = (uint16_t)(way << 8 | used);
	}
}

static bool
make(struct huff *h, const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac, unsigned skip_bits)
{
	uint32_t	 code = 0;
	size_t		 n = 0;

	h->skip_bits = skip_bits;
	if (!huff_read(&h->code, bits, val, ac))
		return false;
	memset(h->look, 0, sizeof(h->look));
	for (size_t i = 0; i < (size_t)1 << skip_bits; i++)
		h->skip[i] = HUFF_SLOW << 8;
	for (unsigned len = 1; len <= HUFF_CODE_MAX; len++, code <<= 1)
		for (unsigned i = 0; i < bits[len]; i++, code++, n++) {
			if (len <= HUFF_LOOK)
				fill_look(h, code, len, val[n]);
			if (len <= skip_bits)
				fill_skip(h, code, len, val[n]);
		}
	if (skip_bits)
		join_skip(h);
	return true;
}

static const struct huff *
find_kept(const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac, unsigned skip_bits)
{
	for (size_t i = 0; i < KEPT && i < nkept; i++) {
		const struct kept	*k = &kept[i];

		if (k->ac == ac && k->skip_bits == skip_bits && memcmp(k->bits + 1, bits + 1, HUFF_CODE_MAX) == 0 &&
		    memcmp(k->val, val, sizeof(k->val)) == 0)
			return &k->made;
	}
	return NULL;
}

bool
huff_make(struct huff *h, const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac, unsigned skip_bits)
{
	const struct huff	*same = find_kept(bits, val, ac, skip_bits);
	struct kept		*k;

	if (same != NULL) {
		*h = *same;
		return true;
	}
	if (!make(h, bits, val, ac, skip_bits))
		return false;
	k = &kept[nkept++ % KEPT];
	k->ac = ac;
	k->skip_bits = skip_bits;
	memcpy(k->bits, bits, sizeof(k->bits));
	memcpy(k->val, val, sizeof(k->val));
	k->made = *h;
	return true;
}
