/*
 * A variant is a file, and its being there is all the state there is: no index, nothing to repair.
 * Finding is one stat; making is one builder under a lock by name. Order is what keeps deleted
 * pictures deleted: first all names are made, then the picture is looked at again; a delete first
 * marks, then removes. Whoever comes second sees the other.
 */
#include "app/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/sandbox.h"
#include "app/variant_build.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "base/num.h"
#include "base/rnd.h"
#include "base/slots.h"

enum {
	NAME_BYTES = 16,    /* of the hash */
	ALIAS_STEPS = 200,  /* longer addresses have no alias */
	BAD_S = 60,	    /* a failure by the picture's fault is believed for so long ... */
	BAD_CRASH_S = 3600, /* ... and so long when it cost a child */
	NOTE_BYTES = FAULT_WHY_BYTES + 64,
	DROP_TRIES = 3
};

/* A request on its way: what is asked, where it is, what was found. */
struct get {
	struct app		*app;
	struct arena		*a;
	const struct variant_ask *ask;
	struct variant_names	 n;
	struct variant		*out;
};

static void
dir_of(char letter, const char *id, char out[64])
{
	snprintf(out, 64, "%c/%s/%s", letter, id + ID_CHARS - 2, id);
}

/* Must each request be looked at? Then the web server may not find the file by itself. */
static bool
is_hidden(const struct app *app, const struct picture_row *p)
{
	return p->visibility == VIS_PRIVATE || app->conf->access_policy != ACCESS_OPEN;
}

/* Could the web server come by the same name, and nothing but that name? */
static bool
alias_ok(const struct app *app, const struct variant_ask *ask)
{
	const char *s = ask->steps;

	return ask->url != VARIANT_NO_ALIAS && s != NULL && !is_hidden(app, ask->pic) &&
	       ask->fmt != FMT_NONE && *s != '\0' && *s != '/' && strlen(s) <= ALIAS_STEPS &&
	       s[strlen(s) - 1] != '/' && strstr(s, "//") == NULL &&
	       s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789,_/-")] ==
		   '\0';
}

/* The format stands behind the steps: asked for by name, extension or not at all, it is the same file. */
static enum err
key_text(const struct get *g, char *out, size_t size, struct fault *f)
{
	struct spec *sp = arena_alloc(g->a, sizeof(*sp));

	*sp = *g->ask->spec;
	sp->format = FMT_NONE;
	sp->format_auto = false;
	return spec_canonical(sp, out, size, f);
}

static enum err
name_it(struct get *g, struct fault *f)
{
	const struct variant_ask *ask = g->ask;
	const char *ext = ask->fmt != FMT_NONE ? fmt_name(ask->fmt) : "json";
	char text[LIMIT_STEPS_BYTES], hex[2 * NAME_BYTES + 1];
	uint8_t sum[SHA256_BYTES];
	const char *key;
	enum err e;

	if ((e = spec_canonical(ask->spec, g->n.text, sizeof(g->n.text), f)) ||
	    (e = key_text(g, text, sizeof(text), f)) ||
	    (e = variant_marks_find(g->app, g->a, ask->pic, ask->spec, &g->n.marks, f)))
		return e;
	key = arena_printf(g->a, "%s\n%s", text, ext);
	for (size_t i = 0; i < g->n.marks.n; i++)
		key = arena_printf(g->a, "%s\n%s", key, g->n.marks.row[i].id);
	sha256_of(key, strlen(key), sum);
	enc_hex(sum, NAME_BYTES, hex);
	dir_of(is_hidden(g->app, ask->pic) ? 'x' : 'v', ask->pic->id, g->n.dir);
	snprintf(g->n.rel, sizeof(g->n.rel), "%s/c/%s.%s", g->n.dir, hex, ext);
	snprintf(g->n.bad, sizeof(g->n.bad), "%s/c/%s.bad", g->n.dir, hex);
	/* With a watermark each request is looked at: the watermark may be deleted. */
	if (alias_ok(g->app, ask) && g->n.marks.n == 0)
		snprintf(g->n.alias, sizeof(g->n.alias), "%s/%c/%s.%s", g->n.dir,
		    ask->url == VARIANT_PATH ? 'p' : 'q', ask->steps, ext);
	return ERR_OK;
}

/* --- what is there --- */

