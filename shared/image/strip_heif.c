/*
 * AVIF and HEIC: offsets everywhere, so nothing is moved. The bytes of items that go are
 * overwritten in their place: an EXIF block by its clean form and zeros, XMP by blanks, thumbnails
 * and unknown things by zeros. How the picture is turned stands in properties, which stay.
 */
#include <stdlib.h>

#include "image/box.h"
#include "image/bytes.h"
#include "image/exif_build.h"
#include "image/strip_out.h"

#define DATA_BOXES_MAX	64
#define TRACK_BOXES_MAX	64

/* Items that are pictures or are made of pictures. */
static const char *const picture_items[] = { "av01", "hvc1", "hev1", "avc1", "jpeg", "j2k1", "unci",
	"grid", "iovl", "iden", "tmap" };

/* Boxes of a file that stay; others become free space. */
static const char *const file_boxes[] = { "ftyp", "meta", "mdat", "moov", "free", "skip", "idat",
	"styp", "sidx", "moof", "mfra" };

struct heif_strip {
	struct strip_out	*o;
	struct strip_patches	 patches;
	struct heif		 h;
	size_t			 end;		/* of the last box that is not free space */
	size_t			 seen, placed;	/* extents looked at, extents inside of data */
	/* tracks use the data as well, who knows which of it */
	/* tracks, and boxes meta in them, so far */
	unsigned		 tracks;
	bool			 sequence;
};

static bool
listed(const char *type, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(type, list[i], 4) == 0)
			return true;
	return false;
}

static void
fill_item(struct heif_strip *s, const struct heif_item *it, uint8_t c)
{
	const struct heif_extent *x = s->h.extent + it->extent;
	uint32_t i;

	for (i = 0; i < it->extents; i++)
		patch_fill(&s->patches, x[i].at, x[i].len, c);
}

/*
 * The clean block in the place of the old one, which is as long or longer; else nothing but zeros.
 */
static enum err
clean_exif(struct heif_strip *s, const struct heif_item *it, struct fault *f)
{
	const struct heif_extent *x = s->h.extent + it->extent;
	const uint8_t *p = s->o->p + x->at;
	struct buf b = BUF_INIT(65536);
	size_t skip;
	bool same = false;
	enum err e = ERR_OK;

	if (it->extents != 1 || x->len < 12 || (skip = (size_t)be32(p) + 4) >= x->len) {
		fill_item(s, it, 0);
		return ERR_OK;
	}
	if (STARTS(p + skip, x->len - skip, "Exif\0\0"))
		skip += 6;
	e = buf_add(&b, "\0\0\0\0", 4);
	if (e == ERR_OK)
		e = exif_build(p + skip, x->len - skip, s->o->policy, "", &b, &same, f);
	if (e == ERR_OK && same && skip == 4) {
		buf_free(&b);
		return ERR_OK;
	}
	if (e == ERR_OK && b.len > 4 && b.len <= x->len) {
		patch_bytes(&s->patches, s->o, x->at, b.data, b.len);
		patch_fill(&s->patches, x->at + b.len, x->len - b.len, 0);
	} else if (e == ERR_OK) {
		fill_item(s, it, 0);
	}
	buf_free(&b);
	return e;
}

static enum err
clean_items(struct heif_strip *s, struct fault *f)
{
	enum err e;
	size_t i;

	for (i = 0; i < s->h.items; i++) {
		const struct heif_item *it = &s->h.item[i];

		if (it->primary && !listed(it->type, picture_items, NELEM(picture_items)))
			return fault_set(f, ERR_BROKEN, "the main item of this file is no picture");
		if (it->primary)
			continue;
		if (memcmp(it->type, "Exif", 4) == 0) {
			e = clean_exif(s, it, f);
			if (e)
				return e;
		} else if (memcmp(it->type, "mime", 4) == 0) {
			fill_item(s, it, ' ');
		} else if (it->thumb || !listed(it->type, picture_items, NELEM(picture_items))) {
			fill_item(s, it, 0);
		}
	}
	return ERR_OK;
}

static int
by_place(const void *a, const void *b)
{
	const struct heif_extent *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/*
 * A box of data: every extent must lie inside of one, so that overwriting it touches nothing else;
 * what no item owns is wiped. The extents are sorted by now, and the boxes come in order.
 */
static void
clean_data(struct heif_strip *s, const struct box *b)
{
	const struct heif_extent *x;
	size_t at = b->at;

	for (; s->seen < s->h.extents; s->seen++) {
		x = &s->h.extent[s->seen];
		if (x->at >= b->end)
			break;
		if (x->at < b->at || x->len > b->end - x->at)
			continue;		/* not placed: refused in the end */
		s->placed++;
		if (!s->sequence && x->at > at)
			patch_fill(&s->patches, at, x->at - at, 0);
		if (x->at + x->len > at)
			at = x->at + x->len;
	}
	if (!s->sequence && at < b->end)
		patch_fill(&s->patches, at, b->end - at, 0);
}

/* Those inside of meta, beside the boxes that tell of them. */
static void
count_idat(struct heif_strip *s)
{
	const struct box *b = &s->h.idat;
	size_t i;

	for (i = 0; i < s->h.extents; i++)
		if (s->h.extent[i].at >= b->at && s->h.extent[i].at <= b->end &&
		    s->h.extent[i].len <= b->end - s->h.extent[i].at)
			s->placed++;
}

/* A box of another kind becomes free space of the same size. */
static void
clean_box(struct heif_strip *s, const struct box *b)
{
	patch_bytes(&s->patches, s->o, b->start + 4, "free", 4);
	patch_fill(&s->patches, b->at, b->end - b->at, 0);
}

/* Is this very extent one of the file's own items? The extents are sorted by now. */
static bool
known_extent(const struct heif_strip *s, const struct heif_extent *x)
{
	size_t low = 0, high = s->h.extents, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->h.extent[mid].at < x->at)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->h.extents && s->h.extent[low].at == x->at; low++)
		if (s->h.extent[low].len == x->len)
			return true;
	return false;
}

