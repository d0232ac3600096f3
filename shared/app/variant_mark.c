/*
 * Marks are found anew with each request: two short look-ups in memcached, mostly. What a note
 * speaks of is derived from its name alone, and never leaves the cache's folder.
 */
#include "app/variant_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/picture_name.h"
#include "base/fdio.h"

#define EC_MISSING "0040-00000025"

enum { NOTE_SIZE = 128, SHOWN = 64, FOLDERS_AGAIN = 3 };

/* "ID" and "ID.EXT" name a picture by its id. */
static bool
is_id(const struct spec_mark *m, char id[ID_SIZE])
{
	if (m->key_len < ID_CHARS || !id_valid(m->key, ID_CHARS) ||
	    (m->key_len > ID_CHARS && m->key[ID_CHARS] != '.'))
		return false;
	memcpy(id, m->key, ID_CHARS);
	id[ID_CHARS] = '\0';
	return true;
}

static bool
may_use(const struct picture_row *mark, const struct picture_row *pic)
{
	return mark->visibility != VIS_PRIVATE || (mark->owner != 0 && mark->owner == pic->owner);
}

static enum err
find_one(struct app *app, struct arena *a, const struct picture_row *pic, const struct spec_mark *m,
    struct picture_row *out, struct fault *f)
{
	struct fault why = FAULT_NONE;
	char id[ID_SIZE];
	enum err e = ERR_NOTFOUND;

	if (is_id(m, id))
		e = picture_get(app, a, id, out, NULL, &why);
	if (e == ERR_NOTFOUND) {
		why = (struct fault)FAULT_NONE;
		e = picture_named(app, a, arena_strndup(a, m->key, m->key_len), pic->owner, out, &why);
	}
	if (e == ERR_OK && !may_use(out, pic))
		e = ERR_NOTFOUND;
	if (e == ERR_NOTFOUND || e == ERR_GONE)
		return fault_ec(f, ERR_BADIMAGE, EC_MISSING,
		    "there is no picture %.*s to draw as a watermark",
		    (int)(m->key_len < SHOWN ? m->key_len : SHOWN), m->key);
	return e != ERR_OK ? fault_set(f, e, "%s", why.why) : ERR_OK;
}

enum err
variant_marks_find(struct app *app, struct arena *a, const struct picture_row *pic,
    const struct spec *spec, struct variant_marks *out, struct fault *f)
{
	struct spec_mark want[VARIANT_MARKS_MAX + 1];
	size_t n = spec_marks(spec, want, NELEM(want));
	enum err e;

	out->n = 0;
	if (n > VARIANT_MARKS_MAX)
		return fault_set(
		    f, ERR_WATERMARK, "more than %d pictures as watermarks", VARIANT_MARKS_MAX);
	for (; out->n < n; out->n++)
		if ((e = find_one(app, a, pic, &want[out->n], &out->row[out->n], f)))
			return e;
	return ERR_OK;
}

enum err
variant_marks_alive(struct app *app, struct arena *a, const struct variant_marks *m, struct fault *f)
{
	struct picture_row now;
	enum err e;

	for (size_t i = 0; i < m->n; i++) {
		struct fault why = FAULT_NONE;

		e = picture_get_fresh(app, a, m->row[i].id, &now, &why);
		if (e == ERR_GONE || e == ERR_NOTFOUND)
			return fault_ec(f, ERR_BADIMAGE, EC_MISSING,
			    "the picture %s was deleted, and was to be a watermark", m->row[i].id);
	}
	return ERR_OK;
}

/* "L/HH/ID/c/NAME.EXT" as "ID.L.NAME.EXT"; false: it is no variant's name. */
static bool
note_of(const char *rel, char out[NOTE_SIZE])
{
	const char *id = strlen(rel) > 5 ? rel + 5 : "", *slash = strchr(id, '/');
	int n;

	if (slash == NULL || slash - id != ID_CHARS || strncmp(slash, "/c/", 3) != 0)
		return false;
	n = snprintf(out, NOTE_SIZE, "%.*s.%c.%s", ID_CHARS, id, rel[0], slash + 3);
	return n > 0 && n < NOTE_SIZE;
}

/* And back. */
static bool
variant_of(const char *note, char out[VARIANT_PATH_SIZE])
{
	const char *rest = note + ID_CHARS;

	if (strlen(note) < ID_CHARS + 4 || !id_valid(note, ID_CHARS) || rest[0] != '.' ||
	    (rest[1] != 'v' && rest[1] != 'x') || rest[2] != '.' || strchr(rest, '/') != NULL)
		return false;
	return snprintf(out, VARIANT_PATH_SIZE, "%c/%.2s/%.*s/c/%s", rest[1], note + ID_CHARS - 2,
		   ID_CHARS, note, rest + 3) < VARIANT_PATH_SIZE;
}

void
variant_marks_note(struct app *app, const struct variant_marks *m, const char *rel)
{
	char note[NOTE_SIZE], path[VARIANT_PATH_SIZE], dir[64];
	struct fault ignored = FAULT_NONE;
	int fd;

	for (size_t i = 0; i < m->n && note_of(rel, note); i++) {
		snprintf(dir, sizeof(dir), "v/%s/%s/m", m->row[i].id + ID_CHARS - 2, m->row[i].id);
		snprintf(path, sizeof(path), "%s/%s", dir, note);
		for (int k = 0; k < FOLDERS_AGAIN; k++) {
			fd = openat(app->cache_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
			if (fd >= 0 || errno != ENOENT || dir_make(app->cache_fd, dir, 0755, &ignored))
				break;
		}
		fd_close(&fd);
	}
}

struct tidy {
	int	 cache_fd;
	bool	 all;		/* the variants too, else only notes of what is gone */
};

static void
tidy_one(int dirfd, const char *note, void *arg)
{
	const struct tidy *t = arg;
	char rel[VARIANT_PATH_SIZE];
	bool known = variant_of(note, rel);

	if (known && t->all)
		unlinkat(t->cache_fd, rel, 0);
	if (!known || t->all || faccessat(t->cache_fd, rel, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		unlinkat(dirfd, note, 0);
}

void
variant_marks_drop(struct app *app, const char *dir)
{
	struct tidy t = { .cache_fd = app->cache_fd, .all = true };
	char path[VARIANT_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/m", dir);
	cache_walk(app->cache_fd, path, true, tidy_one, &t);
}

void
variant_marks_tidy(int cache_fd, int dirfd)
{
	struct tidy t = { .cache_fd = cache_fd };

	cache_walk(dirfd, "m", true, tidy_one, &t);
}
