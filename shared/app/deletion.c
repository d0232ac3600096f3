/*
 * Deletes, layer by layer. The table says what the layers are; adding one is a function and a row.
 */
#include "app/deletion.h"

#include <string.h>
#include <unistd.h>

#include "app/blob_free.h"
#include "app/node.h"
#include "app/picture_cache.h"
#include "app/picture_row.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "app/variant.h"
#include "base/clock.h"

#define NOTE_BYTES 240
#define LEFT_TRIES 20	/* a store that is not in the settings is hoped for so often, a minute apart */
#define SHARED "another picture has the same bytes"

/* How a layer fared at a place. */
struct outcome {
	const struct layer *layer;
	const char	*place;
	enum err	 e;
	const char	*note;
};

/* What the column on_node says of a line's place: the site or one of its stores, a node, a store that nobody hopes for any more. */
enum { PLACE_SITE, PLACE_NODE, PLACE_REMOVED };

enum where { WHERE_SITE, WHERE_STORE, WHERE_NODE };

static const struct layer {
	const char	*name;
	enum where	 where;
	/* NULL: the transaction itself. Stores: o are all targets of the store, in their order. */
	void		(*clear)(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n);
} layers[];

/* --- the layers --------------------------------------------------------------------------------- */

static void
failed(struct arena *a, struct outcome *o, enum err e, const struct fault *why)
{
	o->e = e;
	o->note = e == ERR_OK ? "" : arena_strndup(a, why->why, strnlen(why->why, NOTE_BYTES));
}

/* First of all: from here on neither a repair nor a rebuild brings it back. */
static void
clear_tombstone(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fault f = FAULT_NONE;

		failed(a, &o[i], tombstone_write(app, (int)i, p->id, p->deleted_s, &f), &f);
	}
}

static void
clear_memcached(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	struct fault f = FAULT_NONE;

	(void)n;
	failed(a, o, picture_cache_bury(app, p, &f), &f);
}

static void
clear_variants(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	struct fault f = FAULT_NONE;

	(void)n;
	failed(a, o, variant_drop(app, p->id, &f), &f);
}

static void
clear_sidecar(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fault f = FAULT_NONE;

		failed(a, &o[i], sidecar_delete(app, (int)i, p->id, &f), &f);
	}
}

struct forget {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
	struct outcome		*o;
	size_t			 n;
	bool			 asked;		/* the stores were */
};

/* From all targets, each of which gets its turn; the row stays until the last has forgotten. */
static enum err
forget(void *arg, struct fault *f)
{
	struct forget *in = arg;
	enum err first = ERR_OK;
	char key[STORE_KEY_SIZE];

	store_blob_key(in->p->blob, key);
	in->asked = true;
	for (size_t i = 0; i < in->n; i++) {
		struct fault why = FAULT_NONE;

		failed(in->mem, &in->o[i], store_delete_at(in->app->store, (int)i, key, &why), &why);
		if (in->o[i].e != ERR_OK && first == ERR_OK)
			first = fault_set(f, in->o[i].e, "%s", why.why);
	}
	return first;
}

static void
clear_bytes(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	struct forget in = { .app = app, .mem = a, .p = p, .o = o, .n = n };
	struct fault f = FAULT_NONE;
	bool used = false;
	enum err e = blob_free(app, a, p->blob, forget, &in, &used, &f);

	for (size_t i = 0; i < n && (used || (e != ERR_OK && !in.asked)); i++) {
		failed(a, &o[i], e, &f);
		if (used)
			o[i].note = SHARED;
	}
}

/* What this node made of the bytes or fetched of them. All of it could be made again, so no lock is needed. */
static void
clear_copies(struct app *app, struct arena *a, const struct picture_row *p, struct outcome *o, size_t n)
{
	char key[STORE_KEY_SIZE], rel[512];
	struct fault f = FAULT_NONE, none = FAULT_NONE;
	struct db_result res;
	enum err e = DB_RUN(app->db, a, STMT_SCRUB_BLOB, &res, &f, DB_BLOB(p->blob, sizeof(p->blob)));

	(void)n;
	if (e == ERR_OK && res.rows > 0 && db_int(&res, 0, 0) > 0) {
		o->note = SHARED;
		return;
	}
	store_blob_key(p->blob, key);
	if (e == ERR_OK && store_tier(app->store, key, rel, sizeof(rel), &none) == ERR_OK)
		unlinkat(app->cache_fd, rel, 0);
	if (e == ERR_OK)
		e = pyramid_drop(app, p->blob, &f);
	failed(a, o, e, &f);
}

