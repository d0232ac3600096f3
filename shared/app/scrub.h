/*
 * Index and store compared, both ways. Only looks; changes nothing.
 */
#ifndef APP_SCRUB_H
#define APP_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"

enum scrub_kind {
	SCRUB_LOST,		/* a living picture's bytes are missing: the one that must never be */
	SCRUB_SIZE,		/* bytes of another length than the row says */
	SCRUB_HASH,		/* bytes that are not those of their name (looked at with verify) */
	SCRUB_NOBLOB,		/* a living picture whose blob has no row */
	SCRUB_REFS,		/* the blob's count is not the number of its pictures */
	SCRUB_NOSIDECAR,	/* a living picture without its sidecar */
	SCRUB_ORPHAN,		/* bytes nobody refers to */
	SCRUB_SIDECAR,		/* a sidecar without a living picture */
	SCRUB__MAX
};

struct scrub {
	struct app	*app;
	bool		 verify;	/* read all bytes */
	int64_t		 grace_s;	/* younger leftovers may belong to an upload under way */
	void		(*found)(enum scrub_kind kind, const char *key, const char *detail, void *arg);
	void		*arg;
	/* What was seen. */
	int64_t		 pictures, blobs, objects, young;
	int64_t		 count[SCRUB__MAX];
};

/* In words, for people. */
const char	*scrub_text(enum scrub_kind kind);

/* Walk everything. found (may be NULL) is called for each thing that is wrong. An error only when something could not be looked at. */
enum err	 scrub_run(struct scrub *s, struct fault *f) MUST_USE;

#endif
