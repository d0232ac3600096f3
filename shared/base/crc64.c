/*
 * CRC-64/XZ, eight bytes at a time by eight tables (slicing-by-8; Kounavis and Berry, "A systematic approach to building
 * high performance software-based CRC generators", 2005).
 */
#include "base/digest.h"

#define POLYNOMIAL UINT64_C(0xc96c5795d7870f42)	/* 0x42F0E1EBA9EA3693, bits reversed */

static uint64_t table[8][256];

static void
make_table(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
		table[0][i] = c;
	}
	for (unsigned i = 0; i < 256; i++)
		for (int t = 1; t < 8; t++)
			table[t][i] = table[0][table[t - 1][i] & 255] ^ table[t - 1][i] >> 8;
}

static uint64_t
little_endian(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

uint64_t
crc64(uint64_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (table[0][1] == 0)
		make_table();
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t v = crc ^ little_endian(p);

		crc = 0;
		for (int t = 0; t < 8; t++)
			crc ^= table[7 - t][v >> 8 * t & 255];
	}
	while (len-- > 0)
		crc = table[0][(crc ^ *p++) & 255] ^ crc >> 8;
	return ~crc;
}
