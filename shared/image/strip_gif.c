/*
 * GIF: comments and application extensions go, but those that loop the animation or hold its colour
 * profile.
 */
#include "image/bytes.h"
#include "image/strip_out.h"

#define TABLE_BYTES(flags) ((flags) & 0x80 ? 3u << (((flags) & 7) + 1) : 0u)

static const char *const applications[] = { "NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012" };

static enum err
cut_short(struct fault *f)
{
	return fault_set(f, ERR_BROKEN, "this GIF is cut short");
}

/* From a sub-block to behind the empty one that ends them; 0 when there is none. */
static size_t
blocks_end(const struct strip_out *o, size_t at)
{
	while (at < o->len && o->p[at] != 0)
		at += 1 + (size_t)o->p[at];
	return at < o->len ? at + 1 : 0;
}

static bool
extension_stays(const struct strip_out *o, size_t at)
{
	size_t i;

	switch (o->p[at + 1]) {
	case 0xf9:		/* graphic control */
	case 0x01:		/* plain text: drawn, by who can */
		return true;
	case 0xff:
		for (i = 0; i < NELEM(applications); i++)
			if (o->len - at > 14 && o->p[at + 2] == 11 &&
			    memcmp(o->p + at + 3, applications[i], 11) == 0)
				return true;
		return false;
	default:
		return false;
	}
}

/* One block at *at. */
static enum err
put_block(struct strip_out *o, size_t *at, bool *picture, struct fault *f)
{
	const uint8_t *p = o->p;
	size_t start = *at, head, end;
	bool stay = true;

	if (p[start] == 0x2c) {
		if (o->len - start < 11)
			return cut_short(f);
		head = 10 + TABLE_BYTES(p[start + 9]) + 1;
		*picture = true;
	} else if (p[start] == 0x21) {
		head = 2;
		if (o->len - start < 3)
			return cut_short(f);
		stay = extension_stays(o, start);
	} else {
		return fault_set(f, ERR_BROKEN, "this GIF has bytes where a block should be");
	}
	if (head > o->len - start || (end = blocks_end(o, start + head)) == 0)
		return cut_short(f);
	if (stay)
		strip_keep(o, start, end - start);
	*at = end;
	return ERR_OK;
}

enum err
strip_gif(struct strip_out *o, struct fault *f)
{
	bool picture = false;
	size_t at;
	enum err e;

	if (!STARTS(o->p, o->len, "GIF8") || o->len < 14)
		return fault_set(f, ERR_BROKEN, "this is no GIF");
	at = 13 + TABLE_BYTES(o->p[10]);
	if (at > o->len)
		return cut_short(f);
	strip_keep(o, 0, at);
	while (at < o->len && o->p[at] != 0x3b) {
		e = put_block(o, &at, &picture, f);
		if (e)
			return e;
	}
	if (!picture)
		return fault_set(f, ERR_BROKEN, "this GIF has no picture in it");
	if (at < o->len)
		strip_keep(o, at, 1);
	return ERR_OK;
}
