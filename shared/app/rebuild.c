/*
 * The index from the store. Owners come back by the name of their account: numbers are another index's. An account that is not there is made
 * without a password and disabled, so that nobody can be it until an administrator gives it to somebody.
 */
#include "app/rebuild.h"

#include <string.h>

#include "app/picture_delete.h"
#include "app/picture_key.h"
#include "app/picture_key_cache.h"
#include "app/picture_row.h"
#include "app/session.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "base/clock.h"

#define NO_PASSWORD "*"		/* no hash: nothing fits it */
#define PAGE 500

static const char *const texts[REBUILD__MAX] = {
	[REBUILD_PICTURES] = "pictures added",
	[REBUILD_KNOWN] = "there already",
	[REBUILD_TOMBSTONES] = "tombstones added",
	[REBUILD_BURIED] = "deleted again, by their tombstones",
	[REBUILD_ACCOUNTS] = "accounts made, disabled",
	[REBUILD_LOST] = "sidecars without bytes, left out",
	[REBUILD_DAMAGED] = "sidecars that cannot be read, left out",
	[REBUILD_OWNERLESS] = "pictures whose owner is not known",
};

const char *
rebuild_text(enum rebuild_count what)
{
	return texts[what];
}

static void
found(struct rebuild *r, enum rebuild_count what, const char *id, const char *detail)
{
	r->count[what]++;
	if (what != REBUILD_KNOWN && r->found != NULL)
		r->found(what, id, detail, r->arg);
}

static void
seen(struct rebuild *r)
{
	r->seen++;
	if (r->progress != NULL)
		r->progress(r->seen, r->arg);
}

/* One object of a walk. */
struct one {
	struct rebuild	*r;
	struct arena	*mem;
	struct fault	*f;
	struct sidecar	 s;
	struct picture_key key;
	char		 had_key[ID_SIZE];
	int64_t		 deleted_s;	/* 0: it lives */
};

/* --- owners ------------------------------------------------------------------------------------- */

static enum err
make_account(struct one *o, const char *name, int64_t *id)
{
	struct app *app = o->r->app;
	struct fault why = FAULT_NONE;
	struct db_result res;
	int64_t now = clock_now_s();
	enum err e;

	found(o->r, REBUILD_ACCOUNTS, o->s.row.id, name);
	*id = 0;
	if (o->r->dry_run)
		return ERR_OK;
	e = DB_RUN(app->db, o->mem, STMT_REBUILD_ACCOUNT, &res, &why, DB_STR(name), DB_STR(NO_PASSWORD), DB_INT(ROLE_USER), DB_INT(now),
	    DB_INT(now));
	if (e != ERR_OK)
		return fault_set(o->f, e, "account %s: %s", name, why.why);
	*id = (int64_t)res.insert_id;
	return ERR_OK;
}

/* The number of the owner in this index. */
static enum err
find_owner(struct one *o)
{
	struct picture_row *p = &o->s.row;
	struct db_result res;
	enum err e = ERR_OK;

	if (*o->s.owner_name != '\0') {
		if ((e = DB_RUN(o->r->app->db, o->mem, STMT_ACCOUNT_FIND, &res, o->f, DB_STR(o->s.owner_name))))
			return e;
		if (res.rows > 0)
			p->owner = db_int(&res, 0, 0);
		else if (account_name_ok(o->s.owner_name))
			return make_account(o, o->s.owner_name, &p->owner);
		return ERR_OK;
	}
	/* Written before names were: the number holds when accounts came back from a backup, which keeps it. */
	if (p->owner != 0 && (e = DB_RUN(o->r->app->db, o->mem, STMT_ACCOUNT_NAME, &res, o->f, DB_INT(p->owner))) == ERR_OK &&
	    res.rows == 0) {
		found(o->r, REBUILD_OWNERLESS, p->id, "");
		p->owner = 0;
	}
	return e;
}

/* --- rows --------------------------------------------------------------------------------------- */

