/*
 * Walking a TIFF structure that may be anything: a work list of at most one directory of each kind,
 * so that no chain of offsets can loop, and values only as far as they lie inside.
 */
#include "image/exif.h"

#include <time.h>

#include "base/defs.h"
#include "base/enc.h"
#include "base/num.h"
#include "image/bytes.h"

static const uint8_t type_bytes[EXIF_TYPE__MAX] = {
	[EXIF_BYTE] = 1, [EXIF_ASCII] = 1, [EXIF_SHORT] = 2, [EXIF_LONG] = 4, [EXIF_RATIONAL] = 8,
	[EXIF_SBYTE] = 1,
	[EXIF_UNDEFINED] = 1, [EXIF_SSHORT] = 2, [EXIF_SLONG] = 4, [EXIF_SRATIONAL] = 8,
	[EXIF_FLOAT] = 4, [EXIF_DOUBLE] = 8,
};

struct walk {
	const uint8_t	*p;
	size_t		 len;
	bool		 big;
	bool		 complete;	/* nothing was passed over so far */
	uint32_t	 ifd_at[EXIF_IFD__MAX];	/* 0: none */
	unsigned	 left;		/* entries that may still be read */
};

static uint32_t
get16(const struct walk *w, size_t at)
{
	return w->big ? be16(w->p + at) : le16(w->p + at);
}

static uint32_t
get32(const struct walk *w, size_t at)
{
	return w->big ? be32(w->p + at) : le32(w->p + at);
}

/* The entry of 12 bytes at `at`; false when its value is not there. */
static bool
read_entry(const struct walk *w, size_t at, enum exif_ifd ifd, struct exif_entry *e)
{
	uint64_t bytes;
	size_t where = at + 8;

	*e = (struct exif_entry){ .ifd = ifd,
		.tag = (uint16_t)get16(w, at),
		.type = (uint16_t)get16(w, at + 2),
		.count = get32(w, at + 4),
		.big = w->big };
	if (e->type == 0 || e->type >= EXIF_TYPE__MAX || e->count == 0)
		return false;
	bytes = (uint64_t)e->count * type_bytes[e->type];
	if (bytes > 4)
		where = get32(w, at + 8);
	if (where > w->len || bytes > w->len - where)
		return false;
	e->value = w->p + where;
	e->value_len = (size_t)bytes;
	return true;
}

/* Directories that an entry points to, each kind once. */
static void
note_pointer(struct walk *w, const struct exif_entry *e)
{
	static const struct { enum exif_ifd in; uint16_t tag; enum exif_ifd to; } pointers[] = {
		{ EXIF_IFD0, EXIF_TAG_EXIF, EXIF_IFD_EXIF },
		{ EXIF_IFD0, EXIF_TAG_GPS, EXIF_IFD_GPS },
		{ EXIF_IFD_EXIF, EXIF_TAG_INTEROP, EXIF_IFD_INTEROP },
	};
	size_t i;

	for (i = 0; i < NELEM(pointers); i++) {
		if (e->ifd != pointers[i].in || e->tag != pointers[i].tag)
			continue;
		if (w->ifd_at[pointers[i].to] != 0 || e->type != EXIF_LONG)
			w->complete = false;
		else
			w->ifd_at[pointers[i].to] = (uint32_t)exif_num(e, 0);
	}
}

/* false: each() wants no more. */
static bool
walk_ifd(
    struct walk *w, enum exif_ifd ifd, bool (*each)(const struct exif_entry *, void *), void *arg)
{
	size_t at = w->ifd_at[ifd];
	struct exif_entry e;
	uint32_t n;

	if (at > w->len || w->len - at < 2) {
		w->complete = false;
		return true;
	}
	n = get16(w, at);
	for (at += 2; n > 0 && w->len - at >= 12 && w->left > 0; n--, at += 12, w->left--) {
		if (!read_entry(w, at, ifd, &e)) {
			w->complete = false;
			continue;
		}
		note_pointer(w, &e);
		if (!each(&e, arg))
			return false;
	}
	if (n > 0)
		w->complete = false;
	else if (ifd == EXIF_IFD0 && w->len - at >= 4)
		w->ifd_at[EXIF_IFD1] = get32(w, at);
	return true;
}

bool
exif_walk(
    const uint8_t *tiff, size_t len, bool (*each)(const struct exif_entry *, void *), void *arg)
{
	struct walk w = { .p = tiff, .len = len, .complete = true, .left = EXIF_ENTRIES_MAX };
	int i;

	if (!STARTS(tiff, len, "II*\0") && !STARTS(tiff, len, "MM\0*"))
		return false;
	if (len < 8)
		return false;
	w.big = tiff[0] == 'M';
	w.ifd_at[EXIF_IFD0] = get32(&w, 4);
	for (i = 0; i < EXIF_IFD__MAX; i++)
		if (w.ifd_at[i] != 0 && !walk_ifd(&w, i, each, arg))
			break;
	return w.complete;
}

