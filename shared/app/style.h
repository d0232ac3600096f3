/*
 * Named steps: style/NAME stands for what an administrator wrote down once.
 */
#ifndef APP_STYLE_H
#define APP_STYLE_H

#include "app/app.h"
#include "base/arena.h"
#include "image/spec.h"

/* The parsed steps of a style, in the arena. ERR_NOSTYLE; ERR_BADSPEC when what was stored is not understood any more. Hot styles come from memcached (seconds stale at most). */
enum err style_expand(struct app *app, struct arena *a, const char *name, struct spec **out, struct fault *f) MUST_USE;

/* The same of a whole text of steps, "style/NAME" or "style/NAME|image/MORE": what follows comes after the style's own steps. */
enum err style_expand_text(struct app *app, struct arena *a, const char *text, struct spec **out, struct fault *f) MUST_USE;

#endif
