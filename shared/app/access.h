/*
 * Who may see which form of a picture: the site's policy, signed addresses, private pictures.
 */
#ifndef APP_ACCESS_H
#define APP_ACCESS_H

#include <stdbool.h>

#include "app/picture.h"
#include "app/call.h"

/* How the picture is asked for. */
struct access_ask {
	const struct spec	*spec;		/* NULL: the original */
	const char		*process;	/* decoded x-oss-process or "" */
	bool			 styled;	/* by the name of a style */
};

/*
 * ERR_OK, ERR_FORBIDDEN (policy, bad or expired signature) or ERR_NOTFOUND (a private picture that is not this
 * visitor's: it is as if it were not there). Loads the session only when a private picture needs it.
 */
enum err access_check(struct call *c, struct req *r, const struct picture_row *p, const struct access_ask *ask) MUST_USE;

/* May the web server find this picture's variants by itself? Not when they are private or each request has to be looked at. */
bool	 access_is_free(const struct app *app, const struct picture_row *p);

/* The address SITE/i/NAME, signed for a day when the policy asks for it. name: "ID/resize,l_320.jpg" and the like. */
const char *access_url(struct call *c, struct req *r, const char *name);

#endif
