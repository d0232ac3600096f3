/*
 * The store against the index: every object of one target. What nobody refers to is left for a time, as an upload stores first and counts
 * afterwards; it is removed under the lock that uploads take, and only when that was asked for.
 */
#include "app/scrub_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/blob_free.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/rnd.h"

#define BATCH 200	/* so many are removed by one request, and locked meanwhile */

struct leftover {
	enum scrub_kind	 kind;
	uint8_t		 sha[SHA256_BYTES];	/* of a blob */
	char		 key[STORE_KEY_SIZE];
	const char	*detail;
	bool		 used;			/* it belongs to somebody by now */
};

struct walk {
	struct scrub	*s;
	struct arena	*mem;		/* reset for each object */
	struct fault	*f;
	const char	*key;		/* the object in hand */
	/* What is to be removed: of one kind only. */
	struct arena	*kept;
	struct leftover	*batch;
	struct blob_free *lock;		/* of blobs */
	size_t		 n;
};

/* --- removing ----------------------------------------------------------------------------------- */

static enum err
remove_unused(void *arg, struct fault *f)
{
	struct walk *w = arg;
	const char *key[BATCH];
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->lock != NULL)
			w->batch[i].used = w->lock[i].used;
		if (!w->batch[i].used)
			key[n++] = w->batch[i].key;
	}
	return store_delete_many_at(w->s->app->store, w->s->place.target, key, n, f);
}

static int
by_sha(const void *x, const void *y)
{
	return memcmp(((const struct leftover *)x)->sha, ((const struct leftover *)y)->sha, SHA256_BYTES);
}

static enum err
remove_blobs(struct walk *w, struct fault *f)
{
	enum err e;

	qsort(w->batch, w->n, sizeof(*w->batch), by_sha);
	w->lock = arena_calloc(w->kept, w->n, sizeof(*w->lock));
	for (size_t i = 0; i < w->n; i++)
		w->lock[i].sha = w->batch[i].sha;
	e = blob_free_many(w->s->app, w->kept, w->lock, w->n, remove_unused, w, f);
	for (size_t i = 0; i < w->n; i++)
		w->batch[i].used = w->lock[i].used;
	return e;
}

/* "p/ID.json" */
static enum err
find_picture(struct walk *w, const char *key, bool *there, struct fault *f)
{
	char id[ID_SIZE];
	struct db_result r = { 0 };
	enum err e;

	snprintf(id, sizeof(id), "%s", key + 2);
	e = DB_RUN(w->s->app->db, w->mem, STMT_SCRUB_PICTURE, &r, f, DB_STR(id));
	*there = r.rows > 0;
	return e;
}

/* A rebuild of the index may have come across them meanwhile. */
static enum err
remove_sidecars(struct walk *w, struct fault *f)
{
	enum err e = ERR_OK;

	w->lock = NULL;
	for (size_t i = 0; i < w->n && e == ERR_OK; i++)
		e = find_picture(w, w->batch[i].key, &w->batch[i].used, f);
	return e == ERR_OK ? remove_unused(w, f) : e;
}

static void
begin_batch(struct walk *w)
{
	arena_reset(w->kept);
	w->batch = arena_calloc(w->kept, BATCH, sizeof(*w->batch));
	w->n = 0;
}

static void
remove_batch(struct walk *w)
{
	struct fault why = FAULT_NONE;
	enum err e;

	if (w->n == 0)
		return;
	e = w->batch[0].kind == SCRUB_ORPHAN ? remove_blobs(w, &why) : remove_sidecars(w, &why);
	for (size_t i = 0; i < w->n; i++)
		if (!w->batch[i].used)
			scrub_mended(w->s, w->kept, w->batch[i].kind, w->batch[i].key, w->batch[i].detail, e, &why);
	begin_batch(w);
}

/* --- looking ------------------------------------------------------------------------------------ */

/* A leftover that is old enough to be one. ours: its name is one of ours; sha: of a blob. */
static void
leftover(struct walk *w, enum scrub_kind kind, int64_t mtime_s, bool ours, const uint8_t *sha, const char *detail)
{
	struct scrub *s = w->s;
	const char *where = arena_printf(w->mem, "%s%s%s", s->place.target > 0 ? store_target_name(s->app->store, s->place.target) : "",
	    s->place.target > 0 && *detail != '\0' ? ": " : "", detail);
	struct fault why = FAULT_NONE;
	struct leftover *l;

	if (mtime_s + s->grace_s > clock_now_s()) {
		s->young++;
		return;
	}
	if (!s->delete_orphans) {
		scrub_found(s, kind, w->key, where);
		return;
	}
	if (!ours) {
		enum err e = store_delete_at(s->app->store, s->place.target, w->key, &why);

		scrub_mended(s, w->mem, kind, w->key, where, e, &why);
		return;
	}
	l = &w->batch[w->n++];
	*l = (struct leftover){ .kind = kind, .detail = arena_strdup(w->kept, where) };
	snprintf(l->key, sizeof(l->key), "%s", w->key);
	if (sha != NULL)
		memcpy(l->sha, sha, sizeof(l->sha));
	if (w->n == BATCH)
		remove_batch(w);
}

static enum err
each_blob(struct walk *w, const char *key, off_t size, int64_t mtime_s)
{
	uint8_t sha[SHA256_BYTES];
	bool known = false;
	int64_t refs = 0;
	enum err e;

	if (!store_key_blob(key, sha)) {
		leftover(w, SCRUB_ORPHAN, mtime_s, false, NULL, "not one of our names");
		return ERR_OK;
	}
	e = scrub_refs(w->s, w->mem, sha, &known, &refs, w->f);
	if (e == ERR_OK && refs == 0)
		leftover(w, SCRUB_ORPHAN, mtime_s, true, sha, arena_printf(w->mem, "%lld bytes", (long long)size));
	return e;
}

static enum err
each_sidecar(struct walk *w, const char *key, int64_t mtime_s)
{
	bool ours = strlen(key) == 2 + ID_CHARS + strlen(".json") && id_valid(key + 2, ID_CHARS) && strcmp(key + 2 + ID_CHARS, ".json") == 0;
	bool there = false;
	enum err e = ours ? find_picture(w, key, &there, w->f) : ERR_OK;

	if (e == ERR_OK && !there)
		leftover(w, SCRUB_SIDECAR, mtime_s, ours, NULL, "");
	return e;
}

static enum err
each(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct walk *w = arg;

	/* A list has no order, so it can only begin anew: a stop ends it early, a late hour does not. */
	if (w->s->stop != NULL && *w->s->stop != 0) {
		w->s->more = true;
		return ERR_BUSY;
	}
	arena_reset(w->mem);
	w->s->objects++;
	w->key = key;
	return *key == 'o' ? each_blob(w, key, size, mtime_s) : each_sidecar(w, key, mtime_s);
}

enum err
scrub_objects(struct scrub *s, struct arena *a, const char *prefix, struct fault *f)
{
	struct fault why = FAULT_NONE;
	struct walk w = { .s = s, .mem = a, .f = &why, .kept = arena_new() };
	int t = s->place.target;
	enum err e = ERR_OK;

	begin_batch(&w);
	if (!s->away[t]) {
		e = store_list_at(s->app->store, t, prefix, each, &w, &why);
		remove_batch(&w);
	}
	arena_free(w.kept);
	if (e == ERR_BUSY && s->more)
		return ERR_OK;
	if (e == ERR_OK)
		return ERR_OK;
	if (t > 0 && e != ERR_DB) {
		scrub_away(s, t, &why);
		return ERR_OK;
	}
	return fault_set(f, e, "%s", why.why);
}