static bool
inside_data(const struct heif_strip *s, const struct heif_extent *x)
{
	struct box b;
	size_t at = 0;
	int n = 0;

	while (n++ < DATA_BOXES_MAX && box_next(s->o->p, &at, s->o->len, &b))
		if (memcmp(b.type, "mdat", 4) == 0 && x->at >= b.at && x->at <= b.end &&
		    x->len <= b.end - x->at)
			return true;
	return false;
}

/*
 * The metadata of a track: items that are mostly the file's own once more, and cleaned with
 * those. Others are overwritten.
 */
static enum err
clean_track_meta(struct heif_strip *s, const struct box *b, struct fault *f)
{
	struct heif h;
	enum err e;
	size_t i;

	e = heif_read(s->o->p, s->o->len, b, &h, f);
	if (e)
		return e;
	for (i = 0; i < h.extents && e == ERR_OK; i++) {
		if (known_extent(s, &h.extent[i]))
			continue;
		if (inside_data(s, &h.extent[i]))
			patch_fill(&s->patches, h.extent[i].at, h.extent[i].len, 0);
		else
			e = fault_set(f, ERR_BROKEN,
			    "a track's metadata lies where no data should be");
	}
	heif_free(&h);
	return e;
}

/* The boxes in moov, and in its tracks. */
static enum err
clean_tracks(struct heif_strip *s, const struct box *moov, bool inner, struct fault *f)
{
	struct box b;
	size_t at;
	enum err e = ERR_OK;

	for (at = moov->at; at < moov->end && e == ERR_OK;) {
		if (!box_next(s->o->p, &at, moov->end, &b) || s->tracks > TRACK_BOXES_MAX)
			return fault_set(f, ERR_BROKEN, "the tracks of this file are damaged");
		if (memcmp(b.type, "udta", 4) == 0 || memcmp(b.type, "uuid", 4) == 0) {
			clean_box(s, &b);
		} else if (memcmp(b.type, "meta", 4) == 0) {
			s->tracks++;
			e = clean_track_meta(s, &b, f);
		} else if (!inner && memcmp(b.type, "trak", 4) == 0) {
			s->tracks++;
			e = clean_tracks(s, &b, true, f);
		}
	}
	return e;
}

/* The boxes of the file. */
static enum err
clean_boxes(struct heif_strip *s, struct fault *f)
{
	const uint8_t *p = s->o->p;
	struct box b;
	size_t at;
	enum err e;

	for (at = 0; box_next(p, &at, s->o->len, &b);) {
		if (!listed(b.type, file_boxes, NELEM(file_boxes)))
			clean_box(s, &b);
		else if ((memcmp(b.type, "free", 4) == 0 || memcmp(b.type, "skip", 4) == 0))
			patch_fill(&s->patches, b.at, b.end - b.at, 0);
		else
			s->end = b.end;
		if (memcmp(b.type, "mdat", 4) == 0)
			clean_data(s, &b);
		else if (memcmp(b.type, "moov", 4) == 0 && (e = clean_tracks(s, &b, false, f)))
			return e;
	}
	if (s->placed != s->h.extents)
		return fault_set(
		    f, ERR_BROKEN, "a part of this picture lies where no data should be");
	return ERR_OK;
}

enum err
strip_heif(struct strip_out *o, struct fault *f)
{
	struct heif_strip s = { .o = o };
	struct box b;
	enum err e;

	e = heif_open(o->p, o->len, &s.h, f);
	if (e)
		return e;
	e = clean_items(&s, f);
	if (e == ERR_OK) {
		s.sequence =
		    box_find(o->p, 0, o->len, "moov", &b) || box_find(o->p, 0, o->len, "moof", &b);
		/* The items' places are known by index only up to here. */
		if (s.h.extents > 0)
			qsort(s.h.extent, s.h.extents, sizeof(*s.h.extent), by_place);
		count_idat(&s);
		e = clean_boxes(&s, f);
	}
	if (e)
		s.patches.err = e;
	e = patches_apply(&s.patches, o, s.end, f);
	heif_free(&s.h);
	return e;
}
