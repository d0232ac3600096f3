/*
 * PNG in one piece. Reading: the check sums of all parts first, then the stream, then every row's filter byte; only when all
 * are right is there a picture. Writing: rows filtered by what leaves least, then one IDAT.
 */
#include "image/png_whole.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "base/defs.h"
#include "image/bytes.h"
#include "image/png_filter.h"

#define SHARE		4	/* of what is left of the budget one picture may hold here only a part */
#define TEXT_BYTES	65536	/* of a chunk behind the pixels; libpng judges longer ones */
#define LEVEL_DRAWN	6
#define LEVEL_PHOTO	1
#define LEVEL_SMALL	9

static bool
is_type(const uint8_t *chunk, const char *type)
{
	return memcmp(chunk + 4, type, 4) == 0;
}

/* A whole chunk with the right check sum at i? *n: bytes of its data. */
static bool
chunk_at(const uint8_t *data, size_t len, size_t i, size_t *n)
{
	if (i > len || len - i < PNG_CHUNK_OVER)
		return false;
	*n = be32(data + i);
	if (*n > len - i - PNG_CHUNK_OVER)
		return false;
	return libdeflate_crc32(0, data + i + 4, *n + 4) == be32(data + i + 8 + *n);
}

struct stream {
	const uint8_t	*z;
	size_t		 n;
	uint8_t		*own;		/* put together of several chunks; NULL: lies in the file */
};

/* Where the IDAT chunks from at on end; their data together in *total. 0: something is wrong. */
static size_t
measure(const uint8_t *data, size_t len, size_t at, size_t *total)
{
	size_t	 n;

	for (*total = 0;; at += PNG_CHUNK_OVER + n) {
		if (!chunk_at(data, len, at, &n))
			return 0;
		if (!is_type(data + at, "IDAT"))
			return at;
		*total += n;
	}
}

/* Behind the pixels only what libpng would skip or take without a word. */
static bool
good_end(const uint8_t *data, size_t len, size_t at)
{
	static const char *const plain[] = { "tEXt", "zTXt", "iTXt", "tIME", "eXIf" };
	size_t			 n;

	for (; chunk_at(data, len, at, &n); at += PNG_CHUNK_OVER + n) {
		bool	 known = false;

		if (is_type(data + at, "IEND"))
			return n == 0;
		for (size_t i = 0; i < NELEM(plain); i++)
			known |= is_type(data + at, plain[i]);
		if (!known || n > TEXT_BYTES)
			return false;
	}
	return false;
}

static bool
gather(struct stream *s, const uint8_t *data, size_t at, size_t end)
{
	size_t	 n = be32(data + at), done = 0;

	s->own = NULL;
	s->z = data + at + 8;
	if (at + PNG_CHUNK_OVER + n == end)
		return true;
	if ((s->own = malloc(s->n)) == NULL)
		return false;
	for (s->z = s->own; at < end; at += PNG_CHUNK_OVER + n, done += n) {
		n = be32(data + at);
		memcpy(s->own + done, data + at + 8, n);
	}
	return true;
}

static size_t
stride_of(const struct png_whole *pw)
{
	return (size_t)pw->w * pw->bpp + 1;
}

/* Row y with its filter byte in front; row -1 is the zeros above the first one. */
static uint8_t *
filtered_row(const struct png_whole *pw, int64_t y)
{
	return pw->rows.px + (size_t)(y + 1) * stride_of(pw);
}

static bool
inflate_rows(struct png_whole *pw, const struct stream *s)
{
	struct libdeflate_decompressor	*d = libdeflate_alloc_decompressor();
	bool				 ok;

	if (d == NULL)
		return false;
	ok = libdeflate_zlib_decompress(d, s->z, s->n, filtered_row(pw, 0), stride_of(pw) * pw->h, NULL) == LIBDEFLATE_SUCCESS;
	libdeflate_free_decompressor(d);
	for (uint32_t y = 0; ok && y < pw->h; y++)
		ok = *filtered_row(pw, y) < PNG_F__MAX;
	return ok;
}

/* As a picture, so that it counts: a row of zeros, the rows, and slack. */
static bool
rows_new(struct png_whole *pw, size_t compressed)
{
	uint64_t	 bytes = (uint64_t)stride_of(pw) * pw->h;

	return bytes <= PNG_WHOLE_BYTES && picture_may_need((bytes + compressed) * SHARE, NULL) == ERR_OK &&
	    picture_new(&pw->rows, (uint32_t)((stride_of(pw) + 3) / 4), pw->h + 1 + PNG_FILTER_SLACK, true, NULL) == ERR_OK;
}

bool
png_whole_read(struct png_whole *pw, const uint8_t *data, size_t len, size_t at, bool strict)
{
	struct stream	 s = { .own = NULL };
	size_t		 end = measure(data, len, at, &s.n);
	bool		 ok = false;

	if (end == 0 || s.n < 6 || (strict && !good_end(data, len, end)) || !rows_new(pw, s.n))
		return false;
	memset(pw->rows.px, 0, stride_of(pw));
	/* A window of less than 32 kB binds how far back a copy may reach: libdeflate does not look at that. */
	if (gather(&s, data, at, end) && s.z[0] == 0x78)
		ok = inflate_rows(pw, &s);
	free(s.own);
	if (!ok)
		picture_free(&pw->rows);
	pw->next = 0;
	return ok;
}

