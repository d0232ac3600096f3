/*
 * The queue, read and mended by hand.
 */
#include "app/job_list.h"

#include "app/stmt.h"
#include "base/clock.h"

enum err
job_sums(struct app *app, struct arena *a, struct job_sum **out, size_t *n, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN0(app->db, a, STMT_JOB_KINDS, &r, f);

	if (e != ERR_OK)
		return e;
	*n = r.rows;
	*out = arena_calloc(a, r.rows + 1, sizeof(**out));
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = (struct job_sum){ .kind = db_text(&r, i, 0), .waiting = db_int(&r, i, 1),
		    .running = db_int(&r, i, 2), .dead = db_int(&r, i, 3), .oldest_s = db_int(&r, i, 4) };
	return ERR_OK;
}

enum err
job_dead_list(struct app *app, struct arena *a, int64_t before, size_t max, struct job_dead **out,
    size_t *n, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN(app->db, a, STMT_JOB_DEAD, &r, f, DB_INT(before > 0 ? before : INT64_MAX), DB_INT(max));

	if (e != ERR_OK)
		return e;
	*n = r.rows;
	*out = arena_calloc(a, r.rows + 1, sizeof(**out));
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = (struct job_dead){ .id = db_int(&r, i, 0), .kind = db_text(&r, i, 1),
		    .key = db_text(&r, i, 2), .tries = db_int(&r, i, 3), .why = db_text(&r, i, 4),
		    .at_s = db_int(&r, i, 5) };
	return ERR_OK;
}

enum err
job_again(struct app *app, struct arena *a, int64_t id, int64_t *n, struct fault *f)
{
	int64_t now = clock_now_s();
	struct db_result r;
	enum err e = id > 0 ? DB_RUN(app->db, a, STMT_JOB_AGAIN, &r, f, DB_INT(now), DB_INT(id)) :
	    DB_RUN(app->db, a, STMT_JOB_AGAIN_ALL, &r, f, DB_INT(now));

	if (e == ERR_OK)
		*n = (int64_t)r.affected;
	return e;
}

enum err
job_drop(struct app *app, struct arena *a, int64_t id, int64_t *n, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN(app->db, a, STMT_JOB_DROP, &r, f, DB_INT(id));

	if (e == ERR_OK)
		*n = (int64_t)r.affected;
	return e;
}
