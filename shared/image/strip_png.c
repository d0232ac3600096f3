/*
 * PNG: chunks by a table of what may stay. Unknown chunks that a decoder may skip go; unknown ones
 * that it may not skip are refused.
 */
#include "image/bytes.h"
#include "image/exif_build.h"
#include "image/strip_copyright.h"
#include "image/strip_out.h"

#define CHUNK_MORE	12	/* length, type and checksum around the content */
#define TEXT_MAX	4096
#define XMP_KEY		"XML:com.adobe.xmp"

/* Chunks that stay; in METADATA_ALL without the ones marked. */
static const struct { char type[5]; bool fact; } known[] = {
	{ "IHDR", false }, { "PLTE", false }, { "IDAT", false }, { "IEND", false },
	{ "tRNS", false },
	{ "cHRM", false }, { "gAMA", false }, { "iCCP", false }, { "sBIT", false },
	{ "sRGB", false }, { "cICP", false },
	{ "mDCV", false }, { "mDCv", false }, { "cLLI", false }, { "cLLi", false },
	{ "bKGD", false }, { "hIST", false }, { "pHYs", false }, { "sPLT", false },
	{ "acTL", false }, { "fcTL", false }, { "fdAT", false }, { "tIME", true },
};

/* Keywords of texts that stay (METADATA_PRIVATE). */
static const char *const keywords[] = { "Copyright", "Creation Time", "Software" };

struct chunk {
	size_t		 start, end;	/* with length and checksum */
	const uint8_t	*type;
	const uint8_t	*data;
	size_t		 len;
};

static enum err
next_chunk(const struct strip_out *o, size_t *at, struct chunk *c, struct fault *f)
{
	size_t n, left = o->len - *at;
	int i;

	if (left < CHUNK_MORE || (n = be32(o->p + *at)) > left - CHUNK_MORE)
		return fault_set(f, ERR_BROKEN, "this PNG is cut short");
	*c = (struct chunk){ .start = *at,
		.end = *at + n + CHUNK_MORE,
		.type = o->p + *at + 4,
		.data = o->p + *at + 8,
		.len = n };
	for (i = 0; i < 4; i++)
		if ((c->type[i] | 0x20) < 'a' || (c->type[i] | 0x20) > 'z')
			return fault_set(
			    f, ERR_BROKEN, "this PNG has bytes where a chunk should be");
	*at = c->end;
	return ERR_OK;
}

static bool
is(const struct chunk *c, const char *type)
{
	return memcmp(c->type, type, 4) == 0;
}

static bool
key_is(const struct chunk *c, const char *key)
{
	size_t n = strlen(key) + 1;

	return c->len >= n && memcmp(c->data, key, n) == 0;
}

/* Of texts only short ones that can be read without unpacking. */
static bool
text_stays(const struct strip_out *o, const struct chunk *c)
{
	size_t i;

	if (o->policy != METADATA_PRIVATE || c->len > TEXT_MAX ||
	    (!is(c, "tEXt") && !is(c, "iTXt")))
		return false;
	for (i = 0; i < NELEM(keywords); i++)
		if (key_is(c, keywords[i]))
			return is(c, "tEXt") || (c->len > strlen(keywords[i]) + 1 &&
						    c->data[strlen(keywords[i]) + 1] == 0);
	return false;
}

static bool
stays(const struct strip_out *o, const struct chunk *c)
{
	size_t i;

	for (i = 0; i < NELEM(known); i++)
		if (is(c, known[i].type))
			return !known[i].fact || o->policy == METADATA_PRIVATE;
	return text_stays(o, c);
}

static uint32_t
crc_of(const uint8_t *p, size_t len)
{
	uint32_t c = 0xffffffff;
	int k;

	for (; len > 0; len--, p++) {
		c ^= *p;
		for (k = 0; k < 8; k++)
			c = c >> 1 ^ (0xedb88320 & (0u - (c & 1)));
	}
	return ~c;
}

struct png {
	struct strip_out	*o;
	struct chunk		 exif;		/* start 0: none */
	bool			 notice;	/* a copyright text stays by itself */
	char			 copyright[EXIF_COPYRIGHT_BYTES];
};

static enum err
put_exif(struct png *g, struct fault *f)
{
	struct buf b = BUF_INIT(65536);
	const uint8_t *tiff = g->exif.start != 0 ? g->exif.data : NULL;
	size_t len = g->exif.len;
	uint8_t word[4];
	bool same;
	enum err e;

	if (tiff != NULL && STARTS(tiff, len, "Exif\0\0")) {
		tiff += 6;
		len -= 6;
	}
	e = buf_add(&b, "eXIf", 4);
	if (e == ERR_OK)
		e = exif_build(
		    tiff, len, g->o->policy, g->notice ? "" : g->copyright, &b, &same, f);
	if (e == ERR_OK && same) {
		strip_keep(g->o, g->exif.start, g->exif.end - g->exif.start);
	} else if (e == ERR_OK && b.len > 4) {
		put_be32(word, (uint32_t)(b.len - 4));
		strip_add(g->o, word, 4);
		strip_add(g->o, b.data, b.len);
		put_be32(word, crc_of((uint8_t *)b.data, b.len));
		strip_add(g->o, word, 4);
	}
	buf_free(&b);
	return e;
}

/* XMP in plain words: keyword, 0, not packed, method, language, 0, translated keyword, 0, text. */
static void
look_xmp(struct png *g, const struct chunk *c)
{
	if (is(c, "iTXt") && key_is(c, XMP_KEY) && c->len > sizeof(XMP_KEY) &&
	    c->data[sizeof(XMP_KEY)] == 0)
		copyright_xmp(c->data, c->len, g->copyright);
}

static enum err
first_pass(struct png *g, struct fault *f)
{
	struct chunk c;
	size_t at = 8;
	bool data = false;
	enum err e;

	do {
		e = next_chunk(g->o, &at, &c, f);
		if (e)
			return e;
		if (is(&c, "eXIf") && g->exif.start == 0)
			g->exif = c;
		data = data || is(&c, "IDAT");
		g->notice = g->notice || (text_stays(g->o, &c) && key_is(&c, "Copyright"));
		look_xmp(g, &c);
	} while (!is(&c, "IEND"));
	return data ? ERR_OK : fault_set(f, ERR_BROKEN, "this PNG has no picture in it");
}

enum err
strip_png(struct strip_out *o, struct fault *f)
{
	struct png g = { .o = o };
	bool exif_done = false;
	struct chunk c;
	size_t at = 8;
	enum err e;

	if (!STARTS(o->p, o->len, "\x89PNG\r\n\x1a\n"))
		return fault_set(f, ERR_BROKEN, "this is no PNG");
	e = first_pass(&g, f);
	if (e)
		return e;
	strip_keep(o, 0, 8);
	do {
		e = next_chunk(o, &at, &c, f);
		/* Where it was, or before the data. */
		if (e == ERR_OK && !exif_done && (is(&c, "IDAT") || c.start == g.exif.start)) {
			exif_done = g.exif.start == 0 || c.start == g.exif.start;
			if (exif_done)
				e = put_exif(&g, f);
		}
		if (e)
			return e;
		if (stays(o, &c))
			strip_keep(o, c.start, c.end - c.start);
		else if ((c.type[0] & 0x20) == 0)
			return fault_set(f, ERR_BROKEN,
			    "this PNG has a chunk (%.4s) that is unknown but needed",
			    (const char *)c.type);
	} while (!is(&c, "IEND"));
	return ERR_OK;
}
