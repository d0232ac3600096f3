/*
 * Index and store compared, both ways, on all targets of the store. Only looks, unless told to repair; what belongs to nobody is removed only
 * when told so, and never when it is young. The site goes on meanwhile.
 */
#ifndef APP_SCRUB_H
#define APP_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "base/arena.h"

enum scrub_kind {
	SCRUB_LOST,		/* a living picture's bytes are missing: the one that must never be */
	SCRUB_SIZE,		/* bytes of another length than the row says */
	SCRUB_HASH,		/* bytes that are not those of their name (looked at with verify) */
	SCRUB_MIRROR,		/* a mirror has no copy, and none is queued */
	SCRUB_MIRROR_BAD,	/* a mirror's copy has another length, or (verify) other bytes */
	SCRUB_NOBLOB,		/* a living picture whose blob has no row */
	SCRUB_REFS,		/* the blob's count is not the number of its pictures */
	SCRUB_NOSIDECAR,	/* a living picture without its sidecar */
	SCRUB_TEXT,		/* a sidecar that says something else than the index */
	SCRUB_NOTOMBSTONE,	/* a deleted picture without its tombstone */
	SCRUB_ORPHAN,		/* bytes nobody refers to */
	SCRUB_SIDECAR,		/* a sidecar without a living picture */
	SCRUB_AWAY,		/* a mirror that does not answer: it was not looked at */
	SCRUB__MAX
};

/* What became of what was found. */
enum scrub_end { SCRUB_LEFT, SCRUB_MENDED, SCRUB_NOT_MENDED };

/* How far a walk has come: the next one can go on there. */
struct scrub_place {
	int	 phase, target;
	char	 after[STORE_KEY_SIZE];		/* hash or id of the last row that was looked at */
};

struct scrub {
	struct app	*app;
	bool		 verify;		/* read all bytes */
	bool		 repair;		/* what a good copy exists of, and counts */
	bool		 delete_orphans;	/* of bytes and sidecars, when old enough */
	int64_t		 grace_s;		/* younger leftovers may belong to an upload under way */
	int64_t		 rate_bytes;		/* a second are read at most; 0: all that comes */
	int64_t		 until_us;		/* on the monotonic clock: end early then. 0: no */
	const char	*slot;			/* name in table setting under which the place is kept; NULL: it is not */
	const volatile int *stop;		/* set: end early. NULL: never */
	void		(*found)(enum scrub_kind kind, const char *key, const char *detail, enum scrub_end end, void *arg);
	void		*arg;
	/* What was seen; kept, with place, by scrub_save. */
	struct scrub_place place;
	bool		 more;			/* ended early: there is more to look at */
	bool		 done;			/* came to the end */
	int64_t		 began_s;
	int64_t		 pictures, blobs, objects, bytes, young, waiting;	/* waiting: copies that are queued */
	int64_t		 count[SCRUB__MAX], mended;
	/* Private. */
	int64_t		 start_us, kept_us, read_bytes;
	bool		 away[CONF_STORE__MAX];
};

/* In words, for people; and one word, for programs. */
const char	*scrub_text(enum scrub_kind kind);
const char	*scrub_name(enum scrub_kind kind);

/* Walk from place on. found (may be NULL) is called for each thing that is wrong. An error only when something could not be looked at; place is then where. */
enum err	 scrub_run(struct scrub *s, struct fault *f) MUST_USE;

/* Things that are still wrong. */
int64_t		 scrub_wrong(const struct scrub *s);

/*
 * Place and sums of a walk under its slot in the database: scrub_run keeps them now and then, and forgets them at its end. load: those of a
 * walk that ended early; *found: there was one.
 */
enum err	 scrub_load(struct scrub *s, struct arena *a, bool *found, struct fault *f) MUST_USE;

/* The periodic job (app/job_kinds.c): by the settings [scrub], in slices, so that it keeps no other work waiting for long. */
struct job;
enum err	 scrub_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f) MUST_USE;

#endif
