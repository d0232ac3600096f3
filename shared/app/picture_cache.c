/*
 * Rows of pictures in memcached.
 */
#include "app/picture_cache.h"

#include <stdio.h>
#include <string.h>

#include "app/picture_row.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#define NOTHING		"none"
#define NOTHING_TTL_S	5
#define TOMBSTONE_TTL_S	86400
#define KEY_SIZE	32

static const char *
cache_key(char key[KEY_SIZE], const char *id)
{
	snprintf(key, KEY_SIZE, "picture:%s", id);
	return key;
}

bool
picture_cache_trusts(struct app *app, const char *name, int64_t read_ms)
{
	if (read_ms > (int64_t)metric_get(METRIC_CACHE_DISTRUST_MS))
		return true;
	cache_delete(app->cache, name);
	return false;
}

enum picture_cached
picture_cache_get(struct app *app, struct arena *a, const char *id, struct picture_row *out)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	enum picture_cached known = CACHED_UNKNOWN;
	int64_t packed_ms = 0;
	char key[KEY_SIZE];

	if (cache_get(app->cache, cache_key(key, id), &b)) {
		if (b.len == strlen(NOTHING) && memcmp(b.data, NOTHING, b.len) == 0)
			known = CACHED_NOTHING;
		else if (picture_unpack(a, b.data, b.len, out, &packed_ms) && strcmp(out->id, id) == 0)
			known = CACHED_ROW;
	}
	buf_free(&b);
	/* A tombstone is right whenever it was set. */
	return known == CACHED_ROW && out->deleted_s == 0 && !picture_cache_trusts(app, key, packed_ms) ? CACHED_UNKNOWN : known;
}

void
picture_cache_add(struct app *app, const struct picture_row *p, int64_t read_ms)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	char key[KEY_SIZE];

	if (picture_pack(p, read_ms, &b) == ERR_OK)
		cache_add(app->cache, cache_key(key, p->id), b.data, b.len, (int)app->conf->memcached_ttl_s);
	buf_free(&b);
}

void
picture_cache_nothing(struct app *app, const char *id)
{
	char key[KEY_SIZE];

	cache_add(app->cache, cache_key(key, id), NOTHING, strlen(NOTHING), NOTHING_TTL_S);
}

/* true: the server says that it has it. */
static bool
set_tombstone(struct app *app, const struct picture_row *p)
{
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	char key[KEY_SIZE];
	bool done = false;

	if (picture_pack(p, clock_now_ms(), &b) == ERR_OK)
		done = cache_set(app->cache, cache_key(key, p->id), b.data, b.len, TOMBSTONE_TTL_S);
	buf_free(&b);
	return done;
}

bool
picture_cache_distrust(struct app *app)
{
	if (*app->conf->memcached_servers == '\0')
		return false;
	metric_add(METRIC_CACHE_DISTRUST_MS, (uint64_t)clock_now_ms() - metric_get(METRIC_CACHE_DISTRUST_MS));
	return true;
}

enum err
picture_cache_bury(struct app *app, const struct picture_row *p, struct fault *f)
{
	/* It may come back with the row as it was. */
	if (set_tombstone(app, p) || !picture_cache_distrust(app))
		return ERR_OK;
	return fault_set(f, ERR_BUSY, "memcached did not take the tombstone of %s", p->id);
}
