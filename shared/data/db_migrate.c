/*
 * Migrations: numbered files, each applied once and remembered with its hash. MySQL cannot undo
 * a CREATE TABLE, so there is no transaction around a file; instead every file is written so
 * that it can be run again, and is noted only when all of it went through.
 */
#include "data/db_int.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"

#define SCRIPT_BYTES (4 << 20)
#define LOCK_WAIT_S 60

static const char create[] =
    "CREATE TABLE IF NOT EXISTS migration ("
    " id INT NOT NULL, name VARCHAR(100) NOT NULL, sha BINARY(32) NOT NULL,"
    " applied_s BIGINT NOT NULL, PRIMARY KEY (id)"
    ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/* NNN_what.sql */
static int
is_migration(const struct dirent *d)
{
	const char *s = d->d_name;
	size_t n = strlen(s);

	return n > 8 && n <= 100 && isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1]) &&
	    isdigit((unsigned char)s[2]) && s[3] == '_' && strcmp(s + n - 4, ".sql") == 0;
}

static int
number(const char *name)
{
	return (name[0] - '0') * 100 + (name[1] - '0') * 10 + (name[2] - '0');
}

/* Is migration id noted? It must then be the one with this hash. */
static enum err
known(struct db *db, struct arena *a, const char *name, const uint8_t sha[SHA256_BYTES], bool *yes,
    struct fault *f)
{
	struct db_val v = DB_INT(number(name));
	struct db_result r;
	const void *had;
	size_t len;
	enum err e = db_run_own(db, a, DB_KNOWN, &v, 1, &r, f);

	if (e != ERR_OK)
		return e;
	*yes = r.rows > 0;
	if (!*yes)
		return ERR_OK;
	had = db_blob(&r, 0, 0, &len);
	if (len != SHA256_BYTES || memcmp(had, sha, len) != 0)
		return fault_set(f, ERR_CONFLICT, "%s was changed after it was applied here; "
		    "migrations are only ever added", name);
	return ERR_OK;
}

static enum err
apply(struct db *db, struct arena *a, const char *dir, const char *name, int *applied,
    struct fault *f)
{
	struct buf text = BUF_INIT(SCRIPT_BYTES);
	struct fault why = FAULT_NONE;
	uint8_t sha[SHA256_BYTES];
	bool done = false;
	enum err e = file_read(arena_printf(a, "%s/%s", dir, name), &text, f);

	if (e != ERR_OK)
		goto out;
	sha256_of(buf_str(&text), text.len, sha);
	if ((e = known(db, a, name, sha, &done, f)) != ERR_OK || done)
		goto out;
	if ((e = db_script(db, buf_str(&text), text.len, &why)) != ERR_OK) {
		e = fault_set(f, e, "%s: %s", name, why.why);
		goto out;
	}
	e = db_run_own(db, a, DB_NOTE, (struct db_val[]){ DB_INT(number(name)), DB_STR(name),
	    DB_BLOB(sha, sizeof(sha)), DB_INT(clock_now_s()) }, 4, NULL, f);
	if (e == ERR_OK)
		(*applied)++;
out:
	buf_free(&text);
	return e;
}

/* All files in order. Numbers begin at 1 and have no gaps: a file that got lost would be missed for ever. */
static enum err
apply_all(struct db *db, struct arena *a, const char *dir, int *applied, struct fault *f)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_migration, alphasort);
	enum err e = ERR_OK;

	if (n < 0)
		return fault_errno(f, ERR_IO, "migrations in %s", dir);
	if (n == 0)
		e = fault_set(f, ERR_NOTFOUND, "there are no migrations in %s", dir);
	for (int i = 0; i < n && e == ERR_OK; i++) {
		if (number(list[i]->d_name) != i + 1)
			e = fault_set(f, ERR_CONFLICT, "migrations in %s: number %03d is missing or "
			    "there twice", dir, i + 1);
		else
			e = apply(db, a, dir, list[i]->d_name, applied, f);
	}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return e;
}

enum err
db_migrate(struct db *db, const char *dir, int *applied, struct fault *f)
{
	struct arena *a = arena_new();
	struct db *s = NULL;
	struct db_val wait = DB_INT(LOCK_WAIT_S);
	struct db_result r;
	int count = 0;
	enum err e;

	if ((e = db_open_script(db, &s, f)) != ERR_OK)
		goto out;
	if ((e = db_run_own(s, a, DB_LOCK, &wait, 1, &r, f)) != ERR_OK)
		goto out;
	if (db_int(&r, 0, 0) != 1) {
		e = fault_set(f, ERR_BUSY, "somebody else is changing the tables of this database");
		goto out;
	}
	e = db_script(s, create, sizeof(create) - 1, f);
	if (e == ERR_OK)
		e = apply_all(s, a, dir, &count, f);
	if (e == ERR_OK)
		e = db_run_own(s, a, DB_UNLOCK, NULL, 0, NULL, f);
	*applied = count;
out:
	db_close(s);	/* which also lets go of the lock */
	arena_free(a);
	return e;
}
