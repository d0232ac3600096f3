/*
 * A picture's row as struct, as columns and as bytes. The bytes carry a version: nodes that run another release
 * read a miss, never a wrong row.
 */
#include "app/picture_row.h"

#include <string.h>

#define PACK_VERSION 2

void
picture_from_db(const struct db_result *res, size_t i, struct picture_row *out)
{
	const void *blob;
	size_t len;

	memset(out, 0, sizeof(*out));
	memcpy(out->id, db_text(res, i, 0), strnlen(db_text(res, i, 0), ID_CHARS));
	blob = db_blob(res, i, 1, &len);
	memcpy(out->blob, blob, len < sizeof(out->blob) ? len : sizeof(out->blob));
	out->owner = db_int(res, i, 2);
	blob = db_blob(res, i, 3, &len);
	memcpy(out->uploader, blob, len < sizeof(out->uploader) ? len : sizeof(out->uploader));
	out->name = db_text(res, i, 4);
	out->title = db_text(res, i, 5);
	out->visibility = (enum visibility)db_int(res, i, 6);
	out->src.fmt = (enum fmt)db_int(res, i, 7);
	out->src.width_px = (uint32_t)db_int(res, i, 8);
	out->src.height_px = (uint32_t)db_int(res, i, 9);
	out->src.frames = (uint32_t)db_int(res, i, 10);
	out->src.orientation = (int)db_int(res, i, 11);
	out->src.alpha = db_int(res, i, 12) != 0;
	out->src.bytes = (uint64_t)db_int(res, i, 13);
	out->quality = (int)db_int(res, i, 14);
	out->created_s = db_int(res, i, 15);
	out->taken_s = db_int(res, i, 16);
	out->deleted_s = db_int(res, i, 17);
	out->address = db_text(res, i, 18);
}

void
picture_to_db(const struct picture_row *p, struct db_val v[PICTURE_NCOLS])
{
	static const uint8_t nobody[UPLOADER_BYTES];
	bool anonymous = memcmp(p->uploader, nobody, sizeof(nobody)) != 0;
	size_t i = 0;

	v[i++] = DB_STR(p->id);
	v[i++] = DB_BLOB(p->blob, sizeof(p->blob));
	v[i++] = DB_INT(p->owner);
	v[i++] = anonymous ? DB_BLOB(p->uploader, sizeof(p->uploader)) : DB_NULL;
	v[i++] = DB_STR(p->name);
	v[i++] = DB_STR(p->title);
	v[i++] = DB_INT(p->visibility);
	v[i++] = DB_INT(p->src.fmt);
	v[i++] = DB_INT(p->src.width_px);
	v[i++] = DB_INT(p->src.height_px);
	v[i++] = DB_INT(p->src.frames);
	v[i++] = DB_INT(p->src.orientation);
	v[i++] = DB_INT(p->src.alpha);
	v[i++] = DB_INT(p->src.bytes);
	v[i++] = DB_INT(p->quality);
	v[i++] = DB_INT(p->created_s);
	v[i++] = DB_INT(p->taken_s);
	v[i++] = p->deleted_s > 0 ? DB_INT(p->deleted_s) : DB_NULL;
	v[i++] = DB_STR(p->address);
}

/* The fixed part as it stands in the cache; every node of a site is of one architecture, and the version guards the layout. */
struct packed {
	uint8_t		 version, visibility, fmt, orientation, alpha, quality;
	char		 id[ID_SIZE];
	uint8_t		 blob[SHA256_BYTES];
	uint8_t		 uploader[UPLOADER_BYTES];
	int64_t		 owner, created_s, taken_s, deleted_s;
	int64_t		 packed_ms;	/* when */
	uint64_t	 bytes;
	uint32_t	 width_px, height_px, frames;
	uint16_t	 name_len, title_len, address_len;
};

static uint16_t
short_len(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	return (uint16_t)(n < 4096 ? n : 4096);
}

enum err
picture_pack(const struct picture_row *p, int64_t now_ms, struct buf *out)
{
	struct packed k;
	enum err e;

	memset(&k, 0, sizeof(k));	/* the holes too: equal rows are equal bytes */
	k.version = PACK_VERSION;
	k.visibility = (uint8_t)p->visibility;
	k.fmt = (uint8_t)p->src.fmt;
	k.orientation = (uint8_t)p->src.orientation;
	k.alpha = p->src.alpha;
	k.quality = (uint8_t)p->quality;
	memcpy(k.id, p->id, sizeof(k.id));
	memcpy(k.blob, p->blob, sizeof(k.blob));
	memcpy(k.uploader, p->uploader, sizeof(k.uploader));
	k.owner = p->owner;
	k.created_s = p->created_s;
	k.taken_s = p->taken_s;
	k.deleted_s = p->deleted_s;
	k.packed_ms = now_ms;
	k.bytes = p->src.bytes;
	k.width_px = p->src.width_px;
	k.height_px = p->src.height_px;
	k.frames = p->src.frames;
	k.name_len = short_len(p->name);
	k.title_len = short_len(p->title);
	k.address_len = short_len(p->address);
	if ((e = buf_add(out, &k, sizeof(k))) || (e = buf_add(out, p->name, k.name_len)) ||
	    (e = buf_add(out, p->title, k.title_len)))
		return e;
	return buf_add(out, p->address, k.address_len);
}

bool
picture_unpack(struct arena *a, const void *data, size_t len, struct picture_row *out, int64_t *packed_ms)
{
	const char *text = (const char *)data + sizeof(struct packed);
	struct packed k;

	if (len < sizeof(k))
		return false;
	memcpy(&k, data, sizeof(k));
	if (k.version != PACK_VERSION || len != sizeof(k) + k.name_len + k.title_len + k.address_len ||
	    k.id[ID_CHARS] != '\0' || k.fmt >= FMT__MAX || k.visibility > VIS_PRIVATE)
		return false;
	*packed_ms = k.packed_ms;
	memset(out, 0, sizeof(*out));
	memcpy(out->id, k.id, sizeof(out->id));
	memcpy(out->blob, k.blob, sizeof(out->blob));
	memcpy(out->uploader, k.uploader, sizeof(out->uploader));
	out->owner = k.owner;
	out->visibility = (enum visibility)k.visibility;
	out->src = (struct source){ .fmt = (enum fmt)k.fmt, .width_px = k.width_px, .height_px = k.height_px,
	    .frames = k.frames, .orientation = k.orientation, .alpha = k.alpha != 0, .bytes = k.bytes };
	out->quality = k.quality;
	out->created_s = k.created_s;
	out->taken_s = k.taken_s;
	out->deleted_s = k.deleted_s;
	out->name = arena_strndup(a, text, k.name_len);
	out->title = arena_strndup(a, text + k.name_len, k.title_len);
	out->address = arena_strndup(a, text + k.name_len + k.title_len, k.address_len);
	return true;
}