/* *there: the index has a row of that id; *alive: of a living picture. */
static enum err
look(struct one *o, const char *id, bool *there, bool *alive)
{
	struct db_result res;
	struct picture_row p;
	enum err e = DB_RUN(o->r->app->db, o->mem, STMT_PICTURE_GET, &res, o->f, DB_STR(id));

	*there = e == ERR_OK && res.rows > 0;
	if (*there)
		picture_from_db(&res, 0, &p);
	*alive = *there && p.deleted_s == 0;
	return e;
}

static enum err
add_work(struct db *db, void *arg, struct fault *f)
{
	struct one *o = arg;
	struct picture_row *p = &o->s.row;
	bool dead = o->deleted_s > 0, bytes = p->src.bytes > 0;
	struct db_val v[PICTURE_NCOLS];
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(db, o->mem, STMT_PICTURE_GET, &res, f, DB_STR(p->id))) || res.rows > 0)
		return e;
	if (bytes && (e = DB_RUN(db, o->mem, dead ? STMT_REBUILD_BLOB : STMT_BLOB_COUNT_UP, NULL, f, DB_BLOB(p->blob, sizeof(p->blob)),
	    DB_INT(p->src.bytes), DB_INT(p->src.fmt), DB_INT(p->created_s))))
		return e;
	picture_to_db(p, v);
	if ((e = db_run(db, o->mem, STMT_PICTURE_INSERT, v, PICTURE_NCOLS, NULL, f)) ||
	    (e = DB_RUN(db, o->mem, STMT_REBUILD_MORE, NULL, f, DB_INT(o->s.version), DB_STR(dead ? "rebuild" : ""),
	    dead && !bytes ? DB_INT(o->deleted_s) : DB_NULL, DB_STR(p->id))))
		return e;
	/* Something of it is there again: the receipt, if there is one, is not complete any more. */
	if (dead && bytes && (e = DB_RUN(db, o->mem, STMT_DELETION_REOPEN, NULL, f, DB_STR(p->id))))
		return e;
	/* Of two sidecars with a key the younger picture has it; ids begin with the time. */
	if (p->key == NULL || (e = DB_RUN(db, o->mem, STMT_KEY_OWNER, &res, f, DB_BLOB(p->key->text, strlen(p->key->text)))) ||
	    (res.rows > 0 && strcmp(db_text(&res, 0, 0), p->id) >= 0))
		return e;
	return picture_key_set(db, o->mem, p->key, p->id, o->had_key, f);
}

static enum err
add(struct one *o)
{
	struct picture_row *p = &o->s.row;
	enum err e = find_owner(o);

	if (o->s.key != NULL) {
		o->key = (struct picture_key){ .text = o->s.key, .source_bytes = -1, .owner = -1 };
		p->key = &o->key;
	}
	p->deleted_s = o->deleted_s;
	if (e == ERR_OK && !o->r->dry_run)
		e = db_tx(o->r->app->db, add_work, o, o->f);
	if (e == ERR_OK && !o->r->dry_run && p->key != NULL)
		picture_key_unsettle(o->r->app, p->key->text);
	if (e == ERR_OK)
		found(o->r, o->deleted_s > 0 ? REBUILD_TOMBSTONES : REBUILD_PICTURES, p->id, p->name);
	return e;
}

/* --- walks -------------------------------------------------------------------------------------- */

/* A deleted picture: with the sidecar that a delete left behind, if there is one, so that the jobs find the rest; else only the mark. */
static enum err
each_tombstone(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct one *o = arg;
	const char *id = key + 2;
	struct fault none = FAULT_NONE;
	bool there, alive;
	enum err e;

	(void)size;
	(void)mtime_s;
	if (!id_valid(id, strlen(id)))
		return ERR_OK;
	arena_reset(o->mem);
	seen(o->r);
	if ((e = look(o, id, &there, &alive)) || (e = tombstone_read(o->r->app, id, &o->deleted_s, o->f)))
		return e;
	if (alive) {
		found(o->r, REBUILD_BURIED, id, "");
		return o->r->dry_run ? ERR_OK : picture_delete(o->r->app, o->mem, id, "rebuild", o->f);
	}
	if (there) {
		found(o->r, REBUILD_KNOWN, id, "");
		return ERR_OK;
	}
	e = sidecar_read(o->r->app, o->mem, id, &o->s, &none);
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED) {
		o->s = (struct sidecar){ .row = { .name = "", .title = "", .address = "" }, .owner_name = "", .version = 1 };
		memcpy(o->s.row.id, id, ID_SIZE);
	} else if (e != ERR_OK)
		return fault_set(o->f, e, "%s", none.why);
	return add(o);
}

