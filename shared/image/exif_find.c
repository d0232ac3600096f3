/*
 * Where a file keeps its EXIF block, format by format.
 */
#include "image/box.h"
#include "image/bytes.h"
#include "image/exif.h"

struct found {
	const uint8_t	*p;
	size_t		 len;
};

/* Some writers put JPEG's "Exif\0\0" in front elsewhere, too. */
static bool
found_block(const uint8_t *p, size_t len, struct found *out)
{
	if (STARTS(p, len, "Exif\0\0")) {
		p += 6;
		len -= 6;
	}
	*out = (struct found){ p, len };
	return len >= 8;
}

static bool
find_jpeg(const uint8_t *p, size_t len, struct found *out)
{
	size_t at = 2, n;

	while (len >= 4 && at <= len - 4) {
		if (p[at] != 0xff || p[at + 1] == 0xff || p[at + 1] == 0) {
			at++;
			continue;
		}
		if (p[at + 1] == 0x01 || (p[at + 1] >= 0xd0 && p[at + 1] <= 0xd7)) {
			at += 2;
			continue;
		}
		if (p[at + 1] == 0xda || p[at + 1] == 0xd9)
			return false;
		n = be16(p + at + 2);
		if (n < 2 || n > len - at - 2)
			return false;
		if (p[at + 1] == 0xe1 && STARTS(p + at + 4, n - 2, "Exif\0"))
			return n >= 8 && found_block(p + at + 4, n - 2, out);
		at += 2 + n;
	}
	return false;
}

static bool
find_png(const uint8_t *p, size_t len, struct found *out)
{
	size_t at = 8, n;

	for (; len >= 12 && at <= len - 12; at += 12 + n) {
		n = be32(p + at);
		if (n > len - at - 12)
			return false;
		if (memcmp(p + at + 4, "eXIf", 4) == 0)
			return found_block(p + at + 8, n, out);
	}
	return false;
}

static bool
find_webp(const uint8_t *p, size_t len, struct found *out)
{
	size_t at = 12, n;

	for (; len >= 8 && at <= len - 8; at += 8 + n + (n & 1)) {
		n = le32(p + at + 4);
		if (n > len - at - 8)
			return false;
		if (memcmp(p + at, "EXIF", 4) == 0)
			return found_block(p + at + 8, n, out);
	}
	return false;
}

/* The item starts with the distance to the block. */
static bool
find_heif(const uint8_t *p, size_t len, struct found *out)
{
	const struct heif_extent *x = NULL;
	struct heif h;
	size_t i, skip;
	bool ok = false;

	if (heif_open(p, len, &h, NULL) != ERR_OK)
		return false;
	for (i = 0; i < h.items && x == NULL; i++)
		if (memcmp(h.item[i].type, "Exif", 4) == 0 && h.item[i].extents == 1)
			x = &h.extent[h.item[i].extent];
	if (x != NULL && x->len > 4) {
		skip = be32(p + x->at);
		if (skip < x->len - 4)
			ok = found_block(p + x->at + 4 + skip, x->len - 4 - skip, out);
	}
	heif_free(&h);
	return ok;
}

static bool
find_tiff(const uint8_t *p, size_t len, struct found *out)
{
	return found_block(p, len, out);
}

bool
exif_find(enum fmt fmt, const uint8_t *p, size_t len, const uint8_t **tiff, size_t *tiff_len)
{
	static bool (*const finder[FMT__MAX])(const uint8_t *, size_t, struct found *) = {
		[FMT_JPEG] = find_jpeg, [FMT_PNG] = find_png, [FMT_WEBP] = find_webp,
		[FMT_TIFF] = find_tiff,
		[FMT_AVIF] = find_heif, [FMT_HEIC] = find_heif,
	};
	struct found x;

	if (finder[fmt] == NULL || !finder[fmt](p, len, &x))
		return false;
	*tiff = x.p;
	*tiff_len = x.len;
	return true;
}

void
exif_of_file(enum fmt fmt, const uint8_t *p, size_t len, struct exif_facts *out)
{
	const uint8_t *tiff = NULL;
	size_t n = 0;

	if (!exif_find(fmt, p, len, &tiff, &n))
		tiff = NULL;
	exif_read(tiff, n, out);
	if (fmt == FMT_AVIF || fmt == FMT_HEIC)
		out->orientation = 1;
}
