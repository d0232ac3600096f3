/*
 * TIFF: offsets point everywhere, so nothing is moved. In each directory the entries that may stay
 * close ranks, what the others pointed to is overwritten with zeros; pages that are thumbnails are
 * wiped and unlinked; what is behind the last byte in use is cut off.
 */
#include "image/bytes.h"
#include "image/exif_tags.h"
#include "image/strip_out.h"

#define PAGES_MAX	256
#define WIPE_DEPTH	3
#define ENTRIES_MAX	65536
#define PARTS_MAX	(1u << 22)
#define ENTRY_BYTES	12

enum {
	TAG_SUBFILE = 254, TAG_COMPRESSION = 259, TAG_STRIPS = 273, TAG_STRIP_BYTES = 279,
	TAG_TILES = 324, TAG_TILE_BYTES = 325,
	TAG_SUB_IFDS = 330, TAG_JPEG = 513, TAG_JPEG_BYTES = 514
};

/* Tags that stay, from..to; facts not in METADATA_ALL. */
static const struct { uint16_t from, to; bool fact; } known[] = {
	{ 254, 259, false }, { 262, 266, false }, { 271, 272, true }, { 273, 284, false },
	{ 286, 293, false }, { 296, 297, false },
	{ 301, 301, false }, { 305, 306, true }, { 317, 325, false }, { 332, 332, false },
	{ 334, 334, false }, { 336, 336, false },
	{ 338, 347, false }, { 512, 532, false }, { EXIF_TAG_COPYRIGHT, EXIF_TAG_COPYRIGHT, true },
	{ 34675, 34675, false },
	{ EXIF_TAG_EXIF, EXIF_TAG_EXIF, true },
};

struct page {
	size_t		 at;
	uint32_t	 n, next;
	bool		 thumb;
};

struct tiff {
	struct strip_out	*o;
	struct strip_patches	 patches;
	bool			 big;
	size_t			 used;		/* end of what is in use */
	struct page		 page[PAGES_MAX];
	size_t			 pages;
	size_t			 budget;	/* entries that may still be looked at */
	size_t			 parts;		/* strips and tiles that may still be looked at */
};

struct entry {
	uint16_t	 tag, type;
	uint32_t	 count;
	/* place and size of the value; bytes 0: not inside of the file */
	size_t		 value, bytes;
	bool		 inlined;
};

static uint32_t
get16(const struct tiff *t, size_t at)
{
	return t->big ? be16(t->o->p + at) : le16(t->o->p + at);
}

static uint32_t
get32(const struct tiff *t, size_t at)
{
	return t->big ? be32(t->o->p + at) : le32(t->o->p + at);
}

static void
put16(const struct tiff *t, uint8_t *p, uint32_t v)
{
	p[t->big ? 0 : 1] = (uint8_t)(v >> 8);
	p[t->big ? 1 : 0] = (uint8_t)v;
}

static void
use(struct tiff *t, size_t end)
{
	if (end > t->used)
		t->used = end;
}

/* Is there a directory at `at`? Its number of entries. */
static bool
ifd_at(struct tiff *t, size_t at, uint32_t *n)
{
	if (at < 8 || at > t->o->len || t->o->len - at < 6)
		return false;
	*n = get16(t, at);
	if (*n > t->budget || (size_t)*n * ENTRY_BYTES > t->o->len - at - 6)
		return false;
	t->budget -= *n;
	return true;
}

static struct entry
entry_at(const struct tiff *t, size_t at)
{
	static const uint8_t size[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };
	struct entry e = { .tag = (uint16_t)get16(t, at),
		.type = (uint16_t)get16(t, at + 2),
		.count = get32(t, at + 4) };
	uint64_t bytes = (uint64_t)e.count * (e.type < NELEM(size) ? size[e.type] : 8);

	e.inlined = bytes <= 4;
	e.value = e.inlined ? at + 8 : get32(t, at + 8);
	if (bytes > 0 && e.value <= t->o->len && bytes <= t->o->len - e.value)
		e.bytes = (size_t)bytes;
	return e;
}

/* Number i of an entry of SHORT or LONG; 0 otherwise. */
static uint32_t
entry_num(const struct tiff *t, const struct entry *e, uint32_t i)
{
	if (e->bytes == 0 || i >= e->count)
		return 0;
	if (e->type == EXIF_SHORT)
		return get16(t, e->value + 2 * (size_t)i);
	return e->type == EXIF_LONG || e->type == 13 ? get32(t, e->value + 4 * (size_t)i) : 0;
}

static bool
entry_find(const struct tiff *t, size_t ifd, uint32_t n, uint16_t tag, struct entry *e)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		*e = entry_at(t, ifd + 2 + ENTRY_BYTES * (size_t)i);
		if (e->tag == tag)
			return true;
	}
	return false;
}

