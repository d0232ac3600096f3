/*
 * MySQL: transactions, and what they promise: all of work() is committed once, or none of it; and if
 * nobody can know, that is said. Where one transaction follows another and nothing between them, as in uploads, the next
 * begins with the COMMIT of the last: a question less for the server.
 */
#include "data/db_int.h"

#include <assert.h>

#include "base/metric.h"

enum err
db_not_begun(struct db *db, struct fault *f)
{
	enum err e = db->begun ? db_fixed(db, "ROLLBACK", f) : ERR_OK;

	if (e == ERR_OK)
		db->begun = db->only_tx = false;
	return e;
}

static enum err
begin(struct db *db, bool snapshot, struct fault *f)
{
	enum err e = db_connected(db, f);

	if (e == ERR_OK && db->begun && !snapshot) {
		db->begun = false;	/* used up, however it ends */
		return ERR_OK;
	}
	if (e == ERR_OK && snapshot && (e = db_not_begun(db, f)) == ERR_OK)
		e = db_fixed(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", f);
	if (e != ERR_OK)
		return e;
	return db_fixed(db, snapshot ? "START TRANSACTION WITH CONSISTENT SNAPSHOT" : "START TRANSACTION", f);
}

/*
 * COMMIT. A lost answer leaves open what happened; db->kind is then DB_BAD: nobody may repeat it. Not every server that speaks the
 * protocol keeps to AND CHAIN: its answer tells.
 */
static enum err
commit(struct db *db, struct fault *f)
{
	static const char last[] = "COMMIT", chain[] = "COMMIT AND CHAIN";
	unsigned code;

	if (mysql_real_query(db->my, db->only_tx ? chain : last, db->only_tx ? sizeof(chain) - 1 : sizeof(last) - 1) == 0) {
		db->begun = db->only_tx && (db->my->server_status & SERVER_STATUS_IN_TRANS) != 0;
		db->only_tx = true;
		return ERR_OK;
	}
	code = mysql_errno(db->my);
	if (db_kind_of(code) == DB_AGAIN || db_kind_of(code) == DB_AWAY)
		return db_conn_failed(db, "commit", f);
	metric_add(METRIC_DB_ERRORS, 1);
	db_drop(db);
	db->kind = DB_BAD;
	return fault_set(f, ERR_DB, "database: the answer to a commit was lost (error %u): it may "
	    "have happened or not", code);
}

/* One try of a transaction; db->kind says why it failed. */
static enum err
try_tx(struct db *db, bool snapshot, enum err (*work)(struct db *, void *, struct fault *), void *arg,
    struct fault *f)
{
	enum err e;

	db->kind = DB_NONE;
	if ((e = begin(db, snapshot, f)) != ERR_OK)
		return e;
	db->in_tx = true;
	db->tx_kind = DB_NONE;
	e = work(db, arg, f);
	db->in_tx = false;
	db->kind = db->tx_kind;
	/* A work() that shrugs at a deadlock must not be committed in part. */
	if (e == ERR_OK && db->tx_kind != DB_NONE)
		e = fault_set(f, ERR_DB, "database: the transaction was taken back by the server");
	if (e == ERR_OK)
		e = commit(db, f);
	else if (db->my != NULL && mysql_rollback(db->my) != 0)
		db_drop(db);
	if (db->kind == DB_LOST || db->kind == DB_AWAY)
		db_drop(db);
	return e;
}

static enum err
repeated(struct db *db, bool snapshot, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	struct fault why;
	enum err e;

	assert(!db->in_tx);
	for (int tries = 1;; tries++) {
		why = (struct fault)FAULT_NONE;
		if ((e = try_tx(db, snapshot, work, arg, &why)) == ERR_OK)
			return e;
		if (tries == DB_TRIES_MAX || db->kind == DB_NONE || db->kind == DB_BAD ||
		    db->kind == DB_DUP)
			break;
		metric_add(METRIC_DB_RETRIES, 1);
		db_pause(tries);
	}
	if (f != NULL && f->err == ERR_OK)
		*f = why;
	return e;
}

enum err
db_tx(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	return repeated(db, false, work, arg, f);
}

enum err
db_snapshot(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	return repeated(db, true, work, arg, f);
}

enum err
db_ping(struct db *db, struct fault *f)
{
	struct arena *a = arena_new();
	struct db_result r;
	struct fault why = FAULT_NONE;
	enum err e = db_run_own(db, a, DB_NEWEST, NULL, 0, &r, &why);

	if (e == ERR_INTERNAL)
		e = fault_set(f, ERR_DB, "database: it has no tables yet; run: tintype init-db");
	else if (e != ERR_OK)
		e = fault_set(f, e, "%s", why.why);
	else if (db_int(&r, 0, 0) < DB_SCHEMA)
		e = fault_set(f, ERR_DB, "database: its tables are of version %d, this program needs "
		    "%d; run: tintype init-db", (int)db_int(&r, 0, 0), DB_SCHEMA);
	arena_free(a);
	return e;
}

