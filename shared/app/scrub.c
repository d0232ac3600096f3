/*
 * The walks in their order, what they share, and how they are told apart in words. The site goes on meanwhile: what looks wrong is looked
 * at once more, and what is young is left alone.
 */
#include "app/scrub.h"

#include <string.h>
#include <time.h>

#include "app/scrub_int.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/fdio.h"

static const struct { const char *name, *text; } words[SCRUB__MAX] = {
	[SCRUB_LOST] = { "lost", "bytes are missing" },
	[SCRUB_SIZE] = { "length", "bytes have the wrong length" },
	[SCRUB_HASH] = { "damaged", "bytes are damaged" },
	[SCRUB_MIRROR] = { "mirror_missing", "copy in a mirror is missing" },
	[SCRUB_MIRROR_BAD] = { "mirror_damaged", "copy in a mirror is damaged" },
	[SCRUB_NOBLOB] = { "no_blob_row", "picture has no blob row" },
	[SCRUB_REFS] = { "miscounted", "pictures are miscounted" },
	[SCRUB_NOSIDECAR] = { "no_sidecar", "sidecar is missing" },
	[SCRUB_TEXT] = { "sidecar_differs", "sidecar differs from the index" },
	[SCRUB_NOTOMBSTONE] = { "no_tombstone", "tombstone of a deleted picture is missing" },
	[SCRUB_ORPHAN] = { "orphan", "bytes of no picture" },
	[SCRUB_SIDECAR] = { "orphan_sidecar", "sidecar of no picture" },
	[SCRUB_AWAY] = { "mirror_away", "mirror does not answer, it was not looked at" },
};

const char *
scrub_text(enum scrub_kind kind)
{
	return words[kind].text;
}

const char *
scrub_name(enum scrub_kind kind)
{
	return words[kind].name;
}

int64_t
scrub_wrong(const struct scrub *s)
{
	int64_t n = -s->mended;

	for (int i = 0; i < SCRUB__MAX; i++)
		n += s->count[i];
	return n;
}

/* --- what the walks share ----------------------------------------------------------------------- */

static void
tell(struct scrub *s, enum scrub_kind kind, const char *key, const char *detail, enum scrub_end end)
{
	s->count[kind]++;
	s->mended += end == SCRUB_MENDED;
	if (s->found != NULL)
		s->found(kind, key, detail, end, s->arg);
}

void
scrub_found(struct scrub *s, enum scrub_kind kind, const char *key, const char *detail)
{
	tell(s, kind, key, detail, SCRUB_LEFT);
}

void
scrub_mended(struct scrub *s, struct arena *a, enum scrub_kind kind, const char *key, const char *detail, enum err e,
    const struct fault *why)
{
	if (e == ERR_OK)
		tell(s, kind, key, detail, SCRUB_MENDED);
	else
		tell(s, kind, key, arena_printf(a, "%s%s%s", detail, *detail != '\0' ? "; " : "", why->why), SCRUB_NOT_MENDED);
}

bool
scrub_ends(struct scrub *s)
{
	if ((s->stop != NULL && *s->stop != 0) || (s->until_us > 0 && clock_mono_us() > s->until_us))
		s->more = true;
	return s->more;
}

void
scrub_pace(struct scrub *s, int64_t n)
{
	struct timespec ts;
	int64_t ahead_us;

	s->bytes += n;
	s->read_bytes += n;
	if (s->rate_bytes == 0)
		return;
	ahead_us = (int64_t)((double)s->read_bytes / (double)s->rate_bytes * 1e6) - (clock_mono_us() - s->start_us);
	if (ahead_us <= 0)
		return;
	ts = (struct timespec){ .tv_sec = ahead_us / 1000000, .tv_nsec = ahead_us % 1000000 * 1000 };
	nanosleep(&ts, NULL);
}

enum err
scrub_refs(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], bool *known,
    int64_t *refs, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN(s->app->db, a, STMT_SCRUB_BLOB, &r, f, DB_BLOB(sha, SHA256_BYTES));

	if (e == ERR_OK) {
		*known = r.rows > 0;
		*refs = *known ? db_int(&r, 0, 0) : 0;
	}
	return e;
}

