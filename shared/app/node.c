/*
 * Nodes: the heartbeat, deletes that others made, and a look through the cache of a node that is new. That look is what makes forgetting a
 * node safe: whatever happened while nobody kept a list for it, it finds by asking the index about each thing it holds.
 */
#include "app/node.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/deletion.h"
#include "app/stmt.h"
#include "app/variant.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/fdio.h"

#define AT_ONCE 500		/* deletes a turn */
#define NEW_S 120		/* so long a node looks through its cache each time: a delete may have missed it by a moment */

const char *
node_name(const struct app *app, struct arena *a)
{
	const char *dir = app->conf->cache_dir, *what;
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	for (char *s = host; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			*s = '-';
	what = arena_printf(a, "%s:%s", host, dir);
	return arena_printf(a, "%s-%08x", host, (unsigned)(hash64(what, strlen(what)) & 0xffffffffu));
}

/* --- looking through the cache ------------------------------------------------------------------ */

struct look {
	struct app	*app;
	struct arena	*mem;
	struct fault	*f;
	enum err	 e;
	int		 dropped;
};

/* each for every name in the folder path below cache.dir, until something fails. */
static void
each_name(struct look *l, const char *path, void (*each)(struct look *l, const char *path, const char *name))
{
	int fd = fd_open_beneath(l->app->cache_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;

	if (dir == NULL) {
		fd_close(&fd);
		return;
	}
	while (l->e == ERR_OK && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			each(l, path, d->d_name);
	closedir(dir);
}

/* "v/HH" and "x/HH" hold folders of pictures. */
static void
look_at_picture(struct look *l, const char *path, const char *name)
{
	struct db_result res;

	(void)path;
	if (!id_valid(name, strlen(name)))
		return;
	arena_reset(l->mem);
	l->e = DB_RUN(l->app->db, l->mem, STMT_SCRUB_PICTURE, &res, l->f, DB_STR(name));
	if (l->e == ERR_OK && res.rows == 0 && (l->e = variant_drop(l->app, name, l->f)) == ERR_OK)
		l->dropped++;
}

/* "y/HH" and "t/HH" hold files that begin with the hash of a blob. */
static void
look_at_copy(struct look *l, const char *path, const char *name)
{
	uint8_t sha[SHA256_BYTES];
	struct db_result res;
	char file[VARIANT_PATH_SIZE];

	if (strlen(name) < 2 * SHA256_BYTES || !dec_hex(name, 2 * SHA256_BYTES, sha, sizeof(sha)))
		return;
	arena_reset(l->mem);
	l->e = DB_RUN(l->app->db, l->mem, STMT_SCRUB_BLOB, &res, l->f, DB_BLOB(sha, sizeof(sha)));
	if (l->e != ERR_OK || (res.rows > 0 && db_int(&res, 0, 0) > 0))
		return;
	snprintf(file, sizeof(file), "%s/%s", path, name);
	if (unlinkat(l->app->cache_fd, file, 0) == 0)
		l->dropped++;
}

static void
look_in_pictures(struct look *l, const char *path, const char *name)
{
	char sub[VARIANT_PATH_SIZE];

	snprintf(sub, sizeof(sub), "%s/%s", path, name);
	each_name(l, sub, look_at_picture);
}

static void
look_in_copies(struct look *l, const char *path, const char *name)
{
	char sub[VARIANT_PATH_SIZE];

	snprintf(sub, sizeof(sub), "%s/%s", path, name);
	each_name(l, sub, look_at_copy);
}

static enum err
look_through(struct app *app, int *dropped, struct fault *f)
{
	struct look l = { .app = app, .mem = arena_new(), .f = f };

	each_name(&l, "v", look_in_pictures);
	each_name(&l, "x", look_in_pictures);
	each_name(&l, "y", look_in_copies);
	each_name(&l, "t", look_in_copies);
	arena_free(l.mem);
	*dropped = l.dropped;
	return l.e;
}

/* --- the job ------------------------------------------------------------------------------------ */

enum err
node_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	const char *name = node_name(app, a);
	int64_t now = clock_now_s();
	int cleared = 0, dropped = 0;
	struct db_result res;
	bool is_new;
	enum err e;

	(void)j;
	if ((e = DB_RUN(app->db, a, STMT_NODE_GET, &res, f, DB_STR(name))))
		return e;
	is_new = res.rows == 0 || db_int(&res, 0, 0) > now - NEW_S;
	/* From here on every delete has lines for this node; what ended before, the look finds. */
	if ((e = DB_RUN(app->db, a, STMT_NODE_BEAT, NULL, f, DB_STR(name), DB_INT(now), DB_INT(now))) ||
	    (is_new && (e = look_through(app, &dropped, f))))
		return e;
	e = deletion_of_node(app, a, AT_ONCE, &cleared, f);
	if (cleared + dropped > 0)
		*what = arena_printf(a, "%d deletes of others, %d leftovers of the cache", cleared, dropped);
	return e;
}