void
png_whole_row(struct png_whole *pw, uint8_t *px)
{
	uint8_t		*row = filtered_row(pw, pw->next) + 1;
	const uint8_t	*prior = filtered_row(pw, (int64_t)pw->next - 1) + 1;

	png_filter_kernels()->undo(row, prior, (enum png_filter)row[-1], pw->bpp, (size_t)pw->w * pw->bpp);
	pw->next++;
	switch (pw->bpp) {
	case 1:
		for (size_t x = 0; x < pw->w; x++)
			memcpy(px + x * 4, pw->colours[row[x]], 4);
		break;
	case 2:
		for (size_t x = 0; x < pw->w; x++, row += 2) {
			memset(px + x * 4, row[0], 3);
			px[x * 4 + 3] = row[1];
		}
		break;
	case 3:
		for (size_t x = 0; x < pw->w; x++, row += 3) {
			memcpy(px + x * 4, row, 3);
			px[x * 4 + 3] = 255;
		}
		break;
	default:
		memcpy(px, row, (size_t)pw->w * 4);
	}
}

void
png_whole_free(struct png_whole *pw)
{
	picture_free(&pw->rows);
}

static void
put_chunk(struct sink *s, const char *type, const uint8_t *data, size_t n)
{
	uint8_t		 head[8], crc[4];
	uint32_t	 sum = libdeflate_crc32(0, type, 4);

	put_be32(head, (uint32_t)n);
	memcpy(head + 4, type, 4);
	if (n)		/* libdeflate takes NULL for a wish to begin anew */
		sum = libdeflate_crc32(sum, data, n);
	put_be32(crc, sum);
	sink_put(s, head, sizeof(head));
	sink_put(s, data, n);
	sink_put(s, crc, sizeof(crc));
}

static void
put_start(struct encode *e, bool alpha)
{
	static const uint8_t	 magic[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	uint8_t			 ihdr[13] = { [8] = 8, [9] = alpha ? 6 : 2 };

	put_be32(ihdr, e->w);
	put_be32(ihdr + 4, e->h);
	sink_put(e->sink, magic, sizeof(magic));
	put_chunk(e->sink, "IHDR", ihdr, sizeof(ihdr));
}

/* Three rows of memory: the plain ones of this and the row above, and one filtered by the other way. */
struct lines {
	uint8_t	*now, *above, *spare;
};

static void
pack_row(uint8_t *to, const struct picture *p, uint32_t y, unsigned bpp)
{
	const uint8_t	*px = picture_row(p, y);

	if (bpp == 4) {
		memcpy(to, px, (size_t)p->w * 4);
		return;
	}
	for (size_t x = 0; x < p->w; x++)
		memcpy(to + x * 3, px + x * 4, 3);
}

static void
filter_row(uint8_t *to, struct lines *l, unsigned bpp, size_t n, bool drawn)
{
	const struct png_filter_kernels	*k = png_filter_kernels();
	uint64_t			 sub, up;

	to[0] = PNG_F_NONE;
	if (drawn) {
		memcpy(to + 1, l->now, n);
		return;
	}
	up = k->apply(to + 1, l->now, l->above, PNG_F_UP, bpp, n);
	sub = k->apply(l->spare, l->now, l->above, PNG_F_SUB, bpp, n);
	to[0] = sub <= up ? PNG_F_SUB : PNG_F_UP;
	if (sub <= up)
		memcpy(to + 1, l->spare, n);
}

static enum err
filter_rows(uint8_t *to, const struct picture *p, unsigned bpp, bool drawn, struct fault *f)
{
	size_t		 n = (size_t)p->w * bpp;
	uint8_t		*mem = calloc(3, n);
	struct lines	 l = { mem, mem + n, mem + 2 * n };

	if (mem == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a row");
	for (uint32_t y = 0; y < p->h; y++, to += n + 1) {
		uint8_t	*t = l.now;

		pack_row(l.now, p, y, bpp);
		filter_row(to, &l, bpp, n, drawn);
		l.now = l.above;
		l.above = t;
	}
	free(mem);
	return ERR_OK;
}

static enum err
deflate_rows(struct sink *s, const uint8_t *rows, size_t n, int level, struct fault *f)
{
	struct libdeflate_compressor	*c = libdeflate_alloc_compressor(level);
	size_t				 most = c != NULL ? libdeflate_zlib_compress_bound(c, n) : 0, z_n = 0;
	uint8_t				*z = most ? malloc(most) : NULL;
	enum err			 e = ERR_OK;

	if (z == NULL || (z_n = libdeflate_zlib_compress(c, rows, n, z, most)) == 0)
		e = fault_set(f, ERR_NOMEM, "no memory for an encoder");
	else
		put_chunk(s, "IDAT", z, z_n);
	free(z);
	libdeflate_free_compressor(c);
	return e;
}

enum err
png_whole_write(struct encode *e, const struct picture *p, bool alpha, bool drawn, const uint8_t *exif, size_t exif_len,
    bool *done, struct fault *f)
{
	unsigned	 bpp = alpha ? 4 : 3;
	uint64_t	 n = ((uint64_t)p->w * bpp + 1) * p->h;
	uint8_t		*rows;
	enum err	 err;

	*done = false;
	if (n > PNG_WHOLE_BYTES || picture_may_need(n * 2, NULL) != ERR_OK)
		return ERR_OK;
	*done = true;
	if ((rows = malloc(n)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for an encoder");
	if ((err = filter_rows(rows, p, bpp, drawn, f)))
		goto out;
	put_start(e, alpha);
	if (exif_len)
		put_chunk(e->sink, "eXIf", exif, exif_len);
	if ((err = deflate_rows(e->sink, rows, n, e->effort > 1 ? LEVEL_SMALL : drawn ? LEVEL_DRAWN : LEVEL_PHOTO, f)))
		goto out;
	put_chunk(e->sink, "IEND", NULL, 0);
out:
	free(rows);
	return err;
}

void
png_warm(void)
{
	(void)libdeflate_adler32(1, "", 1);
	(void)libdeflate_crc32(0, "", 1);
}
