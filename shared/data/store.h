/*
 * The object store: originals and sidecars, the truth besides the database. It is a primary and any number of mirrors (settings store.primary,
 * store.mirror): *targets*, numbered from 0, the primary. The calls without a target are what the site uses; those ending in _at address one
 * target, for jobs, scrub, moves and receipts.
 * Keys are ours ("o/SHA256HEX", "p/ID.json"): small letters, one slash, a name of [A-Za-z0-9._-] that begins with no dot; never from outside.
 * Writing answers ERR_OK only when the bytes are durable in the primary.
 * Errors: ERR_NOTFOUND; ERR_STORE when a target is away; ERR_IO when it fails; ERR_NOSPACE when it is full; ERR_DAMAGED for bytes that are not
 * what their key or size says.
 */
#ifndef DATA_STORE_H
#define DATA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "data/conf.h"

struct store;

typedef enum err store_each(const char *key, off_t size, int64_t mtime_s, void *arg);

/*
 * c is borrowed for the life of the store. A setting that is missing is ERR_BADREQ; a primary that cannot be opened is an error too, a mirror
 * that cannot (its disk is away) is tried again when it is used.
 */
enum err store_open(const struct conf *c, struct store **out, struct fault *f) MUST_USE;
void	 store_close(struct store *s);

/* The same with one target only, no mirror, whatever store.primary says: for moves and imports. */
enum err store_open_one(const struct conf *c, enum conf_store which, struct store **out, struct fault *f) MUST_USE;

/* --- the whole: primary and mirrors --- */

/*
 * Told what the mirrors need, by the calls below; whoever queues it as a job must not fail (scrub finds what was forgotten).
 * owe: a mirror has no copy of this object yet (mirror_mode async, or a sync copy that failed).
 * repair: the primary answers and has no good copy, a mirror has one.
 */
struct store_watch {
	void	(*owe)(void *arg, const char *key);
	void	(*repair)(void *arg, const char *key, const char *why);
	void	*arg;
};
void	 store_watch(struct store *s, const struct store_watch *w);	/* copied */

/*
 * Write size bytes of fd (from offset 0) under key, a blob's, checked against sha256 while copying (NULL: unchecked). In the primary already: left
 * alone there. A store of files reads it to know, and replaces what is damaged; of a bucket the same size will do. Durable there on return. With
 * mirrors: copied or told to watch.owe; that never fails the call.
 */
enum err store_put(struct store *s, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f) MUST_USE;

/*
 * A file without a name, to be filled and then given to store_put_own, which need not copy it. ERR_NOTFOUND: there are none, the primary has no
 * files or its file system cannot do this.
 */
enum err store_spool(struct store *s, int *fd, struct fault *f) MUST_USE;

/* store_put of a file that nobody but the caller can write to, unchecked, and by him no more: it may become the object itself. */
enum err store_put_own(struct store *s, const char *key, int fd, off_t size, struct fault *f) MUST_USE;

/* store_put from memory, replacing what is there (sidecars). */
enum err store_put_mem(struct store *s, const char *key, const void *data, size_t len, struct fault *f) MUST_USE;

/*
 * What is put between these two may be there, and durable, only after store_settle: several objects then cost little more than one. An error of
 * store_settle: some may not be there. Always call it after store_hold; without mirrors only, else everything is durable at once.
 */
void	 store_hold(struct store *s);
enum err store_settle(struct store *s, struct fault *f) MUST_USE;

/*
 * A descriptor to read all of it (local: the file; remote: a local copy), and its size; the caller closes. From a mirror when the primary
 * has none, or none that is right as far as reading it tells, or does not answer. ERR_NOTFOUND: nobody has it.
 */
enum err store_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f) MUST_USE;

/*
 * The same for the blob of a picture: a copy of another length than bytes is as bad as none. prove: the primary's copy is read and its hash
 * compared as well (after a decoder choked on it; what comes from a mirror always is).
 */
enum err store_get_blob(struct store *s, const uint8_t sha256[SHA256_BYTES], off_t bytes, bool prove, int *fd, struct fault *f) MUST_USE;

/*
 * The same without prove, for who can use the first bytes before the last are here. *rest NULL: all are there. Else store_rest_more waits until more
 * than *have bytes of fd, still open, can be read; all of them only when they are proven. Before that, the first bytes may be had by store_rest_piece alone. Where
 * the primary breaks off a mirror's copy is gone on with. An error: the others will not come, and what was read may be wrong. Nothing else may be
 * asked of s before store_rest_close (always, also after an error; it may take a while then, to keep the right bytes for who comes next).
 */
