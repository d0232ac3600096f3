/*
 * Pictures: looked up through memcached, inserted in one transaction, deleted for good.
 *
 * What keeps memcached right: a reader only ever adds (never replaces), a delete sets a tombstone that stays longer
 * than any reader can hold an old row, and an upload sets what it just committed.
 */
#include "app/picture.h"

#include <stdio.h>
#include <string.h>

#include "app/picture_row.h"
#include "app/session.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "app/variant.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/limits.h"
#include "base/metric.h"

#define NOTHING		"none"		/* cached answer: there is no such picture */
#define NOTHING_TTL_S	5
#define TOMBSTONE_TTL_S	86400

static const char *
cache_key(char key[32], const char *id)
{
	snprintf(key, 32, "picture:%s", id);
	return key;
}

static enum err
alive(const struct picture_row *p, struct fault *f)
{
	return p->deleted_s > 0 ? fault_set(f, ERR_GONE, "picture %s was deleted", p->id) : ERR_OK;
}

static enum err
no_such(const char *id, struct fault *f)
{
	return fault_set(f, ERR_NOTFOUND, "there is no picture %s", id);
}

/* true: the cache knows; *e is then the answer. */
static bool
get_cached(struct app *app, struct arena *a, const char *id, struct picture_row *out, enum err *e, struct fault *f)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	char key[32];
	bool known = false;

	if (cache_get(app->cache, cache_key(key, id), &b)) {
		if (b.len == strlen(NOTHING) && memcmp(b.data, NOTHING, b.len) == 0) {
			*e = no_such(id, f);
			known = true;
		} else if (picture_unpack(a, b.data, b.len, out) && strcmp(out->id, id) == 0) {
			*e = alive(out, f);
			known = true;
		}
	}
	buf_free(&b);
	return known;
}

static void
cache_fill(struct app *app, const struct picture_row *p, bool replace)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	char key[32];

	if (picture_pack(p, &b) == ERR_OK) {
		if (replace)
			(void)!cache_set(app->cache, cache_key(key, p->id), b.data, b.len, (int)app->conf->memcached_ttl_s);
		else
			cache_add(app->cache, cache_key(key, p->id), b.data, b.len, (int)app->conf->memcached_ttl_s);
	}
	buf_free(&b);
}

static enum err
get_row(struct app *app, struct arena *a, int stmt, const char *id, struct picture_row *out, struct fault *f)
{
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(app->db, a, stmt, &res, f, DB_STR(id))))
		return e;
	if (res.rows == 0)
		return no_such(id, f);
	picture_from_db(&res, 0, out);
	return ERR_OK;
}

enum err
picture_get_fresh(struct app *app, struct arena *a, const char *id, struct picture_row *out, struct fault *f)
{
	enum err e = get_row(app, a, STMT_PICTURE_GET, id, out, f);

	return e ? e : alive(out, f);
}

enum err
picture_get(struct app *app, struct arena *a, const char *id, struct picture_row *out, const char **tier, struct fault *f)
{
	char key[32];
	enum err e;

	if (!id_valid(id, strlen(id)))
		return fault_set(f, ERR_NOTFOUND, "this is no picture's address");
	if (get_cached(app, a, id, out, &e, f)) {
		if (tier != NULL)
			*tier = "memcached";
		return e;
	}
	if (tier != NULL)
		*tier = "database";
	e = get_row(app, a, STMT_PICTURE_GET, id, out, f);
	if (e == ERR_NOTFOUND)
		cache_add(app->cache, cache_key(key, id), NOTHING, strlen(NOTHING), NOTHING_TTL_S);
	if (e != ERR_OK)
		return e;
	cache_fill(app, out, false);
	return alive(out, f);
}

struct insert {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
	int			 fd;
};

/* Under the blob's row lock no delete can take the bytes; before it, one may have. */
static enum err
bytes_are_there(const struct insert *in, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	enum err e;
	off_t size;

	store_blob_key(in->p->blob, key);
	e = store_stat(in->app->store, key, &size, f);
	if (e == ERR_OK && size == (off_t)in->p->src.bytes)
		return ERR_OK;
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	if (f != NULL)
		*f = (struct fault)FAULT_NONE;
	return store_put(in->app->store, key, in->fd, (off_t)in->p->src.bytes, in->p->blob, f);
}

