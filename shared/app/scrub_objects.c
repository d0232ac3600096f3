/*
 * The store against the index: every object of one target. What nobody refers to is left for a time, as an upload stores first and counts
 * afterwards; it is removed under the lock that uploads take, and only when that was asked for.
 */
#include "app/scrub_int.h"

#include <stdio.h>
#include <string.h>

#include "app/blob_free.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/rnd.h"

struct walk {
	struct scrub	*s;
	struct arena	*mem;		/* reset for each object */
	struct fault	*f;
	const char	*key;		/* the object in hand */
};

static enum err
remove_it(void *arg, struct fault *f)
{
	const struct walk *w = arg;

	return store_delete_at(w->s->app->store, w->s->place.target, w->key, f);
}

/* A leftover that is old enough to be one. sha: of a blob, else NULL. */
static void
leftover(struct walk *w, enum scrub_kind kind, int64_t mtime_s, const uint8_t *sha, const char *detail)
{
	struct scrub *s = w->s;
	const char *where = arena_printf(w->mem, "%s%s%s", s->place.target > 0 ? store_target_name(s->app->store, s->place.target) : "",
	    s->place.target > 0 && *detail != '\0' ? ": " : "", detail);
	struct fault why = FAULT_NONE;
	bool used = false;
	enum err e;

	if (mtime_s + s->grace_s > clock_now_s()) {
		s->young++;
		return;
	}
	if (!s->delete_orphans) {
		scrub_found(s, kind, w->key, where);
		return;
	}
	e = sha != NULL ? blob_free(s->app, w->mem, sha, remove_it, w, &used, &why) : remove_it(w, &why);
	if (!used)
		scrub_mended(s, w->mem, kind, w->key, where, e, &why);
}

static enum err
each_blob(struct walk *w, const char *key, off_t size, int64_t mtime_s)
{
	uint8_t sha[SHA256_BYTES];
	bool known = false;
	int64_t refs = 0;
	enum err e;

	if (!store_key_blob(key, sha)) {
		leftover(w, SCRUB_ORPHAN, mtime_s, NULL, "not one of our names");
		return ERR_OK;
	}
	e = scrub_refs(w->s, w->mem, sha, &known, &refs, w->f);
	if (e == ERR_OK && refs == 0)
		leftover(w, SCRUB_ORPHAN, mtime_s, sha, arena_printf(w->mem, "%lld bytes", (long long)size));
	return e;
}

static enum err
each_sidecar(struct walk *w, const char *key, int64_t mtime_s)
{
	char id[ID_SIZE];
	struct db_result r = { 0 };
	enum err e = ERR_OK;

	/* "p/ID.json" */
	snprintf(id, sizeof(id), "%s", key + 2);
	if (id_valid(id, strlen(id)) && strcmp(key + 2 + ID_CHARS, ".json") == 0)
		e = DB_RUN(w->s->app->db, w->mem, STMT_SCRUB_PICTURE, &r, w->f, DB_STR(id));
	if (e == ERR_OK && r.rows == 0)
		leftover(w, SCRUB_SIDECAR, mtime_s, NULL, "");
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
	struct walk w = { .s = s, .mem = a, .f = &why };
	int t = s->place.target;
	enum err e;

	if (s->away[t])
		return ERR_OK;
	e = store_list_at(s->app->store, t, prefix, each, &w, &why);
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
