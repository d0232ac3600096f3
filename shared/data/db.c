/*
 * MySQL behind prepared statements. The one idea: every failure has a kind (lost, to be repeated,
 * duplicate, ...), found in one table, and the callers' loops, one for single statements and one
 * for transactions, decide by the kind alone what to do next.
 *
 * A connection is never repaired: whatever is wrong with it, it is closed and made again.
 */
#include "data/db.h"

#include <assert.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/rnd.h"
#include "data/conf.h"
#include "data/db_int.h"

#define COLS_MAX 64		/* columns of a result, values of a statement */
#define TRIES_MAX 5		/* of a transaction, or of a statement that met a deadlock */
#define REST_US 1000000		/* after a server let us wait, nobody asks it again for so long */

enum kind { K_NONE, K_BAD, K_DUP, K_AGAIN, K_LOST, K_AWAY, K_STALE };

/* Everything else is K_BAD: the statement is wrong, and stays wrong. */
static const struct {
	unsigned	 code;
	enum kind	 kind;
} codes[] = {
	{ 1062, K_DUP },	/* duplicate key */
	{ 1586, K_DUP },
	/* The server undid the transaction; all of it may be repeated. */
	{ 1205, K_AGAIN },	/* waited too long for a lock */
	{ 1213, K_AGAIN },	/* deadlock, or a Galera certification failure */
	{ 1020, K_AGAIN },	/* row changed since it was read */
	{ 3101, K_AGAIN },	/* group replication took it back */
	{ 3572, K_AGAIN },	/* lock not to be had at once */
	{ 8002, K_AGAIN }, { 8022, K_AGAIN }, { 8028, K_AGAIN }, { 9007, K_AGAIN },	/* TiDB */
	/* The connection is gone; what was under way may have happened or not. */
	{ 2006, K_LOST }, { 2013, K_LOST }, { 2014, K_LOST }, { 2027, K_LOST }, { 2055, K_LOST },
	{ 1053, K_LOST },	/* server is stopping */
	{ 1077, K_LOST }, { 1152, K_LOST }, { 1158, K_LOST }, { 1159, K_LOST }, { 1160, K_LOST },
	{ 1161, K_LOST }, { 1184, K_LOST },
	{ 1317, K_LOST },	/* query killed */
	{ 1927, K_LOST },	/* connection killed */
	{ 4031, K_LOST },	/* idle too long */
	/* The server is there but will not do it, for now: nothing has happened. */
	{ 2002, K_AWAY }, { 2003, K_AWAY }, { 2004, K_AWAY }, { 2005, K_AWAY }, { 2012, K_AWAY },
	{ 1040, K_AWAY },	/* too many connections */
	{ 1042, K_AWAY }, { 1043, K_AWAY }, { 1044, K_AWAY }, { 1045, K_AWAY }, { 1049, K_AWAY },
	{ 1047, K_AWAY },	/* Galera node without quorum */
	{ 1129, K_AWAY }, { 1130, K_AWAY }, { 1203, K_AWAY }, { 1226, K_AWAY },
	{ 1290, K_AWAY },	/* read only: a failover is under way */
	{ 1792, K_AWAY }, { 1836, K_AWAY },
	{ 1698, K_AWAY },	/* access denied without password */
	/* The prepared statement is unknown to the server. */
	{ 1243, K_STALE }, { 1615, K_STALE },
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
	enum kind		 kind;		/* of the last failure */
	bool			 sent;		/* ... which came after the statement had left */
	bool			 in_tx;
	enum kind		 tx_kind;	/* why the transaction cannot be committed, or K_NONE */
};

static const struct db_stmt own_table[DB_OWN__MAX] = {
	[DB_NEWEST] = { "newest_migration", "SELECT COALESCE(MAX(id), 0) FROM migration" },
	[DB_LOCK] = { "lock_migrations", "SELECT GET_LOCK(CONCAT('tintype.', DATABASE()), ?)" },
	[DB_UNLOCK] = { "unlock_migrations",
	    "SELECT RELEASE_LOCK(CONCAT('tintype.', DATABASE()))" },
	[DB_KNOWN] = { "known_migration", "SELECT sha FROM migration WHERE id = ?" },
	[DB_NOTE] = { "note_migration",
	    "INSERT INTO migration (id, name, sha, applied_s) VALUES (?, ?, ?, ?)" },
};

