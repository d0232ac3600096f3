/*
 * Backups: a line of JSON for each row, a first line that says what this is, a last one that says it is whole. The table below is the list of
 * what is saved; columns stand there by name, so that a later version may have more of them.
 */
#include "app/backup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/enc.h"

#define FORMAT 1
#define PAGE 500
#define LINE_BYTES 65536
#define COLUMNS 8

/* i: a number, s: text, x: bytes, in hex. */
struct column {
	const char	*name;
	char		 type;
};

static const struct table {
	const char	*name;
	int		 dump, load;	/* statements: columns in this order */
	size_t		 nkeys;		/* the first columns, which dump goes on behind */
	struct column	 col[COLUMNS];
} tables[] = {
	{ "account", STMT_BACKUP_ACCOUNT, STMT_RESTORE_ACCOUNT, 1, { { "id", 'i' }, { "name", 's' }, { "password", 's' },
	    { "role", 'i' }, { "mail", 's' }, { "created_s", 'i' }, { "disabled_s", 'i' } } },
	{ "style", STMT_BACKUP_STYLE, STMT_RESTORE_STYLE, 1, { { "name", 's' }, { "content", 's' }, { "created_s", 'i' } } },
	{ "setting", STMT_BACKUP_SETTING, STMT_RESTORE_SETTING, 1, { { "name", 's' }, { "content", 's' }, { "changed_s", 'i' } } },
	{ "audit", STMT_BACKUP_AUDIT, STMT_RESTORE_AUDIT, 1, { { "id", 'i' }, { "at_s", 'i' }, { "account", 'i' }, { "address", 's' },
	    { "action", 's' }, { "subject", 's' }, { "detail", 's' } } },
	{ "bad_blob", STMT_BACKUP_BAD_BLOB, STMT_RESTORE_BAD_BLOB, 1, { { "sha", 'x' }, { "reason", 's' }, { "at_s", 'i' } } },
	{ "deletion", STMT_BACKUP_DELETION, STMT_RESTORE_DELETION, 1, { { "id", 's' }, { "why", 's' }, { "asked_s", 'i' },
	    { "done_s", 'i' } } },
	{ "deletion_layer", STMT_BACKUP_LAYER, STMT_RESTORE_LAYER, 3, { { "id", 's' }, { "layer", 's' }, { "place", 's' },
	    { "on_node", 'i' }, { "done_s", 'i' }, { "tries", 'i' }, { "note", 's' } } },
	{ "picture_key", STMT_BACKUP_KEY, STMT_RESTORE_KEY, 1, { { "key_sha", 'x' }, { "key_text", 's' }, { "id", 's' },
	    { "created_s", 'i' }, { "source_bytes", 'i' }, { "source_sha", 'x' } } },
};

static size_t
columns(const struct table *t)
{
	size_t n = 0;

	while (n < COLUMNS && t->col[n].name != NULL)
		n++;
	return n;
}

/* --- writing ------------------------------------------------------------------------------------ */

struct job {
	struct arena	*mem;
	FILE		*file;
	int64_t		 rows;
};

static json_t *
value_out(struct arena *a, const struct db_result *r, size_t row, size_t col, char type)
{
	const void *p;
	size_t len;
	char *hex;

	if (db_is_null(r, row, col))
		return json_null();
	if (type == 'i')
		return json_integer(db_int(r, row, col));
	if (type == 's')
		return json_string(db_text(r, row, col));
	p = db_blob(r, row, col, &len);
	hex = arena_alloc(a, 2 * len + 1);
	enc_hex(p, len, hex);
	return json_string(hex);
}

/* A line. Takes j. */
static enum err
put_line(FILE *out, json_t *j, struct fault *f)
{
	char *s = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	enum err e = ERR_OK;

	if (s == NULL)
		e = fault_set(f, ERR_INTERNAL, "a row could not be written as JSON");
	else if (fprintf(out, "%s\n", s) < 0)
		e = fault_errno(f, ERR_IO, "the backup");
	free(s);
	json_decref(j);
	return e;
}

static enum err
dump_row(struct job *w, const struct table *t, const struct db_result *r, size_t row, struct fault *f)
{
	json_t *o = json_object();

	for (size_t c = 0; c < columns(t); c++)
		json_object_set_new(o, t->col[c].name, value_out(w->mem, r, row, c, t->col[c].type));
	w->rows++;
	return put_line(w->file, json_pack("{s:o}", t->name, o), f);
}

/* What nothing comes before. */
static struct db_val
before_all(char type)
{
	return type == 'i' ? DB_INT(0) : type == 's' ? DB_STR("") : DB_BLOB("", 0);
}

static enum err
dump_table(struct db *db, struct job *w, const struct table *t, struct fault *f)
{
	struct arena *page[2] = { arena_new(), arena_new() };	/* the last row's keys live on in the other */
	struct db_val v[COLUMNS];
	struct db_result r;
	int turn = 0;
	enum err e;

	for (size_t k = 0; k < t->nkeys; k++)
		v[k] = before_all(t->col[k].type);
	v[t->nkeys] = DB_INT(PAGE);
	do {
		turn = !turn;
		arena_reset(page[turn]);
		e = db_run(db, page[turn], t->dump, v, t->nkeys + 1, &r, f);
		w->mem = page[turn];
		for (size_t i = 0; e == ERR_OK && i < r.rows; i++)
			e = dump_row(w, t, &r, i, f);
		for (size_t k = 0; e == ERR_OK && r.rows > 0 && k < t->nkeys; k++)
			v[k] = r.val[(r.rows - 1) * r.cols + k];
	} while (e == ERR_OK && r.rows == PAGE);
	arena_free(page[0]);
	arena_free(page[1]);
	return e;
}

