/*
 * BMP in and out. Read by hand: the files are a table of rows that can be taken in any order from memory, which the
 * library at hand cannot, and it drops alpha. Run-length coded ones are unpacked whole.
 */
#include "image/codec.h"

#include <stdlib.h>
#include <string.h>

#include "image/bytes.h"

#define FILE_HEADER	14
#define CORE_HEADER	12
#define INFO_HEADER	40
#define V4_HEADER	108
#define V5_HEADER	124

enum { BI_RGB, BI_RLE8, BI_RLE4, BI_BITFIELDS, BI_ALPHABITFIELDS = 6 };

struct channel {
	unsigned	 shift, bits;
};

struct bmp {
	unsigned	 bpp, packing;
	bool		 top_down, strict;
	size_t		 pixels;		/* where they start in the file */
	size_t		 stride;
	struct channel	 ch[4];			/* red green blue alpha, of 16 and 32 bits */
	uint8_t		 colour[256][4];
	unsigned	 ncolours;
	uint8_t		*index;			/* run-length coded: unpacked, 0xffff would be unset */
	uint8_t		*set;			/* ... which pixels were given */
	uint32_t	 next;
};

static enum err
broken(struct fault *f, const char *why)
{
	return fault_set(f, ERR_BROKEN, "damaged BMP: %s", why);
}

static struct channel
channel_of(uint32_t mask)
{
	struct channel	 c = { 0, 0 };

	if (mask == 0)
		return c;
	c.shift = (unsigned)__builtin_ctz(mask);
	mask >>= c.shift;
	while (mask & 1) {
		c.bits++;
		mask >>= 1;
	}
	return c;
}

static uint8_t
channel_value(const struct channel *c, uint32_t px)
{
	uint32_t	 most, v;

	if (c->bits == 0)
		return 0;
	most = c->bits >= 32 ? UINT32_MAX : ((uint32_t)1 << c->bits) - 1;
	v = px >> c->shift & most;
	return (uint8_t)(((uint64_t)v * 255 + most / 2) / most);
}

static void
default_masks(struct bmp *b)
{
	static const uint32_t	 m16[4] = { 0x7c00, 0x3e0, 0x1f, 0 }, m32[4] = { 0xff0000, 0xff00, 0xff, 0 };

	for (int i = 0; i < 4; i++)
		b->ch[i] = channel_of(b->bpp == 16 ? m16[i] : m32[i]);
}

/* Masks stand behind the short header, or in the longer ones. */
static enum err
read_masks(struct bmp *b, const uint8_t *p, size_t len, uint32_t header, struct fault *f)
{
	unsigned	 n = b->packing == BI_ALPHABITFIELDS || header >= 56 ? 4 : 3;

	default_masks(b);
	if (b->packing != BI_BITFIELDS && b->packing != BI_ALPHABITFIELDS)
		return ERR_OK;
	if (b->bpp != 16 && b->bpp != 32)
		return broken(f, "masks for colours of a palette");
	if (len < FILE_HEADER + INFO_HEADER + n * 4)
		return broken(f, "it ends too early");
	b->ch[3].bits = 0;
	for (unsigned i = 0; i < n; i++)
		b->ch[i] = channel_of(le32(p + FILE_HEADER + INFO_HEADER + i * 4));
	return ERR_OK;
}

static enum err
read_palette(struct bmp *b, const uint8_t *p, size_t len, uint32_t header, struct fault *f)
{
	unsigned	 entry = header == CORE_HEADER ? 3 : 4, most = b->bpp <= 8 ? 1u << b->bpp : 0;
	uint32_t	 n = header >= INFO_HEADER ? le32(p + 46) : 0;
	size_t		 at = FILE_HEADER + header + (b->packing == BI_BITFIELDS && header == INFO_HEADER ? 12 : 0);

	if (most == 0)
		return ERR_OK;
	if (n == 0 || n > most)
		n = most;
	if (at + (size_t)n * entry > len)
		return broken(f, "it ends within its colours");
	for (uint32_t i = 0; i < n; i++, at += entry) {
		b->colour[i][0] = p[at + 2];
		b->colour[i][1] = p[at + 1];
		b->colour[i][2] = p[at];
		b->colour[i][3] = 255;
	}
	for (uint32_t i = n; i < 256; i++)
		b->colour[i][3] = 255;
	b->ncolours = n;
	return ERR_OK;
}