/* An empty file is what a power cut leaves of one that was not written back: as good as none. */
static bool
find(struct get *g, const char *tier)
{
	struct stat st;

	if (fstatat(g->app->cache_fd, g->n.rel, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	if (st.st_size == 0) {
		unlinkat(g->app->cache_fd, g->n.rel, 0);
		return false;
	}
	cache_used(g->app, g->n.rel, &st);
	memset(g->out, 0, sizeof(*g->out));
	memcpy(g->out->rel, g->n.rel, sizeof(g->out->rel));
	g->out->fmt = g->ask->fmt;
	g->out->bytes = st.st_size;
	g->out->tier = tier;
	return true;
}

/*
 * A note "ERR\nEC\nWHY\n" beside the variants says that this one cannot be made, until the time the
 * file bears: or everybody who waits for it would try in turn, and each cost a decoder.
 */
static void
note_bad(struct get *g, const struct fault *f, int64_t keep_s)
{
	struct fault ignored = FAULT_NONE;
	char note[NOTE_BYTES];
	int fd = -1, n = snprintf(note, sizeof(note), "%d\n%s\n%s\n", (int)f->err,
			 f->ec != NULL ? f->ec : "", f->why);

	unlinkat(g->app->cache_fd, g->n.bad, 0);
	if (n < (int)sizeof(note) && cache_tmp(g->app, &fd, &ignored) == ERR_OK &&
	    fd_write_all(fd, note, (size_t)n, &ignored) == ERR_OK)
		ignored.err = cache_publish(g->app, fd, g->n.bad, clock_now_s() + keep_s, &ignored);
	fd_close(&fd);
}

/* ERR_OK: nothing is known against it. */
static enum err
known_bad(struct get *g, struct fault *f)
{
	char note[NOTE_BYTES + 1], *ec, *why, *end;
	struct stat st;
	size_t got = 0;
	int64_t e = 0;
	int fd = openat(g->app->cache_fd, g->n.bad, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return ERR_OK;
	if (fstat(fd, &st) != 0 || st.st_mtime <= clock_now_s() ||
	    fd_pread_all(fd, note, NOTE_BYTES, 0, &got, NULL))
		got = 0;
	fd_close(&fd);
	note[got] = '\0';
	if ((ec = strchr(note, '\n')) == NULL || (why = strchr(ec + 1, '\n')) == NULL ||
	    (end = strchr(why + 1, '\n')) == NULL)
		return ERR_OK;
	*ec++ = *why++ = *end = '\0';
	if (!num_parses(note, 1, ERR__MAX - 1, &e))
		return ERR_OK;
	return fault_ec(f, (enum err)e, *ec != '\0' ? arena_strdup(g->a, ec) : NULL, "%s", why);
}

/* Asked while waiting for another builder: is it over, one way or the other? */
static int
is_over(void *arg)
{
	struct get *g = arg;

	return faccessat(g->app->cache_fd, g->n.rel, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       known_bad(g, NULL) != ERR_OK;
}

/* --- the picture, once more --- */

/*
 * After all names were made. Deleted or hidden meanwhile: nothing of it may stay. With the database
 * away nobody can delete either, but an alias would be served without asking us, so it is not left.
 */
static enum err
verify(struct get *g, struct fault *f)
{
	struct fault why = FAULT_NONE, ignored = FAULT_NONE;
	const struct picture_row *p = g->ask->pic;
	struct picture_row now;
	enum err e = picture_get_fresh(g->app, g->a, p->id, &now, &why);

	if (e == ERR_OK && memcmp(now.blob, p->blob, sizeof(now.blob)) == 0 &&
	    (now.visibility == VIS_PRIVATE) == (p->visibility == VIS_PRIVATE)) {
		if ((e = variant_marks_alive(g->app, g->a, &g->n.marks, f)))
			unlinkat(g->app->cache_fd, g->n.rel, 0);
		return e;
	}
	if (e != ERR_OK && e != ERR_GONE && e != ERR_NOTFOUND) {
		if (*g->n.alias != '\0')
			unlinkat(g->app->cache_fd, g->n.alias, 0);
		return ERR_OK;
	}
	if (variant_drop(g->app, p->id, &ignored))
		unlinkat(g->app->cache_fd, g->n.rel, 0);
	if (e == ERR_OK)
		return fault_set(f, ERR_BUSY, "the picture has just been changed");
	return fault_set(f, e, "%s", why.why);
}

static enum err
with_alias(struct get *g, struct fault *f)
{
	enum err e;

	if (*g->n.alias == '\0' || !cache_alias(g->app, g->n.rel, g->n.alias))
		return ERR_OK;
	if ((e = verify(g, f)) == ERR_OK)
		variant_keep_names(g->app, g->n.dir, g->app->conf->cache_max_per_picture);
	return e;
}

/* --- making --- */

static enum err
build(struct get *g, struct fault *f)
{
	int64_t t0 = clock_mono_us();
	struct fault why = FAULT_NONE;
	enum err e = variant_build(g->app, g->a, g->ask, &g->n, g->out, &why);

	if (e != ERR_OK) {
		if (err_status(e) < 500)
			note_bad(g, &why, sandbox_crashed(g->app->sandbox) ? BAD_CRASH_S : BAD_S);
		return fault_ec(f, e, why.ec, "%s", why.why);
	}
	g->out->tier = "built";
	metric_add(METRIC_VARIANT_BUILDS, 1);
	metric_time_us(METRIC_VARIANT_BUILD_MS, clock_mono_us() - t0);
	if (*g->n.alias != '\0')
		cache_alias(g->app, g->n.rel, g->n.alias);
	if ((e = verify(g, f)))
		return e;
	variant_keep(g->app, g->n.dir, g->app->conf->cache_max_per_picture);
	if (*g->n.alias != '\0')
		variant_keep_names(g->app, g->n.dir, g->app->conf->cache_max_per_picture);
	return ERR_OK;
}

/*
 * The lock, at once or after waiting for whoever has it. *waited: and what was waited for is
 * perhaps there now.
 */
static enum err
lock(struct get *g, struct slots *held, bool *waited, struct fault *f)
{
	const struct conf *c = g->app->conf;
	struct fault first = FAULT_NONE;
	char path[4096];

	*waited = false;
	if (snprintf(path, sizeof(path), "%s/locks", c->cache_dir) >= (int)sizeof(path))
		return fault_set(f, ERR_INTERNAL, "cache.dir is too long");
	if (slots_lock(path, g->n.rel, 0, NULL, NULL, held, &first) == ERR_OK)
		return ERR_OK;
	if (first.err != ERR_BUSY)
		return fault_set(f, first.err, "%s", first.why);
	*waited = true;
	metric_add(METRIC_VARIANT_WAITS, 1);
	return slots_lock(
	    path, g->n.rel, (int)(c->sandbox_wait_ms + c->sandbox_timeout_ms), is_over, g, held, f);
}

/* What failed on our side may have failed because the picture was deleted under it: then that is the answer. */
static enum err
gone_meanwhile(struct get *g, enum err e, struct fault *f)
{
	struct fault look = FAULT_NONE;
	struct picture_row now;
	enum err fresh;

	/* A database that has just failed would only fail once more, and slowly. */
	if (e == ERR_OK || e == ERR_DB || err_status(e) < 500)
		return e;
	fresh = picture_get_fresh(g->app, g->a, g->ask->pic->id, &now, &look);
	if (fresh != ERR_GONE && fresh != ERR_NOTFOUND)
		return e;
	if (f != NULL)
		*f = look;
	return fresh;
}

enum err
variant_get(struct app *app, struct arena *a, const struct variant_ask *ask, struct variant *out,
    struct fault *f)
{
	struct variant got;
	struct get g = { .app = app, .a = a, .ask = ask, .out = &got };
	struct slots held = SLOTS_NONE;
	bool waited;
	enum err e;

	if ((e = name_it(&g, f)))
		return e;
	if (find(&g, "disk")) {
		metric_add(METRIC_VARIANT_HITS, 1);
		e = with_alias(&g, f);
		goto out;
	}
	if ((e = known_bad(&g, f)) || (e = lock(&g, &held, &waited, f)))
		goto out;
	if (find(&g, waited ? "waited" : "disk")) {
		slots_release(&held);
		e = with_alias(&g, f);
		goto out;
	}
	/* Over without a file and without the lock: it failed, or was removed again at once. */
	if ((e = known_bad(&g, f)) == ERR_OK)
		e = held.held > 0
			? build(&g, f)
			: fault_set(f, ERR_BUSY, "the variant was made and is gone again");
out:
	slots_release(&held);
	e = gone_meanwhile(&g, e, f);
	if (e == ERR_OK)
		*out = got;
	return e;
}

bool
variant_ready(struct app *app, struct arena *a, const struct variant_ask *ask)
{
	struct variant got;
	struct get g = { .app = app, .a = a, .ask = ask, .out = &got };
	struct fault ignored = FAULT_NONE;

	return name_it(&g, &ignored) == ERR_OK && find(&g, "disk");
}

/*
 * Renamed first: then all of it is out of the web server's sight at once, and nobody adds to what
 * is being removed.
 */
enum err
variant_drop(struct app *app, const char *id, struct fault *f)
{
	char dir[64], away[32] = "tmp/";
	enum err e = ERR_OK;

	for (const char *letter = "vx"; *letter != '\0' && !e; letter++) {
		dir_of(*letter, id, dir);
		for (int i = 0; i < DROP_TRIES && !e; i++) {
			rnd_text(away + 4, 16);
			if (renameat(app->cache_fd, dir, app->cache_fd, away) == 0) {
				variant_marks_drop(app, away);
				e = dir_remove(app->cache_fd, away, f);
			}
			else if (errno == ENOENT)
				break;
			else
				e = dir_remove(app->cache_fd, dir, f);
		}
	}
	return e;
}
