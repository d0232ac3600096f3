/*
 * The inside of the database layer: a connection, what its last failure was, and the pieces that db_*.c share.
 */
#ifndef DATA_DB_INT_H
#define DATA_DB_INT_H

#include <mysql.h>

#include "data/db.h"

#define DB_TRIES_MAX 5		/* of a transaction, or of a statement that met a deadlock */

/* What a failure means for who may repeat. */
enum db_kind {
	DB_NONE,	/* no failure of the server's */
	DB_BAD,		/* the statement is wrong, and stays wrong */
	DB_DUP,		/* duplicate key */
	DB_AGAIN,	/* the server undid it; all of it may be repeated */
	DB_LOST,	/* the connection is gone; what was under way may have happened or not */
	DB_AWAY,	/* the server will not do it, for now: nothing has happened */
	DB_STALE	/* the prepared statement is unknown to the server */
};

/* Statements this layer owns itself. */
enum db_own {
	DB_NEWEST,	/* -> number of the newest migration */
	DB_LOCK,	/* seconds -> 1 when we have the lock of migrations */
	DB_UNLOCK,
	DB_KNOWN,	/* number -> its hash */
	DB_NOTE,	/* number, name, hash, time */
	DB_OWN__MAX
};

struct db {
	const struct conf	*conf;
	const struct db_stmt	*table;
	size_t			 n;
	bool			 script;	/* a connection for migrations */
	MYSQL			*my;		/* NULL: not connected */
	MYSQL_STMT		**stmt;		/* one a row of table; NULL: not prepared yet */
	MYSQL_STMT		*own[DB_OWN__MAX];
	bool			 was_up;	/* has been connected before */
	int64_t			 rest_until_us;
	enum db_kind		 kind;		/* of the last failure */
	bool			 sent;		/* ... which came after the statement had left */
	bool			 in_tx;
	enum db_kind		 tx_kind;	/* why the transaction cannot be committed, or DB_NONE */
	bool			 begun;		/* the next transaction has begun with the last COMMIT */
	bool			 only_tx;	/* nothing was run outside of a transaction since the last COMMIT */
};

/* db.c: note a failure of what ("picture_get"), its kind in db->kind, and turn it into ours. */
enum db_kind	 db_kind_of(unsigned code);
enum err	 db_failed(struct db *db, const char *what, unsigned code, const char *text, struct fault *f);
enum err	 db_conn_failed(struct db *db, const char *what, struct fault *f);

/* db.c: a connection that is there and, as far as one can see, alive. */
enum err	 db_connected(struct db *db, struct fault *f) MUST_USE;

/* db_tx.c: out of a transaction that has begun but that nobody has used, if there is one. */
enum err	 db_not_begun(struct db *db, struct fault *f) MUST_USE;

/* db.c: forget the connection and all that was prepared on it. */
void		 db_drop(struct db *db);
void		 db_close_stmt(MYSQL_STMT **st);

/* db.c: run a fixed text, its result thrown away. */
enum err	 db_fixed(struct db *db, const char *sql, struct fault *f) MUST_USE;

/* db_stmt.c: db_run() of one of our own. */
enum err	 db_run_own(struct db *db, struct arena *a, enum db_own s, const struct db_val *v, size_t n,
    struct db_result *out, struct fault *f) MUST_USE;

/* db_stmt.c: a short rest before try number tries + 1, so that two that met do not meet again. */
void		 db_pause(int tries);

/* db.c: a second connection, for migrations: waits as long as it takes, and takes many statements in one text. */
enum err	 db_open_script(const struct db *db, struct db **out, struct fault *f) MUST_USE;

/* db.c: run a text of trusted statements. db must come from db_open_script(). */
enum err	 db_script(struct db *db, const char *text, size_t len, struct fault *f) MUST_USE;

#endif
