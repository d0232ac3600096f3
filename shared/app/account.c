/*
 * Accounts: added, given another password, disabled. Whatever makes an account worth less ends its
 * sessions at once.
 */
#include <string.h>

#include "app/session.h"
#include "app/stmt.h"
#include "base/clock.h"

#define NAME_MAX_CHARS 32

bool
account_name_ok(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_MAX_CHARS &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static enum err
check_name(const char *name, struct fault *f)
{
	if (account_name_ok(name))
		return ERR_OK;
	return fault_set(f, ERR_BADREQ, "an account's name has 1 to %d characters of a-z 0-9 . _ -",
	    NAME_MAX_CHARS);
}

enum err
account_find(struct app *app, struct arena *a, const char *name, struct account *out,
    const char **hash, struct fault *f)
{
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(app->db, a, STMT_ACCOUNT_FIND, &res, f, DB_STR(name))))
		return e;
	if (res.rows == 0)
		return fault_set(f, ERR_NOTFOUND, "there is no account of that name");
	*out = (struct account){
		.id = db_int(&res, 0, 0),
		.name = db_text(&res, 0, 1),
		.role = (enum role)db_int(&res, 0, 2),
	};
	/* A disabled account has no password that fits. */
	*hash = db_int(&res, 0, 4) == 0 ? db_text(&res, 0, 3) : NULL;
	return ERR_OK;
}

enum err
account_add(struct app *app, struct arena *a, const char *name, const char *password,
    enum role role, int64_t *id, struct fault *f)
{
	struct fault why = FAULT_NONE;
	struct db_result res;
	char *hash;
	enum err e;

	if ((e = check_name(name, f)) || (e = password_hash(a, password, &hash, f)))
		return e;
	e = DB_RUN(app->db, a, STMT_ACCOUNT_ADD, &res, &why, DB_STR(name), DB_STR(hash),
	    DB_INT(role), DB_INT(clock_now_s()));
	if (e == ERR_CONFLICT)
		return fault_set(f, e, "there is an account %s already", name);
	if (e != ERR_OK)
		return fault_set(f, e, "%s", why.why);
	*id = (int64_t)res.insert_id;
	return ERR_OK;
}

struct change {
	struct arena	*mem;
	const char	*name;
	const char	*hash;		/* the new password's, or NULL: change disabled_s */
	int64_t		 disabled_s;	/* 0: enabled */
};

static enum err
change_work(struct db *db, void *arg, struct fault *f)
{
	struct change *c = arg;
	struct db_result res;
	int64_t id;
	enum err e;

	if ((e = DB_RUN(db, c->mem, STMT_ACCOUNT_LOCK, &res, f, DB_STR(c->name))))
		return e;
	if (res.rows == 0)
		return fault_set(f, ERR_NOTFOUND, "there is no account %s", c->name);
	id = db_int(&res, 0, 0);
	if (c->hash != NULL)
		e = DB_RUN(db, c->mem, STMT_ACCOUNT_PASSWORD, NULL, f, DB_STR(c->hash), DB_INT(id));
	else
		e = DB_RUN(db, c->mem, STMT_ACCOUNT_DISABLE, NULL, f,
		    c->disabled_s > 0 ? DB_INT(c->disabled_s) : DB_NULL, DB_INT(id));
	return e ? e : DB_RUN(db, c->mem, STMT_SESSION_END_ALL, NULL, f, DB_INT(id));
}

enum err
account_password(struct app *app, struct arena *a, const char *name, const char *password,
    struct fault *f)
{
	struct change c = { .mem = a, .name = name };
	char *hash;
	enum err e;

	if ((e = check_name(name, f)) || (e = password_hash(a, password, &hash, f)))
		return e;
	c.hash = hash;
	return db_tx(app->db, change_work, &c, f);
}

enum err
account_disable(struct app *app, struct arena *a, const char *name, bool disabled, struct fault *f)
{
	struct change c = { .mem = a, .name = name, .disabled_s = disabled ? clock_now_s() : 0 };
	enum err e = check_name(name, f);

	return e ? e : db_tx(app->db, change_work, &c, f);
}