static enum err
dump_work(struct db *db, void *arg, struct fault *f)
{
	struct job *w = arg;
	char date[ISO_DATE_SIZE];
	enum err e;

	/* A repeat begins anew. */
	w->rows = 0;
	rewind(w->file);
	if (ftruncate(fileno(w->file), 0) != 0)
		return fault_errno(f, ERR_IO, "the backup");
	clock_iso_date(clock_now_s(), date);
	e = put_line(w->file, json_pack("{s:i, s:i, s:s}", "tintype_backup", FORMAT, "schema", DB_SCHEMA, "made", date), f);
	for (size_t i = 0; i < NELEM(tables) && e == ERR_OK; i++)
		e = dump_table(db, w, &tables[i], f);
	return e ? e : put_line(w->file, json_pack("{s:I}", "end", (json_int_t)w->rows), f);
}

enum err
backup_write(struct db *db, FILE *out, int64_t *rows, struct fault *f)
{
	struct job w = { .file = out };
	enum err e = db_snapshot(db, dump_work, &w, f);

	*rows = w.rows;
	return e;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* A value for the database; false: of another type. */
static bool
value_in(struct arena *a, const json_t *j, char type, struct db_val *out)
{
	size_t len;
	void *raw;

	if (j == NULL || json_is_null(j)) {
		*out = DB_NULL;
		return true;
	}
	if (type == 'i') {
		*out = DB_INT(json_integer_value(j));
		return json_is_integer(j);
	}
	if (!json_is_string(j))
		return false;
	len = json_string_length(j);
	if (type == 's') {
		*out = DB_STR(arena_strndup(a, json_string_value(j), len));
		return true;
	}
	raw = arena_alloc(a, len / 2 + 1);
	*out = DB_BLOB(raw, len / 2);
	return dec_hex(json_string_value(j), len, raw, len / 2);
}

static enum err
load_row(struct db *db, struct job *w, const struct table *t, const json_t *o, struct fault *f)
{
	struct db_val v[COLUMNS];
	size_t n = columns(t);

	for (size_t c = 0; c < n; c++)
		if (!value_in(w->mem, json_object_get(o, t->col[c].name), t->col[c].type, &v[c]))
			return fault_set(f, ERR_BADREQ, "row %lld of the backup: %s.%s is of a wrong type", (long long)w->rows + 1, t->name,
			    t->col[c].name);
	w->rows++;
	return db_run(db, w->mem, t->load, v, n, NULL, f);
}

/* The next line; NULL: there is none, or it is no JSON. */
static json_t *
next_line(FILE *in, char *line)
{
	return fgets(line, LINE_BYTES, in) != NULL ? json_loads(line, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static enum err
check_head(FILE *in, char *line, struct fault *f)
{
	json_t *j = next_line(in, line);
	json_int_t format = json_integer_value(json_object_get(j, "tintype_backup")), schema = json_integer_value(json_object_get(j, "schema"));

	json_decref(j);
	if (format < 1)
		return fault_set(f, ERR_BADREQ, "this is no backup of Tintype");
	if (format > FORMAT || schema > DB_SCHEMA)
		return fault_set(f, ERR_BADREQ, "this backup is of a newer version (tables of version %lld; these are %d)", (long long)schema,
		    DB_SCHEMA);
	return ERR_OK;
}

/* One line. *end: it was the last, and the count is right. */
static enum err
load_line(struct db *db, struct job *w, const json_t *j, bool *end, struct fault *f)
{
	const json_t *o;

	if (json_is_integer(json_object_get(j, "end"))) {
		*end = json_integer_value(json_object_get(j, "end")) == w->rows;
		return *end ? ERR_OK : fault_set(f, ERR_BADREQ, "the backup is not whole: %lld rows are there", (long long)w->rows);
	}
	for (size_t i = 0; i < NELEM(tables); i++)
		if ((o = json_object_get(j, tables[i].name)) != NULL)
			return load_row(db, w, &tables[i], o, f);
	return fault_set(f, ERR_BADREQ, "row %lld of the backup is of no table that is known", (long long)w->rows + 1);
}

static enum err
load_work(struct db *db, void *arg, struct fault *f)
{
	struct job *w = arg;
	char *line = malloc(LINE_BYTES);
	struct db_result r;
	bool end = false;
	enum err e;

	w->mem = arena_new();
	w->rows = 0;
	rewind(w->file);
	e = line != NULL ? DB_RUN0(db, w->mem, STMT_RESTORE_EMPTY, &r, f) : fault_set(f, ERR_NOMEM, "no memory for a line");
	if (e == ERR_OK && db_int(&r, 0, 0) > 0)
		e = fault_set(f, ERR_CONFLICT, "this database is not empty: a backup is restored into new tables (tintype init-db), "
		    "before accounts or pictures are made");
	if (e == ERR_OK)
		e = check_head(w->file, line, f);
	while (e == ERR_OK && !end) {
		json_t *j = next_line(w->file, line);

		arena_reset(w->mem);
		e = j != NULL ? load_line(db, w, j, &end, f) :
		    fault_set(f, ERR_BADREQ, "the backup breaks off after %lld rows", (long long)w->rows);
		json_decref(j);
	}
	free(line);
	arena_free(w->mem);
	return e;
}

enum err
backup_read(struct db *db, FILE *in, int64_t *rows, struct fault *f)
{
	struct job w = { .file = in };
	enum err e = db_tx(db, load_work, &w, f);

	*rows = w.rows;
	return e;
}
