/*
 * Making a variant: a source, a nameless file, a job for the sandbox; then the file gets its name.
 */
#include "app/variant_build.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/pyramid.h"
#include "app/sandbox.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "image/job.h"

enum { FD_SOURCE, FD_OUT, FD_MARKS };	/* VARIANT_MARKS_MAX counts the others */

struct make {
	struct app		*app;
	struct arena		*a;
	const struct variant_ask *ask;
	const char		*text;		/* LIMIT_STEPS_BYTES of it */
	int			 fds[LIMIT_SANDBOX_FDS];
	size_t			 nfds;
	struct image_job	 job;
	uint64_t		 weight_px;
	bool			 missing;	/* a reduced copy would have done, and could not be made */
	bool			 reduced;	/* the source is one */
};

static enum err
open_original(struct app *app, const struct picture_row *p, int *fd, struct fault *f)
{
	enum err e = store_get_blob(app->store, p->blob, (off_t)p->src.bytes, false, fd, f);

	/* A row without bytes is for the store to explain, not for the visitor. */
	return e == ERR_NOTFOUND ? ERR_STORE : e;
}

/* The reduced copy that should do is made first when it is not there: or the same variant would be another one. */
static bool
open_step(struct make *m, struct pyramid_step *step)
{
	struct fault ignored = FAULT_NONE;
	bool found = pyramid_open(m->app, m->ask->pic, m->ask->spec, step);

	if (!step->missing)
		return found;
	if (found)
		fd_close(&step->fd);
	m->missing = pyramid_make(m->app, m->a, m->ask->pic, &ignored) != ERR_OK;
	return pyramid_open(m->app, m->ask->pic, m->ask->spec, step);
}

/* The picture's bytes, or a reduced copy where that will do. */
static enum err
open_source(struct make *m, struct fault *f)
{
	const struct picture_row *p = m->ask->pic;
	struct pyramid_step step;
	struct plan plan;
	enum err e;

	if ((e = spec_plan(m->ask->spec, &p->src, &m->app->limits, &plan, f)))
		return e;
	m->nfds = FD_MARKS;
	if (open_step(m, &step)) {
		m->reduced = true;
		m->fds[FD_SOURCE] = step.fd;
		m->job.fmt_in = step.fmt;
		m->job.orientation = 1;
		m->job.source_quality = (uint32_t)p->quality;
		source_displayed(&p->src, &m->job.source_scale_from_w, &m->job.source_scale_from_h);
		m->weight_px = (uint64_t)step.width_px * step.height_px;
		return ERR_OK;
	}
	m->job.fmt_in = p->src.fmt;
	m->job.orientation = p->src.orientation;
	m->weight_px = m->ask->spec->kind == SPEC_INFO ? 1 : plan.peak_px;
	return open_original(m->app, p, &m->fds[FD_SOURCE], f);
}

static enum err
open_marks(struct make *m, const struct variant_marks *marks, struct fault *f)
{
	enum err e;

	for (size_t i = 0; i < marks->n; i++) {
		const struct picture_row *p = &marks->row[i];

		if ((e = open_original(m->app, p, &m->fds[m->nfds], f)))
			return e;
		m->nfds++;
		m->weight_px += (uint64_t)p->src.width_px * p->src.height_px;
	}
	return ERR_OK;
}

static void
fill_job(struct make *m)
{
	const struct conf *c = m->app->conf;
	struct image_job *job = &m->job;

	job->magic = JOB_MAGIC;
	job->kind = m->ask->spec->kind == SPEC_PICTURE ? JOB_RENDER : JOB_INFO;
	job->fmt_out = m->ask->fmt;
	job->default_quality = (uint32_t)c->image_quality;
	job->memory_bytes_mb = (uint32_t)(c->sandbox_memory_bytes >> 20);
	job->limits = m->app->limits;
	memcpy(job->steps, m->text, sizeof(job->steps));
}

/* Are the bytes we gave to the decoder no longer those that were stored? Then *fd becomes a good copy, if there is one. */
static enum err
exchange(struct app *app, const struct picture_row *p, int *fd, bool *damaged, struct fault *f)
{
	uint8_t sum[SHA256_BYTES];
	enum err e = sha256_fd(*fd, sum, f);

	*damaged = e == ERR_OK && memcmp(sum, p->blob, sizeof(sum)) != 0;
	if (!*damaged)
		return e;
	fd_close(fd);
	return store_get_blob(app->store, p->blob, (off_t)p->src.bytes, true, fd, f);
}

/* Every original was decoded once: when that fails later, it is rather the disk's fault than the picture's. */
static enum err
run(struct make *m, struct image_result *res, struct fault *f)
{
	struct app *app = m->app;
	struct fault why = FAULT_NONE;
	bool damaged = false;
	enum err e = sandbox_run(app->sandbox, &m->job, m->fds, m->nfds, m->weight_px, res, &why);

	if (e == ERR_OK || m->reduced || err_status(e) >= 500)
		return e == ERR_OK ? e : fault_ec(f, e, why.ec, "%s", why.why);
	if ((e = exchange(app, m->ask->pic, &m->fds[FD_SOURCE], &damaged, f)) != ERR_OK)
		return e;
	if (!damaged)
		return fault_ec(f, why.err, why.ec, "%s", why.why);
	if (ftruncate(m->fds[FD_OUT], 0) != 0 || lseek(m->fds[FD_OUT], 0, SEEK_SET) != 0)
		return fault_errno(f, ERR_IO, "a file of the cache");
	return sandbox_run(app->sandbox, &m->job, m->fds, m->nfds, m->weight_px, res, f);
}

enum err
variant_build(struct app *app, struct arena *a, const struct variant_ask *ask,
    const struct variant_names *n, struct variant *out, struct fault *f)
{
	struct make m = { .app = app, .a = a, .ask = ask, .text = n->text };
	struct image_result res;
	struct stat st;
	enum err e;

	for (size_t i = 0; i < NELEM(m.fds); i++)
		m.fds[i] = -1;
	if ((e = open_source(&m, f)) || (e = open_marks(&m, &n->marks, f)) ||
	    (e = cache_tmp(app, &m.fds[FD_OUT], f)))
		goto out;
	fill_job(&m);
	if ((e = run(&m, &res, f)))
		goto out;
	if (fstat(m.fds[FD_OUT], &st) != 0 || st.st_size == 0) {
		e = fault_set(f, ERR_INTERNAL, "the sandbox made an empty file");
		goto out;
	}
	variant_marks_note(app, &n->marks, n->rel);
	if ((e = cache_publish(app, m.fds[FD_OUT], n->rel, ask->pic->created_s, f)))
		goto out;
	memset(out, 0, sizeof(*out));
	memcpy(out->rel, n->rel, sizeof(out->rel));
	out->fmt = ask->fmt;
	out->bytes = st.st_size;
	out->decode_us = res.decode_us;
	out->work_us = res.work_us;
	out->encode_us = res.encode_us;
	if (m.missing)
		pyramid_later(app, a, ask->pic);
out:
	for (size_t i = 0; i < NELEM(m.fds); i++)
		fd_close(&m.fds[i]);
	return e;
}
