/*
 * Bytes that no picture refers to, removed so that no upload of the same bytes can count on them meanwhile.
 */
#ifndef APP_BLOB_FREE_H
#define APP_BLOB_FREE_H

#include "app/app.h"
#include "base/arena.h"

/*
 * Call remove(arg) with the blob's row locked, made for that when there is none, if no picture counts on it. *used: one does, nothing was
 * called. remove may be called again when the transaction is repeated.
 */
enum err blob_free(struct app *app, struct arena *a, const uint8_t sha[SHA256_BYTES], enum err (*remove)(void *arg, struct fault *f), void *arg,
    bool *used, struct fault *f) MUST_USE;

/*
 * The same of several, all locked while remove(arg) is called once: it leaves those alone that are used. The order in which they are given is
 * that of their locks: two callers that lock the same ones in the same order do not stand in each other's way. Not called when all are used.
 */
struct blob_free {
	const uint8_t	*sha;
	bool		 used;		/* a picture counts on it */
};
enum err blob_free_many(struct app *app, struct arena *a, struct blob_free *b, size_t n, enum err (*remove)(void *arg, struct fault *f), void *arg,
    struct fault *f) MUST_USE;

#endif
