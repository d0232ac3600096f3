/*
 * What an administrator sees of a picture besides its row; pictures that were deleted too.
 */
#ifndef APP_PICTURE_MORE_H
#define APP_PICTURE_MORE_H

#include "app/picture.h"

struct picture_more {
	const char	*owner;		/* name of the account, "" when none */
	const char	*delete_reason;	/* "" while it lives */
	int64_t		 purged_s;	/* when the last bytes were gone, 0: not yet */
	int64_t		 views;
	int64_t		 sharing;	/* other living pictures of the same bytes */
};

/*
 * From the database, into the arena. ERR_NOTFOUND only for what never was; a deleted picture has
 * out->deleted_s.
 */
enum err picture_get_more(struct app *app, struct arena *a, const char *id, struct picture_row *out,
    struct picture_more *more, struct fault *f) MUST_USE;

#endif
