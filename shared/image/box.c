/*
 * The meta box: iinf names the items, iloc tells their places, iref which of them are thumbnails,
 * pitm which is the picture.
 */
#include "image/box.h"

#include <stdlib.h>

#include "image/bytes.h"

bool
box_next(const uint8_t *p, size_t *at, size_t end, struct box *b)
{
	uint64_t size;
	size_t head = 8;

	if (end < *at || end - *at < 8)
		return false;
	size = be32(p + *at);
	if (size == 1) {
		if (end - *at < 16)
			return false;
		size = be64(p + *at + 8);
		head = 16;
	} else if (size == 0) {
		size = end - *at;
	}
	if (size < head || size > end - *at)
		return false;
	memcpy(b->type, p + *at + 4, 4);
	b->type[4] = '\0';
	b->start = *at;
	b->at = *at + head;
	b->end = *at + (size_t)size;
	*at = b->end;
	return true;
}

bool
box_find(const uint8_t *p, size_t at, size_t end, const char *type, struct box *b)
{
	while (box_next(p, &at, end, b))
		if (memcmp(b->type, type, 4) == 0)
			return true;
	return false;
}

/* Reading forward inside of a box; once too far, all reads give 0 and bad stays set. */
struct cursor {
	const uint8_t	*p;
	size_t		 at, end;
	bool		 bad;
};

static uint64_t
take(struct cursor *c, size_t n)
{
	uint64_t v = 0;

	if (c->bad || c->end - c->at < n) {
		c->bad = true;
		return 0;
	}
	for (; n > 0; n--)
		v = v << 8 | c->p[c->at++];
	return v;
}

static void
take_type(struct cursor *c, char type[5])
{
	size_t i;

	for (i = 0; i < 4; i++)
		type[i] = (char)take(c, 1);
	type[4] = '\0';
}

static bool
open_box(const uint8_t *p, const struct box *in, const char *type, struct cursor *c)
{
	struct box b;

	if (!box_find(p, in->at, in->end, type, &b))
		return false;
	*c = (struct cursor){ .p = p, .at = b.at, .end = b.end };
	return true;
}

struct heif_item *
heif_item_find(const struct heif *h, uint32_t id)
{
	size_t i;

	for (i = 0; i < h->items; i++)
		if (h->item[i].id == id)
			return &h->item[i];
	return NULL;
}

static struct heif_item *
item_add(struct heif *h, uint32_t id)
{
	struct heif_item *it = heif_item_find(h, id);

	if (it != NULL || h->items == HEIF_ITEMS_MAX)
		return it;
	it = &h->item[h->items++];
	*it = (struct heif_item){ .id = id };
	return it;
}

static enum err
bad_box(struct fault *f, const char *name)
{
	return fault_set(
	    f, ERR_BROKEN, "the box %s of this file is damaged or of an unknown kind", name);
}

static enum err
read_infe(const uint8_t *p, const struct box *b, struct heif *h, struct fault *f)
{
	struct cursor c = { .p = p, .at = b->at, .end = b->end };
	struct heif_item *it;
	uint32_t version, id;

	version = (uint32_t)take(&c, 1);
	take(&c, 3);
	if (version != 2 && version != 3)
		return bad_box(f, "infe");
	id = (uint32_t)take(&c, version == 2 ? 2 : 4);
	take(&c, 2);
	it = c.bad ? NULL : item_add(h, id);
	if (it == NULL || it->type[0] != '\0')
		return bad_box(f, "infe");
	take_type(&c, it->type);
	return c.bad ? bad_box(f, "infe") : ERR_OK;
}

