/*
 * Keys in memcached.
 */
#include "app/picture_key_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/picture_cache.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/num.h"

#define KNOWN_TTL_S	10	/* so long another node may be wrong when memcached could not be told */
#define UNSETTLED	"?"
#define NONE		"-"
#define NAME_SIZE	(sizeof("key:") + 2 * SHA256_BYTES)
#define VALUE_BYTES	64

static const char *
cache_name(char name[NAME_SIZE], const uint8_t sha[SHA256_BYTES])
{
	memcpy(name, "key:", 4);
	enc_hex(sha, SHA256_BYTES, name + 4);
	return name;
}

/* "MS ID", as picture_key_remember left it, or "?". */
static enum picture_key_cached
parse(const char *value, int64_t *read_ms, char id[ID_SIZE])
{
	const char *word = strchr(value, ' ');

	if (word == NULL || !num_parse(value, (size_t)(word - value), 0, INT64_MAX, read_ms))
		return KEY_UNKNOWN;
	word++;
	if (strcmp(word, NONE) == 0)
		return KEY_OF_NONE;
	if (!id_valid(word, strlen(word)))
		return KEY_UNKNOWN;
	snprintf(id, ID_SIZE, "%s", word);
	return KEY_OF_PICTURE;
}

enum picture_key_cached
picture_key_recall(struct app *app, const uint8_t sha[SHA256_BYTES], char id[ID_SIZE])
{
	struct buf b = BUF_INIT(VALUE_BYTES);
	enum picture_key_cached known = KEY_UNKNOWN;
	char name[NAME_SIZE];
	int64_t read_ms = 0;

	if (cache_get(app->cache, cache_name(name, sha), &b))
		known = parse(buf_str(&b), &read_ms, id);
	buf_free(&b);
	return known != KEY_UNKNOWN && !picture_cache_trusts(app, name, read_ms) ? KEY_UNKNOWN : known;
}

void
picture_key_remember(struct app *app, const uint8_t sha[SHA256_BYTES], const char *id, int64_t read_ms)
{
	char name[NAME_SIZE], value[VALUE_BYTES];
	int n = snprintf(value, sizeof(value), "%" PRId64 " %s", read_ms, id != NULL ? id : NONE);

	cache_add(app->cache, cache_name(name, sha), value, (size_t)n, KNOWN_TTL_S);
}

void
picture_key_unsettle(struct app *app, const char *text)
{
	uint8_t sha[SHA256_BYTES];
	char name[NAME_SIZE];
	/* Longer than a reader can take from its question to the database, tried again, until it adds the answer here. */
	int ttl_s = 3 * (int)app->conf->database_timeout_s + 5;

	sha256_of(text, strlen(text), sha);
	if (!cache_set(app->cache, cache_name(name, sha), UNSETTLED, strlen(UNSETTLED), ttl_s))
		picture_cache_distrust(app);
}
