/*
 * Imports. Where a thing comes from is a function that opens it; all else is the same for folders and buckets.
 */
#include "app/import.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ingest.h"
#include "app/picture_key.h"
#include "app/spool.h"
#include "app/stmt.h"
#include "base/fdio.h"
#include "base/limits.h"

#define BLOCK_BYTES 65536
#define DEPTH 64		/* folders in folders */
#define GIVE_UP 10		/* failures in a row: the database or the store is away */

static const char *const texts[IMPORT__MAX] = {
	[IMPORT_ADDED] = "imported",
	[IMPORT_SHARED] = "of them with bytes that were there already",
	[IMPORT_KNOWN] = "known",
	[IMPORT_REFUSED] = "refused",
	[IMPORT_FAILED] = "failed",
};

const char *
import_text(enum import_count what)
{
	return texts[what];
}

/* Something to import. */
struct thing {
	const char	*key;		/* with the prefix */
	int64_t		 bytes, mtime_s;
	/* A descriptor to read it from. */
	enum err	(*open)(struct thing *t, int *fd, struct fault *f);
	int		 dir;		/* folder: where name is */
	const char	*name;
	struct store	*from;		/* bucket: its key there */
	const char	*there;
};

/* --- one thing ---------------------------------------------------------------------------------- */

static void
tell(struct import *im, enum import_count what, const char *key, const char *why)
{
	im->count[what]++;
	if (im->told != NULL && (what == IMPORT_REFUSED || what == IMPORT_FAILED || (im->dry_run && what == IMPORT_ADDED)))
		im->told(what, key, why, im->arg);
}

/* A copy that nobody changes under us, and its hash. */
static enum err
spool_it(struct import *im, struct thing *t, struct spool *s, uint8_t sha[SHA256_BYTES], struct fault *f)
{
	size_t got = 1;
	int fd = -1;
	off_t off = 0;
	enum err e = t->open(t, &fd, f);

	if (e == ERR_OK)
		e = spool_open(s, -1, im->app->conf->server_spool_dir, im->app->conf->limits_file_bytes, false, f);
	while (e == ERR_OK && got > 0) {
		char block[BLOCK_BYTES];

		if ((e = fd_pread_all(fd, block, sizeof(block), off, &got, f)) == ERR_OK && got > 0)
			e = spool_add(s, block, got, f);
		off += (off_t)got;
	}
	if (e == ERR_OK)
		e = spool_end(s, sha, f);
	fd_close(&fd);
	return e;
}

static enum err
take(struct import *im, struct arena *a, struct thing *t, const struct picture_key_known *known, struct fault *f)
{
	struct ingest_ask ask = { .name = strrchr(t->key, '/') != NULL ? strrchr(t->key, '/') + 1 : t->key, .title = "", .owner = im->owner,
	    .visibility = im->visibility };
	struct spool s = SPOOL_NONE;
	struct picture_row row;
	struct picture_key key;
	struct db_result refs;
	enum err e = spool_it(im, t, &s, ask.sha256, f);

	if (e != ERR_OK)
		goto out;
	ask.fd = s.fd;
	ask.bytes = s.bytes;
	key = (struct picture_key){ .text = t->key, .source_bytes = s.bytes, .source_sha = ask.sha256, .owner = -1 };
	ask.key = &key;
	if (known->alive && known->source_bytes == s.bytes && memcmp(known->source_sha, ask.sha256, SHA256_BYTES) == 0) {
		tell(im, IMPORT_KNOWN, t->key, "");
		goto out;
	}
	if ((e = ingest(im->app, a, &ask, &row, f)))
		goto out;
	tell(im, IMPORT_ADDED, t->key, "");
	im->bytes += s.bytes;
	if (DB_RUN(im->app->db, a, STMT_SCRUB_BLOB, &refs, NULL, DB_BLOB(row.blob, SHA256_BYTES)) == ERR_OK && refs.rows > 0 &&
	    db_int(&refs, 0, 0) > 1)
		tell(im, IMPORT_SHARED, t->key, "");
out:
	spool_close(&s);
	return e;
}

static enum err
look_and_take(struct import *im, struct arena *a, struct thing *t, struct fault *f)
{
	struct picture_key_known known;
	enum err e;

	if ((e = picture_key_check(t->key, f)))
		return e;
	if (t->bytes > im->app->conf->limits_file_bytes)
		return fault_set(f, ERR_TOOBIG, "the file has more than %lld bytes", (long long)im->app->conf->limits_file_bytes);
	if ((e = picture_key_known(im->app, a, t->key, &known, f)))
		return e;
	/* Of the same size and not changed since: not read again. */
	if (known.alive && known.source_bytes == t->bytes && t->mtime_s < known.created_s && !im->verify) {
		tell(im, IMPORT_KNOWN, t->key, "");
		return ERR_OK;
	}
	if (im->dry_run) {
		tell(im, IMPORT_ADDED, t->key, known.alive ? "again" : "");
		return ERR_OK;
	}
	return take(im, a, t, &known, f);
}

