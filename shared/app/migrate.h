/*
 * A move from one store to another while the site goes on. Both are targets of the site, so that new pictures are written to both, deletes
 * clear both, and a read finds a picture on either side; what is here copies the rest and proves it.
 */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"

struct migrate {
	struct app	*app;
	int		 from, to;	/* targets */
	bool		 dry_run;
	bool		 verify;	/* read and compare what both have, too */
	int64_t		 rate_bytes;	/* a second, at most; 0: as fast as it goes */
	void		(*told)(const char *key, const char *why, void *arg);	/* what could not be moved */
	void		(*progress)(int64_t seen, void *arg);
	void		*arg;
	/* What was seen: objects of from, those the other had, copied (or, in a dry run, to be copied), not wanted by the index, failed. */
	int64_t		 seen, there, copied, copied_bytes, unwanted, failed;
};

/* Once through. It may be broken off and called again. When nothing was copied and nothing failed, the other store has it all. */
enum err migrate_run(struct migrate *m, struct fault *f) MUST_USE;

#endif