void
scrub_away(struct scrub *s, int t, const struct fault *why)
{
	if (!s->away[t])
		scrub_found(s, SCRUB_AWAY, store_target_name(s->app->store, t), why->why);
	s->away[t] = true;
}

bool
scrub_waits(struct scrub *s, struct arena *a, const char *key)
{
	struct fault ignored = FAULT_NONE;
	struct db_result r;

	if (DB_RUN(s->app->db, a, STMT_MIRROR_WAITS, &r, &ignored, DB_STR(key), DB_STR(key)) != ERR_OK || r.rows == 0)
		return false;
	s->waiting++;
	return true;
}

static enum err
look_inside(struct scrub *s, int t, const char *key, off_t *size, bool *right, struct fault *f)
{
	uint8_t want[SHA256_BYTES], sum[SHA256_BYTES];
	int fd = -1;
	enum err e = store_get_at(s->app->store, t, key, &fd, size, f);

	if (e == ERR_OK && store_key_blob(key, want)) {
		if ((e = sha256_fd(fd, sum, f)) == ERR_OK)
			*right = memcmp(sum, want, sizeof(sum)) == 0;
		scrub_pace(s, *size);
	}
	fd_close(&fd);
	return e;
}

enum err
scrub_look(struct scrub *s, struct arena *a, int t, const char *key, int64_t bytes, const char **detail, struct fault *f)
{
	struct fault why = FAULT_NONE;
	bool right = true;
	off_t size = 0;
	enum err e = s->verify ? look_inside(s, t, key, &size, &right, &why) : store_stat_at(s->app->store, t, key, &size, &why);

	*detail = "";
	if (e == ERR_OK && bytes >= 0 && size != bytes) {
		*detail = arena_printf(a, "%lld bytes, not %lld", (long long)size, (long long)bytes);
		return ERR_DAMAGED;
	}
	if (e == ERR_OK)
		return right ? ERR_OK : ERR_DAMAGED;
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
		return e;
	return fault_set(f, e, "%s: %s", store_target_name(s->app->store, t), why.why);
}

/* --- the order ---------------------------------------------------------------------------------- */

static enum err objects_of_blobs(struct scrub *s, struct arena *a, struct fault *f) { return scrub_objects(s, a, "o/", f); }
static enum err objects_of_pictures(struct scrub *s, struct arena *a, struct fault *f) { return scrub_objects(s, a, "p/", f); }

static const struct {
	enum err	(*walk)(struct scrub *s, struct arena *a, struct fault *f);
	bool		 targets;	/* once for each target */
} phases[] = {
	{ scrub_blobs, false },
	{ scrub_pictures, false },
	{ objects_of_blobs, true },
	{ objects_of_pictures, true },
	{ scrub_tombstones, false },
};

static void
next_phase(struct scrub *s)
{
	struct scrub_place *p = &s->place;

	p->after[0] = '\0';
	if (phases[p->phase].targets && p->target + 1 < store_targets(s->app->store)) {
		p->target++;
		return;
	}
	p->target = 0;
	p->phase++;
}

enum err
scrub_run(struct scrub *s, struct fault *f)
{
	struct arena *a = arena_new();
	enum err e = ERR_OK;

	s->more = false;
	s->start_us = clock_mono_us();
	s->kept_us = s->start_us;
	s->read_bytes = 0;
	if (s->began_s == 0)
		s->began_s = clock_now_s();
	while (e == ERR_OK && s->place.phase < (int)NELEM(phases) && !scrub_ends(s)) {
		e = phases[s->place.phase].walk(s, a, f);
		if (e == ERR_OK && !s->more)
			next_phase(s);
	}
	s->done = e == ERR_OK && s->place.phase >= (int)NELEM(phases);
	if (e == ERR_OK)
		e = scrub_save(s, a, f);
	arena_free(a);
	return e;
}
