/*
 * The index against the store: every blob on every target. Pictures are scrub_pictures.c.
 */
#include "app/scrub_int.h"

#include <string.h>

#include "app/mirror.h"
#include "app/stmt.h"
#include "base/enc.h"

#define PAGE 500

struct blob {
	uint8_t		 sha[SHA256_BYTES];
	char		 key[STORE_KEY_SIZE];
	int64_t		 bytes, refs, real;
};

/* --- counts ------------------------------------------------------------------------------------- */

struct recount {
	struct arena	*mem;
	const uint8_t	*sha;
};

/* Uploads and deletes change the count and the pictures in one transaction that holds this row. */
static enum err
recount_work(struct db *db, void *arg, struct fault *f)
{
	const struct recount *c = arg;
	struct db_val sha = DB_BLOB(c->sha, SHA256_BYTES);
	struct db_result r;
	enum err e;

	if ((e = DB_RUN(db, c->mem, STMT_BLOB_ADOPT, NULL, f, sha)) || (e = DB_RUN(db, c->mem, STMT_BLOB_LOCK, &r, f, sha)))
		return e;
	return DB_RUN(db, c->mem, STMT_BLOB_RECOUNT, NULL, f, sha, sha);
}

enum err
scrub_recount(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], struct fault *f)
{
	struct recount c = { .mem = a, .sha = sha };

	return db_tx(s->app->db, recount_work, &c, f);
}

/* The two numbers were read without a lock: they are read again before anybody is accused. */
static enum err
check_count(struct scrub *s, struct arena *a, const struct blob *b, struct fault *f)
{
	struct fault why = FAULT_NONE;
	const char *detail;
	struct db_result r;
	enum err e;

	if (b->refs == b->real)
		return ERR_OK;
	if ((e = DB_RUN(s->app->db, a, STMT_SCRUB_COUNT, &r, f, DB_BLOB(b->sha, sizeof(b->sha)))) || r.rows == 0 ||
	    db_int(&r, 0, 0) == db_int(&r, 0, 1))
		return e;
	detail = arena_printf(a, "%lld counted, %lld there", (long long)db_int(&r, 0, 0), (long long)db_int(&r, 0, 1));
	if (!s->repair)
		scrub_found(s, SCRUB_REFS, b->key, detail);
	else {
		e = scrub_recount(s, a, b->sha, &why);
		scrub_mended(s, a, SCRUB_REFS, b->key, detail, e, &why);
	}
	return ERR_OK;
}

/* --- copies ------------------------------------------------------------------------------------- */

/* One target. *bad: it lacks something. An error only of the primary: mirrors may be away. */
static enum err
look_at(struct scrub *s, struct arena *a, int t, const struct blob *b, struct lack *l, bool *bad, struct fault *f)
{
	struct fault why = FAULT_NONE;
	const char *detail;
	enum err e = scrub_look(s, a, t, b->key, b->bytes, &detail, &why);

	*bad = e == ERR_NOTFOUND || e == ERR_DAMAGED;
	if (e != ERR_OK && !*bad && t == 0)
		return fault_set(f, e, "%s", why.why);
	if (e != ERR_OK && !*bad)
		scrub_away(s, t, &why);
	if (!*bad)
		return ERR_OK;
	if (t == 0)
		l->kind = e == ERR_NOTFOUND ? SCRUB_LOST : *detail != '\0' ? SCRUB_SIZE : SCRUB_HASH;
	else {
		l->kind = e == ERR_NOTFOUND ? SCRUB_MIRROR : SCRUB_MIRROR_BAD;
		detail = arena_printf(a, "%s%s%s", store_target_name(s->app->store, t), *detail != '\0' ? ": " : "", detail);
	}
	l->detail = detail;
	return ERR_OK;
}

void
scrub_lacks(struct scrub *s, struct arena *a, const char *key, const struct lack *l, int n, enum err e, const struct fault *why)
{
	for (int i = 0; i < n; i++) {
		if (s->repair)
			scrub_mended(s, a, l[i].kind, key, l[i].detail, e, why);
		else
			scrub_found(s, l[i].kind, key, l[i].detail);
	}
}

void
scrub_heal(struct scrub *s, struct arena *a, const char *key, const struct lack *l, int n)
{
	struct fault why = FAULT_NONE;
	int written;
	enum err e = s->repair ? mirror_heal(s->app, a, key, s->verify, &written, &why) : ERR_OK;

	scrub_lacks(s, a, key, l, n, e, &why);
}

static enum err
check_copies(struct scrub *s, struct arena *a, const struct blob *b, struct fault *f)
{
	struct lack l[CONF_STORE__MAX];
	bool bad, known = false;
	int64_t refs = 0;
	int n = 0;
	enum err e = ERR_OK;

	for (int t = 0; t < store_targets(s->app->store) && e == ERR_OK; t++) {
		if (s->away[t])
			continue;
		if ((e = look_at(s, a, t, b, &l[n], &bad, f)) == ERR_OK && bad)
			n++;
	}
	if (e != ERR_OK || n == 0)
		return e;
	/* A delete may have come between row and file; a copy may be under way. */
	if ((e = scrub_refs(s, a, b->sha, &known, &refs, f)) != ERR_OK || refs == 0)
		return e;
	if (l[0].kind == SCRUB_MIRROR && scrub_waits(s, a, b->key))
		return ERR_OK;
	scrub_heal(s, a, b->key, l, n);
	return ERR_OK;
}

enum err
scrub_blobs(struct scrub *s, struct arena *a, struct fault *f)
{
	uint8_t last[SHA256_BYTES] = { 0 };
	struct db_result r;
	size_t len;
	enum err e;

	if (*s->place.after != '\0' && !dec_hex(s->place.after, strlen(s->place.after), last, sizeof(last)))
		memset(last, 0, sizeof(last));
	do {
		arena_reset(a);
		e = DB_RUN(s->app->db, a, STMT_SCRUB_BLOBS, &r, f, DB_BLOB(last, sizeof(last)), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < r.rows && !scrub_ends(s); i++) {
			struct blob b = { .bytes = db_int(&r, i, 1), .refs = db_int(&r, i, 2), .real = db_int(&r, i, 3) };

			memcpy(b.sha, db_blob(&r, i, 0, &len), sizeof(b.sha));
			store_blob_key(b.sha, b.key);
			if ((e = check_count(s, a, &b, f)) == ERR_OK && (b.refs > 0 || b.real > 0))
				e = check_copies(s, a, &b, f);
			if (e == ERR_OK) {
				s->blobs++;
				memcpy(last, b.sha, sizeof(last));
				enc_hex(b.sha, sizeof(b.sha), s->place.after);
			}
		}
		scrub_keep(s, a);
	} while (e == ERR_OK && r.rows == PAGE && !s->more);
	return e;
}
