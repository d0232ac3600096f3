/*
 * MySQL behind prepared statements. One connection per process, made when first needed, made again when lost.
 * The statements are the caller's table (app/stmt.def); nothing else ever reaches the server but the migrations.
 * Sessions are READ COMMITTED: each statement sees what was committed before it.
 */
#ifndef DATA_DB_H
#define DATA_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Number of the newest file in sql/, which this program needs. */
#define DB_SCHEMA 3

struct db;
struct conf;

/* A row of the statement table. */
struct db_stmt {
	const char	*name;
	const char	*sql;		/* with ? */
};

enum db_type { DB_NULL_T, DB_INT_T, DB_TEXT_T, DB_BLOB_T };
struct db_val {
	enum db_type	 type;
	int64_t		 num;
	const void	*ptr;
	size_t		 len;
};
#define DB_INT(n)	((struct db_val){ .type = DB_INT_T, .num = (int64_t)(n) })
#define DB_STR(s)	db_str(s)		/* NULL: SQL NULL */
#define DB_BLOB(p, n)	((struct db_val){ .type = DB_BLOB_T, .ptr = (p), .len = (n) })
#define DB_NULL		((struct db_val){ .type = DB_NULL_T })
struct db_val db_str(const char *s);

/* What a statement gave; everything in the arena. */
struct db_result {
	size_t		 rows, cols;
	struct db_val	*val;		/* rows x cols; texts and blobs are NUL-terminated behind len */
	uint64_t	 affected;	/* rows found by the WHERE of a change, changed or not */
	uint64_t	 insert_id;
};

/* Value access: row and column from 0; NULL is 0, "" or an empty blob. Every number, SUM() and AVG() too, is a DB_INT_T: its whole part. */
int64_t		 db_int(const struct db_result *r, size_t row, size_t col);
const char	*db_text(const struct db_result *r, size_t row, size_t col);
const void	*db_blob(const struct db_result *r, size_t row, size_t col, size_t *len);
bool		 db_is_null(const struct db_result *r, size_t row, size_t col);

/* Nothing is connected yet. conf and table are borrowed for the life of the db. */
enum err db_open(const struct conf *c, const struct db_stmt *table, size_t n, struct db **out, struct fault *f) MUST_USE;
void	 db_close(struct db *db);

/*
 * Run statement number s with n values. out may be NULL. Outside of a transaction a lost connection is made again and
 * the statement repeated once if it is a SELECT, or if the connection was lost before it was sent. ERR_DB when the server
 * cannot be reached in time; ERR_CONFLICT for a duplicate key; ERR_INTERNAL for a statement the server refuses.
 */
enum err db_run(struct db *db, struct arena *a, int s, const struct db_val *v, size_t n, struct db_result *out, struct fault *f) MUST_USE;
#define DB_RUN(db, a, s, out, f, ...) \
	db_run((db), (a), (s), (struct db_val[]){ __VA_ARGS__ }, sizeof((struct db_val[]){ __VA_ARGS__ }) / sizeof(struct db_val), (out), (f))
#define DB_RUN0(db, a, s, out, f) db_run((db), (a), (s), NULL, 0, (out), (f))

/*
 * A transaction: BEGIN, work(arg), COMMIT; ROLLBACK when work fails. On deadlock, lock wait, lost connection or a Galera refusal the
 * whole is repeated (a few times, with a short random pause): so work must be repeatable and change nothing outside the database that repeating would
 * harm. A COMMIT whose answer was lost is ERR_DB with *f saying so: the caller decides (our inserts carry ids made before, so look whether the row is there).
 */
enum err db_tx(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg, struct fault *f) MUST_USE;

/* The same for reading only, with everything as it was at one moment, however long work takes. */
enum err db_snapshot(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg, struct fault *f) MUST_USE;

/* Is the server there, in strict mode, utf8mb4, and does it know the newest migration? Cheap; for /readyz. */
enum err db_ping(struct db *db, struct fault *f) MUST_USE;

/* Apply the numbered files of dir (NNN_what.sql) that table `migration` does not know yet, in order, under a lock; prints nothing. *applied counts. */
enum err db_migrate(struct db *db, const char *dir, int *applied, struct fault *f) MUST_USE;

#endif
