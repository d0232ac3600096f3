/*
 * Which reduced copy of a picture will do. The contract of pyramid_put and pyramid_drop is in
 * app/variant.h.
 */
#ifndef APP_PYRAMID_H
#define APP_PYRAMID_H

#include <stdbool.h>

#include "app/app.h"
#include "app/job.h"
#include "app/picture.h"
#include "app/variant.h"
#include "image/spec.h"

/*
 * Long sides of the steps, large first: what upload makes of pictures that are larger.
 */
#define PYRAMID_STEPS 2
extern const uint32_t pyramid_px[PYRAMID_STEPS];

/*
 * Are the copies of a picture of this size made in the one decode at upload? Of smaller ones they are made when one is first needed: many never
 * are, and then the decode costs next to nothing.
 */
bool	 pyramid_at_upload(uint32_t width_px, uint32_t height_px);

struct pyramid_step {
	int		 fd;		/* the caller closes */
	enum fmt	 fmt;
	uint32_t	 width_px, height_px;	/* as displayed, about */
	bool		 missing;		/* the one that should do is not at hand */
};

/*
 * The smallest step at hand from which these steps can be made without loss: it must be twice what
 * the first step, a resize, scales the whole picture to. false: there is none, take the original.
 */
bool	 pyramid_open(struct app *app, const struct picture_row *p, const struct spec *spec,
    struct pyramid_step *out);

/*
 * Make the steps of a picture again, the cache was lost or trimmed: before a variant is made, so
 * that it always comes from the same pixels and is the same to the last byte. ERR_BUSY and the
 * like: they are not there.
 */
enum err pyramid_make(
    struct app *app, struct arena *a, const struct picture_row *p, struct fault *f) MUST_USE;

/*
 * Have that done by tintype jobs, when it could not be done at once. Best effort. pyramid_job is
 * that job; its key is the picture's id.
 */
void	 pyramid_later(struct app *app, struct arena *a, const struct picture_row *p);
enum err pyramid_job(struct app *app, struct arena *a, const struct job *j, const char **what,
    struct fault *f) MUST_USE;

/* Path below cache.dir of step n, or of the note that there will be none. */
void pyramid_path(
    const uint8_t blob[SHA256_BYTES], int n, enum fmt fmt, char out[VARIANT_PATH_SIZE]);
void	 pyramid_none_path(const uint8_t blob[SHA256_BYTES], char out[VARIANT_PATH_SIZE]);

#endif
