/*
 * Who is asking: accounts, passwords, sessions in the database, tokens of forms.
 */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "web/form.h"
#include "web/http.h"

enum role { ROLE_USER, ROLE_ADMIN };

struct account {
	int64_t		 id;
	const char	*name;
	enum role	 role;
};

struct session {
	uint8_t		 key[32];	/* SHA-256 of the cookie's token: what the database knows */
	int64_t		 account;
	int64_t		 created_s, seen_s;
	char		 csrf[44];	/* token for forms: base64url HMAC of the cookie's token */
};

#define SESSION_COOKIE "tintype_session"

/* The session of the request's cookie, if it is alive (idle and absolute age, account enabled): fills *s and *who in the arena, else leaves them NULL. ERR_DB only when it cannot be known. */
enum err session_load(struct app *app, struct req *r, struct session **s, struct account **who, struct fault *f) MUST_USE;

/* Check name and password, slowed and limited per address and account (ERR_TOOMANY); the same answer and time for a wrong name and a wrong password (ERR_LOGIN). */
enum err session_login(struct app *app, struct req *r, const char *name, const char *password, struct account **who, struct fault *f) MUST_USE;

/* A new session for an account: writes the row, sets the cookie. Old sessions of the same cookie end (no fixation). */
enum err session_start(struct app *app, struct req *r, struct answer *a, const struct account *who, struct fault *f) MUST_USE;

/* Log out: row gone, cookie removed. */
enum err session_end(struct app *app, struct req *r, struct answer *a, struct session *s, struct fault *f) MUST_USE;

/* The form token: of the session, or for visitors without one bound to a cookie "tintype_form" that is set when needed. */
const char *csrf_token(struct app *app, struct req *r, struct answer *a, const struct session *s);
bool	 csrf_ok(struct app *app, struct req *r, const struct session *s, const char *token);

/* One line of audit: who did what to what. Failing is logged by nobody and harms nothing. */
void	 audit(struct app *app, struct req *r, const struct account *who, const char *action, const char *subject, const char *detail);

/* Accounts, for the command and admin. Names: 1-32 of a-z0-9._-; ERR_CONFLICT when taken, ERR_NOTFOUND. */
enum err account_add(struct app *app, struct arena *a, const char *name, const char *password, enum role role, int64_t *id, struct fault *f) MUST_USE;
enum err account_password(struct app *app, struct arena *a, const char *name, const char *password, struct fault *f) MUST_USE;	/* ends all its sessions */
enum err account_disable(struct app *app, struct arena *a, const char *name, bool disabled, struct fault *f) MUST_USE;

/* yescrypt by crypt(3). password_hash: in the arena. */
enum err password_hash(struct arena *a, const char *password, char **out, struct fault *f) MUST_USE;
bool	 password_ok(const char *password, const char *hash);

#endif
