/*
 * Signed and expiring addresses: HMAC-SHA256 over what decides the answer (path, steps, end of validity), with several keys so that
 * they can be changed without breaking addresses in use. Pure: the keys come as text.
 *
 * A signed address carries ?exp=SECONDS&sig=KEYNAME.MAC (exp only when it ends); all else of the query but x-oss-process is free.
 */
#ifndef APP_SIGN_H
#define APP_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* What is signed. Both texts as the program sees them: decoded. */
struct sign_what {
	const char	*path;		/* "/i/ID.jpg", below the site's base path */
	const char	*process;	/* value of x-oss-process, "" when none */
	int64_t		 expires_s;	/* 0: never */
};

/* Is the list well formed: "name:secret,name:secret", names of A-Za-z0-9, secrets of at least 16 characters? "" is fine (no keys). */
enum err sign_check_keys(const char *keys, struct fault *f) MUST_USE;

/* "KEYNAME.MAC" with the first key of the list, in the arena. ERR_BADREQ when there is none. */
enum err sign_make(struct arena *a, const char *keys, const struct sign_what *w, const char **out, struct fault *f) MUST_USE;

/* Valid now? ERR_FORBIDDEN with the cause (unknown key, wrong, expired). Compares in constant time. */
enum err sign_verify(const char *keys, const struct sign_what *w, const char *sig, int64_t now_s, struct fault *f) MUST_USE;

#endif
