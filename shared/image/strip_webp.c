/*
 * WebP: chunks of a RIFF file. Unknown ones go, in animation frames as well; the flags and sizes in
 * front are set anew.
 */
#include "image/bytes.h"
#include "image/exif_build.h"
#include "image/strip_copyright.h"
#include "image/strip_out.h"

#define FLAG_EXIF	0x08
#define FLAG_XMP	0x04
#define FRAME_HEAD	16	/* of ANMF, before its own chunks */

struct chunk {
	size_t		 start, end;	/* with header and padding */
	const uint8_t	*type;
	const uint8_t	*data;
	size_t		 len;
};

struct webp {
	struct strip_out	*o;
	size_t			 end;		/* of the RIFF file; what follows goes */
	bool			 extended;	/* starts with VP8X */
	bool			 picture;
	struct chunk		 exif;		/* start 0: none */
	struct buf		 new_exif;
	bool			 exif_same;
	char			 copyright[EXIF_COPYRIGHT_BYTES];
};

static enum err
next_chunk(const struct strip_out *o, size_t *at, size_t end, struct chunk *c, struct fault *f)
{
	size_t n, left = end - *at;

	if (left < 8 || (n = le32(o->p + *at + 4)) > left - 8)
		return fault_set(f, ERR_BROKEN, "this WebP is cut short");
	*c = (struct chunk){ .start = *at,
		.end = *at + 8 + n,
		.type = o->p + *at,
		.data = o->p + *at + 8,
		.len = n };
	if (n & 1 && c->end < end)
		c->end++;
	*at = c->end;
	return ERR_OK;
}

static bool
is(const struct chunk *c, const char *type)
{
	return memcmp(c->type, type, 4) == 0;
}

static bool
is_image_data(const struct chunk *c)
{
	return is(c, "VP8 ") || is(c, "VP8L") || is(c, "ALPH");
}

/* The padding byte must be there and 0: nothing is kept in it. */
static void
keep_chunk(struct strip_out *o, const struct chunk *c)
{
	strip_keep(o, c->start, 8 + c->len);
	if (c->len & 1) {
		if (c->end - c->start > 8 + c->len && o->p[c->end - 1] == 0)
			strip_keep(o, c->end - 1, 1);
		else
			strip_fill(o, 0, 1);
	}
}

/* A frame whose chunks are known is kept; of another the unknown ones are left out. */
static enum err
keep_frame(struct strip_out *o, const struct chunk *frame, struct fault *f)
{
	size_t at, end = frame->start + 8 + frame->len, kept = FRAME_HEAD, image = 0;
	struct chunk c;
	uint8_t head[8];
	enum err e;

	if (frame->len < FRAME_HEAD)
		return fault_set(f, ERR_BROKEN, "a frame of this WebP is cut short");
	for (at = frame->start + 8 + FRAME_HEAD; at < end;) {
		e = next_chunk(o, &at, end, &c, f);
		if (e)
			return e;
		if (is_image_data(&c))
			kept += 8 + c.len + (c.len & 1);
		image += is_image_data(&c);
	}
	if (image == 0)
		return fault_set(f, ERR_BROKEN, "a frame of this WebP has no picture in it");
	if (kept == frame->len) {
		keep_chunk(o, frame);
		return ERR_OK;
	}
	memcpy(head, frame->type, 4);
	put_le32(head + 4, (uint32_t)kept);
	strip_add(o, head, sizeof(head));
	strip_keep(o, frame->start + 8, FRAME_HEAD);
	for (at = frame->start + 8 + FRAME_HEAD; at < end;) {
		e = next_chunk(o, &at, end, &c, f);
		if (e)
			return e;
		if (is_image_data(&c))
			keep_chunk(o, &c);
	}
	return ERR_OK;
}

static enum err
first_pass(struct webp *w, struct fault *f)
{
	struct chunk c;
	size_t at;
	enum err e;

	for (at = 12; at < w->end;) {
		e = next_chunk(w->o, &at, w->end, &c, f);
		if (e)
			return e;
		if (c.start == 12 && is(&c, "VP8X") && c.len >= 10)
			w->extended = true;
		if (is(&c, "EXIF") && w->exif.start == 0)
			w->exif = c;
		if (is(&c, "XMP "))
			copyright_xmp(c.data, c.len, w->copyright);
		w->picture = w->picture || is(&c, "VP8 ") || is(&c, "VP8L") || is(&c, "ANMF");
	}
	return w->picture ? ERR_OK : fault_set(f, ERR_BROKEN, "this WebP has no picture in it");
}

