/*
 * The end of a picture: first a mark that makes it gone for everybody, then every layer cleared (deletion.c), as often as it takes.
 */
#include "app/picture_delete.h"

#include <string.h>

#include "app/deletion.h"
#include "app/job.h"
#include "app/picture_row.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/metric.h"

#define JOB_AFTER_S 30	/* the request that deletes does it all by itself, as a rule */

struct bury {
	struct app		*app;
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
	if ((e = DB_RUN(db, b->mem, STMT_BLOB_COUNT_DOWN, NULL, f, DB_BLOB(b->row.blob, sizeof(b->row.blob)))))
		return e;
	if ((e = deletion_begin(b->app, b->mem, &b->row, b->why, f)))
		return e;
	return job_add(b->app, b->mem, "purge", b->id, "", JOB_AFTER_S, f);
}

enum err
picture_delete(struct app *app, struct arena *a, const char *id, const char *why, struct fault *f)
{
	struct bury b = { .app = app, .mem = a, .id = id, .why = why };
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

enum err
picture_purge(struct app *app, struct arena *a, const struct picture_row *p, struct fault *f)
{
	return deletion_clear(app, a, p, false, f);
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