static enum kind
kind_of(unsigned code)
{
	for (size_t i = 0; i < NELEM(codes); i++) {
		if (codes[i].code == code)
			return codes[i].kind;
	}
	return K_BAD;
}

/* Note a failure of what ("picture_get") and turn it into ours. */
static enum err
failed(struct db *db, const char *what, unsigned code, const char *text, struct fault *f)
{
	db->kind = kind_of(code);
	switch (db->kind) {
	case K_DUP:
		return fault_set(f, ERR_CONFLICT, "%s: there is one already", what);
	case K_BAD:
	case K_NONE:
		metric_add(METRIC_DB_ERRORS, 1);
		return fault_set(f, ERR_INTERNAL, "database: %s: error %u: %s", what, code, text);
	default:
		metric_add(METRIC_DB_ERRORS, 1);
		return fault_set(f, ERR_DB, "database: %s: error %u: %s", what, code, text);
	}
}

static enum err
stmt_failed(struct db *db, const char *what, MYSQL_STMT *st, struct fault *f)
{
	return failed(db, what, mysql_stmt_errno(st), mysql_stmt_error(st), f);
}

static enum err
conn_failed(struct db *db, const char *what, struct fault *f)
{
	return failed(db, what, mysql_errno(db->my), mysql_error(db->my), f);
}

static void
close_stmt(MYSQL_STMT **st)
{
	if (*st != NULL)
		mysql_stmt_close(*st);
	*st = NULL;
}

/* Forget the connection and all that was prepared on it. */
static void
drop(struct db *db)
{
	for (size_t i = 0; i < db->n; i++)
		close_stmt(&db->stmt[i]);
	for (size_t i = 0; i < DB_OWN__MAX; i++)
		close_stmt(&db->own[i]);
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
}

/* A fixed text, its result thrown away. */
static enum err
fixed(struct db *db, const char *sql, struct fault *f)
{
	MYSQL_RES *res;

	if (mysql_real_query(db->my, sql, strlen(sql)) != 0)
		return conn_failed(db, sql, f);
	if ((res = mysql_store_result(db->my)) != NULL)
		mysql_free_result(res);
	return ERR_OK;
}

/* Silent truncation of what people typed, or characters that vanish, are not for us. */
static enum err
check_session(struct db *db, struct fault *f)
{
	static const char sql[] = "SELECT @@sql_mode, @@character_set_connection";
	MYSQL_RES *res = NULL;
	MYSQL_ROW row;
	enum err e = ERR_OK;

	if (mysql_real_query(db->my, sql, sizeof(sql) - 1) != 0 ||
	    (res = mysql_store_result(db->my)) == NULL || (row = mysql_fetch_row(res)) == NULL) {
		e = conn_failed(db, "session", f);
		goto out;
	}
	db->kind = K_BAD;
	if (row[0] == NULL || strstr(row[0], "STRICT_") == NULL)
		e = fault_set(f, ERR_DB, "database: not in strict mode: add STRICT_TRANS_TABLES to "
		    "sql_mode of the server");
	else if (row[1] == NULL || strcmp(row[1], "utf8mb4") != 0)
		e = fault_set(f, ERR_DB, "database: the connection is not utf8mb4");
out:
	if (res != NULL)
		mysql_free_result(res);
	return e;
}

static void
set_options(const struct db *db, MYSQL *my)
{
	const struct conf *c = db->conf;
	unsigned timeout = (unsigned)c->database_timeout_s, answer = db->script ? 3600 : timeout;
	unsigned protocol = *c->database_host != '\0' ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
	unsigned no = 0;
	my_bool off = 0;

	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &answer);
	mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(my, MYSQL_OPT_RECONNECT, &off);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