/* Somewhere in the store, of the right size? */
static enum err
have_bytes(struct one *o, bool *have)
{
	const struct picture_row *p = &o->s.row;
	struct store *s = o->r->app->store;
	enum err e = ERR_OK;
	char key[STORE_KEY_SIZE];
	off_t size = 0;

	*have = false;
	store_blob_key(p->blob, key);
	for (int t = 0; t < store_targets(s) && !*have; t++) {
		struct fault why = FAULT_NONE;
		enum err at = store_stat_at(s, t, key, &size, &why);

		*have = at == ERR_OK && size == (off_t)p->src.bytes;
		if (at != ERR_OK && at != ERR_NOTFOUND && e == ERR_OK)
			e = fault_set(o->f, at, "%s", why.why);
	}
	/* A store that is away may have them: better to stop than to leave pictures out. */
	return *have ? ERR_OK : e;
}

static enum err
each_sidecar(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct one *o = arg;
	struct fault why = FAULT_NONE;
	bool there, alive, have;
	char id[ID_SIZE];
	enum err e;

	(void)size;
	(void)mtime_s;
	if (strlen(key) != 2 + ID_CHARS + strlen(".json"))
		return ERR_OK;
	memcpy(id, key + 2, ID_CHARS);
	id[ID_CHARS] = '\0';
	if (!id_valid(id, ID_CHARS))
		return ERR_OK;
	arena_reset(o->mem);
	seen(o->r);
	o->deleted_s = 0;
	if ((e = look(o, id, &there, &alive)))
		return e;
	if (there) {
		found(o->r, REBUILD_KNOWN, id, "");
		return ERR_OK;
	}
	e = sidecar_read(o->r->app, o->mem, id, &o->s, &why);
	if (e == ERR_NOTFOUND)
		return ERR_OK;		/* deleted meanwhile */
	if (e == ERR_DAMAGED) {
		found(o->r, REBUILD_DAMAGED, id, why.why);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return fault_set(o->f, e, "%s", why.why);
	if ((e = have_bytes(o, &have)))
		return e;
	if (!have) {
		found(o->r, REBUILD_LOST, id, o->s.row.name);
		return ERR_OK;
	}
	return add(o);
}

enum err
rebuild_run(struct rebuild *r, struct fault *f)
{
	struct one o = { .r = r, .mem = arena_new(), .f = f };
	enum err e = store_list(r->app->store, "t/", each_tombstone, &o, f);

	if (e == ERR_OK)
		e = store_list(r->app->store, "p/", each_sidecar, &o, f);
	arena_free(o.mem);
	return e;
}

enum err
rebuild_sidecars(struct rebuild *r, struct fault *f)
{
	struct arena *a = arena_new();
	char last[ID_SIZE] = "";
	struct picture_row p;
	struct db_result res;
	enum err e;

	do {
		arena_reset(a);
		e = DB_RUN(r->app->db, a, STMT_PICTURE_ALL, &res, f, DB_STR(last), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < res.rows; i++) {
			picture_from_db(&res, i, &p);
			memcpy(last, p.id, sizeof(last));
			seen(r);
			r->count[REBUILD_PICTURES]++;
			if (!r->dry_run)
				e = sidecar_write(r->app, &p, f);
		}
	} while (e == ERR_OK && res.rows == PAGE);
	arena_free(a);
	return e;
}
