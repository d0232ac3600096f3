/*
 * Mustache templates over JSON models: logic-less, escaping by default. Passes the mustache specification's
 * interpolation, sections, inverted, partials, comments and delimiters.
 */
#ifndef WEB_TMPL_H
#define WEB_TMPL_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* A folder of NAME.html templates, read when first used and kept; tmpl_reload forgets them. */
struct tmpl;

enum err tmpl_open(const char *dir, struct tmpl **out, struct fault *f) MUST_USE;
void	 tmpl_close(struct tmpl *t);
void	 tmpl_reload(struct tmpl *t);

/* Render NAME over model into out (max: LIMIT_PAGE_BYTES by convention). Partials are files of the same folder. */
enum err tmpl_render(struct tmpl *t, const char *name, json_t *model, struct buf *out, struct fault *f) MUST_USE;

/* The same for a text, with partials from a JSON object of texts (may be NULL): what the specification's cases use. */
enum err tmpl_render_text(const char *text, size_t len, json_t *partials, json_t *model, struct buf *out, struct fault *f) MUST_USE;

/* Escape for HTML text and quoted attributes: & < > " ' */
enum err html_escape(struct buf *out, const char *s, size_t len) MUST_USE;

#endif