static enum err
insert_work(struct db *db, void *arg, struct fault *f)
{
	const struct insert *in = arg;
	const struct picture_row *p = in->p;
	struct db_val v[PICTURE_NCOLS];
	struct db_result res;
	enum err e;

	/* A repeat after a COMMIT whose answer was lost finds its own row. */
	if ((e = DB_RUN(db, in->mem, STMT_PICTURE_GET, &res, f, DB_STR(p->id))))
		return e;
	if (res.rows > 0)
		return ERR_OK;
	if ((e = DB_RUN(db, in->mem, STMT_BLOB_COUNT_UP, NULL, f, DB_BLOB(p->blob, sizeof(p->blob)), DB_INT(p->src.bytes),
	    DB_INT(p->src.fmt), DB_INT(p->created_s))))
		return e;
	if ((e = bytes_are_there(in, f)))
		return e;
	picture_to_db(p, v);
	return db_run(db, in->mem, STMT_PICTURE_INSERT, v, PICTURE_NCOLS, NULL, f);
}

enum err
picture_insert(struct app *app, struct arena *a, const struct picture_row *p, int fd, struct fault *f)
{
	struct insert in = { app, a, p, fd };
	struct picture_row there;
	struct fault why = FAULT_NONE, look = FAULT_NONE;
	enum err e;

	e = db_tx(app->db, insert_work, &in, &why);
	if (e == ERR_DB && picture_get_fresh(app, a, p->id, &there, &look) == ERR_OK)
		e = ERR_OK;	/* only the answer of COMMIT was lost */
	if (e != ERR_OK)
		return fault_set(f, e, "%s", why.why);
	cache_fill(app, p, true);
	return ERR_OK;
}

struct bury {
	struct arena		*mem;
	const char		*id, *why;
	struct picture_row	 row;
};

static enum err
bury_work(struct db *db, void *arg, struct fault *f)
{
	struct bury *b = arg;
	struct db_result res;
	int64_t now = clock_now_s();
	enum err e;

	if ((e = DB_RUN(db, b->mem, STMT_PICTURE_LOCK, &res, f, DB_STR(b->id))))
		return e;
	if (res.rows == 0)
		return no_such(b->id, f);
	picture_from_db(&res, 0, &b->row);
	if (b->row.deleted_s > 0)
		return ERR_OK;
	b->row.deleted_s = now;
	if ((e = DB_RUN(db, b->mem, STMT_PICTURE_BURY, NULL, f, DB_INT(now), DB_STR(b->why), DB_STR(b->id))))
		return e;
	return DB_RUN(db, b->mem, STMT_BLOB_COUNT_DOWN, NULL, f, DB_BLOB(b->row.blob, sizeof(b->row.blob)));
}

enum err
picture_delete(struct app *app, struct arena *a, const char *id, const char *why, struct fault *f)
{
	struct bury b = { .mem = a, .id = id, .why = why };
	struct fault later = FAULT_NONE;
	enum err e;

	if (!id_valid(id, strlen(id)))
		return no_such(id, f);
	if ((e = db_tx(app->db, bury_work, &b, f)))
		return e;
	metric_add(METRIC_DELETES, 1);
	/* Gone for everybody from here on. What cannot be cleared away now, tipped over by a crash or a dead server, the jobs clear later. */
	(void)!picture_purge(app, a, &b.row, &later);
	return ERR_OK;
}

static enum err
forget_blob_work(struct db *db, void *arg, struct fault *f)
{
	const struct insert *in = arg;
	const struct picture_row *p = in->p;
	char key[STORE_KEY_SIZE];
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(db, in->mem, STMT_BLOB_LOCK, &res, f, DB_BLOB(p->blob, sizeof(p->blob)))))
		return e;
	if (res.rows == 0 || db_int(&res, 0, 0) > 0)
		return ERR_OK;		/* gone already, or another picture shares it */
	store_blob_key(p->blob, key);
	if ((e = store_delete(in->app->store, key, f)) || (e = pyramid_drop(in->app, p->blob, f)))
		return e;
	return DB_RUN(db, in->mem, STMT_BLOB_FORGET, NULL, f, DB_BLOB(p->blob, sizeof(p->blob)));
}

