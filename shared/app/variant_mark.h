/*
 * The pictures that watermarks name: which they are now, and which variants show them. A variant's
 * name holds their ids, and the web server never answers for one by itself, so that a deleted
 * watermark is shown to nobody; an empty file v/HH/MARK/m/ID.L.NAME.EXT for the variant
 * L/HH/ID/c/NAME.EXT lets a delete of MARK remove the bytes as well.
 */
#ifndef APP_VARIANT_MARK_H
#define APP_VARIANT_MARK_H

#include "app/variant.h"

#define VARIANT_MARKS_MAX (LIMIT_SANDBOX_FDS - 2)

struct variant_marks {
	size_t			 n;	/* in the order of the steps; one wanted twice comes twice */
	struct picture_row	 row[VARIANT_MARKS_MAX];
};

/*
 * The pictures wanted by the spec's watermarks, which the owner of pic may use: by id ("ID",
 * "ID.EXT"), else by name, of the pictures of the same owner (or of nobody, when pic is nobody's)
 * the one that was there first. ERR_BADIMAGE with OSS's EC when there is none.
 */
enum err variant_marks_find(struct app *app, struct arena *a, const struct picture_row *pic,
    const struct spec *spec, struct variant_marks *out, struct fault *f) MUST_USE;

/* Note for each mark that it is shown by the variant rel. To be done before rel appears. */
void	 variant_marks_note(struct app *app, const struct variant_marks *m, const char *rel);

/* Past memcached: do all still live? ERR_BADIMAGE when one does not; ERR_OK when nobody can tell. */
enum err variant_marks_alive(
    struct app *app, struct arena *a, const struct variant_marks *m, struct fault *f) MUST_USE;

/* Remove all variants that the notes in folder m of a picture's folder (a path below cache.dir) tell of. */
void	 variant_marks_drop(struct app *app, const char *dir);

/* Remove the notes in folder m of dirfd whose variant is gone. */
void	 variant_marks_tidy(int cache_fd, int dirfd);

#endif
