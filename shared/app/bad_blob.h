/*
 * Files that took a decoder down: refused at once when they come again. Mostly there is none, and no upload asks the database for it: each
 * program knows the list of a moment ago.
 */
#ifndef APP_BAD_BLOB_H
#define APP_BAD_BLOB_H

#include "app/app.h"

/* ERR_BROKEN: the file with these bytes did it before. What another program noted within the last second may not be known yet. */
enum err bad_blob_check(struct app *app, struct arena *a, const uint8_t sha256[SHA256_BYTES], struct fault *f) MUST_USE;

/* Note it, with the reason that people are told. A failure to do so is not one of the upload's. */
void	 bad_blob_note(struct app *app, struct arena *a, const uint8_t sha256[SHA256_BYTES], const char *why);

#endif
