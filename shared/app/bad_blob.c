/*
 * Files that took a decoder down, by their hashes. The first bytes of these are kept for a second; who is among them is looked up.
 */
#include "app/bad_blob.h"

#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"

#define FRESH_US	INT64_C(1000000)

static uint64_t
first_bytes(const void *sha256)
{
	uint64_t n;

	memcpy(&n, sha256, sizeof(n));
	return n;
}

static enum err
refresh(struct app *app, struct arena *a, struct fault *f)
{
	struct bad_blobs *bad = &app->bad;
	struct db_result res;
	int64_t now_us = clock_mono_us();
	size_t len;
	enum err e;

	if (bad->read_us != 0 && now_us - bad->read_us < FRESH_US)
		return ERR_OK;
	if ((e = DB_RUN(app->db, a, STMT_BAD_BLOB_LIST, &res, f, DB_INT(BAD_BLOBS_KEPT + 1))))
		return e;
	bad->n = 0;
	bad->more = res.rows > BAD_BLOBS_KEPT;
	for (size_t i = 0; i < res.rows && i < BAD_BLOBS_KEPT; i++) {
		const void *sha = db_blob(&res, i, 0, &len);

		if (len == SHA256_BYTES)
			bad->first[bad->n++] = first_bytes(sha);
	}
	bad->read_us = now_us;
	return ERR_OK;
}

static bool
maybe_bad(const struct bad_blobs *bad, const uint8_t *sha256)
{
	uint64_t first = first_bytes(sha256);

	for (size_t i = 0; i < bad->n; i++)
		if (bad->first[i] == first)
			return true;
	return bad->more;	/* than are kept: every upload asks */
}

enum err
bad_blob_check(struct app *app, struct arena *a, const uint8_t sha256[SHA256_BYTES], struct fault *f)
{
	struct db_result res;
	enum err e = refresh(app, a, f);

	if (e != ERR_OK || !maybe_bad(&app->bad, sha256))
		return e;
	if ((e = DB_RUN(app->db, a, STMT_BAD_BLOB_GET, &res, f, DB_BLOB(sha256, SHA256_BYTES))))
		return e;
	return res.rows > 0 ? fault_set(f, ERR_BROKEN, "this file was refused before: %s", db_text(&res, 0, 0)) : ERR_OK;
}

void
bad_blob_note(struct app *app, struct arena *a, const uint8_t sha256[SHA256_BYTES], const char *why)
{
	struct fault ignored = FAULT_NONE;

	(void)!DB_RUN(app->db, a, STMT_BAD_BLOB_ADD, NULL, &ignored, DB_BLOB(sha256, SHA256_BYTES), DB_STR(why), DB_INT(clock_now_s()));
	app->bad.read_us = 0;
}
