/*
 * MySQL: the connection. It is made when first needed and never repaired: whatever is wrong with
 * it, it is closed and made again. Every failure of the server has a kind, found in the one table
 * here; whether something is repeated follows from the kind alone (db_stmt.c, db_tx.c).
 */
#include "data/db.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metric.h"
#include "data/conf.h"
#include "data/db_int.h"

#define REST_US 1000000		/* after a server let us wait, nobody asks it again for so long */

/* Everything else is DB_BAD: the statement is wrong, and stays wrong. */
static const struct {
	unsigned	 code;
	enum db_kind	 kind;
} codes[] = {
	{ 1062, DB_DUP },	/* duplicate key */
	{ 1586, DB_DUP },
	/* The server undid the transaction; all of it may be repeated. */
	{ 1205, DB_AGAIN },	/* waited too long for a lock */
	{ 1213, DB_AGAIN },	/* deadlock, or a Galera certification failure */
	{ 1020, DB_AGAIN },	/* row changed since it was read */
	{ 3101, DB_AGAIN },	/* group replication took it back */
	{ 3572, DB_AGAIN },	/* lock not to be had at once */
	{ 8002, DB_AGAIN }, { 8022, DB_AGAIN }, { 8028, DB_AGAIN }, { 9007, DB_AGAIN },	/* TiDB */
	/* The connection is gone; what was under way may have happened or not. */
	{ 2006, DB_LOST }, { 2013, DB_LOST }, { 2014, DB_LOST }, { 2027, DB_LOST }, { 2055, DB_LOST },
	{ 1053, DB_LOST },	/* server is stopping */
	{ 1077, DB_LOST }, { 1152, DB_LOST }, { 1158, DB_LOST }, { 1159, DB_LOST }, { 1160, DB_LOST },
	{ 1161, DB_LOST }, { 1184, DB_LOST },
	{ 1317, DB_LOST },	/* query killed */
	{ 1927, DB_LOST },	/* connection killed */
	{ 4031, DB_LOST },	/* idle too long */
	/* The server is there but will not do it, for now: nothing has happened. */
	{ 2002, DB_AWAY }, { 2003, DB_AWAY }, { 2004, DB_AWAY }, { 2005, DB_AWAY }, { 2012, DB_AWAY },
	{ 1040, DB_AWAY },	/* too many connections */
	{ 1042, DB_AWAY }, { 1043, DB_AWAY }, { 1044, DB_AWAY }, { 1045, DB_AWAY }, { 1049, DB_AWAY },
	{ 1047, DB_AWAY },	/* Galera node without quorum */
	{ 1129, DB_AWAY }, { 1130, DB_AWAY }, { 1203, DB_AWAY }, { 1226, DB_AWAY },
	{ 1290, DB_AWAY },	/* read only: a failover is under way */
	{ 1792, DB_AWAY }, { 1836, DB_AWAY },
	{ 1698, DB_AWAY },	/* access denied without password */
	/* The prepared statement is unknown to the server. */
	{ 1243, DB_STALE }, { 1615, DB_STALE },
};

enum db_kind
db_kind_of(unsigned code)
{
	for (size_t i = 0; i < NELEM(codes); i++) {
		if (codes[i].code == code)
			return codes[i].kind;
	}
	return DB_BAD;
}

/* Note a failure of what ("picture_get") and turn it into ours. */
enum err
db_failed(struct db *db, const char *what, unsigned code, const char *text, struct fault *f)
{
	db->kind = db_kind_of(code);
	switch (db->kind) {
	case DB_DUP:
		return fault_set(f, ERR_CONFLICT, "%s: there is one already", what);
	case DB_BAD:
	case DB_NONE:
		metric_add(METRIC_DB_ERRORS, 1);
		return fault_set(f, ERR_INTERNAL, "database: %s: error %u: %s", what, code, text);
	default:
		metric_add(METRIC_DB_ERRORS, 1);
		return fault_set(f, ERR_DB, "database: %s: error %u: %s", what, code, text);
	}
}

enum err
db_conn_failed(struct db *db, const char *what, struct fault *f)
{
	return db_failed(db, what, mysql_errno(db->my), mysql_error(db->my), f);
}

void
db_close_stmt(MYSQL_STMT **st)
{
	if (*st != NULL)
		mysql_stmt_close(*st);
	*st = NULL;
}

/* Forget the connection and all that was prepared on it. */
void
db_drop(struct db *db)
{
	for (size_t i = 0; i < db->n; i++)
		db_close_stmt(&db->stmt[i]);
	for (size_t i = 0; i < DB_OWN__MAX; i++)
		db_close_stmt(&db->own[i]);
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
	db->begun = db->only_tx = false;
}

/* A fixed text, its result thrown away. */
enum err
db_fixed(struct db *db, const char *sql, struct fault *f)
{
	MYSQL_RES *res;

	if (mysql_real_query(db->my, sql, strlen(sql)) != 0)
		return db_conn_failed(db, sql, f);
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
		e = db_conn_failed(db, "session", f);
		goto out;
	}
	db->kind = DB_BAD;
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
		e = db_fixed(db, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", f);
	/* The server must give up before we stop listening, else we do not know what it did. */
	if (e == ERR_OK && !db->script)
		e = db_fixed(db, db->conf->database_timeout_s > 3 ?
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
		db->kind = DB_BAD;
		return fault_set(f, ERR_DB, "database: did not answer a moment ago");
	}
	if ((db->my = mysql_init(NULL)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a database connection");
	set_options(db, db->my);
	if (mysql_real_connect(db->my, tcp ? c->database_host : NULL, c->database_user,
	    c->database_password, c->database_name, tcp ? (unsigned)c->database_port : 0,
	    tcp ? NULL : c->database_socket,
	    CLIENT_FOUND_ROWS | (db->script ? CLIENT_MULTI_STATEMENTS : 0)) == NULL)
		e = db_conn_failed(db, "connect", f);
	else
		e = start_session(db, f);
	if (e != ERR_OK) {
		db_drop(db);
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
enum err
db_connected(struct db *db, struct fault *f)
{
	if (db->my != NULL && hung_up(db))
		db_drop(db);
	return db->my != NULL ? ERR_OK : connect_now(db, f);
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
	db_drop(db);
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
	enum err e = db_connected(db, f);
	int rc;

	assert(db->script);
	if (e != ERR_OK)
		return e;
	for (rc = mysql_real_query(db->my, text, len); rc == 0; rc = mysql_next_result(db->my)) {
		if ((res = mysql_store_result(db->my)) != NULL)
			mysql_free_result(res);
	}
	if (rc > 0) {
		e = db_conn_failed(db, "script", f);
		db_drop(db);
	}
	return e;
}
