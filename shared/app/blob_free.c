/*
 * A lock needs a row. An upload counts the blob up first and then looks whether the bytes are there, in one transaction: behind our lock it
 * waits, and finds that they are not.
 */
#include "app/blob_free.h"

#include "app/stmt.h"
#include "base/clock.h"

struct free_ask {
	struct arena	*mem;
	struct blob_free *b;
	size_t		 n;
	enum err	(*remove)(void *arg, struct fault *f);
	void		*arg;
};

static enum err
lock(struct db *db, struct arena *a, struct blob_free *b, struct fault *f)
{
	struct db_val sha = DB_BLOB(b->sha, SHA256_BYTES);
	struct db_result r;
	enum err e;

	if ((e = DB_RUN(db, a, STMT_BLOB_PIN, NULL, f, sha, DB_INT(clock_now_s()))) || (e = DB_RUN(db, a, STMT_BLOB_LOCK, &r, f, sha)))
		return e;
	b->used = r.rows > 0 && db_int(&r, 0, 0) > 0;
	return ERR_OK;
}

static enum err
free_work(struct db *db, void *arg, struct fault *f)
{
	struct free_ask *q = arg;
	size_t unused = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < q->n && e == ERR_OK; i++) {
		e = lock(db, q->mem, &q->b[i], f);
		unused += !q->b[i].used;
	}
	if (e != ERR_OK || unused == 0 || (e = q->remove(q->arg, f)))
		return e;
	for (size_t i = 0; i < q->n && e == ERR_OK; i++)
		if (!q->b[i].used)
			e = DB_RUN(db, q->mem, STMT_BLOB_FORGET, NULL, f, DB_BLOB(q->b[i].sha, SHA256_BYTES));
	return e;
}

enum err
blob_free_many(struct app *app, struct arena *a, struct blob_free *b, size_t n, enum err (*remove)(void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	struct free_ask q = { .mem = a, .b = b, .n = n, .remove = remove, .arg = arg };

	return db_tx(app->db, free_work, &q, f);
}

enum err
blob_free(struct app *app, struct arena *a, const uint8_t sha[SHA256_BYTES],
    enum err (*remove)(void *arg, struct fault *f), void *arg, bool *used, struct fault *f)
{
	struct blob_free b = { .sha = sha };
	enum err e = blob_free_many(app, a, &b, 1, remove, arg, f);

	if (e == ERR_OK)
		*used = b.used;
	return e;
}
