/*
 * The block is written anew, entry by entry, so that nothing can hide between entries. Values are
 * copied in the byte order they have.
 */
#include "image/exif_build.h"

#include <assert.h>

#include "image/bytes.h"
#include "image/exif_tags.h"

#define KEPT_MAX	96
#define SLACK_BYTES	16	/* padding that writers leave, too small to hide much */

struct kept {
	uint16_t	 tag, type;
	uint32_t	 count;
	const uint8_t	*value;
	size_t		 value_len;
};

struct build {
	enum metadata_policy	 policy;
	/* IFD0, EXIF, interoperability: each sorted by tag */
	struct kept		 kept[3][KEPT_MAX];
	size_t			 n[3];
	bool			 big;
	bool			 dropped;	/* something of the source does not stay */
};

static int
place_of(enum exif_ifd ifd)
{
	return ifd == EXIF_IFD0 ? 0 : ifd == EXIF_IFD_EXIF ? 1 : ifd == EXIF_IFD_INTEROP ? 2 : -1;
}

static bool
is_pointer(const struct exif_entry *e)
{
	return (e->ifd == EXIF_IFD0 && e->tag == EXIF_TAG_EXIF) ||
	       (e->ifd == EXIF_IFD_EXIF && e->tag == EXIF_TAG_INTEROP);
}

static bool
may_stay(const struct exif_entry *e, enum metadata_policy policy)
{
	const struct exif_tag *t = exif_tag_find(e->ifd, e->tag);
	uint16_t type = e->type == EXIF_LONG ? EXIF_SHORT : e->type;

	if (t == NULL || t->keep_type != type || e->value_len > t->keep_bytes ||
	    place_of(e->ifd) < 0)
		return false;
	if (policy == METADATA_ALL)
		return e->ifd == EXIF_IFD0 && e->tag == EXIF_TAG_ORIENTATION &&
		       exif_num(e, 0) >= 2 && exif_num(e, 0) <= 8;
	return true;
}

/* In order of tags; a second one of the same tag is not taken. */
static bool
keep(struct build *b, int place, const struct kept *k)
{
	struct kept *list = b->kept[place];
	size_t i = b->n[place];

	while (i > 0 && list[i - 1].tag > k->tag)
		i--;
	if (b->n[place] == KEPT_MAX || (i > 0 && list[i - 1].tag == k->tag))
		return false;
	memmove(&list[i + 1], &list[i], (b->n[place] - i) * sizeof(*list));
	list[i] = *k;
	b->n[place]++;
	return true;
}

static bool
take(const struct exif_entry *e, void *arg)
{
	struct build *b = arg;
	struct kept k = { .tag = e->tag,
		.type = e->type,
		.count = e->count,
		.value = e->value,
		.value_len = e->value_len };

	if (is_pointer(e))
		return true;
	if (!may_stay(e, b->policy) || !keep(b, place_of(e->ifd), &k))
		b->dropped = true;
	return true;
}

static void
put16(const struct build *b, uint8_t *p, uint32_t v)
{
	p[b->big ? 0 : 1] = (uint8_t)(v >> 8);
	p[b->big ? 1 : 0] = (uint8_t)v;
}

static void
put32(const struct build *b, uint8_t *p, uint32_t v)
{
	put16(b, p + (b->big ? 0 : 2), v >> 16);
	put16(b, p + (b->big ? 2 : 0), v & 0xffff);
}

/* Bytes of a directory with its values; `more` entries that point on. */
static size_t
ifd_size(const struct build *b, int place, size_t more)
{
	size_t i, size = 2 + 12 * (b->n[place] + more) + 4;

	for (i = 0; i < b->n[place]; i++)
		if (b->kept[place][i].value_len > 4)
			size += (b->kept[place][i].value_len + 1) & ~(size_t)1;
	return size;
}

static void
put_entry(const struct build *b, uint8_t *base, size_t at, const struct kept *k, size_t *data)
{
	put16(b, base + at, k->tag);
	put16(b, base + at + 2, k->type);
	put32(b, base + at + 4, k->count);
	if (k->value_len <= 4) {
		memcpy(base + at + 8, k->value, k->value_len);
		return;
	}
	put32(b, base + at + 8, (uint32_t)*data);
	memcpy(base + *data, k->value, k->value_len);
	*data += (k->value_len + 1) & ~(size_t)1;
}

/*
 * The directory of a place at `at`; to: where the directory is that `tag` points to, 0: no such
 * entry.
 */
static void
put_ifd(const struct build *b, uint8_t *base, size_t at, int place, uint16_t tag, size_t to)
{
	size_t i, n = b->n[place] + (to != 0), entry = at + 2, data = entry + 12 * n + 4;
	bool pointed = to == 0;

	put16(b, base + at, (uint32_t)n);
	for (i = 0; i < b->n[place] || !pointed; entry += 12) {
		if (!pointed && (i == b->n[place] || b->kept[place][i].tag > tag)) {
			uint8_t value[4];

			put32(b, value, (uint32_t)to);
			put_entry(
			    b, base, entry, &(struct kept){ tag, EXIF_LONG, 1, value, 4 }, &data);
			pointed = true;
			continue;
		}
		put_entry(b, base, entry, &b->kept[place][i++], &data);
	}
	put32(b, base + entry, 0);
}

static enum err
write_block(struct build *b, struct buf *out, size_t *size)
{
	bool interop = b->n[2] > 0, exif = b->n[1] > 0 || interop;
	size_t exif_at = 8 + ifd_size(b, 0, exif),
	       interop_at = exif_at + (exif ? ifd_size(b, 1, interop) : 0);
	uint8_t *base;
	enum err e;

	*size = interop_at + (interop ? ifd_size(b, 2, 0) : 0);
	e = buf_reserve(out, *size);
	if (e)
		return e;
	base = (uint8_t *)out->data + out->len;
	memset(base, 0, *size);
	memcpy(base, b->big ? "MM\0*\0\0\0\x08" : "II*\0\x08\0\0\0", 8);
	put_ifd(b, base, 8, 0, EXIF_TAG_EXIF, exif ? exif_at : 0);
	if (exif)
		put_ifd(b, base, exif_at, 1, EXIF_TAG_INTEROP, interop ? interop_at : 0);
	if (interop)
		put_ifd(b, base, interop_at, 2, 0, 0);
	out->len += *size;
	out->data[out->len] = '\0';
	return ERR_OK;
}

enum err
exif_build(const uint8_t *tiff, size_t len, enum metadata_policy policy, const char *copyright,
    struct buf *out, bool *same, struct fault *f)
{
	struct build b = { .policy = policy, .big = tiff != NULL && len > 0 && tiff[0] == 'M' };
	size_t size = 0, n = strlen(copyright) + 1;
	bool complete = true, added = false;
	enum err e;

	assert(policy != METADATA_NONE);
	if (tiff != NULL)
		complete = exif_walk(tiff, len, take, &b);
	if (n > 1 && n <= EXIF_COPYRIGHT_BYTES && policy == METADATA_PRIVATE)
		added = keep(&b, 0,
		    &(struct kept){ EXIF_TAG_COPYRIGHT, EXIF_ASCII, (uint32_t)n,
			(const uint8_t *)copyright, n });
	if (b.n[0] + b.n[1] + b.n[2] > 0) {
		e = write_block(&b, out, &size);
		if (e)
			return fault_set(f, e, "no room for the EXIF block");
	}
	*same = tiff != NULL && complete && !b.dropped && !added && len <= size + SLACK_BYTES;
	return ERR_OK;
}
