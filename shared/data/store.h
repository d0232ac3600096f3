/*
 * The object store: originals and sidecars, the truth besides the database. Keys are ours ("o/SHA256HEX", "p/ID.json"): small letters,
 * one slash, a name of [A-Za-z0-9._-] that begins with no dot; never from outside. store_put answers ERR_OK only when the bytes are durable.
 */
#ifndef DATA_STORE_H
#define DATA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/err.h"

struct store;
struct conf;

enum err store_open(const struct conf *c, struct store **out, struct fault *f) MUST_USE;
void	 store_close(struct store *s);

/* Write size bytes of fd (from offset 0) under key, checked against sha256 while copying (NULL: unchecked). Exists already with the same size: fine, left alone. Durable on return. */
enum err store_put(struct store *s, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f) MUST_USE;

/* The same from memory, replacing what is there (sidecars). */
enum err store_put_mem(struct store *s, const char *key, const void *data, size_t len, struct fault *f) MUST_USE;

/* A descriptor to read all of it (local: the file; remote: a local copy), and its size. ERR_NOTFOUND. The caller closes. */
enum err store_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f) MUST_USE;

/* There? ERR_NOTFOUND or the size. */
enum err store_stat(struct store *s, const char *key, off_t *size, struct fault *f) MUST_USE;

/* Gone afterwards, also when it was not there. Durable. */
enum err store_delete(struct store *s, const char *key, struct fault *f) MUST_USE;

/* Path of the object relative to local.root ("o/ab/cd/..."), for X-Accel-Redirect / X-Sendfile; ERR_NOTFOUND when the driver has no files. out: size bytes. */
enum err store_path(struct store *s, const char *key, char *out, size_t size, struct fault *f) MUST_USE;

/* Name below cache.dir of this node's own copy of a remote object; ERR_NOTFOUND when there is none (yet: store_get makes one). */
enum err store_tier(struct store *s, const char *key, char *out, size_t size, struct fault *f) MUST_USE;

/* Call each(key, size, mtime_s, arg) for all objects whose key starts with prefix, in no order, until it says other than ERR_OK. */
enum err store_list(struct store *s, const char *prefix, enum err (*each)(const char *key, off_t size, int64_t mtime_s, void *arg), void *arg, struct fault *f) MUST_USE;

/* Can it be written and is there room (server.min_free_bytes)? For /readyz and uploads. */
enum err store_check(struct store *s, struct fault *f) MUST_USE;

/* Remove what writers that crashed left behind at least age_s seconds ago; *removed counts. */
enum err store_tidy(struct store *s, int64_t age_s, int *removed, struct fault *f) MUST_USE;

/* "o/<hex>" of a blob; out holds STORE_KEY_SIZE. */
#define STORE_KEY_SIZE 80
void	 store_blob_key(const uint8_t sha256[SHA256_BYTES], char out[STORE_KEY_SIZE]);

#endif
