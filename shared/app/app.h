/*
 * What a program opens once at its start and every handler is given. A restart (or SIGHUP) is the only way to change it.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/err.h"
#include "data/cache.h"
#include "data/conf.h"
#include "data/db.h"
#include "data/store.h"
#include "image/spec.h"
#include "web/tmpl.h"

struct sandbox;
struct lang;

/* Keys that the mirrors are owed while a picture is being stored (app/mirror.h). */
struct mirror_held {
	bool		 on;
	size_t		 n;
	char		 key[4][STORE_KEY_SIZE];
};

/* Hashes of the files that took a decoder down, as of a moment ago (app/bad_blob.h). */
#define BAD_BLOBS_KEPT 256
struct bad_blobs {
	int64_t		 read_us;	/* by the monotonic clock; 0: read them again */
	bool		 more;		/* than are kept */
	size_t		 n;
	uint64_t	 first[BAD_BLOBS_KEPT];
};

struct app {
	const char	*program;	/* "upload", "view", "admin", "tintype" */
	struct conf	*conf;
	struct db	*db;
	struct cache	*cache;
	struct store	*store;
	struct tmpl	*tmpl;
	struct lang	*lang;
	struct sandbox	*sandbox;
	struct limits	 limits;	/* of pictures, from conf */
	uint8_t		 key_delete[32];	/* derived from site.secret, one a purpose */
	uint8_t		 key_csrf[32];
	struct mirror_held held;
	int		 cache_fd;	/* directory cache.dir */
	struct bad_blobs bad;		/* bad_blob.c's */
	int		 spare_fd;	/* an empty file for what the next upload leaves without private metadata; -1: none */
};

/* Open everything by the settings file conf_path (NULL: the default). Nothing is connected yet: a dead database does not stop a program from starting. */
enum err app_open(const char *program, const char *conf_path, struct app **out, struct fault *f) MUST_USE;
void	 app_close(struct app *app);

/* SIGHUP: read the settings again; on failure the old ones stay. */
enum err app_reload(struct app **app, const char *conf_path, struct fault *f) MUST_USE;

/* A key for one purpose: HMAC-SHA256(site.secret, purpose). */
void	 app_key(const struct app *app, const char *purpose, uint8_t out[32]);

#endif
