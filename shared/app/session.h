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

#define CSRF_SIZE 44	/* 43 characters and a NUL */

struct session {
	uint8_t		 key[32];	/* SHA-256 of the cookie's token: what the database knows */
	int64_t		 account;
	int64_t		 created_s, seen_s;
	char		 csrf[CSRF_SIZE];	/* token for forms: HMAC of the cookie's token */
};

#define SESSION_COOKIE "tintype_session"

/*
 * The session of the request's cookie, if it is alive (idle and absolute age, account enabled):
 * fills *s and *who in the arena, else leaves them NULL. ERR_DB only when it cannot be known.
 */
enum err session_load(struct app *app, struct req *r, struct session **s, struct account **who,
    struct fault *f) MUST_USE;

/*
 * Check name and password, slowed and limited per address and account (ERR_TOOMANY); the same
 * answer and time for a wrong name and a wrong password (ERR_LOGIN).
 */
enum err session_login(struct app *app, struct req *r, const char *name, const char *password,
    struct account **who, struct fault *f) MUST_USE;

/*
 * A new session for an account: writes the row, sets the cookie. Old sessions of the same cookie
 * end (no fixation).
 */
enum err session_start(struct app *app, struct req *r, struct answer *a, const struct account *who,
    struct fault *f) MUST_USE;

/*
 * Is this an address of this site that a visitor may be sent to: "/path", not "//host" or what
 * browsers take for it?
 */
bool	 session_next_ok(const char *next);

/* Log out: row gone, cookie removed. */
enum err session_end(struct app *app, struct req *r, struct answer *a, struct session *s,
    struct fault *f) MUST_USE;

/* Does a session that was made and last seen at these times still hold at now_s? */
bool	 session_alive(const struct session *s, int64_t now_s, int64_t idle_s, int64_t max_s);

/*
 * The form token: of the session, or for visitors without one bound to a cookie "tintype_form" that
 * is set when needed. A visitor with a session must be shown the session's: pages with a form have
 * ROUTE_SESSION (or more).
 */
const char *csrf_token(struct app *app, struct req *r, struct answer *a, const struct session *s);
bool	 csrf_ok(struct app *app, struct req *r, const struct session *s, const char *token);

/*
 * The token for a value of one purpose ("session", "form"). csrf_forget removes the form cookie, at
 * log-in.
 */
void	 csrf_bind(const struct app *app, const char *purpose, const char *value,
    char out[CSRF_SIZE]);
void	 csrf_forget(struct req *r, struct answer *a);

/*
 * One line of audit: who did what to what. r: NULL outside of requests; who: NULL for nobody known.
 * Failing is logged by nobody and harms nothing.
 */
void	 audit(struct app *app, struct req *r, const struct account *who, const char *action,
    const char *subject, const char *detail);

/* The newest n lines about a subject; in the arena. account is "" for nobody. */
struct audit_line {
	int64_t		 at_s;
	const char	*account, *address, *action, *detail;
};
enum err audit_list(struct app *app, struct arena *a, const char *subject, size_t n,
    struct audit_line **out, size_t *got, struct fault *f) MUST_USE;

/*
 * Accounts, for the command and admin. Names: 1-32 of a-z0-9._-; ERR_CONFLICT when taken,
 * ERR_NOTFOUND.
 */
enum err account_add(struct app *app, struct arena *a, const char *name, const char *password,
    enum role role, int64_t *id, struct fault *f) MUST_USE;
enum err account_password(struct app *app, struct arena *a, const char *name, const char *password,
    struct fault *f) MUST_USE;	/* ends all its sessions */
enum err account_disable(struct app *app, struct arena *a, const char *name, bool disabled,
    struct fault *f) MUST_USE;

bool	 account_name_ok(const char *name);

/* The account and its password's hash (NULL: disabled). ERR_NOTFOUND. */
enum err account_find(struct app *app, struct arena *a, const char *name, struct account *out,
    const char **hash, struct fault *f) MUST_USE;

/*
 * yescrypt by crypt(3). password_hash: in the arena; ERR_BADREQ outside of the limits. password_ok:
 * with hash NULL the same work, and false.
 */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 500
enum err password_hash(struct arena *a, const char *password, char **out, struct fault *f) MUST_USE;
bool	 password_ok(const char *password, const char *hash);

#endif
