/*
 * Sidecars and tombstones. Format 1; readers skip what they do not know.
 */
#include "app/sidecar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/picture_key.h"
#include "app/stmt.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "image/fmt.h"

#define FORMAT 1
#define READ_BYTES 65536

static void
key_of(const char *id, char key[STORE_KEY_SIZE])
{
	snprintf(key, STORE_KEY_SIZE, "p/%s.json", id);
}

static void
tombstone_key_of(const char *id, char key[STORE_KEY_SIZE])
{
	snprintf(key, STORE_KEY_SIZE, "t/%s", id);
}

/* The object as JSON, from one target or (-1) the store as a whole; *out is NULL when it is none. */
static enum err
get_json(struct app *app, int target, const char *key, json_t **out, struct fault *f)
{
	struct buf b = BUF_INIT(READ_BYTES + 1);
	off_t size = 0;
	size_t got = 0;
	int fd = -1;
	enum err e = target < 0 ? store_get(app->store, key, &fd, &size, f) : store_get_at(app->store, target, key, &fd, &size, f);

	*out = NULL;
	if (e == ERR_OK && size <= READ_BYTES && (e = buf_reserve(&b, READ_BYTES)) == ERR_OK &&
	    (e = fd_pread_all(fd, b.data, READ_BYTES, 0, &got, f)) == ERR_OK)
		*out = json_loadb(b.data, got, JSON_REJECT_DUPLICATES, NULL);
	buf_free(&b);
	fd_close(&fd);
	return e;
}

/* --- writing ------------------------------------------------------------------------------------ */

static json_t *
to_json(const struct sidecar *s)
{
	const struct picture_row *p = &s->row;
	char blob[SHA256_HEX], uploader[2 * UPLOADER_BYTES + 1];
	json_t *j;

	enc_hex(p->blob, sizeof(p->blob), blob);
	enc_hex(p->uploader, sizeof(p->uploader), uploader);
	j = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:b, s:I, s:i, s:I, s:I, s:s, s:i}",
	    "tintype", FORMAT, "id", p->id, "blob", blob, "owner", (json_int_t)p->owner, "uploader", uploader,
	    "name", p->name, "title", p->title, "visibility", (int)p->visibility, "format", fmt_name(p->src.fmt),
	    "width", (int)p->src.width_px, "height", (int)p->src.height_px, "frames", (int)p->src.frames,
	    "orientation", p->src.orientation, "alpha", p->src.alpha, "bytes", (json_int_t)p->src.bytes,
	    "quality", p->quality, "created", (json_int_t)p->created_s, "taken", (json_int_t)p->taken_s, "address", p->address,
	    "version", s->version);
	if (*s->owner_name != '\0')
		json_object_set_new(j, "owner_name", json_string(s->owner_name));
	if (s->key != NULL)
		json_object_set_new(j, "key", json_string(s->key));
	return j;
}

/* target: -1 for the store as a whole. Takes j. */
static enum err
put_json(struct app *app, int target, const char *key, json_t *j, struct fault *f)
{
	char *s = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	enum err e;

	if (s == NULL)
		e = fault_set(f, ERR_INTERNAL, "%s could not be written as JSON", key);
	else if (target < 0)
		e = store_put_mem(app->store, key, s, strlen(s), f);
	else
		e = store_put_mem_at(app->store, target, key, s, strlen(s), f);
	free(s);
	json_decref(j);
	return e;
}

/* A sidecar as far as the row and its account tell. */
static enum err
begin(struct app *app, struct arena *a, const struct picture_row *p, struct sidecar *s, struct fault *f)
{
	struct db_result res;
	enum err e;

	*s = (struct sidecar){ .row = *p, .owner_name = "", .version = 1, .key = p->key != NULL ? p->key->text : NULL };
	if (p->owner == 0)
		return ERR_OK;
	if ((e = DB_RUN(app->db, a, STMT_ACCOUNT_NAME, &res, f, DB_INT(p->owner))))
		return e;
	s->owner_name = res.rows > 0 ? db_text(&res, 0, 0) : "";
	return ERR_OK;
}

/* What else the index knows. A picture whose key is given is on its way into it: there is nothing to look up. */
static enum err
look_up(struct app *app, struct arena *a, struct sidecar *s, struct fault *f)
{
	const struct picture_row *p = &s->row;
	struct db_result res;
	enum err e;

	if (s->key != NULL)
		return ERR_OK;
	if ((e = DB_RUN(app->db, a, STMT_SIDECAR_MORE, &res, f, DB_STR(p->id))) || res.rows == 0)
		return e;
	s->version = (int)db_int(&res, 0, 0);
	s->key = db_is_null(&res, 0, 1) ? NULL : db_text(&res, 0, 1);
	return ERR_OK;
}

/* Numbers of accounts are each index's own: where both name the owner, the name counts. */
static bool
says(json_t *stored, json_t *right)
{
	json_t *name = json_object_get(right, "owner_name");

	if (name != NULL && json_equal(name, json_object_get(stored, "owner_name")))
		json_object_set(stored, "owner", json_object_get(right, "owner"));
	return json_equal(stored, right);
}

enum err
sidecar_same(struct app *app, int target, const struct sidecar *s, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	json_t *stored, *right;
	enum err e;

	key_of(s->row.id, key);
	if ((e = get_json(app, target, key, &stored, f)) != ERR_OK)
		return e;
	right = to_json(s);
	if (stored == NULL || right == NULL || !says(stored, right))
		e = fault_set(f, ERR_DAMAGED, "%s differs from the index", key);
	json_decref(stored);
	json_decref(right);
	return e;
}

enum err
sidecar_of(struct app *app, struct arena *a, const struct picture_row *p, struct sidecar *out, struct fault *f)
{
	enum err e = begin(app, a, p, out, f);

	return e != ERR_OK ? e : look_up(app, a, out, f);
}