/* One list of strips or tiles: used, or wiped. Pages may share a list, so that time needs a bound. */
static void
each_of(struct tiff *t, const struct entry *at, const struct entry *bytes, bool wipe)
{
	uint32_t i, from, len;

	if (at->bytes == 0)
		return;
	if (at->count > t->parts) {
		t->patches.err = ERR_BROKEN;
		return;
	}
	t->parts -= at->count;
	for (i = 0; i < at->count; i++) {
		from = entry_num(t, at, i);
		len = entry_num(t, bytes, i);
		if (from > t->o->len)
			continue;
		if (len > t->o->len - from)
			len = (uint32_t)(t->o->len - from);
		if (wipe)
			patch_fill(&t->patches, from, len, 0);
		else
			use(t, (size_t)from + len);
	}
}

/* The strips, tiles or the one JPEG of a directory. */
static void
each_part(struct tiff *t, size_t ifd, uint32_t n, bool wipe)
{
	static const uint16_t parts[][2] = { { TAG_STRIPS, TAG_STRIP_BYTES },
		{ TAG_TILES, TAG_TILE_BYTES }, { TAG_JPEG, TAG_JPEG_BYTES } };
	struct entry at, bytes;
	size_t k;

	for (k = 0; k < NELEM(parts); k++) {
		if (!entry_find(t, ifd, n, parts[k][0], &at))
			continue;
		if (!entry_find(t, ifd, n, parts[k][1], &bytes)) {
			use(t, t->o->len);
			continue;
		}
		each_of(t, &at, &bytes, wipe);
	}
}

/* Overwrite a directory and all it points to. */
static void
wipe_ifd(struct tiff *t, size_t at, int depth)
{
	struct entry e;
	uint32_t i, k, n;

	if (depth == 0 || !ifd_at(t, at, &n))
		return;
	each_part(t, at, n, true);
	for (i = 0; i < n; i++) {
		e = entry_at(t, at + 2 + ENTRY_BYTES * (size_t)i);
		if (e.tag == TAG_SUB_IFDS || e.tag == EXIF_TAG_EXIF || e.tag == EXIF_TAG_GPS ||
		    e.tag == EXIF_TAG_INTEROP)
			for (k = 0; k < e.count && k < 16; k++)
				wipe_ifd(t, entry_num(t, &e, k), depth - 1);
		if (!e.inlined)
			patch_fill(&t->patches, e.value, e.bytes, 0);
	}
	patch_fill(&t->patches, at, 2 + ENTRY_BYTES * (size_t)n + 4, 0);
}

/* An entry goes: its value, and the directories it points to. */
static void
wipe_entry(struct tiff *t, const struct entry *e)
{
	uint32_t k;

	if (e->tag == TAG_SUB_IFDS || e->tag == EXIF_TAG_EXIF || e->tag == EXIF_TAG_GPS ||
	    e->tag == EXIF_TAG_INTEROP)
		for (k = 0; k < e->count && k < 16; k++)
			wipe_ifd(t, entry_num(t, e, k), WIPE_DEPTH);
	if (!e->inlined)
		patch_fill(&t->patches, e->value, e->bytes, 0);
}

static bool
page_tag_stays(const struct tiff *t, const struct entry *e)
{
	size_t i;

	for (i = 0; i < NELEM(known); i++)
		if (e->tag >= known[i].from && e->tag <= known[i].to)
			return !known[i].fact || t->o->policy == METADATA_PRIVATE;
	return false;
}

static bool
exif_tag_stays(const struct tiff *t, const struct entry *e)
{
	const struct exif_tag *row = exif_tag_find(EXIF_IFD_EXIF, e->tag);

	(void)t;
	return row != NULL && row->keep_type == (e->type == EXIF_LONG ? EXIF_SHORT : e->type) &&
	       e->bytes > 0 && e->bytes <= row->keep_bytes;
}

/*
 * Close ranks: the entries that stay move up, the rest of the directory becomes zeros. next: where
 * the chain goes on. The value of an entry that stays keeps its place; a small one moves with its
 * entry.
 */
