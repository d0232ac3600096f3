/*
 * A minimal EXIF block: big-endian, one directory, at most two entries.
 */
#include "image/tag.h"

#include <stdbool.h>
#include <string.h>

#include "image/bytes.h"

#define COPYRIGHT_MAX (TAG_BYTES - 64)

static uint8_t *
entry(uint8_t *p, unsigned tag, unsigned type, unsigned count)
{
	put_be16(p, tag);
	put_be16(p + 2, type);
	put_be32(p + 4, count);
	return p + 8;
}

size_t
tag_exif(int orientation, const char *copyright, uint8_t out[TAG_BYTES])
{
	size_t	 clen = copyright != NULL ? strnlen(copyright, COPYRIGHT_MAX) : 0;
	bool	 turn = orientation >= 2 && orientation <= 8;
	unsigned n = (turn ? 1u : 0u) + (clen ? 1u : 0u);
	unsigned data = 8 + 2 + n * 12 + 4;
	uint8_t	*p = out;

	if (n == 0)
		return 0;
	memset(out, 0, TAG_BYTES);
	memcpy(p, "MM\0*\0\0\0\10", 8);
	put_be16(p + 8, n);
	p += 10;
	if (turn) {
		p = entry(p, 0x0112, 3, 1);
		put_be16(p, (unsigned)orientation);
		p += 4;
	}
	if (clen) {
		p = entry(p, 0x8298, 2, (unsigned)clen + 1);
		if (clen < 4)
			memcpy(p, copyright, clen);
		else {
			put_be32(p, data);
			memcpy(out + data, copyright, clen);
		}
	}
	return clen >= 4 ? data + clen + 1 : data;
}
