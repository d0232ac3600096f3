/*
 * One object made whole on all targets. The index says whether it is wanted, before and after: a delete first marks, then removes, so
 * whoever comes second sees the other, and a late copy does not bring back what was deleted.
 */
#include "app/mirror.h"

#include <stdio.h>
#include <string.h>

#include "app/blob_free.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/rnd.h"

#define SIDECAR_BYTES	65536	/* more than any has */
#define SIDECAR_TRIES	4	/* at catching up with somebody who keeps writing it */
#define RECHECK_S	60

struct heal {
	struct app	*app;
	struct arena	*mem;
	const char	*key;
	bool		 blob;
	uint8_t		 sha[SHA256_BYTES];	/* of a blob */
	bool		 wanted;
	int64_t		 bytes;			/* of a blob */
	bool		 put[CONF_STORE__MAX];	/* what we have written */
	int		*written;
};

/* --- the index ---------------------------------------------------------------------------------- */

static enum err
look_up(struct heal *h, struct fault *f)
{
	char id[ID_SIZE];
	struct db_result r = { 0 };
	enum err e = ERR_OK;

	if (h->blob) {
		e = DB_RUN(h->app->db, h->mem, STMT_MIRROR_BLOB, &r, f, DB_BLOB(h->sha, sizeof(h->sha)));
		h->wanted = e == ERR_OK && r.rows > 0 && db_int(&r, 0, 0) > 0;
		h->bytes = h->wanted ? db_int(&r, 0, 1) : 0;
		return e;
	}
	/* "p/ID.json" */
	snprintf(id, sizeof(id), "%s", strchr(h->key, '/') + 1);
	if (id_valid(id, strlen(id)))
		e = DB_RUN(h->app->db, h->mem, STMT_SCRUB_PICTURE, &r, f, DB_STR(id));
	h->wanted = r.rows > 0;
	return e;
}

/* --- copies ------------------------------------------------------------------------------------- */

/* A good copy in this target? *fd: it, to be closed by the caller. */
static enum err
good_copy(struct heal *h, int t, int *fd, off_t *size, struct fault *f)
{
	uint8_t sum[SHA256_BYTES];
	enum err e = store_get_at(h->app->store, t, h->key, fd, size, f);

	if (e != ERR_OK || !h->blob)
		return e;
	if ((e = sha256_fd(*fd, sum, f)) == ERR_OK && memcmp(sum, h->sha, sizeof(sum)) != 0)
		e = fault_set(f, ERR_DAMAGED, "%s in %s: the bytes are not what its name says", h->key, store_target_name(h->app->store, t));
	if (e != ERR_OK)
		fd_close(fd);
	return e;
}

/* The first target that has one. What is merely away may have it: then this is no verdict. */
static enum err
find_source(struct heal *h, int *t, int *fd, off_t *size, struct fault *f)
{
	struct fault why = FAULT_NONE, away = FAULT_NONE;

	for (*t = 0; *t < store_targets(h->app->store); (*t)++) {
		why = (struct fault)FAULT_NONE;
		if (good_copy(h, *t, fd, size, &why) == ERR_OK)
			return ERR_OK;
		if (why.err != ERR_NOTFOUND && why.err != ERR_DAMAGED && away.err == ERR_OK)
			away = why;
	}
	if (away.err != ERR_OK)
		return fault_set(f, away.err, "%s", away.why);
	return fault_set(f, ERR_DAMAGED, "there is no good copy of %s anywhere", h->key);
}

/* ERR_OK: target t needs no copy. */
static enum err
is_whole(struct heal *h, int t, off_t size, bool prove)
{
	struct fault ignored = FAULT_NONE;
	off_t had = -1;
	int fd = -1;
	enum err e;

	if (!prove) {
		e = store_stat_at(h->app->store, t, h->key, &had, &ignored);
		return e == ERR_OK && had != size ? ERR_DAMAGED : e;
	}
	e = good_copy(h, t, &fd, &had, &ignored);
	fd_close(&fd);
	return e == ERR_OK && had != size ? ERR_DAMAGED : e;
}

/* Each target gets its turn; the first that fails is told, by name. */
static enum err
copy_blob(struct heal *h, int from, int fd, off_t size, bool prove, struct fault *f)
{
	enum err first = ERR_OK;

	for (int t = 0; t < store_targets(h->app->store); t++) {
		struct fault why = FAULT_NONE;
		enum err e = t == from ? ERR_OK : is_whole(h, t, size, prove);

		if (e == ERR_OK)
			continue;
		if ((e = store_copy_at(h->app->store, from, t, h->key, fd, size, h->sha, &why)) == ERR_OK) {
			h->put[t] = true;
			(*h->written)++;
		} else if (first == ERR_OK)
			first = fault_set(f, e, "%s: %s", store_target_name(h->app->store, t), why.why);
	}
	return first;
}

/* A whole sidecar. What is longer than one can be is damaged. */
static enum err
read_text(int fd, off_t size, struct buf *b, struct fault *f)
{
	size_t got = 0;
	enum err e;

	if (size > SIDECAR_BYTES)
		return fault_set(f, ERR_DAMAGED, "a sidecar of %lld bytes", (long long)size);
	buf_clear(b);
	if ((e = buf_reserve(b, (size_t)size)) == ERR_OK && (e = fd_pread_all(fd, b->data, (size_t)size, 0, &got, f)) == ERR_OK)
		b->len = got;
	return e;
}