/* ERR_OK as long as it makes sense to go on. */
static enum err
import_one(struct import *im, struct thing *t, struct fault *f)
{
	struct fault why = FAULT_NONE;
	struct arena *a = arena_new();
	enum err e = look_and_take(im, a, t, &why);
	bool ours = e != ERR_OK && err_status(e) >= 500;

	if (e != ERR_OK)
		tell(im, ours ? IMPORT_FAILED : IMPORT_REFUSED, t->key, why.why);
	im->failed_in_row = ours ? im->failed_in_row + 1 : 0;
	im->done++;
	if (im->progress != NULL)
		im->progress(im->done, im->all, im->arg);
	arena_free(a);
	return im->failed_in_row < GIVE_UP ? ERR_OK :
	    fault_set(f, e, "given up after %d failures in a row: %s", GIVE_UP, why.why);
}

/* --- folders ------------------------------------------------------------------------------------ */

struct walk {
	struct import	*im;
	struct arena	*mem;
	bool		 counting;	/* first, for the bar */
};

static enum err
open_file(struct thing *t, int *fd, struct fault *f)
{
	*fd = openat(t->dir, t->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	/* What we may not read is not for the site: the file's fault, not ours. */
	return *fd >= 0 ? ERR_OK : fault_set(f, ERR_FORBIDDEN, "the file cannot be opened");
}

static enum err walk_folder(struct walk *w, int parent, const char *name, const char *below, int depth, struct fault *f);

static enum err
each_entry(struct walk *w, int dir, const char *name, const char *below, int depth, struct fault *f)
{
	const char *key = arena_printf(w->mem, "%s%s%s", below, *below != '\0' ? "/" : "", name);
	struct thing t = { .open = open_file, .dir = dir, .name = name };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_OK;		/* gone meanwhile */
	if (S_ISDIR(st.st_mode))
		return walk_folder(w, dir, name, key, depth + 1, f);
	if (w->counting) {
		w->im->all++;
		return ERR_OK;
	}
	t.key = arena_printf(w->mem, "%s%s", w->im->prefix, key);
	if (!S_ISREG(st.st_mode)) {
		tell(w->im, IMPORT_REFUSED, t.key, "neither a file nor a folder; links are not followed");
		w->im->done++;
		return ERR_OK;
	}
	t.bytes = st.st_size;
	t.mtime_s = st.st_mtim.tv_sec > st.st_ctim.tv_sec ? st.st_mtim.tv_sec : st.st_ctim.tv_sec;
	return import_one(w->im, &t, f);
}

static enum err
walk_folder(struct walk *w, int parent, const char *name, const char *below, int depth, struct fault *f)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0));
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;
	enum err e = ERR_OK;

	if (dir == NULL || depth > DEPTH) {
		if (depth == 0)
			e = fault_errno(f, ERR_BADREQ, "%s", name);
		else if (!w->counting)
			tell(w->im, IMPORT_REFUSED, below, depth > DEPTH ? "folders too deep" : "the folder cannot be opened");
		if (dir != NULL)
			closedir(dir);
		else
			fd_close(&fd);
		return e;
	}
	while (e == ERR_OK && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			e = each_entry(w, dirfd(dir), d->d_name, below, depth, f);
	closedir(dir);
	return e;
}

enum err
import_folder(struct import *im, const char *dir, struct fault *f)
{
	struct walk w = { .im = im, .mem = arena_new(), .counting = true };
	enum err e = walk_folder(&w, AT_FDCWD, dir, "", 0, f);

	w.counting = false;
	arena_reset(w.mem);
	if (e == ERR_OK)
		e = walk_folder(&w, AT_FDCWD, dir, "", 0, f);
	arena_free(w.mem);
	return e;
}

/* --- buckets ------------------------------------------------------------------------------------ */

struct bucket {
	struct import	*im;
	struct store	*from;
	struct fault	*f;
};

static enum err
open_object(struct thing *t, int *fd, struct fault *f)
{
	off_t size;

	return store_foreign_get(t->from, t->there, fd, &size, f);
}

static enum err
each_object(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct bucket *b = arg;
	struct arena *a = arena_new();
	struct thing t = { .open = open_object, .from = b->from, .there = key, .bytes = size, .mtime_s = mtime_s };
	enum err e = ERR_OK;

	t.key = arena_printf(a, "%s%s", b->im->prefix, key);
	/* Buckets have empty objects "folder/" for people who click. */
	if (size > 0 || key[strlen(key) - 1] != '/')
		e = import_one(b->im, &t, b->f);
	arena_free(a);
	return e;
}

enum err
import_bucket(struct import *im, struct store *from, const char *only, struct fault *f)
{
	struct bucket b = { im, from, f };

	return store_foreign_list(from, only, each_object, &b, f);
}
