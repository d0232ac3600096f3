/*
 * One handler, two faces: a model (json_t) becomes JSON for programs, a page for browsers, and a line of text for the rest.
 *
 * For a page the template sees the model's keys, and besides them
 *	site {name, url, base, upload_open}	me {name, admin} or false	csrf (token text)	lang ("en"), lang_zh/lang_en (true)
 *	t {key: text ...} of htdocs/lang/LANG.json	request_id	query (as sent)	path
 */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "app/picture.h"
#include "app/call.h"

/* Set the answer: status, model (stolen), template name. text: what a client gets that wants neither page nor JSON (copied; NULL: the JSON). */
void	 page_answer(struct call *c, struct req *r, struct answer *a, int status, const char *template, json_t *model, const char *text);

/* Called by the loop at the end: renders what page_answer set, in the wanted shape. */
enum err page_render(struct call *c, struct req *r, struct answer *a);

/* Has the answer a header of that name? */
bool	 page_has_header(const struct answer *a, const char *name);

/* "512 B", "34 KB", "1.5 MB", "20.0 GB". */
const char *page_bytes_text(struct req *r, uint64_t n);

/* Texts of htdocs/lang. lang_open reads all; lang_pick chooses by ?lang=, cookie, Accept-Language, site.language. */
struct lang;
enum err lang_open(const char *htdocs, struct lang **out, struct fault *f) MUST_USE;
void	 lang_close(struct lang *l);
const char *lang_pick(struct app *app, struct req *r);
json_t	*lang_texts(struct lang *l, const char *lang);	/* borrowed */

/* The model of a picture, the same everywhere: id url page width height bytes format sha256 frames title name created (ISO) visibility links{html markdown bbcode direct page} thumb (at most 320 pixels). with_delete adds delete_url. */
json_t	*picture_model(struct call *c, struct req *r, const struct picture_row *p, bool with_delete);

#endif