static enum err
write_row(struct app *app, const struct picture_row *p, bool indexed, struct fault *f)
{
	struct sidecar s;
	struct arena *a = arena_new();
	char key[STORE_KEY_SIZE];
	enum err e = indexed ? sidecar_of(app, a, p, &s, f) : begin(app, a, p, &s, f);

	key_of(p->id, key);
	if (e == ERR_OK)
		e = put_json(app, -1, key, to_json(&s), f);
	arena_free(a);
	return e;
}

enum err
sidecar_write(struct app *app, const struct picture_row *p, struct fault *f)
{
	return write_row(app, p, true, f);
}

enum err
sidecar_write_new(struct app *app, const struct picture_row *p, struct fault *f)
{
	return write_row(app, p, false, f);
}

enum err
sidecar_delete(struct app *app, int target, const char *id, struct fault *f)
{
	char key[STORE_KEY_SIZE];

	key_of(id, key);
	return store_delete_at(app->store, target, key, f);
}

enum err
tombstone_write(struct app *app, int target, const char *id, int64_t deleted_s, struct fault *f)
{
	char key[STORE_KEY_SIZE];

	tombstone_key_of(id, key);
	return put_json(app, target, key, json_pack("{s:i, s:s, s:I}", "tintype", FORMAT, "id", id, "deleted", (json_int_t)deleted_s), f);
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Members of an object, checked: bad is set when one is missing or outside of its range. */
struct reader {
	const json_t	*j;
	struct arena	*mem;
	bool		 bad;
};

static int64_t
number(struct reader *r, const char *name, int64_t min, int64_t max)
{
	const json_t *v = json_object_get(r->j, name);
	int64_t n = json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);

	if ((!json_is_integer(v) && !json_is_boolean(v)) || n < min || n > max) {
		r->bad = true;
		return min;
	}
	return n;
}

static const char *
string(struct reader *r, const char *name, size_t max)
{
	const json_t *v = json_object_get(r->j, name);

	if (!json_is_string(v) || json_string_length(v) > max || strlen(json_string_value(v)) != json_string_length(v)) {
		r->bad = true;
		return "";
	}
	return arena_strdup(r->mem, json_string_value(v));
}

static void
hex(struct reader *r, const char *name, uint8_t *out, size_t len)
{
	const char *s = string(r, name, 2 * len);

	if (!dec_hex(s, strlen(s), out, len))
		r->bad = true;
}

static void
read_row(struct reader *r, struct picture_row *p)
{
	const char *format = string(r, "format", 16);

	hex(r, "blob", p->blob, sizeof(p->blob));
	hex(r, "uploader", p->uploader, sizeof(p->uploader));
	p->owner = number(r, "owner", 0, INT64_MAX);
	p->visibility = (enum visibility)number(r, "visibility", VIS_PUBLIC, VIS_PRIVATE);
	p->src = (struct source){ .fmt = fmt_by_name(format, strlen(format)), .width_px = (uint32_t)number(r, "width", 0, UINT32_MAX),
	    .height_px = (uint32_t)number(r, "height", 0, UINT32_MAX), .frames = (uint32_t)number(r, "frames", 1, UINT32_MAX),
	    .orientation = (int)number(r, "orientation", 1, 8), .alpha = number(r, "alpha", 0, 1) != 0,
	    .bytes = (uint64_t)number(r, "bytes", 1, INT64_MAX) };
	p->quality = (int)number(r, "quality", 0, 100);
	p->created_s = number(r, "created", 0, INT64_MAX);
	p->taken_s = number(r, "taken", INT64_MIN, INT64_MAX);
	p->name = string(r, "name", 1024);
	p->title = string(r, "title", 2048);
	p->address = string(r, "address", 45);
	if (p->src.fmt == FMT_NONE)
		r->bad = true;
}

enum err
sidecar_read(struct app *app, struct arena *a, const char *id, struct sidecar *out, struct fault *f)
{
	struct sidecar s = { .owner_name = "", .version = 1 };
	char key[STORE_KEY_SIZE];
	struct reader r = { .mem = a };
	json_t *j;
	enum err e;

	key_of(id, key);
	if ((e = get_json(app, -1, key, &j, f)))
		return e;
	r.j = j;
	r.bad = json_integer_value(json_object_get(j, "tintype")) != FORMAT || strcmp(string(&r, "id", ID_CHARS), id) != 0;
	memcpy(s.row.id, id, ID_SIZE);
	read_row(&r, &s.row);
	if (json_object_get(j, "owner_name") != NULL)
		s.owner_name = string(&r, "owner_name", 64);
	if (json_object_get(j, "key") != NULL)
		s.key = string(&r, "key", PICTURE_KEY_BYTES);
	if (json_object_get(j, "version") != NULL)
		s.version = (int)number(&r, "version", 1, INT32_MAX);
	if (s.key != NULL && picture_key_check(s.key, NULL) != ERR_OK)
		r.bad = true;
	json_decref(j);
	if (r.bad)
		return fault_set(f, ERR_DAMAGED, "%s is no sidecar of this version", key);
	*out = s;
	return ERR_OK;
}

enum err
tombstone_read(struct app *app, const char *id, int64_t *deleted_s, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	struct arena *a;
	struct reader r;
	int64_t s;
	json_t *j;
	enum err e;

	tombstone_key_of(id, key);
	if ((e = get_json(app, -1, key, &j, f)))
		return e;
	a = arena_new();
	r = (struct reader){ .j = j, .mem = a };
	s = number(&r, "deleted", 1, INT64_MAX);
	*deleted_s = r.bad ? clock_now_s() : s;
	json_decref(j);
	arena_free(a);
	return ERR_OK;
}