static void
take_icc(struct decoder *d, const uint8_t *p, size_t len)
{
	size_t	 at, n;

	if (le32(p + FILE_HEADER) < V5_HEADER || len < FILE_HEADER + V5_HEADER || le32(p + FILE_HEADER + 56) != 0x4d424544)
		return;
	at = FILE_HEADER + (size_t)le32(p + FILE_HEADER + 112);
	n = le32(p + FILE_HEADER + 116);
	if (n == 0 || n > len || at > len - n || (d->head.icc = malloc(n)) == NULL)
		return;
	memcpy(d->head.icc, p + at, n);
	d->head.icc_len = n;
}

static enum err
read_size(struct decoder *d, struct bmp *b, uint32_t header, struct fault *f)
{
	const uint8_t	*p = d->data + FILE_HEADER;
	int32_t		 h;

	if (header == CORE_HEADER) {
		d->head.w = le16(p + 4);
		d->head.h = le16(p + 6);
		b->bpp = le16(p + 10);
		return ERR_OK;
	}
	h = (int32_t)le32(p + 8);
	if (le32(p + 4) > INT32_MAX || h == INT32_MIN)
		return broken(f, "a size below zero");
	d->head.w = le32(p + 4);
	b->top_down = h < 0;
	d->head.h = (uint32_t)(h < 0 ? -h : h);
	b->bpp = le16(p + 14);
	b->packing = le32(p + 16);
	return ERR_OK;
}

static bool
known_kind(const struct bmp *b)
{
	switch (b->packing) {
	case BI_RGB:
		return b->bpp == 1 || b->bpp == 2 || b->bpp == 4 || b->bpp == 8 || b->bpp == 16 || b->bpp == 24 || b->bpp == 32;
	case BI_RLE8:
		return b->bpp == 8 && !b->top_down;
	case BI_RLE4:
		return b->bpp == 4 && !b->top_down;
	case BI_BITFIELDS:
	case BI_ALPHABITFIELDS:
		return b->bpp == 16 || b->bpp == 32;
	default:
		return false;
	}
}

static enum err
bmp_open(struct decoder *d, struct fault *f)
{
	struct bmp	*b = calloc(1, sizeof(*b));
	uint32_t	 header;
	enum err	 e;

	if ((d->priv = b) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	if (d->len < FILE_HEADER + CORE_HEADER)
		return broken(f, "it ends too early");
	header = le32(d->data + FILE_HEADER);
	if ((header != CORE_HEADER && header < 16) || header > 256 || d->len < FILE_HEADER + (size_t)header ||
	    (header > CORE_HEADER && d->len < FILE_HEADER + INFO_HEADER))
		return broken(f, "a header of unknown length");
	if ((e = read_size(d, b, header, f)))
		return e;
	if (!known_kind(b))
		return fault_set(f, ERR_TYPE, "a BMP of a kind that is not supported (%u bits, packing %u)", b->bpp, b->packing);
	if ((e = read_masks(b, d->data, d->len, header, f)) || (e = read_palette(b, d->data, d->len, header, f)))
		return e;
	b->pixels = le32(d->data + 10);
	b->stride = (((size_t)d->head.w * b->bpp + 31) / 32) * 4;
	d->head.alpha = b->bpp > 8 && b->bpp != 24 && b->ch[3].bits > 0;
	take_icc(d, d->data, d->len);
	return ERR_OK;
}

struct runs {
	const uint8_t	*p, *end;
	uint32_t	 x, y, w, h;
	bool		 nibbles;
};

static void
put_index(struct bmp *b, struct runs *r, uint8_t v)
{
	if (r->x < r->w && r->y < r->h) {
		b->index[(size_t)r->y * r->w + r->x] = v;
		b->set[(size_t)r->y * r->w + r->x] = 1;
	}
	r->x++;
}

static bool
literal_run(struct bmp *b, struct runs *r, unsigned n)
{
	size_t	 bytes = r->nibbles ? (n + 1) / 2 : n;

	if ((size_t)(r->end - r->p) < bytes)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint8_t	 v = r->p[r->nibbles ? i / 2 : i];

		put_index(b, r, r->nibbles ? (i & 1 ? v & 15 : v >> 4) : v);
	}
	r->p += bytes;
	if (bytes & 1 && r->p < r->end)
		r->p++;
	return true;
}

