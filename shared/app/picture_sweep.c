/*
 * Deletes that a crash, or a server that was away, left half done.
 */
#include "app/picture_sweep.h"

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
	enum err e = DB_RUN(app->db, a, STMT_PICTURE_UNPURGED, &r, f, DB_INT(clock_now_s() - GRACE_S),
	    DB_INT(AT_ONCE));

	if (e != ERR_OK)
		return e;
	out->n = r.rows;
	out->id = arena_calloc(a, r.rows + 1, sizeof(*out->id));
	for (size_t i = 0; i < r.rows; i++)
		out->id[i] = db_text(&r, i, 0);
	return ERR_OK;
}

enum err
picture_purge_id(struct app *app, struct arena *a, const char *id, struct fault *f)
{
	struct picture_row p;
	struct db_result r;
	enum err e = DB_RUN(app->db, a, STMT_PICTURE_GET, &r, f, DB_STR(id));

	if (e != ERR_OK || r.rows == 0)
		return e;
	picture_from_db(&r, 0, &p);
	return p.deleted_s == 0 ? ERR_OK : picture_purge(app, a, &p, f);
}
