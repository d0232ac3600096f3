/*
 * Pictures by the name they were uploaded under, where addresses of old name one so: watermarks.
 */
#ifndef APP_PICTURE_NAME_H
#define APP_PICTURE_NAME_H

#include "app/picture.h"

/*
 * Of the living pictures of this owner (0: of nobody; then private ones do not count) the oldest
 * of that name: nobody can take a name over by uploading under it later. ERR_NOTFOUND. The answer
 * is remembered for seconds.
 */
enum err picture_named(struct app *app, struct arena *a, const char *name, int64_t owner,
    struct picture_row *out, struct fault *f) MUST_USE;

#endif