struct store_rest;
enum err store_get_blob_early(struct store *s, const uint8_t sha256[SHA256_BYTES], off_t bytes, int *fd, struct store_rest **rest, struct fault *f) MUST_USE;
const void *store_rest_piece(struct store_rest *rest, size_t *len);
enum err store_rest_more(struct store_rest *rest, off_t *have, struct fault *f) MUST_USE;
void	 store_rest_close(struct store_rest *rest);

/* There, in the primary? ERR_NOTFOUND or the size. */
enum err store_stat(struct store *s, const char *key, off_t *size, struct fault *f) MUST_USE;

/* Gone afterwards from all targets, also when it was not there. Durable. An error when one target is away; the others are cleared all the same. */
enum err store_delete(struct store *s, const char *key, struct fault *f) MUST_USE;

/* Path of the object relative to local.root ("o/ab/..."), for X-Accel-Redirect / X-Sendfile; ERR_NOTFOUND when the primary has no files. out: size bytes. */
enum err store_path(struct store *s, const char *key, char *out, size_t size, struct fault *f) MUST_USE;

/* Name below cache.dir of this node's own copy of a remote object; ERR_NOTFOUND when there is none (yet: store_get makes one). */
enum err store_tier(struct store *s, const char *key, char *out, size_t size, struct fault *f) MUST_USE;

/* An address, in the arena, by which anybody may GET the primary's object for so many seconds; ERR_NOTFOUND when it has none (files). Nobody is asked. */
enum err store_url(struct store *s, const char *key, int64_t expires_s, struct arena *a, const char **out, struct fault *f) MUST_USE;

/* Call each(key, size, mtime_s, arg) for all objects of the primary whose key starts with prefix, in no order, until it says other than ERR_OK. */
enum err store_list(struct store *s, const char *prefix, store_each *each, void *arg, struct fault *f) MUST_USE;

/* Can the primary be written and is there room (server.min_free_bytes)? For /readyz and uploads. */
enum err store_check(struct store *s, struct fault *f) MUST_USE;

/* Remove what writers that crashed left behind at least age_s seconds ago, on all targets; *removed counts. */
enum err store_tidy(struct store *s, int64_t age_s, int *removed, struct fault *f) MUST_USE;

/* --- one target: t from 0, the primary, to store_targets() - 1 --- */

int		 store_targets(const struct store *s);
const char	*store_target_name(const struct store *s, int t);	/* "s3" */
/* The folder of its files, as in the settings; NULL when objects are no files there. */
const char	*store_target_root(const struct store *s, int t);

/* As their namesakes above, in this target alone; put replaces what is there; get reads the target itself, never a copy on this node. */
enum err store_put_at(struct store *s, int t, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f) MUST_USE;
enum err store_put_mem_at(struct store *s, int t, const char *key, const void *data, size_t len, struct fault *f) MUST_USE;
enum err store_get_at(struct store *s, int t, const char *key, int *fd, off_t *size, struct fault *f) MUST_USE;
enum err store_stat_at(struct store *s, int t, const char *key, off_t *size, struct fault *f) MUST_USE;
enum err store_delete_at(struct store *s, int t, const char *key, struct fault *f) MUST_USE;

/* All of them gone afterwards, also those that were not there. In few requests where the store can. An error: some may still be there. */
enum err store_delete_many_at(struct store *s, int t, const char *const *key, size_t n, struct fault *f) MUST_USE;

/* As store_put_at, of an object that target from has, too, and that was read from there: where both are at one service it copies by itself. */
enum err store_copy_at(struct store *s, int from, int t, const char *key, int fd, off_t size, const uint8_t *sha256, struct fault *f) MUST_USE;

enum err store_list_at(struct store *s, int t, const char *prefix, store_each *each, void *arg, struct fault *f) MUST_USE;
enum err store_check_at(struct store *s, int t, struct fault *f) MUST_USE;

/*
 * --- what is not ours ---
 * Objects of a bucket under whatever keys somebody gave them, to be imported; s was opened by store_open_one. ERR_BADREQ for a folder: there
 * are no foreign objects in one of ours.
 */
enum err store_foreign_list(struct store *s, const char *prefix, store_each *each, void *arg, struct fault *f) MUST_USE;
enum err store_foreign_get(struct store *s, const char *key, int *fd, off_t *size, struct fault *f) MUST_USE;

/* --- keys --- */

/* "o/<hex>" of a blob; out holds STORE_KEY_SIZE. */
#define STORE_KEY_SIZE 80
void	 store_blob_key(const uint8_t sha256[SHA256_BYTES], char out[STORE_KEY_SIZE]);

/* The hash in a blob's key; false for another key. */
bool	 store_key_blob(const char *key, uint8_t sha256[SHA256_BYTES]);

#endif