static enum err
read_iinf(const uint8_t *p, struct heif *h, struct fault *f)
{
	struct cursor c;
	struct box b;
	uint32_t version;
	enum err e;

	if (!open_box(p, &h->meta, "iinf", &c))
		return ERR_OK;
	version = (uint32_t)take(&c, 1);
	take(&c, 3);
	take(&c, version == 0 ? 2 : 4);
	if (c.bad || version > 1)
		return bad_box(f, "iinf");
	while (c.at < c.end) {
		if (!box_next(p, &c.at, c.end, &b))
			return bad_box(f, "iinf");
		if (memcmp(b.type, "infe", 4) == 0 && (e = read_infe(p, &b, h, f)))
			return e;
	}
	return ERR_OK;
}

struct iloc {
	uint32_t	 version;
	size_t		 off_bytes, len_bytes, base_bytes, index_bytes;
};

static bool
sane_size(size_t n)
{
	return n == 0 || n == 4 || n == 8;
}

/* Where an item's bytes are: in the file, or in the idat box beside. */
static enum err
read_extents(struct cursor *c, const struct iloc *l, struct heif *h, struct heif_item *it,
    size_t file_len, unsigned method, struct fault *f)
{
	uint64_t base = take(c, l->base_bytes), n = take(c, 2), off, len, top;
	uint64_t from = method == 1 ? h->idat.at : 0,
		 limit = method == 1 ? h->idat.end - h->idat.at : file_len;

	if (c->bad || it->extents != 0 || n > HEIF_EXTENTS_MAX - h->extents)
		return bad_box(f, "iloc");
	it->extent = (uint32_t)h->extents;
	it->extents = (uint32_t)n;
	for (; n > 0; n--) {
		take(c, l->index_bytes);
		off = take(c, l->off_bytes);
		len = take(c, l->len_bytes);
		top = base + off;
		if (c->bad || base > limit || off > limit || top > limit)
			return bad_box(f, "iloc");
		if (l->len_bytes == 0 || len == 0)
			len = limit - top;
		if (len > limit - top)
			return fault_set(
			    f, ERR_BROKEN, "a part of this picture is behind the end of its file");
		h->extent[h->extents++] =
		    (struct heif_extent){ .at = (size_t)(from + top), .len = (size_t)len };
	}
	return ERR_OK;
}

static enum err
read_iloc_item(
    struct cursor *c, const struct iloc *l, struct heif *h, size_t file_len, struct fault *f)
{
	uint32_t id = (uint32_t)take(c, l->version < 2 ? 2 : 4);
	unsigned method = l->version > 0 ? (unsigned)take(c, 2) & 15 : 0,
		 where = (unsigned)take(c, 2);
	struct heif_item *it;

	if (c->bad || method > 1 || where != 0 || (method == 1 && h->idat.end == 0))
		return bad_box(f, "iloc");
	it = item_add(h, id);
	if (it == NULL)
		return fault_set(f, ERR_BROKEN, "this file has more than %d items", HEIF_ITEMS_MAX);
	return read_extents(c, l, h, it, file_len, method, f);
}

static enum err
read_iloc(const uint8_t *p, size_t len, struct heif *h, struct fault *f)
{
	struct cursor c;
	struct iloc l;
	uint64_t n, sizes;
	enum err e;

	if (!open_box(p, &h->meta, "iloc", &c))
		return ERR_OK;
	if (!box_find(p, h->meta.at, h->meta.end, "idat", &h->idat))
		h->idat.end = 0;
	l.version = (uint32_t)take(&c, 1);
	take(&c, 3);
	sizes = take(&c, 2);
	l.off_bytes = sizes >> 12 & 15;
	l.len_bytes = sizes >> 8 & 15;
	l.base_bytes = sizes >> 4 & 15;
	l.index_bytes = l.version > 0 ? sizes & 15 : 0;
	n = take(&c, l.version < 2 ? 2 : 4);
	if (c.bad || l.version > 2 || !sane_size(l.off_bytes) || !sane_size(l.len_bytes) ||
	    !sane_size(l.base_bytes) || !sane_size(l.index_bytes) || n > HEIF_ITEMS_MAX)
		return bad_box(f, "iloc");
	for (; n > 0; n--)
		if ((e = read_iloc_item(&c, &l, h, len, f)))
			return e;
	return ERR_OK;
}

