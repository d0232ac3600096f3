/*
 * JPEG: segments are kept or left out by a table; what is between them and behind the end goes.
 * Coded data is passed through untouched. Two passes: the first looks for EXIF and copyright, so
 * that the second can write the one EXIF block in front.
 */
#include "image/bytes.h"
#include "image/exif_build.h"
#include "image/strip_copyright.h"
#include "image/strip_out.h"

enum {
	SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, DNL = 0xdc,
	DHP = 0xde, EXP = 0xdf,
	APP0 = 0xe0, APP1 = 0xe1, APP2 = 0xe2, APP13 = 0xed, APP14 = 0xee, APP15 = 0xef, COM = 0xfe,
	TEM = 0x01, RST0 = 0xd0, RST7 = 0xd7
};

#define ADOBE_BYTES	12 /* content of Adobe's APP14: "Adobe", version, two flags, transform */
#define JFIF_BYTES	14	/* content of JFIF's APP0 without a thumbnail */
#define SEGMENT_MAX	65533

/* One marker with its content. */
struct segment {
	unsigned	 marker;
	size_t		 start;		/* of the 0xff of the marker */
	size_t		 at, end;	/* of the content; data of a scan comes behind */
};

struct jpeg {
	struct strip_out	*o;
	size_t			 at;
	bool			 frame, scan, jfif, adobe, ended;
	const uint8_t		*tiff;
	size_t			 tiff_len;
	unsigned		 exifs;
	char			 copyright[EXIF_COPYRIGHT_BYTES];
};

static bool
is_frame(unsigned m)
{
	return m >= 0xc0 && m <= 0xcf && m != DHT && m != JPG && m != DAC;
}

/* The next marker from j->at on, junk passed over. *got false: the file ends here. */
static enum err
next_segment(struct jpeg *j, struct segment *s, bool *got, struct fault *f)
{
	const uint8_t *p = j->o->p;
	size_t len = j->o->len, at = j->at, n;

	*got = false;
	for (;;) {
		while (at + 1 < len && (p[at] != 0xff || p[at + 1] == 0xff || p[at + 1] == 0))
			at++;
		if (at + 1 >= len)
			return ERR_OK;
		if (p[at + 1] != TEM && (p[at + 1] < RST0 || p[at + 1] > RST7))
			break;
		at += 2;
	}
	*s = (struct segment){ .marker = p[at + 1], .start = at, .at = at + 2, .end = at + 2 };
	*got = true;
	if (s->marker == EOI) {
		j->at = s->end;
		return ERR_OK;
	}
	if (s->marker == SOI || s->marker < 0xc0 || s->marker == JPG || s->marker == DHP ||
	    s->marker == EXP || (s->marker > APP15 && s->marker != COM))
		return fault_set(f, ERR_BROKEN,
		    "this JPEG has a marker (%02x) that does not belong there", s->marker);
	if (len - at < 4 || (n = be16(p + at + 2)) < 2 || n > len - at - 2)
		return fault_set(f, ERR_BROKEN, "a segment of this JPEG is cut short");
	s->at = at + 4;
	s->end = at + 2 + n;
	j->at = s->end;
	return ERR_OK;
}

/* From behind a scan's header to the marker that ends its data. */
static size_t
scan_end(const uint8_t *p, size_t len, size_t at)
{
	const uint8_t *q;

	while (at < len) {
		q = memchr(p + at, 0xff, len - at);
		if (q == NULL)
			return len;
		at = (size_t)(q - p);
		if (at + 1 >= len)
			return len;
		if (p[at + 1] == 0xff) {
			at++;
			continue;
		}
		if (p[at + 1] != 0 && (p[at + 1] < RST0 || p[at + 1] > RST7))
			return at;
		at += 2;
	}
	return len;
}

#define HAS(s, lit) STARTS(p + (s)->at, (s)->end - (s)->at, lit)

/* First pass: what will be needed of segments that go. */
static void
look(struct jpeg *j, const struct segment *s)
{
	const uint8_t *p = j->o->p;
	size_t n = s->end - s->at;

	if (s->marker == APP1 && HAS(s, "Exif\0")) {
		if (n >= 6 && j->exifs++ == 0) {
			j->tiff = p + s->at + 6;
			j->tiff_len = n - 6;
		}
	} else if (s->marker == APP1 && HAS(s, "http://ns.adobe.com/xap/1.0/\0")) {
		copyright_xmp(p + s->at, n, j->copyright);
	} else if (s->marker == APP13 && HAS(s, "Photoshop 3.0\0")) {
		copyright_photoshop(p + s->at + 14, n - 14, j->copyright);
	}
}

