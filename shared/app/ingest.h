/*
 * One uploaded file becomes a picture: type from the bytes, limits, one decode in the sandbox (proof, facts, private metadata removed, pyramid),
 * store, then index. Nothing is acknowledged before it is durable.
 */
#ifndef APP_INGEST_H
#define APP_INGEST_H

#include "app/app.h"
#include "app/picture.h"

struct ingest_ask {
	int		 fd;		/* the spooled upload; stays the caller's */
	int64_t		 bytes;
	uint8_t		 sha256[SHA256_BYTES];	/* of the spooled bytes */
	const char	*name;		/* as the client calls it; cleaned here */
	const char	*title;		/* or "" */
	int64_t		 owner;
	const uint8_t	*uploader;	/* UPLOADER_BYTES or NULL */
	const char	*address;
	enum visibility	 visibility;
	const struct picture_key *key;	/* a key of its own, or NULL; checked by the caller */
};

/* *out lives in the arena. ERR_CONFLICT: the key is somebody else's. Other 4xx errors blame the file (ERR_TYPE, ERR_TOOBIG, ERR_BROKEN); 5xx us; a hash known to crash decoders is ERR_BROKEN at once. */
enum err ingest(struct app *app, struct arena *a, const struct ingest_ask *ask, struct picture_row *out, struct fault *f) MUST_USE;

#endif
