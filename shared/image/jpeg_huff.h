/*
 * Huffman tables as the fast JPEG decoder looks things up. One look takes a whole symbol with the bits that follow it, or
 * steps over several whose values nobody wants.
 */
#ifndef IMAGE_JPEG_HUFF_H
#define IMAGE_JPEG_HUFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/defs.h"

#define HUFF_LOOK	10		/* bits that one look at values sees */
#define HUFF_SKIP_MAX	12		/* and one that steps over them, at most */
#define HUFF_CODE_MAX	16
#define HUFF_SIZE_MAX	11		/* bits of a value; more is not for 8-bit pictures */

/*
 * An entry of look[]: bits 0..7 how many bits it takes, 0: see huff_symbol(); 8..15 how far it goes, HUFF_END: no more in
 * this block; 16..31 the value, signed, or only its size where more bits are taken than were looked at. An entry of skip[] has no value, and all its symbols were
 * whole; HUFF_END is added to the way before it; HUFF_SLOW: does not fit.
 */
enum { HUFF_END = 128, HUFF_SLOW = 255 };

/* The code itself. */
struct huff_code {
	bool		 ac;
	int32_t		 last[HUFF_CODE_MAX + 2];	/* the largest code of each length, -1: none; then a stop */
	int32_t		 shift[HUFF_CODE_MAX + 1];	/* code + shift is the place in val */
	uint8_t		 val[256];
};

struct huff {
	uint32_t	 look[1 << HUFF_LOOK];
	uint16_t	 skip[1 << HUFF_SKIP_MAX];
	unsigned	 skip_bits;
	struct huff_code code;
};

/*
 * bits[1..16] codes of each length, val their symbols. ac: symbols are run and size, else size alone. false: not a
 * proper code, or one with symbols that no 8-bit picture needs.
 */
bool	 huff_read(struct huff_code *c, const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac) MUST_USE;

/* As huff_read(). skip_bits 0: skip[] will not be used. */
bool	 huff_make(struct huff *h, const uint8_t bits[HUFF_CODE_MAX + 1], const uint8_t val[256], bool ac, unsigned skip_bits) MUST_USE;

/* The entry of the symbol at the top of the 64 bits as one of look[] that has a size; 0: there is none. */
uint32_t huff_symbol(const struct huff_code *c, uint64_t bits);

/* The value that size bits mean; they are at the top. */
static inline int32_t
huff_value(uint64_t bits, unsigned size)
{
	int32_t	 v;

	if (size == 0)
		return 0;
	v = (int32_t)(bits >> (64 - size));
	return bits >> 63 ? v : v - (1 << size) + 1;
}

#endif
