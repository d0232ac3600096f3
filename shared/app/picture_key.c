/*
 * Keys of pictures' own. The index knows them by their hash, as they are longer than an index takes.
 */
#include "app/picture_key.h"

#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/enc.h"

static const char separators[] = "!@/-_";

enum { CANDIDATES = sizeof(separators) };	/* the whole address, and before the last of each separator */

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

/* The first len bytes of an address as a candidate; one that is no key gets a hash that no key has. */
static void
candidate(struct arena *a, const char *address, size_t len, uint8_t sha[SHA256_BYTES])
{
	struct fault none = FAULT_NONE;
	const char *text = arena_strndup(a, address, len);

	if (picture_key_check(text, &none) == ERR_OK)
		sha256_of(text, len, sha);
	else
		memset(sha, 0, SHA256_BYTES);
}

enum err
picture_key_find(struct app *app, struct arena *a, const char *address, char id[ID_SIZE], const char **rest, struct fault *f)
{
	uint8_t sha[CANDIDATES][SHA256_BYTES];
	size_t len[CANDIDATES], n, best = 0;
	const void *key;
	struct db_result res;
	const char *at;
	enum err e;

	for (int i = 0; i < CANDIDATES; i++) {
		at = i == 0 ? address + strlen(address) : strrchr(address, separators[i - 1]);
		len[i] = at != NULL ? (size_t)(at - address) : 0;
		candidate(a, address, len[i], sha[i]);
	}
	if ((e = DB_RUN(app->db, a, STMT_KEY_FIND, &res, f, DB_BLOB(sha[0], SHA256_BYTES), DB_BLOB(sha[1], SHA256_BYTES),
	    DB_BLOB(sha[2], SHA256_BYTES), DB_BLOB(sha[3], SHA256_BYTES), DB_BLOB(sha[4], SHA256_BYTES), DB_BLOB(sha[5], SHA256_BYTES))))
		return e;
	for (size_t row = 0; row < res.rows; row++) {
		key = db_blob(&res, row, 0, &n);
		for (int i = 0; i < CANDIDATES; i++)
			if (len[i] > best && n == SHA256_BYTES && memcmp(key, sha[i], n) == 0) {
				best = len[i];
				memset(id, 0, ID_SIZE);
				memcpy(id, db_text(&res, row, 1), strnlen(db_text(&res, row, 1), ID_CHARS));
			}
	}
	*rest = address + best;
	return best > 0 ? ERR_OK : fault_set(f, ERR_NOTFOUND, "no picture has this key");
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
