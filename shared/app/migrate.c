/*
 * The walk of a move. Making one object agree everywhere is mirror_heal's work: it knows what the index wants, reads and compares hashes, and
 * does not bring back what is deleted under its hands. Tombstones are no rows; they are copied as they are.
 */
#include "app/migrate.h"

#include <string.h>
#include <time.h>

#include "app/mirror.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/fdio.h"

struct walk {
	struct migrate	*m;
	struct arena	*mem;
	struct fault	*f;
	int64_t		 began_us;
};

/* Rest until the bytes copied so far are no more than the rate allows. */
static void
pace(const struct walk *w)
{
	const struct migrate *m = w->m;
	int64_t due_us, now_us = clock_mono_us() - w->began_us;
	struct timespec ts;

	if (m->rate_bytes == 0)
		return;
	due_us = m->copied_bytes * 1000000 / m->rate_bytes;
	if (due_us <= now_us)
		return;
	ts = (struct timespec){ .tv_sec = (due_us - now_us) / 1000000, .tv_nsec = (due_us - now_us) % 1000000 * 1000 };
	nanosleep(&ts, NULL);
}

static enum err
copy_tombstone(struct walk *w, const char *key, int *written, struct fault *f)
{
	off_t size = 0;
	int fd = -1;
	enum err e = store_get_at(w->m->app->store, w->m->from, key, &fd, &size, f);

	if (e == ERR_OK)
		e = store_put_at(w->m->app->store, w->m->to, key, fd, size, NULL, f);
	fd_close(&fd);
	*written = e == ERR_OK;
	return e;
}

static bool
is_tombstone(const char *key)
{
	return strncmp(key, "t/", 2) == 0;
}

/* By its size alone; or, as sidecars are written again in place and bytes may go bad, by a closer look. */
static bool
looks_whole(const struct migrate *m, const char *key, bool has)
{
	return has && (is_tombstone(key) || (strncmp(key, "p/", 2) != 0 && !m->verify));
}

/* ERR_OK: copied, or not wanted by the index (any more): then *written stays 0. */
static enum err
copy(struct walk *w, const char *key, int *written, struct fault *f)
{
	if (is_tombstone(key))
		return copy_tombstone(w, key, written, f);
	return mirror_heal(w->m->app, w->mem, key, w->m->verify, written, f);
}

/* Does the other store have it, as far as its size tells? */
static enum err
has_it(struct walk *w, const char *key, off_t size, bool *has, struct fault *f)
{
	off_t had = -1;
	enum err e = store_stat_at(w->m->app->store, w->m->to, key, &had, f);

	*has = e == ERR_OK && had == size;
	if (e == ERR_NOTFOUND && f != NULL)
		*f = (struct fault)FAULT_NONE;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err
each(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct walk *w = arg;
	struct migrate *m = w->m;
	struct fault why = FAULT_NONE;
	int written = 0;
	bool has = false;
	enum err e;

	(void)mtime_s;
	arena_reset(w->mem);
	m->seen++;
	if (m->progress != NULL)
		m->progress(m->seen, m->arg);
	e = has_it(w, key, size, &has, &why);
	if (e == ERR_OK && has)
		m->there++;
	if (e == ERR_OK && m->dry_run) {
		m->copied += !has;
		m->copied_bytes += has ? 0 : size;
	} else if (e == ERR_OK && !looks_whole(m, key, has)) {
		e = copy(w, key, &written, &why);
		m->copied += written > 0;
		m->copied_bytes += written > 0 ? size : 0;
		m->unwanted += e == ERR_OK && !has && written == 0;
		pace(w);
	}
	if (e == ERR_OK)
		return ERR_OK;
	m->failed++;
	if (m->told != NULL)
		m->told(key, why.why, m->arg);
	/* A store that is away is not asked about each object. */
	return e == ERR_STORE || e == ERR_NOSPACE || e == ERR_DB ? fault_set(w->f, e, "%s", why.why) : ERR_OK;
}

enum err
migrate_run(struct migrate *m, struct fault *f)
{
	/* Bytes before what refers to them. */
	static const char *const trees[] = { "t/", "o/", "p/" };
	struct walk w = { .m = m, .mem = arena_new(), .f = f, .began_us = clock_mono_us() };
	enum err e = ERR_OK;

	for (size_t i = 0; i < NELEM(trees) && e == ERR_OK; i++)
		e = store_list_at(m->app->store, m->from, trees[i], each, &w, f);
	arena_free(w.mem);
	return e;
}
