/*
 * Variants that take too long for a request (AVIF and HEIC beyond a small size): queued for tintype jobs, while the visitor gets
 * the best that is ready.
 */
#ifndef APP_VARIANT_LATER_H
#define APP_VARIANT_LATER_H

#include "app/job.h"
#include "app/variant.h"

/* Is this variant slow to make? pixels: of the result, all frames. */
bool	 variant_is_slow(enum fmt fmt, uint64_t pixels);

/* Queue it. Asking again while it waits adds nothing. */
enum err variant_later(struct app *app, struct arena *a, const struct variant_ask *ask, struct fault *f) MUST_USE;

/* The job: make it now. A picture that was deleted meanwhile is done with. */
enum err variant_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f) MUST_USE;

#endif
