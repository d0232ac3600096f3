/*
 * Keys of pictures' own. The index knows them by their hash, as they are longer than an index takes.
 */
#include "app/picture_key.h"

#include <string.h>

#include "app/picture_key_cache.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/enc.h"

static const char separators[] = "!@/-_";

enum { CANDIDATES = sizeof(separators) };	/* the whole address, and before the last of each separator */

struct candidate {
	size_t	 len;			/* 0: none */
	uint8_t	 sha[SHA256_BYTES];
};

enum err
picture_key_check(const char *text, struct fault *f)
{
	size_t len = strlen(text), n;

	if (len == 0 || len > PICTURE_KEY_BYTES)
		return fault_set(f, ERR_BADREQ, "a key has 1 to %d bytes", PICTURE_KEY_BYTES);
	if (!utf8_valid(text, len))
		return fault_set(f, ERR_BADREQ, "a key is UTF-8");
	for (const char *s = text; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == '\x7f' || *s == '\\')
			return fault_set(f, ERR_BADREQ, "a key has no control characters and no backslash");
	for (const char *s = text;; s += n + 1) {
		n = strcspn(s, "/");
		if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return fault_set(f, ERR_BADREQ, "between the slashes of a key something stands, and neither . nor ..");
		if (s[n] == '\0')
			return ERR_OK;
	}
}

enum err
picture_key_set(struct db *db, struct arena *a, const struct picture_key *k, const char *id, char was[ID_SIZE], struct fault *f)
{
	uint8_t sha[SHA256_BYTES];
	struct db_val v[6];
	struct db_result res;
	size_t n = 0;
	enum err e;

	memset(was, 0, ID_SIZE);
	sha256_of(k->text, strlen(k->text), sha);
	if ((e = DB_RUN(db, a, STMT_KEY_LOCK, &res, f, DB_BLOB(sha, sizeof(sha)))))
		return e;
	if (res.rows > 0)
		memcpy(was, db_text(&res, 0, 0), strnlen(db_text(&res, 0, 0), ID_CHARS));
	/* id, owner, deleted_s of the picture that has it; a picture that is not there does not count. */
	if (res.rows > 0 && k->owner >= 0 && !db_is_null(&res, 0, 1) && db_int(&res, 0, 2) == 0 &&
	    (k->owner == 0 || db_int(&res, 0, 1) != k->owner))
		return fault_set(f, ERR_CONFLICT, "another picture has this key");
	/* Of two who add it at the same time one clashes: no key is taken over unseen. */
	v[n++] = DB_STR(id);
	v[n++] = DB_INT(clock_now_s());
	v[n++] = DB_INT(k->source_bytes);
	v[n++] = k->source_sha != NULL ? DB_BLOB(k->source_sha, SHA256_BYTES) : DB_NULL;
	v[n++] = DB_BLOB(sha, sizeof(sha));
	if (res.rows > 0)
		return db_run(db, a, STMT_KEY_MOVE, v, n, NULL, f);
	v[n++] = DB_BLOB(k->text, strlen(k->text));
	return db_run(db, a, STMT_KEY_ADD, v, n, NULL, f);
}

/* The first len bytes of an address, if they can be a key; else a hash that no key has. */
static void
make_candidate(struct arena *a, const char *address, size_t len, struct candidate *c)
{
	struct fault none = FAULT_NONE;
	const char *text = arena_strndup(a, address, len);

	memset(c, 0, sizeof(*c));
	if (picture_key_check(text, &none) != ERR_OK)
		return;
	c->len = len;
	sha256_of(text, len, c->sha);
}

/* The longest first. */
static void
make_candidates(struct arena *a, const char *address, struct candidate c[CANDIDATES])
{
	struct candidate one;
	const char *at;
	int n = 0, i;

	for (int s = 0; s < CANDIDATES; s++) {
		at = s == 0 ? address + strlen(address) : strrchr(address, separators[s - 1]);
		make_candidate(a, address, at != NULL ? (size_t)(at - address) : 0, &one);
		for (i = n++; i > 0 && c[i - 1].len < one.len; i--)
			c[i] = c[i - 1];
		c[i] = one;
	}
}

