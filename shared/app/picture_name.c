/*
 * A name's id through memcached for some seconds, like styles; the row then as any other, so that a
 * deleted one is never believed.
 */
#include "app/picture_name.h"

#include <string.h>

#include "app/stmt.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/enc.h"

enum { NAME_TTL_S = 10, KEY_BYTES = 16 };

static const char *
cache_key(struct arena *a, const char *name, int64_t owner)
{
	const char *text = arena_printf(a, "%lld\n%s", (long long)owner, name);
	char hex[2 * KEY_BYTES + 1];
	uint8_t sum[SHA256_BYTES];

	sha256_of(text, strlen(text), sum);
	enc_hex(sum, KEY_BYTES, hex);
	return arena_printf(a, "name:%s", hex);
}

static bool
remembered(struct app *app, struct arena *a, const char *key, struct picture_row *out)
{
	struct buf b = BUF_INIT(ID_SIZE);
	struct fault ignored = FAULT_NONE;
	bool found = cache_get(app->cache, key, &b) && b.len == ID_CHARS &&
		     picture_get(app, a, arena_strndup(a, b.data, b.len), out, NULL, &ignored) == ERR_OK;

	buf_free(&b);
	return found;
}

enum err
picture_named(struct app *app, struct arena *a, const char *name, int64_t owner,
    struct picture_row *out, struct fault *f)
{
	const char *key = cache_key(a, name, owner), *id;
	struct db_result res;
	enum err e;

	if (remembered(app, a, key, out))
		return ERR_OK;
	if ((e = DB_RUN(app->db, a, STMT_PICTURE_NAMED, &res, f, DB_STR(name), DB_STR(name), DB_INT(owner))))
		return e;
	if (res.rows == 0)
		return fault_set(f, ERR_NOTFOUND, "no picture has that name");
	id = db_text(&res, 0, 0);
	cache_set(app->cache, key, id, strlen(id), NAME_TTL_S);
	return picture_get(app, a, id, out, NULL, f);
}