/* One code; false at the end or where it breaks off. *done: the end was said. */
static bool
one_run(struct bmp *b, struct runs *r, bool *done)
{
	unsigned	 n, v;

	if (r->end - r->p < 2)
		return false;
	n = r->p[0];
	v = r->p[1];
	r->p += 2;
	if (n > 0) {
		for (unsigned i = 0; i < n; i++)
			put_index(b, r, (uint8_t)(r->nibbles ? (i & 1 ? v & 15 : v >> 4) : v));
		return true;
	}
	switch (v) {
	case 0:
		r->x = 0;
		r->y++;
		return true;
	case 1:
		*done = true;
		return false;
	case 2:
		if (r->end - r->p < 2)
			return false;
		r->x += r->p[0];
		r->y += r->p[1];
		r->p += 2;
		return true;
	default:
		return literal_run(b, r, v);
	}
}

static enum err
unpack(struct decoder *d, struct bmp *b, struct fault *f)
{
	size_t		 area = (size_t)d->head.w * d->head.h;
	struct runs	 r = { .p = d->data + b->pixels, .end = d->data + d->len, .w = d->head.w, .h = d->head.h,
	    .nibbles = b->packing == BI_RLE4 };
	bool		 done = false;
	enum err	 e;

	if ((e = picture_may_need(area * 2, f)))
		return e;
	b->index = calloc(1, area);
	b->set = calloc(1, area);
	if (b->index == NULL || b->set == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a picture");
	while (r.y < r.h && one_run(b, &r, &done))
		;
	if (b->strict && !done && r.y < r.h - 1)
		return broken(f, "it ends too early");
	return ERR_OK;
}

static enum err
bmp_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct bmp	*b = d->priv;
	size_t		 need;

	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	b->strict = w->strict;
	if (b->pixels > d->len)
		return broken(f, "it ends before its pixels");
	if (b->packing == BI_RLE8 || b->packing == BI_RLE4) {
		d->head.alpha = true;		/* pixels that no run gives */
		return unpack(d, b, f);
	}
	if (__builtin_mul_overflow(b->stride, (size_t)d->head.h, &need) || need > d->len - b->pixels) {
		/* Some writers leave out the padding of the last row. */
		if (need - (d->len - b->pixels) >= b->stride || b->strict)
			return broken(f, "it ends within its pixels");
	}
	return ERR_OK;
}

static void
indexed_row(const struct bmp *b, const uint8_t *p, uint8_t *px, uint32_t w)
{
	unsigned	 per = 8 / b->bpp, mask = (1u << b->bpp) - 1;

	for (uint32_t x = 0; x < w; x++, px += 4) {
		unsigned	 shift = (per - 1 - x % per) * b->bpp;

		memcpy(px, b->colour[p[x / per] >> shift & mask], 4);
	}
}

