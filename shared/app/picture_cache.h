/*
 * Rows of pictures in memcached. What keeps them right: a reader only ever adds (never replaces), a delete sets a tombstone that stays
 * longer than any reader can hold an old row. Private to app/picture*.c.
 */
#ifndef APP_PICTURE_CACHE_H
#define APP_PICTURE_CACHE_H

#include "app/picture.h"

enum picture_cached {
	CACHED_UNKNOWN,		/* ask the database */
	CACHED_NOTHING,		/* there is no such picture */
	CACHED_ROW		/* *out is it; perhaps a deleted one */
};
enum picture_cached picture_cache_get(struct app *app, struct arena *a, const char *id, struct picture_row *out);

/* After a read that began at read_ms, or the COMMIT of an upload: the row, unless something newer is there. */
void	 picture_cache_add(struct app *app, const struct picture_row *p, int64_t read_ms);

/* After a read: there is none, for a few seconds. */
void	 picture_cache_nothing(struct app *app, const char *id);

/* Is what memcached got at read_ms believed? If not it is removed, so that what the database says can be added. name: of the entry. */
bool	 picture_cache_trusts(struct app *app, const char *name, int64_t read_ms);

/* Memcached did not take what it was told: nobody on this node believes anything that it was told before now. false: there is none. */
bool	 picture_cache_distrust(struct app *app);

/*
 * After a delete: the tombstone. ERR_BUSY when memcached did not take it: ask again later. Until then the programs of this node believe no
 * row that memcached got before now (METRIC_CACHE_DISTRUST_MS), as one of them may be this picture's.
 */
enum err picture_cache_bury(struct app *app, const struct picture_row *p, struct fault *f) MUST_USE;

#endif
