/*
 * Deleting pictures, and the links that may.
 */
#ifndef APP_PICTURE_DELETE_H
#define APP_PICTURE_DELETE_H

#include "app/picture.h"

/*
 * Deleted from now on: tombstone in the database and memcached, variants removed on this node, and the bytes too when no other picture shares them.
 * What could not be finished is left to a job. Deleting twice is success. why: "owner", "link", "admin", "api".
 */
enum err picture_delete(struct app *app, struct arena *a, const char *id, const char *why, struct fault *f) MUST_USE;

/* The second half of a delete, repeatable: caches, variants, bytes. Called by picture_delete and by the job. */
enum err picture_purge(struct app *app, struct arena *a, const struct picture_row *p, struct fault *f) MUST_USE;

/* The token of a delete link: 22 characters of base64url, HMAC over the id. out holds DELETE_TOKEN_SIZE. */
#define DELETE_TOKEN_SIZE 23
void	 picture_delete_token(const struct app *app, const char *id, char out[DELETE_TOKEN_SIZE]);
bool	 picture_delete_token_ok(const struct app *app, const char *id, const char *token);

#endif