/* The one EXIF block: the old one when it is clean, or a new one. */
static enum err
put_exif(struct jpeg *j, struct fault *f)
{
	struct buf b = BUF_INIT(SEGMENT_MAX - 6);
	uint8_t head[10] = { 0xff, APP1, 0, 0, 'E', 'x', 'i', 'f', 0, 0 };
	bool same;
	enum err e;

	e = exif_build(j->tiff, j->tiff_len, j->o->policy, j->copyright, &b, &same, f);
	if (e == ERR_OK && same) {
		strip_keep(j->o, (size_t)(j->tiff - j->o->p) - 10, j->tiff_len + 10);
	} else if (e == ERR_OK && b.len > 0) {
		put_be16(head + 2, (uint32_t)(2 + 6 + b.len));
		strip_add(j->o, head, sizeof(head));
		strip_add(j->o, b.data, b.len);
	}
	buf_free(&b);
	return e;
}

static void
keep_segment(struct jpeg *j, const struct segment *s)
{
	strip_keep(j->o, s->start, s->end - s->start);
}

/* The first bytes of a segment, which becomes so long. */
static void
keep_front(struct jpeg *j, const struct segment *s, size_t n)
{
	uint8_t head[4] = { 0xff, (uint8_t)s->marker };

	put_be16(head + 2, (uint32_t)(2 + n));
	if (s->end - s->at == n) {
		keep_segment(j, s);
		return;
	}
	strip_add(j->o, head, sizeof(head));
	strip_keep(j->o, s->at, n);
}

/* JFIF without its thumbnail: the last two bytes are the thumbnail's sides. */
static void
keep_jfif(struct jpeg *j, const struct segment *s)
{
	static const uint8_t none[2];

	if (s->end - s->at == JFIF_BYTES && j->o->p[s->at + 12] == 0 && j->o->p[s->at + 13] == 0) {
		keep_segment(j, s);
		return;
	}
	strip_add(j->o, "\xff\xe0\0\x10", 4);
	strip_keep(j->o, s->at, JFIF_BYTES - 2);
	strip_add(j->o, none, sizeof(none));
}

/* Application segments: only what a decoder needs to show the picture right. */
static enum err
put_app(struct jpeg *j, const struct segment *s, bool *exif_done, struct fault *f)
{
	const uint8_t *p = j->o->p;
	size_t n = s->end - s->at;

	if (s->marker == APP1 && HAS(s, "Exif\0") && n >= 6 && !*exif_done) {
		*exif_done = true;
		return put_exif(j, f);
	}
	if (s->marker == APP0 && n >= JFIF_BYTES && HAS(s, "JFIF\0") && !j->jfif) {
		j->jfif = true;
		keep_jfif(j, s);
	} else if (s->marker == APP2 && n > 14 && HAS(s, "ICC_PROFILE\0")) {
		keep_segment(j, s);
	} else if (s->marker == APP14 && n >= ADOBE_BYTES && HAS(s, "Adobe") && !j->adobe) {
		j->adobe = true;
		keep_front(j, s, ADOBE_BYTES);
	}
	return ERR_OK;
}

static enum err
put_segment(struct jpeg *j, const struct segment *s, bool *exif_done, struct fault *f)
{
	enum err e;

	/* A block that had no place of its own goes before the first segment that is not JFIF's. */
	if (!*exif_done && j->exifs == 0 && s->marker != APP0) {
		*exif_done = true;
		e = put_exif(j, f);
		if (e)
			return e;
	}
	if (s->marker >= APP0 && s->marker <= APP15)
		return put_app(j, s, exif_done, f);
	if (s->marker == COM)
		return ERR_OK;
	if (s->marker == SOS) {
		if (!j->frame)
			return fault_set(
			    f, ERR_BROKEN, "this JPEG has data before its frame header");
		j->scan = true;
		j->at = scan_end(j->o->p, j->o->len, s->end);
		strip_keep(j->o, s->start, j->at - s->start);
		return ERR_OK;
	}
	if (is_frame(s->marker)) {
		if (j->frame)
			return fault_set(f, ERR_BROKEN, "this JPEG has two frame headers");
		j->frame = true;
	}
	if (s->marker == EOI)
		j->ended = true;
	keep_segment(j, s);
	return ERR_OK;
}

static enum err
first_pass(struct jpeg *j, struct fault *f)
{
	struct segment s;
	bool got;
	enum err e;

	for (j->at = 2;;) {
		e = next_segment(j, &s, &got, f);
		if (e)
			return e;
		if (!got || s.marker == EOI)
			return ERR_OK;
		if (s.marker == SOS)
			j->at = scan_end(j->o->p, j->o->len, s.end);
		else
			look(j, &s);
	}
}

enum err
strip_jpeg(struct strip_out *o, struct fault *f)
{
	struct jpeg j = { .o = o };
	struct segment s;
	bool got, exif_done = false;
	enum err e;

	if (!STARTS(o->p, o->len, "\xff\xd8"))
		return fault_set(f, ERR_BROKEN, "this is no JPEG");
	e = first_pass(&j, f);
	if (e)
		return e;
	strip_keep(o, 0, 2);
	for (j.at = 2; !j.ended;) {
		e = next_segment(&j, &s, &got, f);
		if (e == ERR_OK && got)
			e = put_segment(&j, &s, &exif_done, f);
		if (e)
			return e;
		if (!got)
			break;
	}
	if (!j.scan)
		return fault_set(f, ERR_BROKEN, "this JPEG has no picture in it");
	return ERR_OK;
}
