/*
 * Tokens of forms: an HMAC over what the visitor's cookie holds, so nothing is stored and no other
 * site can make one. A visitor with a session has the token of the session; others get a cookie of
 * their own to bind one to.
 */
#include <string.h>
#include <strings.h>

#include "app/session.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/rnd.h"

#define FORM_COOKIE "tintype_form"
#define FORM_CHARS 24
#define FORM_SET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

void
csrf_bind(const struct app *app, const char *purpose, const char *value, char out[CSRF_SIZE])
{
	struct arena *a = arena_new();
	const char *text = arena_printf(a, "%s:%s", purpose, value);
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(app->key_csrf, sizeof(app->key_csrf), text, strlen(text), mac);
	memcpy(out, enc_b64url(a, mac, sizeof(mac)), CSRF_SIZE);
	arena_free(a);
}

static bool
form_cookie_ok(const char *s)
{
	return s != NULL && strlen(s) == FORM_CHARS && strspn(s, FORM_SET) == FORM_CHARS;
}

/* The value this very answer is about to set, or NULL: two forms on a page share one cookie. */
static const char *
being_set(struct req *r, const struct answer *a)
{
	static const char start[] = FORM_COOKIE "=";

	for (size_t i = 0; i < a->nheaders; i++)
		if (strcasecmp(a->headers[i].key, "Set-Cookie") == 0 &&
		    strncmp(a->headers[i].value, start, sizeof(start) - 1) == 0) {
			const char *v = a->headers[i].value + sizeof(start) - 1;

			return arena_strndup(r->mem, v, strcspn(v, ";"));
		}
	return NULL;
}

const char *
csrf_token(struct app *app, struct req *r, struct answer *a, const struct session *s)
{
	char *token, *fresh;
	const char *cookie;

	if (s != NULL)
		return s->csrf;
	cookie = being_set(r, a);
	if (!form_cookie_ok(cookie))
		cookie = req_cookie(r, FORM_COOKIE);
	if (!form_cookie_ok(cookie)) {
		fresh = arena_alloc(r->mem, FORM_CHARS + 1);
		rnd_text(fresh, FORM_CHARS);
		answer_cookie(r, a, FORM_COOKIE, fresh, -1, "/");
		cookie = fresh;
	}
	token = arena_alloc(r->mem, CSRF_SIZE);
	csrf_bind(app, "form", cookie, token);
	return token;
}

bool
csrf_ok(struct app *app, struct req *r, const struct session *s, const char *token)
{
	const char *cookie;
	char right[CSRF_SIZE];

	if (s != NULL)
		memcpy(right, s->csrf, CSRF_SIZE);
	else {
		cookie = req_cookie(r, FORM_COOKIE);
		if (!form_cookie_ok(cookie))
			return false;
		csrf_bind(app, "form", cookie, right);
	}
	return strlen(token) == CSRF_SIZE - 1 && equal_ct(token, right, CSRF_SIZE - 1);
}

void
csrf_forget(struct req *r, struct answer *a)
{
	if (req_cookie(r, FORM_COOKIE) != NULL)
		answer_cookie(r, a, FORM_COOKIE, "", 0, "/");
}
