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

#endif