/* What EXIF there will be. Only the extended form can have one. */
static enum err
make_exif(struct webp *w, struct fault *f)
{
	const uint8_t *tiff = w->exif.start != 0 ? w->exif.data : NULL;
	size_t len = w->exif.len;

	if (!w->extended)
		return ERR_OK;
	if (tiff != NULL && STARTS(tiff, len, "Exif\0\0")) {
		tiff += 6;
		len -= 6;
	}
	return exif_build(tiff, len, w->o->policy, w->copyright, &w->new_exif, &w->exif_same, f);
}

static void
put_exif(struct webp *w)
{
	uint8_t head[8] = "EXIF";

	if (w->exif_same) {
		keep_chunk(w->o, &w->exif);
	} else if (w->new_exif.len > 0) {
		put_le32(head + 4, (uint32_t)w->new_exif.len);
		strip_add(w->o, head, sizeof(head));
		strip_add(w->o, w->new_exif.data, w->new_exif.len);
		strip_fill(w->o, 0, w->new_exif.len & 1);
	}
}

/* VP8X with the flags of what is really there; 10 bytes, whatever was behind. */
static void
put_extended(struct webp *w, const struct chunk *c)
{
	uint8_t b[18];

	memcpy(b, c->start + w->o->p, sizeof(b));
	put_le32(b + 4, 10);
	b[8] &= (uint8_t)~(FLAG_XMP | FLAG_EXIF);
	if (w->exif_same || w->new_exif.len > 0)
		b[8] |= FLAG_EXIF;
	if (memcmp(b, w->o->p + c->start, sizeof(b)) == 0)
		strip_keep(w->o, c->start, sizeof(b));
	else
		strip_add(w->o, b, sizeof(b));
}

static enum err
put_chunks(struct webp *w, struct fault *f)
{
	bool exif_done = false;
	struct chunk c;
	size_t at;
	enum err e;

	for (at = 12; at < w->end;) {
		e = next_chunk(w->o, &at, w->end, &c, f);
		if (e)
			return e;
		if (is(&c, "VP8X") && c.start == 12 && w->extended) {
			put_extended(w, &c);
		} else if (is(&c, "ANMF")) {
			e = keep_frame(w->o, &c, f);
			if (e)
				return e;
		} else if (is_image_data(&c) || is(&c, "ICCP") || is(&c, "ANIM")) {
			keep_chunk(w->o, &c);
		} else if (is(&c, "EXIF") && !exif_done) {
			put_exif(w);
			exif_done = true;
		}
	}
	if (!exif_done)
		put_exif(w);
	return ERR_OK;
}

/* The size in front is known only now. */
static void
set_size(struct strip_out *o)
{
	uint64_t size = strip_size(o) - 8;
	uint8_t head[12] = "RIFF....WEBP";

	put_le32(head + 4, (uint32_t)size);
	if (memcmp(head, o->p, sizeof(head)) != 0 && o->err == ERR_OK)
		memcpy(o->own.data, head, sizeof(head));
}

enum err
strip_webp(struct strip_out *o, struct fault *f)
{
	struct webp w = { .o = o, .new_exif = BUF_INIT(65536) };
	uint64_t end;
	enum err e;

	if (o->len < 20 || memcmp(o->p, "RIFF", 4) != 0 || memcmp(o->p + 8, "WEBP", 4) != 0)
		return fault_set(f, ERR_BROKEN, "this is no WebP");
	end = 8 + (uint64_t)le32(o->p + 4);
	if (end > o->len)
		return fault_set(f, ERR_BROKEN, "this WebP is cut short");
	w.end = (size_t)end;
	e = first_pass(&w, f);
	if (e == ERR_OK)
		e = make_exif(&w, f);
	if (e)
		goto out;
	strip_add(o, o->p, 12);		/* the very first bytes of own: set_size() changes them */
	e = put_chunks(&w, f);
	if (e == ERR_OK)
		set_size(o);
out:
	buf_free(&w.new_exif);
	return e;
}
