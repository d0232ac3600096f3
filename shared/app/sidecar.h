/*
 * A picture's sidecar: the row as JSON beside the bytes in the store ("p/ID.json"), from which the index can be made again.
 */
#ifndef APP_SIDECAR_H
#define APP_SIDECAR_H

#include "app/picture.h"

/* Durable on ERR_OK. */
enum err sidecar_write(struct app *app, const struct picture_row *p, struct fault *f) MUST_USE;

/*
 * A tombstone ("t/ID"): this picture was deleted. It is kept for ever, as what it guards against may come late: a rebuild of the index, a
 * repair from a mirror that was away, a store restored from a copy. Durable on ERR_OK.
 */
enum err tombstone_write(struct app *app, const char *id, int64_t deleted_s, struct fault *f) MUST_USE;

/* Gone afterwards. */
enum err sidecar_delete(struct app *app, const char *id, struct fault *f) MUST_USE;

#endif