static const struct layer layers[] = {
	{ "row",	WHERE_SITE,	NULL },
	{ "tombstone",	WHERE_STORE,	clear_tombstone },
	{ "memcached",	WHERE_NODE,	clear_memcached },
	{ "variants",	WHERE_NODE,	clear_variants },
	{ "sidecar",	WHERE_STORE,	clear_sidecar },
	{ "bytes",	WHERE_STORE,	clear_bytes },
	{ "copies",	WHERE_NODE,	clear_copies },
};

/* --- the receipt -------------------------------------------------------------------------------- */

/* The places of a layer that can be reached from here, in the arena. */
static size_t
places(struct app *app, struct arena *a, const struct layer *l, const char ***out)
{
	size_t n = l->where == WHERE_STORE ? (size_t)store_targets(app->store) : 1;
	const char **place = arena_calloc(a, n, sizeof(*place));

	place[0] = l->where == WHERE_NODE ? node_name(app, a) : "";
	for (size_t t = 0; l->where == WHERE_STORE && t < n; t++)
		place[t] = store_target_name(app->store, (int)t);
	*out = place;
	return n;
}

enum err
deletion_begin(struct app *app, struct arena *a, const struct picture_row *p, const char *why, struct fault *f)
{
	const char **place;
	enum err e = DB_RUN(app->db, a, STMT_DELETION_ADD, NULL, f, DB_STR(p->id), DB_STR(why), DB_INT(p->deleted_s));

	for (size_t i = 0; i < NELEM(layers) && e == ERR_OK; i++) {
		const struct layer *l = &layers[i];
		size_t n = places(app, a, l, &place);

		for (size_t k = 0; k < n && e == ERR_OK; k++)
			e = DB_RUN(app->db, a, STMT_DELETION_LAYER_ADD, NULL, f, DB_STR(p->id), DB_STR(l->name), DB_STR(place[k]),
			    DB_INT(l->where == WHERE_NODE ? PLACE_NODE : PLACE_SITE), l->clear == NULL ? DB_INT(p->deleted_s) : DB_NULL);
		if (e == ERR_OK && l->where == WHERE_NODE)
			e = DB_RUN(app->db, a, STMT_DELETION_LAYER_NODES, NULL, f, DB_STR(p->id), DB_STR(l->name), DB_STR(place[0]));
	}
	return e;
}

/* The lines of stores that are not in the settings (any more): nothing can be cleared there from here. */
static enum err
note_left(struct db *db, struct app *app, struct arena *a, const char *id, struct fault *f)
{
	const char *names = "";

	for (int t = 0; t < store_targets(app->store); t++)
		names = arena_printf(a, "%s%s%s", names, t > 0 ? "," : "", store_target_name(app->store, t));
	return DB_RUN(db, a, STMT_DELETION_LAYER_LEFT, NULL, f, DB_STR("this store is not in the settings; nothing was cleared there"),
	    DB_INT(LEFT_TRIES), DB_STR(id), DB_STR(names));
}

struct note {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
	struct outcome		*o;
	size_t			 n;
};

static enum err
note_work(struct db *db, void *arg, struct fault *f)
{
	struct note *in = arg;
	int64_t now = clock_now_s();
	enum err e = ERR_OK;

	for (size_t i = 0; i < in->n && e == ERR_OK; i++)
		e = DB_RUN(db, in->mem, STMT_DELETION_LAYER_DONE, NULL, f, in->o[i].e == ERR_OK ? DB_INT(now) : DB_NULL,
		    DB_STR(in->o[i].note), DB_STR(in->p->id), DB_STR(in->o[i].layer->name), DB_STR(in->o[i].place));
	if (e == ERR_OK)
		e = note_left(db, in->app, in->mem, in->p->id, f);
	if (e == ERR_OK)
		e = DB_RUN(db, in->mem, STMT_DELETION_DONE, NULL, f, DB_INT(now), DB_STR(in->p->id), DB_INT(now - NODE_LIVE_S));
	return e ? e : DB_RUN(db, in->mem, STMT_PICTURE_PURGED, NULL, f, DB_INT(now), DB_STR(in->p->id));
}

/* The reason of the first that failed. A node's own are left to that node, unless it is it that asks. */
static enum err
first_failure(const struct outcome *o, size_t n, bool mine_only, struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		if (o[i].e != ERR_OK && (mine_only || o[i].layer->where != WHERE_NODE))
			return fault_set(f, o[i].e, "%s: %s", o[i].layer->name, o[i].note);
	return ERR_OK;
}

