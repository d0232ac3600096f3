/*
 * What runs in the background. The table is at the end; every kind is one function above it, and
 * may be repeated at any time.
 */
#include "app/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/mirror.h"
#include "app/node.h"
#include "app/picture.h"
#include "app/pyramid.h"
#include "app/picture_sweep.h"
#include "app/scrub.h"
#include "app/stmt.h"
#include "app/variant.h"
#include "app/variant_later.h"
#include "base/clock.h"
#include "base/fdio.h"

#define SPOOL_AGE_S 86400	/* no upload takes that long */
#define DONE_AGE_S (7 * 86400)	/* ended jobs are kept to be looked at */
#define DEAD_AGE_S (30 * 86400)
#define SWEEP_ROUNDS 100	/* of 1000 rows each */

/* Files in an open folder that nobody has touched for age_s: what crashes leave behind. Takes fd. */
static int
remove_old_files(int fd, int64_t age_s)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	struct stat st;
	int n = 0;

	if (dir == NULL) {
		fd_close(&fd);
		return 0;
	}
	while ((d = readdir(dir)) != NULL) {
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    st.st_mtim.tv_sec + age_s < clock_now_s() && unlinkat(fd, d->d_name, 0) == 0)
			n++;
	}
	closedir(dir);
	return n;
}

static enum err
run_tidy(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	int spool = open(app->conf->server_spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), stored = 0;
	int tmp = fd_open_beneath(app->cache_fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), n = 0;
	enum err e = store_tidy(app->store, SPOOL_AGE_S, &stored, f);

	(void)j;
	if (spool >= 0)
		n += remove_old_files(spool, SPOOL_AGE_S);
	if (tmp >= 0)
		n += remove_old_files(tmp, SPOOL_AGE_S);
	if (n + stored > 0)
		*what = arena_printf(a, "%d files left by crashes removed", n + stored);
	return e;
}

static enum err
run_cache_trim(struct app *app, struct arena *a, const struct job *j, const char **what,
    struct fault *f)
{
	int64_t removed = 0, kept = 0;
	enum err e = cache_trim(app, app->conf->cache_max_bytes, &removed, &kept, f);

	(void)j;
	if (e == ERR_OK && removed > 0)
		*what = arena_printf(a, "%lld bytes removed, %lld kept", (long long)removed,
		    (long long)kept);
	return e;
}

/* Repeat a statement that deletes at most 1000 rows until it finds fewer. */
static enum err
sweep(struct app *app, struct arena *a, int stmt, const struct db_val *v, size_t n, int64_t *total,
    struct fault *f)
{
	struct db_result r = { .affected = 1000 };
	enum err e = ERR_OK;

	for (int i = 0; i < SWEEP_ROUNDS && e == ERR_OK && r.affected >= 1000; i++) {
		e = db_run(app->db, a, stmt, v, n, &r, f);
		if (e == ERR_OK)
			*total += (int64_t)r.affected;
	}
	return e;
}

static enum err
run_expire(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	int64_t now = clock_now_s(), n = 0;
	struct db_val sessions[] = { DB_INT(now - app->conf->session_idle_s),
	    DB_INT(now - app->conf->session_max_s) };
	struct db_val counters[] = { DB_INT(now) };
	struct db_val done[] = { DB_INT(2), DB_INT(now - DONE_AGE_S) };
	struct db_val nodes[] = { DB_INT(now - NODE_FORGET_S) };
	struct db_val dead[] = { DB_INT(3), DB_INT(now - DEAD_AGE_S) };
	enum err e;

	(void)j;
	if ((e = sweep(app, a, STMT_SESSION_SWEEP, sessions, NELEM(sessions), &n, f)) ||
	    (e = sweep(app, a, STMT_COUNTER_SWEEP, counters, NELEM(counters), &n, f)) ||
	    (e = sweep(app, a, STMT_JOB_SWEEP, done, NELEM(done), &n, f)) ||
	    (e = sweep(app, a, STMT_JOB_SWEEP, dead, NELEM(dead), &n, f)) ||
	    (e = sweep(app, a, STMT_NODE_FORGET, nodes, NELEM(nodes), &n, f)))
		return e;
	if (n > 0)
		*what = arena_printf(a, "%lld rows ended", (long long)n);
	return ERR_OK;
}

/* Deletes that were not finished: each becomes a job of its own, with its own retries. */
static enum err
run_find_deleted(struct app *app, struct arena *a, const struct job *j, const char **what,
    struct fault *f)
{
	struct picture_ids ids;
	enum err e = picture_unpurged(app, a, &ids, f);

	(void)j;
	for (size_t i = 0; e == ERR_OK && i < ids.n; i++)
		e = job_add(app, a, "purge", ids.id[i], "", 0, f);
	if (e == ERR_OK && ids.n > 0)
		*what = arena_printf(a, "%zu deletes to finish", ids.n);
	return e;
}

static enum err
run_purge(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	(void)what;
	return picture_purge_id(app, a, j->key, f);
}

const struct job_kind job_kinds[] = {
	{ .name = "cache_trim", .every_s = 60, .per_node = true, .run = run_cache_trim,
	    .doc = "Keep the cache within cache.max_bytes, oldest use first out." },
	{ .name = "tidy", .every_s = 3600, .per_node = true, .run = run_tidy,
	    .doc = "Remove files that crashed programs left in the spool, the cache and the store." },
	{ .name = "expire", .every_s = 600, .run = run_expire,
	    .doc = "Remove sessions, counters and ended jobs whose time is over." },
	{ .name = "node", .every_s = 10, .per_node = true, .run = node_job,
	    .doc = "Say that this node is there; clear from it what was deleted on others." },
	{ .name = "find_deleted", .every_s = 60, .run = run_find_deleted,
	    .doc = "Queue a purge for every delete that was not finished." },
	{ .name = "scrub", .every_s = 60, .run = scrub_job,
	    .doc = "Compare index and store every scrub.every_days, some seconds a minute." },
	{ .name = "purge", .max_tries = 12, .run = run_purge,
	    .doc = "Finish the delete of a picture: caches, variants, bytes." },
	{ .name = "pyramid", .max_tries = 3, .run = pyramid_job,
	    .doc = "Make the reduced copies of a picture again when the cache has lost them." },
	{ .name = "variant", .max_tries = 3, .run = variant_job,
	    .doc = "Make a variant that takes too long for a request (AVIF, HEIC)." },
	{ .name = "mirror", .max_tries = 60, .forget = true, .run = mirror_job,
	    .doc = "Copy an object to the mirrors that have none." },
	{ .name = "repair", .max_tries = 12, .run = repair_job,
	    .doc = "Look at all copies of an object and replace those that are bad or missing." },
	{ .name = NULL }
};
