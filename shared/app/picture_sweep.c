/*
 * Deletes that a crash, or a server that was away, left half done.
 */
#include "app/picture_sweep.h"

#include "app/deletion.h"
#include "app/node.h"
#include "app/picture_delete.h"
#include "app/picture_row.h"
#include "app/stmt.h"
#include "base/clock.h"

#define AT_ONCE 100
#define GRACE_S 30	/* a delete this young is still being done by the request itself */

enum err
picture_unpurged(struct app *app, struct arena *a, struct picture_ids *out, struct fault *f)
{
	struct db_result r;
	int64_t now = clock_now_s();
	enum err e = DB_RUN(app->db, a, STMT_PICTURE_UNPURGED, &r, f, DB_INT(now - GRACE_S),
	    DB_INT(now - NODE_LIVE_S), DB_INT(AT_ONCE));

	if (e != ERR_OK)
		return e;
	out->n = r.rows;
	out->id = arena_calloc(a, r.rows + 1, sizeof(*out->id));
	for (size_t i = 0; i < r.rows; i++)
		out->id[i] = db_text(&r, i, 0);
	return ERR_OK;
}

struct begin {
	struct app		*app;
	struct arena		*mem;
	const struct picture_row *p;
};

static enum err
begin_work(struct db *db, void *arg, struct fault *f)
{
	struct begin *b = arg;

	(void)db;
	return deletion_begin(b->app, b->mem, b->p, "earlier", f);
}

/* What ended before there were receipts, or in another index, gets one now. *complete: nothing is left to do. */
static enum err
need_receipt(struct app *app, struct arena *a, const struct picture_row *p, bool *complete, struct fault *f)
{
	struct begin b = { app, a, p };
	struct db_result r;
	enum err e = DB_RUN(app->db, a, STMT_DELETION_GET, &r, f, DB_STR(p->id));

	*complete = e == ERR_OK && r.rows > 0 && db_int(&r, 0, 3) > 0;
	return e != ERR_OK || r.rows > 0 ? e : db_tx(app->db, begin_work, &b, f);
}

enum err
picture_purge_id(struct app *app, struct arena *a, const char *id, struct fault *f)
{
	struct picture_row p;
	struct db_result r;
	bool complete;
	enum err e = DB_RUN(app->db, a, STMT_PICTURE_GET, &r, f, DB_STR(id));

	if (e != ERR_OK || r.rows == 0)
		return e;
	picture_from_db(&r, 0, &p);
	if (p.deleted_s == 0)
		return ERR_OK;
	e = need_receipt(app, a, &p, &complete, f);
	return e != ERR_OK || complete ? e : picture_purge(app, a, &p, f);
}
