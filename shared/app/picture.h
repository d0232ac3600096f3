/*
 * Pictures as rows: how they are found (memcached, else database), made and ended.
 */
#ifndef APP_PICTURE_H
#define APP_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/rnd.h"
#include "image/spec.h"

enum visibility { VIS_PUBLIC, VIS_UNLISTED, VIS_PRIVATE };

#define UPLOADER_BYTES 16

struct picture_key;	/* app/picture_key.h */

struct picture_row {
	char		 id[ID_SIZE];
	uint8_t		 blob[SHA256_BYTES];
	int64_t		 owner;			/* account, 0: none */
	uint8_t		 uploader[UPLOADER_BYTES];	/* hash of an anonymous uploader's cookie; all zero: none */
	enum visibility	 visibility;
	struct source	 src;			/* format, size, frames, orientation, alpha, bytes */
	int		 quality;		/* estimate of a JPEG, 0: none */
	int64_t		 created_s;
	int64_t		 taken_s;		/* 0: unknown */
	int64_t		 deleted_s;		/* 0: alive */
	const char	*name;			/* as uploaded, cleaned */
	const char	*title;
	const char	*address;		/* of the uploader */
	const struct picture_key *key;		/* for picture_insert: a key of its own, or NULL. No lookup fills it */
};

/*
 * The row of an id: memcached, else the database (and then memcached). ERR_NOTFOUND; ERR_GONE for a deleted one (kept as a tombstone
 * in both); ERR_DB when only the database could tell and it is away. tier (may be NULL): "memcached" or "database".
 */
enum err picture_get(struct app *app, struct arena *a, const char *id, struct picture_row *out, const char **tier, struct fault *f) MUST_USE;

/* The same past memcached: what the database says now. */
enum err picture_get_fresh(struct app *app, struct arena *a, const char *id, struct picture_row *out, struct fault *f) MUST_USE;

/*
 * One transaction: count the blob, insert the row. The bytes must be in the store already; they are looked for again under the
 * blob's lock, and put again from fd if a delete removed them meanwhile. Repeatable: an id that is there with the same blob is success.
 */
enum err picture_insert(struct app *app, struct arena *a, const struct picture_row *p, int fd, struct fault *f) MUST_USE;

/* A page of a list, newest first: rows with id < before ("": from the newest), at most n; whose: 0 all. match: part of a name or title, or "". */
struct picture_list {
	struct picture_row	*row;
	size_t			 n;
	bool			 more;
};
enum err picture_list(struct app *app, struct arena *a, const char *before, const char *match, int64_t owner, size_t n,
    struct picture_list *out, struct fault *f) MUST_USE;

struct account;

/* Does the picture belong to this account, or is it an administrator's? NULL: nobody, false. */
bool	 picture_is_mine(const struct account *me, const struct picture_row *p);

#endif