enum err
deletion_clear(struct app *app, struct arena *a, const struct picture_row *p, bool mine_only, struct fault *f)
{
	struct outcome *o = NULL;
	struct note in = { .app = app, .mem = a, .p = p };
	const char **place;
	enum err e;

	for (size_t i = 0; i < NELEM(layers); i++) {
		const struct layer *l = &layers[i];
		size_t n = places(app, a, l, &place);
		struct outcome *more = arena_calloc(a, in.n + n, sizeof(*o));

		if (l->clear == NULL || (mine_only && l->where != WHERE_NODE))
			continue;
		if (in.n > 0)
			memcpy(more, o, in.n * sizeof(*o));
		o = more;
		for (size_t k = 0; k < n; k++)
			o[in.n + k] = (struct outcome){ .layer = l, .place = place[k], .note = "" };
		l->clear(app, a, p, &o[in.n], n);
		in.n += n;
	}
	in.o = o;
	e = db_tx(app->db, note_work, &in, f);
	return e ? e : first_failure(o, in.n, mine_only, f);
}

enum err
deletion_of_node(struct app *app, struct arena *a, int n, int *done, struct fault *f)
{
	struct db_result ids, row;
	struct picture_row p;
	enum err first = ERR_OK, e;

	*done = 0;
	if ((e = DB_RUN(app->db, a, STMT_DELETION_OF_NODE, &ids, f, DB_STR(node_name(app, a)), DB_INT(n))))
		return e;
	for (size_t i = 0; i < ids.rows; i++) {
		struct arena *mem = arena_new();
		struct fault why = FAULT_NONE;

		e = DB_RUN(app->db, mem, STMT_PICTURE_GET, &row, &why, DB_STR(db_text(&ids, i, 0)));
		if (e == ERR_OK && row.rows > 0) {
			picture_from_db(&row, 0, &p);
			e = deletion_clear(app, mem, &p, true, &why);
		}
		*done += e == ERR_OK;
		if (e != ERR_OK && first == ERR_OK)
			first = fault_set(f, e, "%s", why.why);
		arena_free(mem);
	}
	return first;
}

/* --- for people --------------------------------------------------------------------------------- */

static void
head_from(const struct db_result *res, size_t i, struct deletion *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->id, db_text(res, i, 0), strnlen(db_text(res, i, 0), ID_CHARS));
	out->why = db_text(res, i, 1);
	out->asked_s = db_int(res, i, 2);
	out->done_s = db_int(res, i, 3);
}

enum err
deletion_get(struct app *app, struct arena *a, const char *id, struct deletion *out, struct fault *f)
{
	struct db_result head, lines;
	int64_t alive_s = clock_now_s() - NODE_LIVE_S;
	enum err e;

	if (!id_valid(id, strlen(id)))
		return fault_set(f, ERR_NOTFOUND, "there is no such receipt");
	if ((e = DB_RUN(app->db, a, STMT_DELETION_GET, &head, f, DB_STR(id))) ||
	    (e = DB_RUN(app->db, a, STMT_DELETION_LINES, &lines, f, DB_STR(id))))
		return e;
	if (head.rows == 0)
		return fault_set(f, ERR_NOTFOUND, "there is no receipt of picture %s", id);
	head_from(&head, 0, out);
	out->n = lines.rows;
	out->line = arena_calloc(a, lines.rows + 1, sizeof(*out->line));
	for (size_t i = 0; i < lines.rows; i++) {
		bool on_node = db_int(&lines, i, 2) == PLACE_NODE;

		out->line[i] = (struct deletion_line){ .layer = db_text(&lines, i, 0), .place = db_text(&lines, i, 1), .on_node = on_node,
		    .done_s = db_int(&lines, i, 3), .tries = (int)db_int(&lines, i, 4), .note = db_text(&lines, i, 5),
		    .away = on_node && db_int(&lines, i, 6) < alive_s, .removed = db_int(&lines, i, 2) == PLACE_REMOVED };
	}
	return ERR_OK;
}

enum err
deletion_list(struct app *app, struct arena *a, bool open, size_t n, struct deletion **out, size_t *got, struct fault *f)
{
	struct db_result res;
	enum err e = DB_RUN(app->db, a, open ? STMT_DELETION_OPEN : STMT_DELETION_NEWEST, &res, f, DB_INT(n));

	if (e != ERR_OK)
		return e;
	*got = res.rows;
	*out = arena_calloc(a, res.rows + 1, sizeof(**out));
	for (size_t i = 0; i < res.rows; i++)
		head_from(&res, i, &(*out)[i]);
	return ERR_OK;
}
