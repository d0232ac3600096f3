/*
 * What db.c lends to db_migrate.c: a connection for scripts, and the statements this layer owns itself.
 */
#ifndef DATA_DB_INT_H
#define DATA_DB_INT_H

#include "data/db.h"

enum db_own {
	DB_NEWEST,	/* -> number of the newest migration */
	DB_LOCK,	/* seconds -> 1 when we have the lock of migrations */
	DB_UNLOCK,
	DB_KNOWN,	/* number -> its hash */
	DB_NOTE,	/* number, name, hash, time */
	DB_OWN__MAX
};

/* db_run() of one of these. */
enum err db_run_own(struct db *db, struct arena *a, enum db_own s, const struct db_val *v, size_t n,
    struct db_result *out, struct fault *f) MUST_USE;

/* A second connection, for migrations: waits as long as it takes, and takes many statements in one text. */
enum err db_open_script(const struct db *db, struct db **out, struct fault *f) MUST_USE;

/* Run a text of trusted statements. db must come from db_open_script(). */
enum err db_script(struct db *db, const char *text, size_t len, struct fault *f) MUST_USE;

#endif