static void
direct_row(const struct bmp *b, const uint8_t *p, uint8_t *px, uint32_t w)
{
	for (uint32_t x = 0; x < w; x++, px += 4) {
		uint32_t	 v = b->bpp == 16 ? le16(p + (size_t)x * 2) : b->bpp == 24 ? le24(p + (size_t)x * 3) :
		    le32(p + (size_t)x * 4);

		for (int c = 0; c < 3; c++)
			px[c] = channel_value(&b->ch[c], v);
		px[3] = b->bpp != 24 && b->ch[3].bits ? channel_value(&b->ch[3], v) : 255;
	}
}

static enum err
bmp_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct bmp	*b = d->priv;
	uint32_t	 y = b->top_down ? b->next : d->head.h - 1 - b->next;
	const uint8_t	*p = d->data + b->pixels + (size_t)y * b->stride;

	b->next++;
	if (b->index != NULL) {
		const uint8_t	*ix = b->index + (size_t)y * d->w, *set = b->set + (size_t)y * d->w;

		for (uint32_t x = 0; x < d->w; x++, px += 4)
			if (set[x])
				memcpy(px, b->colour[ix[x]], 4);
			else
				memset(px, 0, 4);
		return ERR_OK;
	}
	if (p + b->stride > d->data + d->len)
		return broken(f, "it ends within its pixels");
	if (b->bpp <= 8)
		indexed_row(b, p, px, d->w);
	else
		direct_row(b, p, px, d->w);
	return ERR_OK;
}

static void
bmp_close(struct decoder *d)
{
	struct bmp	*b = d->priv;

	if (b == NULL)
		return;
	free(b->index);
	free(b->set);
	free(b);
	d->priv = NULL;
}

static void
put_header(uint8_t *h, const struct picture *p, bool alpha, size_t stride)
{
	uint32_t	 header = alpha ? V4_HEADER : INFO_HEADER, image = (uint32_t)(stride * p->h);

	memcpy(h, "BM", 2);
	put_le32(h + 2, FILE_HEADER + header + image);
	put_le32(h + 10, FILE_HEADER + header);
	put_le32(h + 14, header);
	put_le32(h + 18, p->w);
	put_le32(h + 22, p->h);
	h[26] = 1;
	h[28] = alpha ? 32 : 24;
	put_le32(h + 30, alpha ? BI_BITFIELDS : BI_RGB);
	put_le32(h + 34, image);
	put_le32(h + 38, 2835);		/* 72 dots an inch */
	put_le32(h + 42, 2835);
	if (!alpha)
		return;
	put_le32(h + 54, 0xff0000);
	put_le32(h + 58, 0xff00);
	put_le32(h + 62, 0xff);
	put_le32(h + 66, 0xff000000);
	put_le32(h + 70, 0x73524742);	/* "sRGB" */
}

static enum err
bmp_encode(struct encode *e, struct picture *p, struct fault *f)
{
	bool	 alpha = picture_check_alpha(p);
	size_t	 each = alpha ? 4 : 3, stride = ((size_t)p->w * each + 3) / 4 * 4;
	uint8_t	 header[FILE_HEADER + V4_HEADER] = { 0 };
	uint8_t	*line = calloc(1, stride);

	if (line == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a row");
	put_header(header, p, alpha, stride);
	sink_put(e->sink, header, FILE_HEADER + (alpha ? V4_HEADER : INFO_HEADER));
	for (uint32_t y = p->h; y-- > 0;) {
		const uint8_t	*px = picture_row(p, y);

		for (size_t x = 0; x < p->w; x++, px += 4) {
			uint8_t	 bgra[4] = { px[2], px[1], px[0], px[3] };

			memcpy(line + x * each, bgra, each);
		}
		sink_put(e->sink, line, stride);
	}
	free(line);
	return ERR_OK;
}

const struct codec codec_bmp = {
	.fmt = FMT_BMP,
	.open = bmp_open, .start = bmp_start, .row = bmp_row, .close = bmp_close, .encode = bmp_encode,
};