/* The longest that is a key, as far as memcached knows of all that are longer: its index; CANDIDATES: none is; -1: ask the database. */
static int
recall(struct app *app, const struct candidate c[CANDIDATES], char id[ID_SIZE])
{
	int i = 0;

	for (; i < CANDIDATES && c[i].len > 0; i++) {
		enum picture_key_cached known = picture_key_recall(app, c[i].sha, id);

		if (known != KEY_OF_NONE)
			return known == KEY_OF_PICTURE ? i : -1;
	}
	return CANDIDATES;
}

static enum err
look_up(struct app *app, struct arena *a, const struct candidate c[CANDIDATES], char id[ID_SIZE], int *best, struct fault *f)
{
	int64_t now_ms = clock_now_ms();
	struct db_result res;
	const void *key;
	size_t n;
	enum err e;

	*best = CANDIDATES;
	if ((e = DB_RUN(app->db, a, STMT_KEY_FIND, &res, f, DB_BLOB(c[0].sha, SHA256_BYTES), DB_BLOB(c[1].sha, SHA256_BYTES),
	    DB_BLOB(c[2].sha, SHA256_BYTES), DB_BLOB(c[3].sha, SHA256_BYTES), DB_BLOB(c[4].sha, SHA256_BYTES), DB_BLOB(c[5].sha, SHA256_BYTES))))
		return e;
	for (size_t row = 0; row < res.rows; row++) {
		key = db_blob(&res, row, 0, &n);
		for (int i = 0; i < *best && c[i].len > 0; i++)
			if (n == SHA256_BYTES && memcmp(key, c[i].sha, n) == 0) {
				*best = i;
				memset(id, 0, ID_SIZE);
				memcpy(id, db_text(&res, row, 1), strnlen(db_text(&res, row, 1), ID_CHARS));
			}
	}
	/* What leads to no picture is not worth its place. */
	for (int i = 0; *best < CANDIDATES && i <= *best; i++)
		picture_key_remember(app, c[i].sha, i == *best ? id : NULL, now_ms);
	return ERR_OK;
}

enum err
picture_key_find(struct app *app, struct arena *a, const char *address, char id[ID_SIZE], const char **rest, struct fault *f)
{
	struct candidate c[CANDIDATES];
	enum err e;
	int best;

	make_candidates(a, address, c);
	if ((best = recall(app, c, id)) < 0 && (e = look_up(app, a, c, id, &best, f)) != ERR_OK)
		return e;
	if (best == CANDIDATES)
		return fault_set(f, ERR_NOTFOUND, "no picture has this key");
	*rest = address + c[best].len;
	return ERR_OK;
}

enum err
picture_key_known(struct app *app, struct arena *a, const char *text, struct picture_key_known *out, struct fault *f)
{
	uint8_t sha[SHA256_BYTES];
	struct db_result res;
	const void *source;
	size_t n;
	enum err e;

	memset(out, 0, sizeof(*out));
	out->source_bytes = -1;
	sha256_of(text, strlen(text), sha);
	if ((e = DB_RUN(app->db, a, STMT_KEY_KNOWN, &res, f, DB_BLOB(sha, sizeof(sha)))) || res.rows == 0)
		return e;
	memcpy(out->id, db_text(&res, 0, 0), strnlen(db_text(&res, 0, 0), ID_CHARS));
	out->alive = db_int(&res, 0, 1) != 0;
	out->owner = db_int(&res, 0, 2);
	out->source_bytes = db_int(&res, 0, 3);
	out->created_s = db_int(&res, 0, 5);
	source = db_blob(&res, 0, 4, &n);
	if (n == sizeof(out->source_sha))
		memcpy(out->source_sha, source, n);
	return ERR_OK;
}