static enum err
filter_ifd(struct tiff *t, size_t at, uint32_t n, uint32_t next,
    bool (*stays)(const struct tiff *, const struct entry *), struct fault *f)
{
	size_t size = 2 + ENTRY_BYTES * (size_t)n + 4, from, kept = 0, left;
	struct buf b = BUF_INIT(65536 * ENTRY_BYTES + 6);
	uint8_t *new;
	struct entry e;
	uint32_t i;
	enum err r;

	r = buf_reserve(&b, size);
	if (r)
		return fault_set(f, r, "no memory for a directory");
	new = (uint8_t *)b.data;
	memset(new, 0, size);
	for (i = 0; i < n; i++) {
		from = at + 2 + ENTRY_BYTES * (size_t)i;
		e = entry_at(t, from);
		if (!stays(t, &e)) {
			wipe_entry(t, &e);
			continue;
		}
		memcpy(new + 2 + ENTRY_BYTES * kept++, t->o->p + from, ENTRY_BYTES);
		if (!e.inlined)
			use(t, e.value + e.bytes);
	}
	put16(t, new, (uint32_t)kept);
	put16(t, new + 2 + ENTRY_BYTES * kept + (t->big ? 0 : 2), next >> 16);
	put16(t, new + 2 + ENTRY_BYTES * kept + (t->big ? 2 : 0), next & 0xffff);
	left = 2 + ENTRY_BYTES * kept + 4;
	if (memcmp(new, t->o->p + at, size) != 0) {
		patch_bytes(&t->patches, t->o, at, new, left);
		patch_fill(&t->patches, at + left, size - left, 0);
	}
	use(t, at + left);
	buf_free(&b);
	return ERR_OK;
}

/* A reduced copy of another page, or something like EXIF's thumbnail: no page by itself. */
static bool
is_thumb(const struct tiff *t, size_t at, uint32_t n)
{
	struct entry e;

	if (entry_find(t, at, n, TAG_SUBFILE, &e) && (entry_num(t, &e, 0) & 1))
		return true;
	return !entry_find(t, at, n, TAG_STRIPS, &e) && !entry_find(t, at, n, TAG_TILES, &e);
}

/* The chain of pages, read before anything is changed. */
static enum err
read_pages(struct tiff *t, struct fault *f)
{
	uint32_t at = get32(t, 4), n;
	struct page *g;

	while (at != 0) {
		if (t->pages == PAGES_MAX || !ifd_at(t, at, &n))
			return fault_set(f, ERR_BROKEN,
			    "a directory of this TIFF is damaged, or there are too many");
		g = &t->page[t->pages];
		*g = (struct page){
			.at = at, .n = n, .next = get32(t, at + 2 + ENTRY_BYTES * (size_t)n)
		};
		g->thumb = t->pages > 0 && is_thumb(t, at, n);
		t->pages++;
		at = g->next;
	}
	return t->pages > 0 ? ERR_OK : fault_set(f, ERR_BROKEN, "this TIFF has no directory");
}

static enum err
clean_page(struct tiff *t, size_t i, struct fault *f)
{
	const struct page *g = &t->page[i];
	struct entry e;
	uint32_t n, at;
	size_t k;
	enum err r;

	if (g->thumb) {
		wipe_ifd(t, g->at, WIPE_DEPTH);
		return ERR_OK;
	}
	for (k = i + 1; k < t->pages && t->page[k].thumb; k++)
		;
	each_part(t, g->at, g->n, false);
	/* JPEG of the old kind keeps tables where no length tells. */
	if (entry_find(t, g->at, g->n, TAG_COMPRESSION, &e) && entry_num(t, &e, 0) == 6)
		use(t, t->o->len);
	r = filter_ifd(
	    t, g->at, g->n, k < t->pages ? (uint32_t)t->page[k].at : 0, page_tag_stays, f);
	if (r || t->o->policy != METADATA_PRIVATE || !entry_find(t, g->at, g->n, EXIF_TAG_EXIF, &e))
		return r;
	at = entry_num(t, &e, 0);
	if (!ifd_at(t, at, &n))
		return fault_set(f, ERR_BROKEN, "the EXIF directory of this TIFF is damaged");
	return filter_ifd(t, at, n, 0, exif_tag_stays, f);
}

enum err
strip_tiff(struct strip_out *o, struct fault *f)
{
	struct tiff t = { .o = o, .used = 8, .budget = ENTRIES_MAX, .parts = PARTS_MAX };
	size_t i;
	enum err e;

	if (o->len < 8 || (!STARTS(o->p, o->len, "II*\0") && !STARTS(o->p, o->len, "MM\0*")))
		return fault_set(f, ERR_BROKEN, "this is no TIFF");
	t.big = o->p[0] == 'M';
	e = read_pages(&t, f);
	for (i = 0; i < t.pages && e == ERR_OK; i++)
		e = clean_page(&t, i, f);
	if (e) {
		/* Nothing of it is written; only the memory must go. */
		t.patches.err = t.patches.err != ERR_OK ? t.patches.err : e;
	}
	return patches_apply(&t.patches, o, t.used < o->len ? t.used : o->len, f);
}