static enum err
same_text(struct heal *h, int t, const struct buf *text, bool *same)
{
	struct buf b = BUF_INIT(SIDECAR_BYTES);
	struct fault ignored = FAULT_NONE;
	off_t size = 0;
	int fd = -1;
	enum err e = store_get_at(h->app->store, t, h->key, &fd, &size, &ignored);

	if (e == ERR_OK)
		e = read_text(fd, size, &b, &ignored);
	*same = e == ERR_OK && b.len == text->len && memcmp(b.data, text->data, b.len) == 0;
	buf_free(&b);
	fd_close(&fd);
	return e;
}

static enum err
copy_text(struct heal *h, int from, const struct buf *text, struct fault *f)
{
	enum err first = ERR_OK;

	for (int t = 0; t < store_targets(h->app->store); t++) {
		struct fault why = FAULT_NONE;
		bool same = t == from;
		enum err e;

		if (!same)
			(void)!same_text(h, t, text, &same);
		if (same)
			continue;
		if ((e = store_put_mem_at(h->app->store, t, h->key, text->data, text->len, &why)) == ERR_OK) {
			h->put[t] = true;
			(*h->written)++;
		} else if (first == ERR_OK)
			first = fault_set(f, e, "%s: %s", store_target_name(h->app->store, t), why.why);
	}
	return first;
}

/* A sidecar is written again when its picture changes: what was copied must still be the text. */
static enum err
heal_sidecar(struct heal *h, struct fault *f)
{
	struct buf text = BUF_INIT(SIDECAR_BYTES);
	bool same = false;
	enum err e = ERR_OK;

	for (int i = 0; i < SIDECAR_TRIES && e == ERR_OK && !same; i++) {
		int from = 0, fd = -1;
		off_t size = 0;

		if ((e = find_source(h, &from, &fd, &size, f)) == ERR_OK && (e = read_text(fd, size, &text, f)) == ERR_OK &&
		    (e = copy_text(h, from, &text, f)) == ERR_OK)
			e = same_text(h, from, &text, &same);
		fd_close(&fd);
	}
	buf_free(&text);
	return e;
}

static enum err
heal_blob(struct heal *h, bool prove, struct fault *f)
{
	int from = 0, fd = -1;
	off_t size = 0;
	enum err e = find_source(h, &from, &fd, &size, f);

	if (e == ERR_OK)
		e = copy_blob(h, from, fd, size, prove, f);
	fd_close(&fd);
	return e;
}

/* --- what was deleted meanwhile ----------------------------------------------------------------- */

static enum err
take_back_copies(void *arg, struct fault *f)
{
	struct heal *h = arg;
	enum err e = ERR_OK;

	for (int t = 0; t < store_targets(h->app->store) && e == ERR_OK; t++)
		if (h->put[t])
			e = store_delete_at(h->app->store, t, h->key, f);
	return e;
}

/* An upload of the same bytes that began before we took them back may count on them: look again. */
static enum err
take_back(struct heal *h, struct fault *f)
{
	bool used = false;
	enum err e = h->blob ? blob_free(h->app, h->mem, h->sha, take_back_copies, h, &used, f) : take_back_copies(h, f);

	if (e == ERR_OK && h->blob)
		e = job_add(h->app, h->mem, "mirror", h->key, "", RECHECK_S, f);
	return e;
}

enum err
mirror_heal(struct app *app, struct arena *a, const char *key, bool prove, int *written, struct fault *f)
{
	struct heal h = { .app = app, .mem = a, .key = key, .written = written };
	struct fault why = FAULT_NONE;
	enum err e;

	*written = 0;
	h.blob = store_key_blob(key, h.sha);
	if (!h.blob && strncmp(key, "p/", 2) != 0)
		return fault_set(f, ERR_INTERNAL, "%.80s is neither bytes nor a sidecar", key);
	if ((e = look_up(&h, f)) != ERR_OK || !h.wanted)
		return e;
	e = h.blob ? heal_blob(&h, prove, &why) : heal_sidecar(&h, &why);
	if (look_up(&h, f) != ERR_OK)
		return ERR_DB;
	if (!h.wanted)
		return take_back(&h, f);
	return e != ERR_OK ? fault_set(f, e, "%s", why.why) : ERR_OK;
}

/* --- jobs --------------------------------------------------------------------------------------- */

static enum err
run(struct app *app, struct arena *a, const struct job *j, bool prove, const char **what, struct fault *f)
{
	int written = 0;
	enum err e = mirror_heal(app, a, j->key, prove, &written, f);

	if (e != ERR_OK)
		return e;
	if (written > 0)
		*what = arena_printf(a, "%d copies written", written);
	/* What failed before may well succeed now: it need not wait for its time. */
	return written > 0 ? DB_RUN(app->db, a, STMT_MIRROR_HURRY, NULL, f, DB_INT(clock_now_s()), DB_INT(clock_now_s())) : ERR_OK;
}

enum err
mirror_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	return run(app, a, j, false, what, f);
}

enum err
repair_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	return run(app, a, j, true, what, f);
}
