/*
 * The index made again from the store alone: tombstones first, so that what was deleted stays so, then sidecars. Only adds what is missing: it
 * may be repeated, broken off and gone on with, and run beside a living site.
 */
#ifndef APP_REBUILD_H
#define APP_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"

enum rebuild_count {
	REBUILD_PICTURES,	/* added */
	REBUILD_KNOWN,		/* there already */
	REBUILD_TOMBSTONES,	/* added */
	REBUILD_BURIED,		/* living in the index, yet deleted by a tombstone: deleted again */
	REBUILD_ACCOUNTS,	/* made, disabled, for owners that are not there */
	REBUILD_LOST,		/* sidecars whose bytes are nowhere: left out */
	REBUILD_DAMAGED,	/* sidecars that cannot be read: left out */
	REBUILD_OWNERLESS,	/* owner not known by name nor number: nobody's now */
	REBUILD__MAX
};

struct rebuild {
	struct app	*app;
	bool		 dry_run;	/* only look */
	void		(*found)(enum rebuild_count what, const char *id, const char *detail, void *arg);	/* of each but KNOWN */
	void		(*progress)(int64_t seen, void *arg);
	void		*arg;
	int64_t		 seen;
	int64_t		 count[REBUILD__MAX];
};

/* In words, for people. */
const char	*rebuild_text(enum rebuild_count what);

/* An error only when something could not be looked at or written. */
enum err	 rebuild_run(struct rebuild *r, struct fault *f) MUST_USE;

/* The other way: the sidecar of every living picture written again from the index. r counts as REBUILD_PICTURES. */
enum err	 rebuild_sidecars(struct rebuild *r, struct fault *f) MUST_USE;

#endif
