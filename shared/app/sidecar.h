/*
 * What lies beside the bytes in the store, so that the index can be made again from the store alone: a picture's sidecar ("p/ID.json": the
 * row, its owner by name, its key) and, after its end, its tombstone ("t/ID"). Whoever changes a row writes its sidecar again.
 */
#ifndef APP_SIDECAR_H
#define APP_SIDECAR_H

#include "app/picture.h"

/* What a sidecar says; strings in the arena. */
struct sidecar {
	struct picture_row row;		/* owner: as it was numbered in the index that wrote it */
	const char	*owner_name;	/* "" when none, or written before names were */
	const char	*key;		/* NULL: none */
	int		 version;
};

/* What the sidecar of p, which is in the index, has to say. */
enum err sidecar_of(struct app *app, struct arena *a, const struct picture_row *p, struct sidecar *out, struct fault *f) MUST_USE;

/* Does the sidecar in this target say that? ERR_NOTFOUND; ERR_DAMAGED: it says something else; other errors: it could not be looked at. */
enum err sidecar_same(struct app *app, int target, const struct sidecar *s, struct fault *f) MUST_USE;

/*
 * The sidecar of p as it is now; the account's name, and the key of a picture that is in the index already, are looked up. Durable on ERR_OK.
 */
enum err sidecar_write(struct app *app, const struct picture_row *p, struct fault *f) MUST_USE;

/* The same of a picture that is not in the index yet: nothing of it is looked up there. */
enum err sidecar_write_new(struct app *app, const struct picture_row *p, struct fault *f) MUST_USE;

/* Gone from one target of the store afterwards. */
enum err sidecar_delete(struct app *app, int target, const char *id, struct fault *f) MUST_USE;

/* ERR_NOTFOUND; ERR_DAMAGED when it is no sidecar, or another picture's. */
enum err sidecar_read(struct app *app, struct arena *a, const char *id, struct sidecar *out, struct fault *f) MUST_USE;

/*
 * A tombstone: this picture was deleted. It is kept for ever, as what it guards against may come late: a rebuild of the index, a
 * repair from a mirror that was away, a store restored from a copy. In one target of the store; durable on ERR_OK.
 */
enum err tombstone_write(struct app *app, int target, const char *id, int64_t deleted_s, struct fault *f) MUST_USE;

/* When it ended. A tombstone that cannot be read says so by being there: *deleted_s is then now. */
enum err tombstone_read(struct app *app, const char *id, int64_t *deleted_s, struct fault *f) MUST_USE;

#endif
