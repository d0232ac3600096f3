/*
 * Pictures, looked after in the background.
 */
#ifndef APP_PICTURE_SWEEP_H
#define APP_PICTURE_SWEEP_H

#include "app/picture.h"

struct picture_ids {
	const char	**id;
	size_t		 n;
};

/* Deleted pictures (a hundred at most) that a purge can get further: none is queued or running, and not only other nodes are waited for. */
enum err picture_unpurged(struct app *app, struct arena *a, struct picture_ids *out, struct fault *f) MUST_USE;

/* picture_purge() of a deleted picture by its id. Fine when there is none, or when it lives. */
enum err picture_purge_id(struct app *app, struct arena *a, const char *id, struct fault *f) MUST_USE;

#endif
