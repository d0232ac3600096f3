/*
 * Signatures of addresses. What is signed is unambiguous because path and steps cannot hold the newline between them.
 */
#include "app/sign.h"

#include <ctype.h>
#include <string.h>

#include "base/digest.h"
#include "base/enc.h"

#define SECRET_LEAST 16

struct key {
	const char	*name, *secret;
	size_t		 name_len, secret_len;
};

/* The next key of the list; false at its end. A key without a colon has an empty secret, which sign_check_keys refuses. */
static bool
next_key(const char **list, struct key *k)
{
	const char *s = *list + strspn(*list, ", "), *colon;
	size_t len = strcspn(s, ", ");

	if (len == 0)
		return false;
	colon = memchr(s, ':', len);
	k->name = s;
	k->name_len = colon != NULL ? (size_t)(colon - s) : len;
	k->secret = colon != NULL ? colon + 1 : s + len;
	k->secret_len = colon != NULL ? len - k->name_len - 1 : 0;
	*list = s + len;
	return true;
}

static bool
good_name(const struct key *k)
{
	for (size_t i = 0; i < k->name_len; i++)
		if (!isalnum((unsigned char)k->name[i]))
			return false;
	return k->name_len > 0;
}

enum err
sign_check_keys(const char *keys, struct fault *f)
{
	struct key k;
	int n = 0;

	while (next_key(&keys, &k)) {
		n++;
		if (!good_name(&k) || k.secret_len < SECRET_LEAST)
			return fault_set(f, ERR_BADREQ, "key %d is not name:secret with a secret of at least %d characters", n, SECRET_LEAST);
	}
	return ERR_OK;
}

static const char *
mac_of(struct arena *a, const struct key *k, const struct sign_what *w)
{
	const char *text = arena_printf(a, "tintype1\n%s\n%s\n%lld", w->path, w->process, (long long)w->expires_s);
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(k->secret, k->secret_len, text, strlen(text), mac);
	return enc_b64url(a, mac, sizeof(mac));
}

enum err
sign_make(struct arena *a, const char *keys, const struct sign_what *w, const char **out, struct fault *f)
{
	struct key k;

	if (!next_key(&keys, &k))
		return fault_set(f, ERR_BADREQ, "no signing key is configured");
	*out = arena_printf(a, "%.*s.%s", (int)k.name_len, k.name, mac_of(a, &k, w));
	return ERR_OK;
}

static bool
find_key(const char *keys, const char *name, size_t len, struct key *k)
{
	while (next_key(&keys, k))
		if (k->name_len == len && memcmp(k->name, name, len) == 0)
			return true;
	return false;
}

enum err
sign_verify(const char *keys, const struct sign_what *w, const char *sig, int64_t now_s, struct fault *f)
{
	struct arena *a;
	const char *mac = strchr(sig, '.'), *right;
	struct key k;
	bool same;

	if (mac == NULL || !find_key(keys, sig, (size_t)(mac - sig), &k))
		return fault_set(f, ERR_FORBIDDEN, "the signature names no key of this site");
	a = arena_new();
	right = mac_of(a, &k, w);
	same = strlen(mac + 1) == strlen(right) && equal_ct(mac + 1, right, strlen(right));
	arena_free(a);
	if (!same)
		return fault_set(f, ERR_FORBIDDEN, "the signature does not match the address");
	/* Told only to who holds a signature of ours. */
	if (w->expires_s > 0 && now_s > w->expires_s)
		return fault_set(f, ERR_FORBIDDEN, "the signed address has expired");
	return ERR_OK;
}
