/*
 * Passwords: yescrypt through crypt(3), at the library's default cost. A hash that is not there
 * costs the same work as one that is, so that time does not tell which names exist.
 */
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/digest.h"
#include "base/rnd.h"

#define PREFIX "$y$"
#define SALT_BYTES 16

/* A new salt and the parameters of today, as crypt(3) wants them. */
static bool
make_setting(char out[CRYPT_GENSALT_OUTPUT_SIZE])
{
	char salt[SALT_BYTES];

	rnd_bytes(salt, sizeof(salt));
	return NULL !=
	    crypt_gensalt_rn(PREFIX, 0, salt, sizeof(salt), out, CRYPT_GENSALT_OUTPUT_SIZE);
}

/* The work itself; out holds CRYPT_OUTPUT_SIZE. false: not hashed. */
static bool
hash_with(const char *password, const char *setting, char *out)
{
	struct crypt_data *d = calloc(1, sizeof(*d));
	const char *h;
	bool ok;

	if (d == NULL)
		return false;
	h = crypt_rn(password, setting, d, (int)sizeof(*d));
	ok = h != NULL && h[0] != '*';
	if (ok)
		memcpy(out, d->output, CRYPT_OUTPUT_SIZE);
	explicit_bzero(d, sizeof(*d));
	free(d);
	return ok;
}

enum err
password_hash(struct arena *a, const char *password, char **out, struct fault *f)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], hash[CRYPT_OUTPUT_SIZE];
	size_t len = strlen(password);

	if (len < PASSWORD_MIN || len > PASSWORD_MAX)
		return fault_set(f, ERR_BADREQ, "a password has %d to %d bytes", PASSWORD_MIN,
		    PASSWORD_MAX);
	if (!make_setting(setting) || !hash_with(password, setting, hash))
		return fault_set(f, ERR_INTERNAL, "crypt(3) cannot make %s hashes", PREFIX);
	*out = arena_strdup(a, hash);
	return ERR_OK;
}

bool
password_ok(const char *password, const char *hash)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], got[CRYPT_OUTPUT_SIZE];
	/* Without a '$' it would be DES of the seventies, or a locked account's mark. */
	bool real = hash != NULL && hash[0] == '$' && strlen(hash) < CRYPT_OUTPUT_SIZE;

	if (!real && !make_setting(setting))
		return false;
	if (!hash_with(password, real ? hash : setting, got))
		return false;
	return real && strlen(got) == strlen(hash) && equal_ct(got, hash, strlen(hash));
}
