/*
 * A lock needs a row. An upload counts the blob up first and then looks whether the bytes are there, in one transaction: behind our lock it
 * waits, and finds that they are not.
 */
#include "app/blob_free.h"

#include "app/stmt.h"
#include "base/clock.h"

struct free_ask {
	struct app	*app;
	struct arena	*mem;
	const uint8_t	*sha;
	enum err	(*remove)(void *arg, struct fault *f);
	void		*arg;
	bool		 used;
};

static enum err
free_work(struct db *db, void *arg, struct fault *f)
{
	struct free_ask *q = arg;
	struct db_result r;
	enum err e;

	if ((e = DB_RUN(db, q->mem, STMT_BLOB_PIN, NULL, f, DB_BLOB(q->sha, SHA256_BYTES), DB_INT(clock_now_s()))) ||
	    (e = DB_RUN(db, q->mem, STMT_BLOB_LOCK, &r, f, DB_BLOB(q->sha, SHA256_BYTES))))
		return e;
	q->used = r.rows > 0 && db_int(&r, 0, 0) > 0;
	if (q->used)
		return ERR_OK;
	if ((e = q->remove(q->arg, f)))
		return e;
	return DB_RUN(db, q->mem, STMT_BLOB_FORGET, NULL, f, DB_BLOB(q->sha, SHA256_BYTES));
}

enum err
blob_free(struct app *app, struct arena *a, const uint8_t sha[SHA256_BYTES],
    enum err (*remove)(void *arg, struct fault *f), void *arg, bool *used, struct fault *f)
{
	struct free_ask q = { .app = app, .mem = a, .sha = sha, .remove = remove, .arg = arg };
	enum err e = db_tx(app->db, free_work, &q, f);

	if (e == ERR_OK)
		*used = q.used;
	return e;
}