int64_t
exif_num(const struct exif_entry *e, uint32_t i)
{
	const uint8_t *p;

	if (i >= e->count)
		return 0;
	p = e->value + (size_t)i * type_bytes[e->type];
	switch (e->type) {
	case EXIF_BYTE:
	case EXIF_UNDEFINED:
		return p[0];
	case EXIF_SBYTE:
		return (int8_t)p[0];
	case EXIF_SHORT:
		return e->big ? be16(p) : le16(p);
	case EXIF_SSHORT:
		return (int16_t)(e->big ? be16(p) : le16(p));
	case EXIF_LONG:
		return e->big ? be32(p) : le32(p);
	case EXIF_SLONG:
		return (int32_t)(e->big ? be32(p) : le32(p));
	default:
		return 0;
	}
}

void
exif_rational(const struct exif_entry *e, uint32_t i, int64_t *num, int64_t *den)
{
	const uint8_t *p = e->value + 8 * (size_t)i;

	*num = *den = 0;
	if (i >= e->count || (e->type != EXIF_RATIONAL && e->type != EXIF_SRATIONAL))
		return;
	*num = e->big ? be32(p) : le32(p);
	*den = e->big ? be32(p + 4) : le32(p + 4);
	if (e->type == EXIF_SRATIONAL) {
		*num = (int32_t)*num;
		*den = (int32_t)*den;
	}
}

/* "2024:05:01 12:00:00", possibly with other marks between, as seconds; 0 when it is none. */
static int64_t
date_parse(const struct exif_entry *e)
{
	static const struct { uint8_t at, len; int16_t min, max; } part[] = {
		{ 0, 4, 1826, 9999 }, { 5, 2, 1, 12 }, { 8, 2, 1, 31 }, { 11, 2, 0, 23 },
		{ 14, 2, 0, 59 }, { 17, 2, 0, 60 },
	};
	const char *s = (const char *)e->value;
	int64_t v[NELEM(part)];
	struct tm tm;
	size_t i;

	if (e->type != EXIF_ASCII || e->value_len < 19)
		return 0;
	for (i = 0; i < NELEM(part); i++)
		if (!num_parse(s + part[i].at, part[i].len, part[i].min, part[i].max, &v[i]))
			return 0;
	tm = (struct tm){ .tm_year = (int)v[0] - 1900,
		.tm_mon = (int)v[1] - 1,
		.tm_mday = (int)v[2],
		.tm_hour = (int)v[3],
		.tm_min = (int)v[4],
		.tm_sec = (int)v[5] };
	return timegm(&tm);
}

/* Photographer's and editor's share are divided by a NUL. What is not UTF-8 is shown as '?'. */
static void
copyright_read(const struct exif_entry *e, char out[EXIF_COPYRIGHT_BYTES])
{
	size_t i, n = 0, len = e->value_len;
	bool utf8;

	while (len > 0 && (e->value[len - 1] == '\0' || e->value[len - 1] == ' '))
		len--;
	utf8 = utf8_valid((const char *)e->value, len);
	for (i = 0; i < len && n + 3 < EXIF_COPYRIGHT_BYTES; i++) {
		uint8_t c = e->value[i];

		if (c == '\0') {
			out[n++] = ';';
			out[n++] = ' ';
		} else if (c >= ' ' && c != 0x7f) {
			out[n++] = c >= 0x80 && !utf8 ? '?' : (char)c;
		}
	}
	/* Cut short: not in the middle of a character. */
	while (n > 0 && i < len && !utf8_valid(out, n))
		n--;
	out[n] = '\0';
}

struct facts {
	struct exif_facts	*out;
	int64_t			 date[3];	/* original, digitized, changed */
};

static bool
take_fact(const struct exif_entry *e, void *arg)
{
	struct facts *f = arg;

	if (e->ifd == EXIF_IFD0 && e->tag == EXIF_TAG_ORIENTATION) {
		int64_t v = exif_num(e, 0);

		if (v >= 1 && v <= 8)
			f->out->orientation = (int)v;
	} else if (e->ifd == EXIF_IFD0 && e->tag == EXIF_TAG_COPYRIGHT && e->type == EXIF_ASCII) {
		copyright_read(e, f->out->copyright);
	} else if (e->ifd == EXIF_IFD0 && e->tag == EXIF_TAG_DATETIME) {
		f->date[2] = date_parse(e);
	} else if (e->ifd == EXIF_IFD_EXIF && e->tag == EXIF_TAG_DATE_ORIGINAL) {
		f->date[0] = date_parse(e);
	} else if (e->ifd == EXIF_IFD_EXIF && e->tag == EXIF_TAG_DATE_DIGITIZED) {
		f->date[1] = date_parse(e);
	}
	return true;
}

void
exif_read(const uint8_t *tiff, size_t len, struct exif_facts *out)
{
	struct facts f = { .out = out };

	*out = (struct exif_facts){ .orientation = 1 };
	if (tiff == NULL)
		return;
	(void)exif_walk(tiff, len, take_fact, &f);
	out->taken_s = f.date[0] != 0 ? f.date[0] : f.date[1] != 0 ? f.date[1] : f.date[2];
}