/* What every connection of ours is told first. */
static enum err
start_session(struct db *db, struct fault *f)
{
	enum err e = check_session(db, f);

	/* After a wait for a lock one sees what was committed meanwhile; and fewer gaps are locked. */
	if (e == ERR_OK)
		e = fixed(db, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", f);
	/* The server must give up before we stop listening, else we do not know what it did. */
	if (e == ERR_OK && !db->script)
		e = fixed(db, db->conf->database_timeout_s > 3 ?
		    "SET SESSION innodb_lock_wait_timeout = 3" :
		    "SET SESSION innodb_lock_wait_timeout = 1", f);
	return e;
}

static enum err
connect_now(struct db *db, struct fault *f)
{
	const struct conf *c = db->conf;
	bool tcp = *c->database_host != '\0';
	int64_t began = clock_mono_us();
	enum err e;

	if (began < db->rest_until_us) {
		db->kind = K_BAD;
		return fault_set(f, ERR_DB, "database: did not answer a moment ago");
	}
	if ((db->my = mysql_init(NULL)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a database connection");
	set_options(db, db->my);
	if (mysql_real_connect(db->my, tcp ? c->database_host : NULL, c->database_user,
	    c->database_password, c->database_name, tcp ? (unsigned)c->database_port : 0,
	    tcp ? NULL : c->database_socket,
	    CLIENT_FOUND_ROWS | (db->script ? CLIENT_MULTI_STATEMENTS : 0)) == NULL)
		e = conn_failed(db, "connect", f);
	else
		e = start_session(db, f);
	if (e != ERR_OK) {
		drop(db);
		if (clock_mono_us() - began > REST_US / 4)
			db->rest_until_us = clock_mono_us() + REST_US;
		return e;
	}
	if (db->was_up)
		metric_add(METRIC_DB_RECONNECTS, 1);
	db->was_up = true;
	return ERR_OK;
}

/* Between statements the server has nothing to say: if it does, it says good-bye. */
static bool
hung_up(const struct db *db)
{
	struct pollfd p = { .fd = mysql_get_socket(db->my), .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* A connection that is there and, as far as one can see, alive. */
static enum err
connected(struct db *db, struct fault *f)
{
	if (db->my != NULL && hung_up(db))
		drop(db);
	return db->my != NULL ? ERR_OK : connect_now(db, f);
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
		db->kind = K_BAD;
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
	db->kind = K_NONE;
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
	case K_AGAIN:
		return tries < TRIES_MAX;
	case K_LOST:
		return tries < 2 && (!db->sent || is_select(row));
	case K_AWAY:
	case K_STALE:
		return tries < 2;
	default:
		return false;
	}
}

/* So that two that met do not meet again. */
static void
pause_ms(int tries)
{
	struct timespec t = { .tv_nsec = (2 + (long)rnd_below(10U << tries)) * 1000000 };

	nanosleep(&t, NULL);
}

/* After a failure the connection is as good as its kind. */
static void
clean_up(struct db *db, MYSQL_STMT **slot)
{
	if (db->kind == K_LOST || db->kind == K_AWAY)
		drop(db);
	else if (db->kind == K_STALE)
		close_stmt(slot);
}

static enum err
run_in_tx(struct db *db, struct arena *a, const struct db_stmt *row, MYSQL_STMT **slot,
    const struct db_val *v, size_t n, struct db_result *out, struct fault *f)
{
	enum err e;

	if (db->tx_kind != K_NONE)
		return fault_set(f, ERR_DB, "database: %s: the transaction is lost", row->name);
	e = once(db, a, row, slot, v, n, out, f);
	if (e != ERR_OK && db->kind != K_DUP && db->kind != K_BAD)
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
		db->kind = K_NONE;
		db->sent = false;
		e = connected(db, &why);
		if (e == ERR_OK)
			e = once(db, a, row, slot, v, n, out, &why);
		else if (db->kind == K_AWAY)
			tries = TRIES_MAX;	/* it was asked just now */
		if (e == ERR_OK)
			return e;
		clean_up(db, slot);
		if (!again(db, row, tries))
			return fault_set(f, e, "%s", why.why);
		if (db->kind == K_AGAIN)
			pause_ms(tries);
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

static enum err
begin(struct db *db, struct fault *f)
{
	enum err e = connected(db, f);

	return e == ERR_OK ? fixed(db, "START TRANSACTION", f) : e;
}

/* COMMIT. A lost answer leaves open what happened; db->kind is then K_BAD: nobody may repeat it. */
static enum err
commit(struct db *db, struct fault *f)
{
	unsigned code;

	if (mysql_commit(db->my) == 0)
		return ERR_OK;
	code = mysql_errno(db->my);
	if (kind_of(code) == K_AGAIN || kind_of(code) == K_AWAY)
		return conn_failed(db, "commit", f);
	metric_add(METRIC_DB_ERRORS, 1);
	drop(db);
	db->kind = K_BAD;
	return fault_set(f, ERR_DB, "database: the answer to a commit was lost (error %u): it may "
	    "have happened or not", code);
}

/* One try of a transaction; db->kind says why it failed. */
static enum err
try_tx(struct db *db, enum err (*work)(struct db *, void *, struct fault *), void *arg,
    struct fault *f)
{
	enum err e;

	db->kind = K_NONE;
	if ((e = begin(db, f)) != ERR_OK)
		return e;
	db->in_tx = true;
	db->tx_kind = K_NONE;
	e = work(db, arg, f);
	db->in_tx = false;
	db->kind = db->tx_kind;
	/* A work() that shrugs at a deadlock must not be committed in part. */
	if (e == ERR_OK && db->tx_kind != K_NONE)
		e = fault_set(f, ERR_DB, "database: the transaction was taken back by the server");
	if (e == ERR_OK)
		e = commit(db, f);
	else if (db->my != NULL && mysql_rollback(db->my) != 0)
		drop(db);
	if (db->kind == K_LOST || db->kind == K_AWAY)
		drop(db);
	return e;
}

enum err
db_tx(struct db *db, enum err (*work)(struct db *db, void *arg, struct fault *f), void *arg,
    struct fault *f)
{
	struct fault why;
	enum err e;

	assert(!db->in_tx);
	for (int tries = 1;; tries++) {
		why = (struct fault)FAULT_NONE;
		if ((e = try_tx(db, work, arg, &why)) == ERR_OK)
			return e;
		if (tries == TRIES_MAX || db->kind == K_NONE || db->kind == K_BAD ||
		    db->kind == K_DUP)
			break;
		metric_add(METRIC_DB_RETRIES, 1);
		pause_ms(tries);
	}
	if (f != NULL && f->err == ERR_OK)
		*f = why;
	return e;
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

enum err
db_open(const struct conf *c, const struct db_stmt *table, size_t n, struct db **out,
    struct fault *f)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || (db->stmt = calloc(n + 1, sizeof(*db->stmt))) == NULL) {
		free(db);
		return fault_set(f, ERR_NOMEM, "no memory for the database");
	}
	db->conf = c;
	db->table = table;
	db->n = n;
	*out = db;
	return ERR_OK;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	drop(db);
	free(db->stmt);
	free(db);
}

enum err
db_open_script(const struct db *db, struct db **out, struct fault *f)
{
	enum err e = db_open(db->conf, NULL, 0, out, f);

	if (e == ERR_OK)
		(*out)->script = true;
	return e;
}

enum err
db_script(struct db *db, const char *text, size_t len, struct fault *f)
{
	MYSQL_RES *res;
	enum err e = connected(db, f);
	int rc;

	assert(db->script);
	if (e != ERR_OK)
		return e;
	for (rc = mysql_real_query(db->my, text, len); rc == 0; rc = mysql_next_result(db->my)) {
		if ((res = mysql_store_result(db->my)) != NULL)
			mysql_free_result(res);
	}
	if (rc > 0) {
		e = conn_failed(db, "script", f);
		drop(db);
	}
	return e;
}
