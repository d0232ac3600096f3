/*
 * The end of a picture: first a mark that makes it gone for everybody, then every layer cleared, one after the other and as often
 * as it takes.
 */
#include "app/picture_delete.h"

#include <string.h>

#include "app/picture_cache.h"
#include "app/picture_row.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "app/variant.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/metric.h"

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
		return fault_set(f, ERR_NOTFOUND, "there is no picture %s", b->id);
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
		return fault_set(f, ERR_NOTFOUND, "there is no picture %s", id);
	if ((e = db_tx(app->db, bury_work, &b, f)))
		return e;
	metric_add(METRIC_DELETES, 1);
	/* Gone for everybody from here on. What cannot be cleared away now, tipped over by a crash or a dead server, the jobs clear later. */
	(void)!picture_purge(app, a, &b.row, &later);
	return ERR_OK;
}

struct forget {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
};

/* Under the row lock of the blob no upload can count it up meanwhile. */
static enum err
forget_blob_work(struct db *db, void *arg, struct fault *f)
{
	const struct forget *in = arg;
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

enum err
picture_purge(struct app *app, struct arena *a, const struct picture_row *p, struct fault *f)
{
	struct forget forget = { app, a, p };
	/* Every layer gets its turn even if an earlier one fails; only a whole pass counts as done. */
	const enum err layer[] = {
		picture_cache_bury(app, p, f),
		variant_drop(app, p->id, f),
		sidecar_delete(app, p->id, f),
		db_tx(app->db, forget_blob_work, &forget, f),
	};

	for (size_t i = 0; i < NELEM(layer); i++)
		if (layer[i] != ERR_OK)
			return layer[i];
	return DB_RUN(app->db, a, STMT_PICTURE_PURGED, NULL, f, DB_INT(clock_now_s()), DB_STR(p->id));
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