/* memcached must not go on saying that the picture lives. */
static enum err
set_tombstone(struct app *app, const struct picture_row *p, struct fault *f)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	char key[32];
	enum err e;
	bool set = false;

	if ((e = picture_pack(p, &b)) == ERR_OK)
		set = cache_set(app->cache, cache_key(key, p->id), b.data, b.len, TOMBSTONE_TTL_S) ||
		    *app->conf->memcached_servers == '\0';
	buf_free(&b);
	if (e != ERR_OK)
		return e;
	return set ? ERR_OK : fault_set(f, ERR_BUSY, "memcached did not take the tombstone of %s", p->id);
}

enum err
picture_purge(struct app *app, struct arena *a, const struct picture_row *p, struct fault *f)
{
	struct insert in = { app, a, p, -1 };
	enum err tomb, e;

	/* Every layer gets its turn even if an earlier one fails; only a whole pass counts as done. */
	tomb = set_tombstone(app, p, f);
	if ((e = variant_drop(app, p->id, f)) || (e = sidecar_delete(app, p->id, f)) ||
	    (e = db_tx(app->db, forget_blob_work, &in, f)))
		return e;
	if (tomb != ERR_OK)
		return tomb;
	return DB_RUN(app->db, a, STMT_PICTURE_PURGED, NULL, f, DB_INT(clock_now_s()), DB_STR(p->id));
}

/* LIKE pattern for "contains", with the wildcards of the text made plain. */
static const char *
like_pattern(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 2 * strlen(s) + 3), *p = out;

	*p++ = '%';
	for (; *s != '\0'; s++) {
		if (*s == '%' || *s == '_' || *s == '\\')
			*p++ = '\\';
		*p++ = *s;
	}
	*p++ = '%';
	return out;
}

enum err
picture_list(struct app *app, struct arena *a, const char *before, const char *match, int64_t owner, size_t n,
    struct picture_list *out, struct fault *f)
{
	const char *from = *before != '\0' ? before : "~", *like, *id;
	struct db_result res;
	enum err e;

	if (n > LIMIT_PAGE_SIZE)
		n = LIMIT_PAGE_SIZE;
	if (match != NULL && *match != '\0') {
		like = like_pattern(a, match);
		/* The column of ids is ASCII: the server compares it with nothing else. */
		id = id_valid(match, strlen(match)) ? match : "";
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST_MATCH, &res, f, DB_STR(from), DB_INT(owner), DB_INT(owner),
		    DB_STR(like), DB_STR(like), DB_STR(id), DB_INT(n + 1));
	} else if (owner > 0)
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST_OWNER, &res, f, DB_STR(from), DB_INT(owner), DB_INT(n + 1));
	else
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST, &res, f, DB_STR(from), DB_INT(n + 1));
	if (e != ERR_OK)
		return e;
	out->more = res.rows > n;
	out->n = out->more ? n : res.rows;
	out->row = arena_calloc(a, out->n + 1, sizeof(*out->row));
	for (size_t i = 0; i < out->n; i++)
		picture_from_db(&res, i, &out->row[i]);
	return ERR_OK;
}

bool
picture_is_mine(const struct account *me, const struct picture_row *p)
{
	return me != NULL && (me->role == ROLE_ADMIN || (p->owner != 0 && p->owner == me->id));
}

void
picture_delete_token(const struct app *app, const char *id, char out[DELETE_TOKEN_SIZE])
{
	struct arena *a = arena_new();
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(app->key_delete, sizeof(app->key_delete), id, strlen(id), mac);
	memcpy(out, enc_b64url(a, mac, 16), DELETE_TOKEN_SIZE);
	arena_free(a);
}

bool
picture_delete_token_ok(const struct app *app, const char *id, const char *token)
{
	char right[DELETE_TOKEN_SIZE];

	picture_delete_token(app, id, right);
	return strlen(token) == DELETE_TOKEN_SIZE - 1 && equal_ct(right, token, DELETE_TOKEN_SIZE - 1);
}
