/*
 * Canonical texts of requests, as both families of signatures want them.
 */
#include "data/sign_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/enc.h"

static int
compare(const void *x, const void *y)
{
	const struct sign_pair *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	return c != 0 ? c : strcmp(a->value, b->value);
}

struct sign_pair *
sign_sorted(struct arena *a, const struct sign_pair *p, size_t n)
{
	struct sign_pair *s = arena_calloc(a, n + 1, sizeof(*s));

	if (n > 0)
		memcpy(s, p, n * sizeof(*s));
	qsort(s, n, sizeof(*s), compare);
	return s;
}

const char *
sign_join(struct arena *a, const char *one, const char *two)
{
	return arena_printf(a, "%s%s", one, two);
}

const char *
sign_query(struct arena *a, const struct sign_pair *p, size_t n, bool bare)
{
	struct sign_pair *enc = arena_calloc(a, n + 1, sizeof(*enc));
	const char *out = "";

	for (size_t i = 0; i < n; i++) {
		enc[i].name = enc_percent(a, p[i].name, "");
		enc[i].value = enc_percent(a, p[i].value, "");
	}
	qsort(enc, n, sizeof(*enc), compare);
	for (size_t i = 0; i < n; i++)
		out = arena_printf(a, "%s%s%s%s%s", out, i > 0 ? "&" : "", enc[i].name,
		    bare && *enc[i].value == '\0' ? "" : "=", enc[i].value);
	return out;
}

static const char *
trimmed(struct arena *a, const char *s)
{
	size_t len;

	s += strspn(s, " \t");
	for (len = strlen(s); len > 0 && strchr(" \t", s[len - 1]) != NULL;)
		len--;
	return arena_strndup(a, s, len);
}

const char *
sign_headers(struct arena *a, const struct sign_pair *p, size_t n, bool (*take)(const char *, const void *), const void *arg)
{
	const char *out = "";

	for (size_t i = 0; i < n; i++)
		if (take(p[i].name, arg))
			out = arena_printf(a, "%s%s:%s\n", out, p[i].name, trimmed(a, p[i].value));
	return out;
}

const char *
sign_names(struct arena *a, const struct sign_pair *p, size_t n, bool (*take)(const char *, const void *), const void *arg)
{
	const char *out = "";

	for (size_t i = 0; i < n; i++)
		if (take(p[i].name, arg))
			out = arena_printf(a, "%s%s%s", out, *out != '\0' ? ";" : "", p[i].name);
	return out;
}

const char *
sign_get(const struct sign_pair *p, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p[i].name, name) == 0)
			return p[i].value;
	return "";
}

const char *
sign_to_sign(struct arena *a, const char *algorithm, const char *date, const char *scope, const char *canonical)
{
	uint8_t sum[SHA256_BYTES];
	char hex[SHA256_HEX];

	sha256_of(canonical, strlen(canonical), sum);
	enc_hex(sum, sizeof(sum), hex);
	return arena_printf(a, "%s\n%s\n%s\n%s", algorithm, date, scope, hex);
}

/*
 * The key of a day: all but the text itself, the same for every request until midnight. The last one is kept.
 */
static void
day_key(struct arena *a, const char *prefix, const struct sign_creds *c, const char *date8, const char *product,
    const char *terminator, uint8_t key[SHA256_BYTES])
{
	static char kept_of[512];
	static uint8_t kept[SHA256_BYTES];
	const char *first = sign_join(a, prefix, c->secret_key);
	const char *const chain[] = { date8, c->region, product, terminator };
	const char *of = arena_printf(a, "%s\n%s\n%s\n%s\n%s", first, date8, c->region, product, terminator);

	if (strcmp(of, kept_of) == 0) {
		memcpy(key, kept, sizeof(kept));
		return;
	}
	hmac_sha256(first, strlen(first), chain[0], strlen(chain[0]), key);
	for (size_t i = 1; i < NELEM(chain); i++)
		hmac_sha256(key, SHA256_BYTES, chain[i], strlen(chain[i]), key);
	if (strlen(of) < sizeof(kept_of)) {
		memcpy(kept_of, of, strlen(of) + 1);
		memcpy(kept, key, sizeof(kept));
	}
}

const char *
sign_v4(struct arena *a, const char *prefix, const struct sign_creds *c, const char *date8, const char *product,
    const char *terminator, const char *text)
{
	uint8_t key[SHA256_BYTES];
	char *hex = arena_alloc(a, SHA256_HEX);

	day_key(a, prefix, c, date8, product, terminator, key);
	hmac_sha256(key, sizeof(key), text, strlen(text), key);
	enc_hex(key, sizeof(key), hex);
	return hex;
}

void
sign_date(int64_t now_s, char out[SIGN_DATE_SIZE])
{
	time_t t = (time_t)now_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	if (strftime(out, SIGN_DATE_SIZE, "%Y%m%dT%H%M%SZ", &tm) == 0)
		*out = '\0';
}

const char *
sign_path(struct arena *a, const struct sign_request *r, bool with_bucket)
{
	const char *key = enc_percent(a, r->key, "/");

	if (!with_bucket || *r->bucket == '\0')
		return sign_join(a, "/", key);
	return arena_printf(a, "/%s/%s", r->bucket, key);
}