/* One reference box: thumbnails are marked, and in a second pass what they are made of. */
static bool
read_reference(const uint8_t *p, const struct box *b, size_t id_bytes, struct heif *h, bool parts,
    size_t *budget)
{
	struct cursor c = { .p = p, .at = b->at, .end = b->end };
	struct heif_item *from = heif_item_find(h, (uint32_t)take(&c, id_bytes)), *to;
	uint64_t n = take(&c, 2);

	if (*budget <= n)
		return false;
	*budget -= (size_t)n + 1;
	if (!parts && memcmp(b->type, "thmb", 4) == 0 && from != NULL)
		from->thumb = true;
	if (!parts || memcmp(b->type, "dimg", 4) != 0 || from == NULL || !from->thumb)
		return !c.bad;
	for (; n > 0 && !c.bad; n--)
		if ((to = heif_item_find(h, (uint32_t)take(&c, id_bytes))) != NULL)
			to->thumb = true;
	return !c.bad;
}

static enum err
read_iref(const uint8_t *p, struct heif *h, struct fault *f)
{
	struct cursor c;
	struct box b;
	size_t id_bytes, first, budget = 2 * HEIF_EXTENTS_MAX;
	int pass;

	if (!open_box(p, &h->meta, "iref", &c))
		return ERR_OK;
	id_bytes = take(&c, 1) == 0 ? 2 : 4;
	take(&c, 3);
	first = c.at;
	for (pass = 0; pass < 2 && !c.bad; pass++)
		for (c.at = first; c.at < c.end && !c.bad;)
			if (!box_next(p, &c.at, c.end, &b) ||
			    !read_reference(p, &b, id_bytes, h, pass == 1, &budget))
				c.bad = true;
	return c.bad ? bad_box(f, "iref") : ERR_OK;
}

static enum err
read_pitm(const uint8_t *p, struct heif *h, struct fault *f)
{
	struct heif_item *it;
	struct cursor c;
	uint64_t version;

	if (!open_box(p, &h->meta, "pitm", &c))
		return ERR_OK;
	version = take(&c, 1);
	take(&c, 3);
	it = heif_item_find(h, (uint32_t)take(&c, version == 0 ? 2 : 4));
	if (c.bad || it == NULL)
		return bad_box(f, "pitm");
	it->primary = true;
	it->thumb = false;
	return ERR_OK;
}

enum err
heif_open(const uint8_t *p, size_t len, struct heif *out, struct fault *f)
{
	struct box meta;

	if (!box_find(p, 0, len, "meta", &meta))
		return fault_set(f, ERR_BROKEN, "this file has no box meta");
	return heif_read(p, len, &meta, out, f);
}

enum err
heif_read(const uint8_t *p, size_t len, const struct box *meta, struct heif *out, struct fault *f)
{
	struct heif h = { .meta = *meta };
	enum err e;

	if (h.meta.end - h.meta.at < 4)
		return bad_box(f, "meta");
	h.meta.at += 4;		/* version and flags */
	h.item = calloc(HEIF_ITEMS_MAX, sizeof(*h.item));
	h.extent = calloc(HEIF_EXTENTS_MAX, sizeof(*h.extent));
	if (h.item == NULL || h.extent == NULL) {
		e = fault_set(f, ERR_NOMEM, "no memory for the items of a file");
		goto out;
	}
	if ((e = read_iinf(p, &h, f)) || (e = read_iloc(p, len, &h, f)) ||
	    (e = read_iref(p, &h, f)) || (e = read_pitm(p, &h, f)))
		goto out;
	*out = h;
	h = (struct heif){ .items = 0 };
out:
	heif_free(&h);
	return e;
}

void
heif_free(struct heif *h)
{
	free(h->item);
	free(h->extent);
	*h = (struct heif){ .items = 0 };
}
