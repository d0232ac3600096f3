/*
 * The index against the store: what each living picture's sidecar says on every target, and the tombstones of those that were deleted. Both are
 * what a rebuild of the index would go by.
 */
#include "app/scrub_int.h"

#include <stdio.h>
#include <string.h>

#include "app/picture_row.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "base/clock.h"

#define PAGE 500
#define TOMBSTONE_S 600	/* a delete this young, and not complete, is still seen to by its own job */

/* --- sidecars ----------------------------------------------------------------------------------- */

/* An error only of the primary: mirrors may be away. */
static enum err
look(struct scrub *s, const struct sidecar *right, struct lack *l, int *n, struct fault *f)
{
	*n = 0;
	for (int t = 0; t < store_targets(s->app->store); t++) {
		const char *name = t == 0 ? "" : store_target_name(s->app->store, t);
		struct fault why = FAULT_NONE;
		enum err e = s->away[t] ? ERR_OK : sidecar_same(s->app, t, right, &why);

		if (e == ERR_NOTFOUND)
			l[(*n)++] = (struct lack){ t == 0 ? SCRUB_NOSIDECAR : SCRUB_MIRROR, name };
		else if (e == ERR_DAMAGED)
			l[(*n)++] = (struct lack){ SCRUB_TEXT, name };
		else if (e != ERR_OK && t == 0)
			return fault_set(f, e, "%s: %s", store_target_name(s->app->store, t), why.why);
		else if (e != ERR_OK)
			scrub_away(s, t, &why);
	}
	return ERR_OK;
}

/* It was deleted, or changed, meanwhile? *n: what is wrong still. */
static enum err
look_again(struct scrub *s, struct arena *a, const char *id, struct picture_row *p, struct lack *l, int *n, struct fault *f)
{
	struct sidecar right;
	struct fault why = FAULT_NONE;
	enum err e = picture_get_fresh(s->app, a, id, p, &why);

	*n = 0;
	if (e == ERR_NOTFOUND || e == ERR_GONE)
		return ERR_OK;
	if (e != ERR_OK)
		return fault_set(f, e, "%s", why.why);
	if ((e = sidecar_of(s->app, a, p, &right, f)) != ERR_OK)
		return e;
	return look(s, &right, l, n, f);
}

static enum err
check_sidecar(struct scrub *s, struct arena *a, const struct sidecar *right, struct fault *f)
{
	struct lack l[CONF_STORE__MAX];
	char key[STORE_KEY_SIZE];
	struct fault why = FAULT_NONE;
	struct picture_row p;
	int n = 0;
	enum err e;

	snprintf(key, sizeof(key), "p/%s.json", right->row.id);
	if ((e = look(s, right, l, &n, f)) != ERR_OK || n == 0)
		return e;
	if ((e = look_again(s, a, right->row.id, &p, l, &n, f)) != ERR_OK || n == 0)
		return e;
	/* The primary's is right: the others get that. */
	if (*l[0].detail != '\0') {
		if (!scrub_waits(s, a, key))
			scrub_heal(s, a, key, l, n);
		return ERR_OK;
	}
	if (s->repair)
		e = sidecar_write(s->app, &p, &why);
	scrub_lacks(s, a, key, l, n, e, &why);
	return ERR_OK;
}

/* A picture whose blob has no row: counted anew, the row is made. */
static void
adopt(struct scrub *s, struct arena *a, const struct picture_row *p)
{
	struct fault why = FAULT_NONE;
	enum err e;

	if (!s->repair) {
		scrub_found(s, SCRUB_NOBLOB, p->id, "");
		return;
	}
	e = scrub_recount(s, a, p->blob, &why);
	scrub_mended(s, a, SCRUB_NOBLOB, p->id, "", e, &why);
}

enum err
scrub_pictures(struct scrub *s, struct arena *a, struct fault *f)
{
	char last[ID_SIZE];
	struct db_result r;
	enum err e;

	snprintf(last, sizeof(last), "%.*s", ID_CHARS, s->place.after);
	do {
		arena_reset(a);
		e = DB_RUN(s->app->db, a, STMT_SCRUB_PICTURES, &r, f, DB_STR(last), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < r.rows && !scrub_ends(s); i++) {
			struct sidecar right = { .owner_name = db_text(&r, i, PICTURE_NCOLS + 1), .version = (int)db_int(&r, i, PICTURE_NCOLS + 2),
			    .key = db_is_null(&r, i, PICTURE_NCOLS + 3) ? NULL : db_text(&r, i, PICTURE_NCOLS + 3) };

			picture_from_db(&r, i, &right.row);
			if (db_int(&r, i, PICTURE_NCOLS) != 0)
				adopt(s, a, &right.row);
			if ((e = check_sidecar(s, a, &right, f)) == ERR_OK) {
				s->pictures++;
				memcpy(last, right.row.id, sizeof(last));
				snprintf(s->place.after, sizeof(s->place.after), "%s", last);
			}
		}
		scrub_keep(s, a);
	} while (e == ERR_OK && r.rows == PAGE && !s->more);
	return e;
}

/* --- tombstones --------------------------------------------------------------------------------- */

static void
bury(struct scrub *s, struct arena *a, int t, const char *id, int64_t deleted_s)
{
	const char *key = arena_printf(a, "t/%s", id), *name = t == 0 ? "" : store_target_name(s->app->store, t);
	struct lack l = { SCRUB_NOTOMBSTONE, name };
	struct fault why = FAULT_NONE;
	enum err e = s->repair ? tombstone_write(s->app, t, id, deleted_s, &why) : ERR_OK;

	scrub_lacks(s, a, key, &l, 1, e, &why);
}

/* That it is there will do: one that cannot be read says what it has to say. */
static enum err
check_tombstone(struct scrub *s, struct arena *a, const char *id, int64_t deleted_s, struct fault *f)
{
	const char *key = arena_printf(a, "t/%s", id);

	for (int t = 0; t < store_targets(s->app->store); t++) {
		struct fault why = FAULT_NONE;
		off_t size = 0;
		enum err e = s->away[t] ? ERR_OK : store_stat_at(s->app->store, t, key, &size, &why);

		if (e == ERR_NOTFOUND)
			bury(s, a, t, id, deleted_s);
		else if (e != ERR_OK && t == 0)
			return fault_set(f, e, "%s: %s", store_target_name(s->app->store, t), why.why);
		else if (e != ERR_OK)
			scrub_away(s, t, &why);
	}
	return ERR_OK;
}

enum err
scrub_tombstones(struct scrub *s, struct arena *a, struct fault *f)
{
	char last[ID_SIZE];
	struct db_result r;
	enum err e;

	snprintf(last, sizeof(last), "%.*s", ID_CHARS, s->place.after);
	do {
		arena_reset(a);
		e = DB_RUN(s->app->db, a, STMT_SCRUB_DELETED, &r, f, DB_INT(clock_now_s() - TOMBSTONE_S), DB_STR(last), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < r.rows && !scrub_ends(s); i++) {
			const char *id = db_text(&r, i, 0);

			if ((e = check_tombstone(s, a, id, db_int(&r, i, 1), f)) == ERR_OK) {
				snprintf(last, sizeof(last), "%s", id);
				snprintf(s->place.after, sizeof(s->place.after), "%s", id);
			}
		}
		scrub_keep(s, a);
	} while (e == ERR_OK && r.rows == PAGE && !s->more);
	return e;
}
