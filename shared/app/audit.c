/*
 * The trail of who did what. It is written after the deed and never in its way.
 */
#include <string.h>

#include "app/session.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/enc.h"

#define SUBJECT_BYTES 200
#define DETAIL_BYTES 1000
#define ADDRESS_BYTES 45

void
audit(struct app *app, struct req *r, const struct account *who, const char *action,
    const char *subject, const char *detail)
{
	struct arena *mem = r != NULL ? NULL : arena_new(), *a = mem != NULL ? mem : r->mem;
	const char *from = r != NULL && r->remote_addr != NULL ? r->remote_addr : "";
	struct fault ignored = FAULT_NONE;

	(void)!DB_RUN(app->db, a, STMT_AUDIT_ADD, NULL, &ignored, DB_INT(clock_now_s()),
	    DB_INT(who != NULL ? who->id : 0),
	    DB_STR(arena_strndup(a, from, strnlen(from, ADDRESS_BYTES))), DB_STR(action),
	    DB_STR(utf8_clean(a, subject, strlen(subject), SUBJECT_BYTES)),
	    DB_STR(utf8_clean(a, detail, strlen(detail), DETAIL_BYTES)));
	arena_free(mem);
}

enum err
audit_list(struct app *app, struct arena *a, const char *subject, size_t n, struct audit_line **out,
    size_t *got, struct fault *f)
{
	struct audit_line *l;
	struct db_result res;
	enum err e;

	if ((e = DB_RUN(app->db, a, STMT_AUDIT_OF, &res, f, DB_STR(subject), DB_INT(n))))
		return e;
	l = arena_calloc(a, res.rows + 1, sizeof(*l));
	for (size_t i = 0; i < res.rows; i++)
		l[i] = (struct audit_line){
			.at_s = db_int(&res, i, 0),
			.account = db_text(&res, i, 1),
			.address = db_text(&res, i, 2),
			.action = db_text(&res, i, 3),
			.detail = db_text(&res, i, 4),
		};
	*out = l;
	*got = res.rows;
	return ERR_OK;
}
