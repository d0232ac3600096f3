/*
 * MySQL: prepared statements. Each is prepared when first needed on a connection. Outside of a
 * transaction a statement is repeated when that cannot do harm; inside, the whole transaction is
 * (db_tx.c), and nothing more is run once it cannot be committed.
 */
#include "data/db_int.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/metric.h"
#include "base/rnd.h"

#define COLS_MAX 64		/* columns of a result, values of a statement */

static const struct db_stmt own_table[DB_OWN__MAX] = {
	[DB_NEWEST] = { "newest_migration", "SELECT COALESCE(MAX(id), 0) FROM migration" },
	[DB_LOCK] = { "lock_migrations", "SELECT GET_LOCK(CONCAT('tintype.', DATABASE()), ?)" },
	[DB_UNLOCK] = { "unlock_migrations",
	    "SELECT RELEASE_LOCK(CONCAT('tintype.', DATABASE()))" },
	[DB_KNOWN] = { "known_migration", "SELECT sha FROM migration WHERE id = ?" },
	[DB_NOTE] = { "note_migration",
	    "INSERT INTO migration (id, name, sha, applied_s) VALUES (?, ?, ?, ?)" },
};

static enum err
stmt_failed(struct db *db, const char *what, MYSQL_STMT *st, struct fault *f)
{
	return db_failed(db, what, mysql_stmt_errno(st), mysql_stmt_error(st), f);
}

static enum err
prepare(struct db *db, const struct db_stmt *row, MYSQL_STMT **slot, size_t n, struct fault *f)
{
	MYSQL_STMT *st;
	enum err e = ERR_OK;

	if (*slot == NULL) {
		if ((st = mysql_stmt_init(db->my)) == NULL)
			return fault_set(f, ERR_NOMEM, "no memory for a statement");
		if (mysql_stmt_prepare(st, row->sql, strlen(row->sql)) != 0) {
			e = stmt_failed(db, row->name, st, f);
			mysql_stmt_close(st);
			return e;
		}
		*slot = st;
	}
	if (mysql_stmt_param_count(*slot) != n) {
		db->kind = DB_BAD;
		return fault_set(f, ERR_INTERNAL, "database: %s: takes %lu values, not %zu",
		    row->name, mysql_stmt_param_count(*slot), n);
	}
	return ERR_OK;
}

/* The values of a statement; they must live until it has run. */
static void
bind_values(const struct db_val *v, size_t n, MYSQL_BIND *b)
{
	static const enum enum_field_types types[] = {
		[DB_NULL_T] = MYSQL_TYPE_NULL, [DB_INT_T] = MYSQL_TYPE_LONGLONG,
		[DB_TEXT_T] = MYSQL_TYPE_STRING, [DB_BLOB_T] = MYSQL_TYPE_BLOB,
	};

	memset(b, 0, n * sizeof(*b));
	for (size_t i = 0; i < n; i++) {
		bool num = v[i].type == DB_INT_T;

		b[i].buffer_type = types[v[i].type];
		b[i].buffer = num ? (void *)&v[i].num : (void *)v[i].ptr;
		b[i].buffer_length = num ? sizeof(v[i].num) : v[i].len;
	}
}

static enum db_type
type_of(const MYSQL_FIELD *field)
{
	switch (field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:	/* SUM() of whole numbers */
		return DB_INT_T;
	default:
		return field->charsetnr == 63 ? DB_BLOB_T : DB_TEXT_T;
	}
}

/* One value of the current row, in the arena. */
static enum err
fetch_value(struct db *db, const char *what, MYSQL_STMT *st, struct arena *a, unsigned col,
    const MYSQL_BIND *b, struct db_val *v, struct fault *f)
{
	MYSQL_BIND one = { .buffer_type = MYSQL_TYPE_BLOB };
	unsigned long len = *b->length;
	my_bool null = 0, cut = 0;
	char *text;

	if (*b->is_null) {
		v->type = DB_NULL_T;
		return ERR_OK;
	}
	if (v->type == DB_INT_T) {
		memcpy(&v->num, b->buffer, sizeof(v->num));
		return ERR_OK;
	}
	text = arena_alloc(a, len + 1);
	one.buffer = text;
	one.buffer_length = len;
	one.length = &len;
	one.is_null = &null;
	one.error = &cut;
	if (len > 0 && mysql_stmt_fetch_column(st, &one, col, 0) != 0)
		return stmt_failed(db, what, st, f);
	v->ptr = text;
	v->len = one.buffer_length;
	return ERR_OK;
}

/* All rows that the server has sent. */
static enum err
fetch_rows(struct db *db, const char *what, MYSQL_STMT *st, const MYSQL_FIELD *field,
    struct arena *a, struct db_result *r, struct fault *f)
{
	MYSQL_BIND b[COLS_MAX] = { 0 };
	int64_t num[COLS_MAX] = { 0 };
	unsigned long len[COLS_MAX] = { 0 };
	my_bool null[COLS_MAX] = { 0 };
	enum err e;
	int rc;

	for (size_t i = 0; i < r->cols; i++) {
		bool is_num = type_of(&field[i]) == DB_INT_T;

		b[i].buffer_type = is_num ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_BLOB;
		b[i].buffer = &num[i];
		b[i].buffer_length = is_num ? sizeof(num[i]) : 0;	/* 0: only tell the length */
		b[i].length = &len[i];
		b[i].is_null = &null[i];
	}
	if (mysql_stmt_bind_result(st, b) != 0)
		return stmt_failed(db, what, st, f);
	for (size_t row = 0; row < r->rows; row++) {
		if ((rc = mysql_stmt_fetch(st)) != 0 && rc != MYSQL_DATA_TRUNCATED)
			return stmt_failed(db, what, st, f);
		for (size_t i = 0; i < r->cols; i++) {
			struct db_val *v = &r->val[row * r->cols + i];

			v->type = type_of(&field[i]);
			if ((e = fetch_value(db, what, st, a, (unsigned)i, &b[i], v, f)) != ERR_OK)
				return e;
		}
	}
	return ERR_OK;
}

