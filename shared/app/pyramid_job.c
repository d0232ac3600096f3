/*
 * The reduced copies made again, for the request that missed them or as a job: the same job for the
 * sandbox as at upload, of which only the copies are kept. A picture that yields none is noted, so that it is
 * not tried for ever.
 */
#include "app/pyramid.h"

#include <unistd.h>

#include "app/cache_file.h"
#include "app/sandbox.h"
#include "app/variant.h"
#include "base/fdio.h"
#include "image/job.h"

#define JOB_KIND "pyramid"

enum { FD_SOURCE, FD_REST, FD_STEPS, FD__MAX = FD_STEPS + PYRAMID_STEPS };

void
pyramid_later(struct app *app, struct arena *a, const struct picture_row *p)
{
	struct fault ignored = FAULT_NONE;

	ignored.err = job_add(app, a, JOB_KIND, p->id, "", 0, &ignored);
}

static enum err
open_fds(struct app *app, const struct picture_row *p, bool prove, int fds[FD__MAX], struct fault *f)
{
	enum err e = store_get_blob(app->store, p->blob, (off_t)p->src.bytes, prove, &fds[FD_SOURCE], f);

	if (e != ERR_OK)
		return e;
	for (int i = FD_REST; i < FD__MAX && !e; i++)
		e = cache_tmp(app, &fds[i], f);
	return e;
}

static enum err
reduce(struct app *app, const struct picture_row *p, const int fds[FD__MAX],
    struct image_result *res, struct fault *f)
{
	struct image_job job = {
		.magic = JOB_MAGIC,
		.kind = JOB_INGEST,
		.fmt_in = p->src.fmt,
		.metadata = METADATA_ALL,
		.orientation = 1,
		.default_quality = (uint32_t)app->conf->image_quality,
		.memory_bytes_mb = (uint32_t)(app->conf->sandbox_memory_bytes >> 20),
		.limits = app->limits,
	};

	for (int n = 0; n < PYRAMID_STEPS; n++)
		job.pyramid_px[n] = pyramid_px[n];
	return sandbox_run(
	    app->sandbox, &job, fds, FD__MAX, (uint64_t)p->src.width_px * p->src.height_px, res, f);
}

/* Also when the decoder refuses the picture: then there are none. */
static enum err
keep(struct app *app, const struct picture_row *p, int fds[FD__MAX], const struct image_result *res,
    int *made, struct fault *f)
{
	char none[VARIANT_PATH_SIZE];
	enum err e = ERR_OK;

	*made = 0;
	for (int n = 0; n < PYRAMID_STEPS && !e; n++)
		if (res->pyramid[n] != FMT_NONE) {
			e = pyramid_put(
			    app, p->blob, n, (enum fmt)res->pyramid[n], fds[FD_STEPS + n], f);
			++*made;
		}
	pyramid_none_path(p->blob, none);
	if (*made == 0 && (e = fd_write_all(fds[FD_REST], "none\n", 5, f)) == ERR_OK)
		e = cache_publish(app, fds[FD_REST], none, 0, f);
	return e;
}

static enum err
make(struct app *app, struct arena *a, const struct picture_row *p, bool prove, int *made, struct fault *f)
{
	struct image_result res = { 0 };
	struct fault why = FAULT_NONE;
	struct picture_row now;
	int fds[FD__MAX];
	enum err e;

	for (int i = 0; i < FD__MAX; i++)
		fds[i] = -1;
	if ((e = open_fds(app, p, prove, fds, &why)))
		goto out;
	e = reduce(app, p, fds, &res, &why);
	if (e != ERR_OK && err_status(e) >= 500)
		goto out;
	why = (struct fault)FAULT_NONE;
	if ((e = keep(app, p, fds, &res, made, &why)))
		goto out;
	/* Deleted meanwhile: what was just made must not outlive it. */
	if ((e = picture_get_fresh(app, a, p->id, &now, &why)) == ERR_GONE || e == ERR_NOTFOUND)
		e = pyramid_drop(app, p->blob, &why);
out:
	for (int i = 0; i < FD__MAX; i++)
		fd_close(&fds[i]);
	return e ? fault_set(f, e, "%s", why.why) : ERR_OK;
}

enum err
pyramid_make(struct app *app, struct arena *a, const struct picture_row *p, struct fault *f)
{
	int made;

	return make(app, a, p, false, &made, f);
}

enum err
pyramid_job(
    struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	struct fault why = FAULT_NONE;
	struct picture_row p;
	int made = 0;
	enum err e;

	/* Nobody waits for this: time enough to prove the bytes. */
	if ((e = picture_get_fresh(app, a, j->key, &p, &why)) == ERR_OK &&
	    (e = make(app, a, &p, true, &made, &why)) == ERR_OK)
		*what = arena_printf(a, "%d reduced copies of %s", made, p.id);
	if (e == ERR_GONE || e == ERR_NOTFOUND)
		return ERR_OK;
	return e ? fault_set(f, e, "%s", why.why) : ERR_OK;
}
