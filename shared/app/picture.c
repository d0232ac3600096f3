/*
 * Pictures as rows: looked up through memcached, inserted in one transaction, listed.
 */
#include "app/picture.h"

#include <string.h>

#include "app/mirror.h"
#include "app/picture_cache.h"
#include "app/picture_key.h"
#include "app/picture_key_cache.h"
#include "app/picture_row.h"
#include "app/session.h"
#include "app/sidecar.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/limits.h"

static enum err
alive(const struct picture_row *p, struct fault *f)
{
	return p->deleted_s > 0 ? fault_set(f, ERR_GONE, "picture %s was deleted", p->id) : ERR_OK;
}

static enum err
no_such(const char *id, struct fault *f)
{
	return fault_set(f, ERR_NOTFOUND, "there is no picture %s", id);
}

static enum err
get_row(struct app *app, struct arena *a, int stmt, const char *id, struct picture_row *out, struct fault *f)
{
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(app->db, a, stmt, &res, f, DB_STR(id))))
		return e;
	if (res.rows == 0)
		return no_such(id, f);
	picture_from_db(&res, 0, out);
	return ERR_OK;
}

enum err
picture_get_fresh(struct app *app, struct arena *a, const char *id, struct picture_row *out, struct fault *f)
{
	enum err e = get_row(app, a, STMT_PICTURE_GET, id, out, f);

	return e ? e : alive(out, f);
}

enum err
picture_get(struct app *app, struct arena *a, const char *id, struct picture_row *out, const char **tier, struct fault *f)
{
	enum picture_cached cached;
	int64_t read_ms;
	enum err e;

	if (!id_valid(id, strlen(id)))
		return fault_set(f, ERR_NOTFOUND, "this is no picture's address");
	cached = picture_cache_get(app, a, id, out);
	if (tier != NULL)
		*tier = cached == CACHED_UNKNOWN ? "database" : "memcached";
	if (cached == CACHED_NOTHING)
		return no_such(id, f);
	if (cached == CACHED_ROW)
		return alive(out, f);
	read_ms = clock_now_ms();
	e = get_row(app, a, STMT_PICTURE_GET, id, out, f);
	if (e == ERR_NOTFOUND)
		picture_cache_nothing(app, id);
	if (e != ERR_OK)
		return e;
	picture_cache_add(app, out, read_ms);
	return alive(out, f);
}

struct insert {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
	int			 fd;
	bool			 tried;
	char			 had_key[ID_SIZE];	/* the picture that had the key before, "" for none */
};

/* Its sidecar must not claim the key any more. If that fails, its older id gives way when the index is made again. */
static void
lost_its_key(const struct insert *in)
{
	struct fault ignored = FAULT_NONE;
	struct picture_row old;

	if (*in->had_key != '\0' && picture_get_fresh(in->app, in->mem, in->had_key, &old, &ignored) == ERR_OK)
		(void)!sidecar_write(in->app, &old, &ignored);
}

/* Under the blob's row lock no delete can take the bytes; before it, one may have. */
static enum err
bytes_are_there(const struct insert *in, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	enum err e;
	off_t size;

	store_blob_key(in->p->blob, key);
	e = store_stat(in->app->store, key, &size, f);
	if (e == ERR_OK && size == (off_t)in->p->src.bytes)
		return ERR_OK;
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	if (f != NULL)
		*f = (struct fault)FAULT_NONE;
	return store_put(in->app->store, key, in->fd, (off_t)in->p->src.bytes, in->p->blob, f);
}

static enum err
insert_work(struct db *db, void *arg, struct fault *f)
{
	struct insert *in = arg;
	const struct picture_row *p = in->p;
	struct db_val v[PICTURE_NCOLS];
	struct db_result res;
	enum err e;

	/* A repeat after a COMMIT whose answer was lost finds its own row. */
	if (in->tried && ((e = DB_RUN(db, in->mem, STMT_PICTURE_GET, &res, f, DB_STR(p->id))) || res.rows > 0))
		return e;
	in->tried = true;
	if ((e = DB_RUN(db, in->mem, STMT_BLOB_COUNT_UP, NULL, f, DB_BLOB(p->blob, sizeof(p->blob)), DB_INT(p->src.bytes),
	    DB_INT(p->src.fmt), DB_INT(p->created_s))))
		return e;
	if ((e = bytes_are_there(in, f)))
		return e;
	picture_to_db(p, v);
	if ((e = db_run(db, in->mem, STMT_PICTURE_INSERT, v, PICTURE_NCOLS, NULL, f)))
		return e;
	if (p->key != NULL && (e = picture_key_set(db, in->mem, p->key, p->id, in->had_key, f)))
		return e;
	return mirror_queue(in->app, in->mem, f);
}

enum err
picture_insert(struct app *app, struct arena *a, const struct picture_row *p, int fd, struct fault *f)
{
	struct insert in = { .app = app, .mem = a, .p = p, .fd = fd };
	struct picture_row there;
	struct fault why = FAULT_NONE, look = FAULT_NONE;
	enum err e;

	e = db_tx(app->db, insert_work, &in, &why);
	if (e == ERR_DB && picture_get_fresh(app, a, p->id, &there, &look) == ERR_OK)
		e = ERR_OK;	/* only the answer of COMMIT was lost */
	if (p->key != NULL)
		picture_key_unsettle(app, p->key->text);
	if (e != ERR_OK)
		return fault_set(f, e, "%s", why.why);
	/* No reader can have asked for it before, and a delete may have been quicker. */
	picture_cache_add(app, p, clock_now_ms());
	lost_its_key(&in);
	return ERR_OK;
}

/* LIKE pattern for "contains", with the wildcards of the text made plain. */
static const char *
like_pattern(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 2 * strlen(s) + 3), *p = out;

	*p++ = '%';
	for (; *s != '\0'; s++) {
		if (*s == '%' || *s == '_' || *s == '\\')
			*p++ = '\\';
		*p++ = *s;
	}
	*p++ = '%';
	return out;
}

enum err
picture_list(struct app *app, struct arena *a, const char *before, const char *match, int64_t owner, size_t n,
    struct picture_list *out, struct fault *f)
{
	const char *from = *before != '\0' ? before : "~", *like, *id;
	struct db_result res;
	enum err e;

	if (n > LIMIT_PAGE_SIZE)
		n = LIMIT_PAGE_SIZE;
	if (match != NULL && *match != '\0') {
		like = like_pattern(a, match);
		/* The column of ids is ASCII: the server compares it with nothing else. */
		id = id_valid(match, strlen(match)) ? match : "";
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST_MATCH, &res, f, DB_STR(from), DB_INT(owner), DB_INT(owner),
		    DB_STR(like), DB_STR(like), DB_STR(id), DB_INT(n + 1));
	} else if (owner > 0)
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST_OWNER, &res, f, DB_STR(from), DB_INT(owner), DB_INT(n + 1));
	else
		e = DB_RUN(app->db, a, STMT_PICTURE_LIST, &res, f, DB_STR(from), DB_INT(n + 1));
	if (e != ERR_OK)
		return e;
	out->more = res.rows > n;
	out->n = out->more ? n : res.rows;
	out->row = arena_calloc(a, out->n + 1, sizeof(*out->row));
	for (size_t i = 0; i < out->n; i++)
		picture_from_db(&res, i, &out->row[i]);
	return ERR_OK;
}

bool
picture_is_mine(const struct account *me, const struct picture_row *p)
{
	return me != NULL && (me->role == ROLE_ADMIN || (p->owner != 0 && p->owner == me->id));
}
