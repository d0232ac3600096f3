/*
 * Three walks: blobs of the index against the store, pictures against blobs and sidecars, the store
 * against the index. The site goes on meanwhile: what looks wrong is looked at once more, and what is
 * young is left alone.
 */
#include "app/scrub.h"

#include <stdio.h>
#include <string.h>

#include "app/stmt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "base/rnd.h"

#define PAGE 500

static const char *const texts[SCRUB__MAX] = {
	[SCRUB_LOST] = "bytes are missing",
	[SCRUB_SIZE] = "bytes have the wrong length",
	[SCRUB_HASH] = "bytes are damaged",
	[SCRUB_NOBLOB] = "picture has no blob row",
	[SCRUB_REFS] = "pictures are miscounted",
	[SCRUB_NOSIDECAR] = "sidecar is missing",
	[SCRUB_ORPHAN] = "bytes of no picture",
	[SCRUB_SIDECAR] = "sidecar of no picture",
};

const char *
scrub_text(enum scrub_kind kind)
{
	return texts[kind];
}

static void
found(struct scrub *s, enum scrub_kind kind, const char *key, const char *detail)
{
	s->count[kind]++;
	if (s->found != NULL)
		s->found(kind, key, detail, s->arg);
}

/* How the index sees a blob now. *known: it has a row. */
static enum err
blob_refs(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], bool *known,
    int64_t *refs, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN(s->app->db, a, STMT_SCRUB_BLOB, &r, f, DB_BLOB(sha, SHA256_BYTES));

	if (e == ERR_OK) {
		*known = r.rows > 0;
		*refs = *known ? db_int(&r, 0, 0) : 0;
	}
	return e;
}

/* The bytes behind a row that has pictures. */
static enum err
check_bytes(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], int64_t bytes,
    struct fault *f)
{
	struct fault none = FAULT_NONE;
	char key[STORE_KEY_SIZE];
	uint8_t sum[SHA256_BYTES];
	bool known = false;
	int64_t refs = 0;
	off_t size = 0;
	int fd = -1;
	enum err e;

	store_blob_key(sha, key);
	e = store_get(s->app->store, key, &fd, &size, &none);
	if (e == ERR_NOTFOUND) {
		/* A delete may have come between row and file. */
		if ((e = blob_refs(s, a, sha, &known, &refs, f)) == ERR_OK && refs > 0)
			found(s, SCRUB_LOST, key, "");
		return e;
	}
	if (e != ERR_OK)
		return fault_set(f, e, "%s", none.why);
	if (size != bytes)
		found(s, SCRUB_SIZE, key, arena_printf(a, "%lld bytes, not %lld", (long long)size,
		    (long long)bytes));
	else if (s->verify && (e = sha256_fd(fd, sum, f)) == ERR_OK && memcmp(sum, sha, sizeof(sum)) != 0)
		found(s, SCRUB_HASH, key, "");
	fd_close(&fd);
	return e;
}

static enum err
walk_blobs(struct scrub *s, struct arena *a, struct fault *f)
{
	uint8_t last[SHA256_BYTES] = { 0 };
	struct db_result r;
	size_t len;
	enum err e;

	do {
		arena_reset(a);
		e = DB_RUN(s->app->db, a, STMT_SCRUB_BLOBS, &r, f, DB_BLOB(last, sizeof(last)), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < r.rows; i++) {
			const uint8_t *sha = db_blob(&r, i, 0, &len);
			int64_t refs = db_int(&r, i, 2), real = db_int(&r, i, 3);
			char key[STORE_KEY_SIZE];

			memcpy(last, sha, sizeof(last));
			s->blobs++;
			store_blob_key(sha, key);
			if (refs != real)
				found(s, SCRUB_REFS, key, arena_printf(a, "%lld counted, %lld there",
				    (long long)refs, (long long)real));
			if (refs > 0)
				e = check_bytes(s, a, sha, db_int(&r, i, 1), f);
		}
	} while (e == ERR_OK && r.rows == PAGE);
	return e;
}

static enum err
walk_pictures(struct scrub *s, struct arena *a, struct fault *f)
{
	char last[ID_SIZE] = "", key[STORE_KEY_SIZE];
	struct fault none;
	struct db_result r;
	off_t size;
	enum err e;

	do {
		arena_reset(a);
		e = DB_RUN(s->app->db, a, STMT_SCRUB_PICTURES, &r, f, DB_STR(last), DB_INT(PAGE));
		for (size_t i = 0; e == ERR_OK && i < r.rows; i++) {
			enum err there;

			none = (struct fault)FAULT_NONE;
			snprintf(last, sizeof(last), "%s", db_text(&r, i, 0));
			s->pictures++;
			if (db_int(&r, i, 1) != 0)
				found(s, SCRUB_NOBLOB, last, "");
			snprintf(key, sizeof(key), "p/%s.json", last);
			there = store_stat(s->app->store, key, &size, &none);
			if (there == ERR_NOTFOUND)
				found(s, SCRUB_NOSIDECAR, last, "");
			else if (there != ERR_OK)
				e = fault_set(f, there, "%s", none.why);
		}
	} while (e == ERR_OK && r.rows == PAGE);
	return e;
}

struct walk {
	struct scrub	*s;
	struct arena	*mem;
	struct fault	*f;
};

/* A leftover that is old enough to be one. */
static void
leftover(struct scrub *s, enum scrub_kind kind, const char *key, int64_t mtime_s, const char *detail)
{
	if (mtime_s + s->grace_s > clock_now_s())
		s->young++;
	else
		found(s, kind, key, detail);
}

static enum err
each_object(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct walk *w = arg;
	uint8_t sha[SHA256_BYTES];
	bool known = false;
	int64_t refs = 0;
	enum err e;

	w->s->objects++;
	if (!dec_hex(key + 2, strlen(key + 2), sha, sizeof(sha))) {
		leftover(w->s, SCRUB_ORPHAN, key, mtime_s, "not one of our names");
		return ERR_OK;
	}
	e = blob_refs(w->s, w->mem, sha, &known, &refs, w->f);
	if (e == ERR_OK && refs == 0)
		leftover(w->s, SCRUB_ORPHAN, key, mtime_s, arena_printf(w->mem, "%lld bytes", (long long)size));
	arena_reset(w->mem);
	return e;
}

static enum err
each_sidecar(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct walk *w = arg;
	char id[ID_SIZE];
	struct db_result r = { 0 };
	enum err e = ERR_OK;

	(void)size;
	w->s->objects++;
	/* "p/ID.json" */
	snprintf(id, sizeof(id), "%s", key + 2);
	if (id_valid(id, strlen(id)) && strcmp(key + 2 + ID_CHARS, ".json") == 0)
		e = DB_RUN(w->s->app->db, w->mem, STMT_SCRUB_PICTURE, &r, w->f, DB_STR(id));
	if (e == ERR_OK && r.rows == 0)
		leftover(w->s, SCRUB_SIDECAR, key, mtime_s, "");
	arena_reset(w->mem);
	return e;
}

enum err
scrub_run(struct scrub *s, struct fault *f)
{
	struct walk w = { .s = s, .mem = arena_new(), .f = f };
	enum err e = walk_blobs(s, w.mem, f);

	if (e == ERR_OK)
		e = walk_pictures(s, w.mem, f);
	if (e == ERR_OK)
		e = store_list(s->app->store, "o/", each_object, &w, f);
	if (e == ERR_OK)
		e = store_list(s->app->store, "p/", each_sidecar, &w, f);
	arena_free(w.mem);
	return e;
}
