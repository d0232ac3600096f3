/*
 * Sessions. The cookie holds 256 random bits, the database only their SHA-256: who reads the table
 * cannot log in with it.
 */
#include "app/session.h"

#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/rnd.h"

#define TOKEN_BYTES 32
#define TOKEN_CHARS 43		/* of base64url */
#define AGENT_BYTES 250
#define ADDRESS_BYTES 45
#define NEXT_BYTES 1000
#define TOUCH_S 60		/* how exactly seen_s is kept */

/* The request's token, or NULL for none and for what cannot be one. */
static const char *
cookie_token(struct req *r)
{
	const char *t = req_cookie(r, SESSION_COOKIE);
	uint8_t bytes[TOKEN_BYTES];

	if (t == NULL || strlen(t) != TOKEN_CHARS ||
	    dec_b64(t, TOKEN_CHARS, bytes, sizeof(bytes)) != TOKEN_BYTES)
		return NULL;
	return t;
}

bool
session_alive(const struct session *s, int64_t now_s, int64_t idle_s, int64_t max_s)
{
	return now_s - s->seen_s < idle_s && now_s - s->created_s < max_s;
}

bool
session_next_ok(const char *next)
{
	size_t len = strlen(next);

	if (len > NEXT_BYTES || next[0] != '/' || next[1] == '/')
		return false;
	/* Browsers drop tabs and line ends, and read a backslash as a slash. */
	for (size_t i = 0; i < len; i++)
		if (next[i] <= ' ' || next[i] >= 0x7f || next[i] == '\\')
			return false;
	return true;
}

/*
 * Write down that the session is in use: seldom, and if it cannot be written no harm is done now.
 */
static void
touch(struct app *app, struct req *r, struct session *s, int64_t now_s)
{
	int64_t quarter_s = app->conf->session_idle_s / 4;
	int64_t every_s = quarter_s < TOUCH_S ? quarter_s : TOUCH_S;
	struct fault ignored = FAULT_NONE;

	if (now_s - s->seen_s < every_s)
		return;
	if (DB_RUN(app->db, r->mem, STMT_SESSION_TOUCH, NULL, &ignored, DB_INT(now_s),
	    DB_BLOB(s->key, sizeof(s->key))) == ERR_OK)
		s->seen_s = now_s;
}

static enum err
end_row(struct app *app, struct req *r, const uint8_t key[SHA256_BYTES], struct fault *f)
{
	return DB_RUN(app->db, r->mem, STMT_SESSION_END, NULL, f, DB_BLOB(key, SHA256_BYTES));
}

enum err
session_load(struct app *app, struct req *r, struct session **s, struct account **who,
    struct fault *f)
{
	const char *token = cookie_token(r);
	struct session *found;
	struct account *account;
	struct db_result res;
	struct fault ignored = FAULT_NONE;
	int64_t now_s = clock_now_s();
	enum err e;

	if (token == NULL)
		return ERR_OK;
	found = arena_alloc(r->mem, sizeof(*found));
	sha256_of(token, TOKEN_CHARS, found->key);
	if ((e = DB_RUN(app->db, r->mem, STMT_SESSION_GET, &res, f,
	    DB_BLOB(found->key, sizeof(found->key)))))
		return e;
	if (res.rows == 0)
		return ERR_OK;
	found->account = db_int(&res, 0, 0);
	found->created_s = db_int(&res, 0, 1);
	found->seen_s = db_int(&res, 0, 2);
	if (!session_alive(found, now_s, app->conf->session_idle_s, app->conf->session_max_s)) {
		(void)!end_row(app, r, found->key, &ignored);
		return ERR_OK;
	}
	touch(app, r, found, now_s);
	csrf_bind(app, "session", token, found->csrf);
	account = arena_alloc(r->mem, sizeof(*account));
	*account = (struct account){
		.id = found->account,
		.name = db_text(&res, 0, 3),
		.role = (enum role)db_int(&res, 0, 4),
	};
	*s = found;
	*who = account;
	return ERR_OK;
}

enum err
session_start(struct app *app, struct req *r, struct answer *a, const struct account *who,
    struct fault *f)
{
	const char *old = cookie_token(r), *agent = req_header(r, "User-Agent"), *token;
	uint8_t bytes[TOKEN_BYTES], key[SHA256_BYTES];
	int64_t now_s = clock_now_s();
	enum err e;

	if (agent == NULL)
		agent = "";
	if (old != NULL) {
		sha256_of(old, TOKEN_CHARS, key);
		if ((e = end_row(app, r, key, f)))
			return e;
	}
	rnd_bytes(bytes, sizeof(bytes));
	token = enc_b64url(r->mem, bytes, sizeof(bytes));
	explicit_bzero(bytes, sizeof(bytes));
	sha256_of(token, TOKEN_CHARS, key);
	if ((e = DB_RUN(app->db, r->mem, STMT_SESSION_ADD, NULL, f, DB_BLOB(key, sizeof(key)),
	    DB_INT(who->id), DB_INT(now_s), DB_INT(now_s),
	    DB_STR(arena_strndup(r->mem, r->remote_addr, strnlen(r->remote_addr, ADDRESS_BYTES))),
	    DB_STR(utf8_clean(r->mem, agent, strlen(agent), AGENT_BYTES)))))
		return e;
	answer_cookie(r, a, SESSION_COOKIE, token, -1, "/");
	csrf_forget(r, a);
	audit(app, r, who, "login", who->name, "");
	return ERR_OK;
}

enum err
session_end(struct app *app, struct req *r, struct answer *a, struct session *s, struct fault *f)
{
	struct account who = { .id = s->account };
	enum err e;

	if ((e = end_row(app, r, s->key, f)))
		return e;
	answer_cookie(r, a, SESSION_COOKIE, "", 0, "/");
	audit(app, r, &who, "logout", "", "");
	return ERR_OK;
}
