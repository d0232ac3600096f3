/*
 * Brands decide what a file of boxes is. The size is only believed when one picture alone has a
 * size: with tiles or thumbnails the decoder must say.
 */
#include "image/sniff_box.h"

#include "image/box.h"
#include "image/bytes.h"

static const struct brand {
	char		 name[5];
	enum fmt	 fmt;		/* FMT_NONE: refused */
	const char	*cause;
} brands[] = {
	{ "avif", FMT_AVIF, NULL },
	{ "avis", FMT_AVIF, NULL },
	{ "heic", FMT_HEIC, NULL },
	{ "heix", FMT_HEIC, NULL },
	{ "heim", FMT_HEIC, NULL },
	{ "heis", FMT_HEIC, NULL },
	{ "hevc", FMT_HEIC, NULL },
	{ "hevx", FMT_HEIC, NULL },
	{ "crx ", FMT_NONE, "camera raw files are not taken; send a JPEG or HEIC" },
	{ "jxl ", FMT_NONE, "JPEG XL is not taken; send a JPEG, PNG, WebP or AVIF" },
	{ "jp2 ", FMT_NONE, "JPEG 2000 is not taken; send a JPEG or PNG" },
	{ "qt  ", FMT_NONE, "this is a QuickTime film, not a picture" },
};

static const struct brand *
brand_find(const uint8_t *p)
{
	size_t i;

	for (i = 0; i < NELEM(brands); i++)
		if (memcmp(p, brands[i].name, 4) == 0)
			return &brands[i];
	return NULL;
}

/* The major brand decides; "mif1" and the like leave it to the compatible ones. */
static const struct brand *
brand_of(const uint8_t *p, size_t end)
{
	const struct brand *b = brand_find(p + 8);
	size_t at;

	if (b != NULL)
		return b;
	if (memcmp(p + 8, "mif1", 4) != 0 && memcmp(p + 8, "msf1", 4) != 0 &&
	    memcmp(p + 8, "miaf", 4) != 0)
		return NULL;
	for (at = 16; at + 4 <= end && b == NULL; at += 4)
		b = brand_find(p + at);
	return b;
}

/* meta/iprp/ipco/ispe: one such size only, and no turning or cutting beside it. */
static void
single_size(const uint8_t *p, size_t len, struct sniffed *s)
{
	struct box meta, iprp, ipco, b;
	uint32_t w = 0, h = 0;
	size_t at;
	int n = 0;

	if (!box_find(p, 0, len, "meta", &meta) || meta.end - meta.at < 4 ||
	    !box_find(p, meta.at + 4, meta.end, "iprp", &iprp) ||
	    !box_find(p, iprp.at, iprp.end, "ipco", &ipco))
		return;
	for (at = ipco.at; box_next(p, &at, ipco.end, &b);) {
		if (memcmp(b.type, "clap", 4) == 0)
			return;
		if (memcmp(b.type, "ispe", 4) != 0 || b.end - b.at < 12)
			continue;
		n++;
		w = be32(p + b.at + 4);
		h = be32(p + b.at + 8);
	}
	if (n == 1 && w > 0 && h > 0 && w <= INT32_MAX && h <= INT32_MAX) {
		s->width_px = w;
		s->height_px = h;
	}
}

enum err
box_sniff(const uint8_t *p, size_t len, struct sniffed *s, struct fault *f)
{
	const struct brand *b;
	uint32_t size = be32(p);

	if (len < 16 || size < 16 || size > len)
		return fault_set(f, ERR_BROKEN, "the first box of this file is cut short");
	b = brand_of(p, size);
	if (b == NULL)
		return fault_set(
		    f, ERR_TYPE, "this is an MP4 film or a file like it, not a picture");
	if (b->fmt == FMT_NONE)
		return fault_set(f, ERR_TYPE, "%s", b->cause);
	s->fmt = b->fmt;
	single_size(p, len, s);
	return ERR_OK;
}
