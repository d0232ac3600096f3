/*
 * The long story of a picture, for administrators.
 */
#include "app/picture_more.h"

#include <string.h>

#include "app/picture_row.h"
#include "app/stmt.h"

enum err
picture_get_more(struct app *app, struct arena *a, const char *id, struct picture_row *out,
    struct picture_more *more, struct fault *f)
{
	struct db_result row, res;
	enum err e;

	if (!id_valid(id, strlen(id)))
		return fault_set(f, ERR_NOTFOUND, "this is no picture's address");
	if ((e = DB_RUN(app->db, a, STMT_PICTURE_GET, &row, f, DB_STR(id))) ||
	    (e = DB_RUN(app->db, a, STMT_PICTURE_MORE, &res, f, DB_STR(id))))
		return e;
	if (row.rows == 0 || res.rows == 0)
		return fault_set(f, ERR_NOTFOUND, "there is no picture %s", id);
	picture_from_db(&row, 0, out);
	more->owner = db_text(&res, 0, 0);
	more->delete_reason = db_text(&res, 0, 1);
	more->purged_s = db_int(&res, 0, 2);
	more->views = db_int(&res, 0, 3);
	more->sharing = db_int(&res, 0, 4) - (out->deleted_s == 0 && db_int(&res, 0, 4) > 0);
	return ERR_OK;
}