static enum err
result(struct db *db, const char *what, MYSQL_STMT *st, struct arena *a, struct db_result *out,
    struct fault *f)
{
	struct db_result r = { .affected = mysql_stmt_affected_rows(st),
	    .insert_id = mysql_stmt_insert_id(st), .cols = mysql_stmt_field_count(st) };
	MYSQL_RES *meta = NULL;
	enum err e = ERR_OK;

	if (r.cols == 0)
		goto out;
	assert(r.cols <= COLS_MAX);
	if (mysql_stmt_store_result(st) != 0 || (meta = mysql_stmt_result_metadata(st)) == NULL) {
		e = stmt_failed(db, what, st, f);
		goto out;
	}
	r.rows = mysql_stmt_num_rows(st);
	r.affected = 0;
	if (out != NULL && r.rows > 0) {
		r.val = arena_calloc(a, r.rows * r.cols, sizeof(*r.val));
		e = fetch_rows(db, what, st, mysql_fetch_fields(meta), a, &r, f);
	}
out:
	if (meta != NULL)
		mysql_free_result(meta);
	mysql_stmt_free_result(st);
	if (e == ERR_OK && out != NULL)
		*out = r;
	return e;
}

/* One try on the connection there is. */
static enum err
once(struct db *db, struct arena *a, const struct db_stmt *row, MYSQL_STMT **slot,
    const struct db_val *v, size_t n, struct db_result *out, struct fault *f)
{
	MYSQL_BIND b[COLS_MAX];
	enum err e;

	assert(n <= COLS_MAX);
	db->kind = DB_NONE;
	db->sent = false;
	metric_add(METRIC_DB_QUERIES, 1);
	if ((e = prepare(db, row, slot, n, f)) != ERR_OK)
		return e;
	bind_values(v, n, b);
	if (n > 0 && mysql_stmt_bind_param(*slot, b) != 0)
		return stmt_failed(db, row->name, *slot, f);
	db->sent = true;
	if (mysql_stmt_execute(*slot) != 0)
		return stmt_failed(db, row->name, *slot, f);
	return result(db, row->name, *slot, a, out, f);
}

static bool
is_select(const struct db_stmt *row)
{
	return strncasecmp(row->sql, "SELECT", 6) == 0;
}

/* A statement outside of a transaction failed with db->kind: may it be repeated? */
static bool
again(const struct db *db, const struct db_stmt *row, int tries)
{
	switch (db->kind) {
	case DB_AGAIN:
		return tries < DB_TRIES_MAX;
	case DB_LOST:
		return tries < 2 && (!db->sent || is_select(row));
	case DB_AWAY:
	case DB_STALE:
		return tries < 2;
	default:
		return false;
	}
}

/* So that two that met do not meet again. */
void
db_pause(int tries)
{
	struct timespec t = { .tv_nsec = (2 + (long)rnd_below(10U << tries)) * 1000000 };

	nanosleep(&t, NULL);
}

/* After a failure the connection is as good as its kind. */
static void
clean_up(struct db *db, MYSQL_STMT **slot)
{
	if (db->kind == DB_LOST || db->kind == DB_AWAY)
		db_drop(db);
	else if (db->kind == DB_STALE)
		db_close_stmt(slot);
}

static enum err
run_in_tx(struct db *db, struct arena *a, const struct db_stmt *row, MYSQL_STMT **slot,
    const struct db_val *v, size_t n, struct db_result *out, struct fault *f)
{
	enum err e;

	if (db->tx_kind != DB_NONE)
		return fault_set(f, ERR_DB, "database: %s: the transaction is lost", row->name);
	e = once(db, a, row, slot, v, n, out, f);
	if (e != ERR_OK && db->kind != DB_DUP && db->kind != DB_BAD)
		db->tx_kind = db->kind;
	if (e != ERR_OK)
		clean_up(db, slot);
	return e;
}

static enum err
run(struct db *db, struct arena *a, const struct db_stmt *row, MYSQL_STMT **slot,
    const struct db_val *v, size_t n, struct db_result *out, struct fault *f)
{
	struct fault why;
	enum err e;

	if (db->in_tx)
		return run_in_tx(db, a, row, slot, v, n, out, f);
	for (int tries = 1;; tries++) {
		why = (struct fault)FAULT_NONE;
		db->kind = DB_NONE;
		db->sent = false;
		e = db_connected(db, &why);
		if (e == ERR_OK && (e = db_not_begun(db, &why)) == ERR_OK)
			e = once(db, a, row, slot, v, n, out, &why);
		else if (db->kind == DB_AWAY)
			tries = DB_TRIES_MAX;	/* it was asked just now */
		if (e == ERR_OK)
			return e;
		clean_up(db, slot);
		if (!again(db, row, tries))
			return fault_set(f, e, "%s", why.why);
		if (db->kind == DB_AGAIN)
			db_pause(tries);
	}
}

enum err
db_run(struct db *db, struct arena *a, int s, const struct db_val *v, size_t n,
    struct db_result *out, struct fault *f)
{
	assert(s >= 0 && (size_t)s < db->n);
	return run(db, a, &db->table[s], &db->stmt[s], v, n, out, f);
}

enum err
db_run_own(struct db *db, struct arena *a, enum db_own s, const struct db_val *v, size_t n,
    struct db_result *out, struct fault *f)
{
	return run(db, a, &own_table[s], &db->own[s], v, n, out, f);
}

