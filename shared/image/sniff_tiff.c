/*
 * TIFF's first directory, as far as width and height. The two camera formats that look like TIFF
 * are refused by name.
 */
#include "image/sniff_tiff.h"

#include "image/bytes.h"

#define TAG_WIDTH	256
#define TAG_HEIGHT	257
#define TYPE_SHORT	3
#define TYPE_LONG	4

struct order {
	const uint8_t	*p;
	bool		 big;
};

static uint32_t
get16(const struct order *o, size_t at)
{
	return o->big ? be16(o->p + at) : le16(o->p + at);
}

static uint32_t
get32(const struct order *o, size_t at)
{
	return o->big ? be32(o->p + at) : le32(o->p + at);
}

enum err
tiff_header_size(const uint8_t *p, size_t len, uint32_t *w, uint32_t *h, struct fault *f)
{
	struct order o = { .p = p, .big = p[0] == 'M' };
	uint32_t at, n, i, v;

	*w = *h = 0;
	if (len < 8)
		return fault_set(f, ERR_BROKEN, "this TIFF is cut short in its header");
	if (STARTS(p + 8, len - 8, "CR\2"))
		return fault_set(
		    f, ERR_TYPE, "camera raw files are not taken; send a JPEG or TIFF");
	at = get32(&o, 4);
	if (at < 8)
		return fault_set(f, ERR_BROKEN, "this TIFF has no directory");
	if (at > len - 2 || len < 10)
		return ERR_OK;		/* commonly behind the pixels */
	n = get16(&o, at);
	at += 2;
	for (i = 0; i < n && len - at >= 12; i++, at += 12) {
		v = get16(&o, at + 2) == TYPE_SHORT  ? get16(&o, at + 8)
		    : get16(&o, at + 2) == TYPE_LONG ? get32(&o, at + 8)
						     : 0;
		if (get16(&o, at) == TAG_WIDTH)
			*w = v;
		else if (get16(&o, at) == TAG_HEIGHT)
			*h = v;
	}
	if (i == n && (*w == 0 || *h == 0))
		return fault_set(f, ERR_BROKEN, "this TIFF does not tell its size");
	if (*w > INT32_MAX || *h > INT32_MAX)
		return fault_set(f, ERR_BROKEN, "the size of this TIFF is impossible");
	if (*w == 0 || *h == 0)
		*w = *h = 0;
	return ERR_OK;
}
