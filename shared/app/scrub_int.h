/*
 * Inside of scrub: private to app/scrub*.c.
 */
#ifndef APP_SCRUB_INT_H
#define APP_SCRUB_INT_H

#include "app/scrub.h"

/* Count and tell. mended: with repair, how mending it ended (ERR_OK: well), and why not. */
void	 scrub_found(struct scrub *s, enum scrub_kind kind, const char *key, const char *detail);
void	 scrub_mended(struct scrub *s, struct arena *a, enum scrub_kind kind, const char *key, const char *detail, enum err e, const struct fault *why);

/* Is it time to end early? */
bool	 scrub_ends(struct scrub *s);

/* n bytes were read: wait until that is within the rate. */
void	 scrub_pace(struct scrub *s, int64_t n);

/* What one target lacks. */
struct lack {
	enum scrub_kind	 kind;
	const char	*detail;
};

/* All that is wrong with one object, after one try to mend it, if that was asked for, ended with e. */
void	 scrub_lacks(struct scrub *s, struct arena *a, const char *key, const struct lack *l, int n, enum err e, const struct fault *why);

/* The same, with that try: a good copy from another target. */
void	 scrub_heal(struct scrub *s, struct arena *a, const char *key, const struct lack *l, int n);

/* Put the count of a blob right; a row is made when there is none. */
enum err scrub_recount(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], struct fault *f) MUST_USE;

/* How the index sees a blob now. *known: it has a row. */
enum err scrub_refs(struct scrub *s, struct arena *a, const uint8_t sha[SHA256_BYTES], bool *known, int64_t *refs, struct fault *f) MUST_USE;

/* The walks: rows of blobs, of pictures, of deleted pictures, objects of one target. */
enum err scrub_tombstones(struct scrub *s, struct arena *a, struct fault *f) MUST_USE;
enum err scrub_blobs(struct scrub *s, struct arena *a, struct fault *f) MUST_USE;
enum err scrub_pictures(struct scrub *s, struct arena *a, struct fault *f) MUST_USE;
enum err scrub_objects(struct scrub *s, struct arena *a, const char *prefix, struct fault *f) MUST_USE;

/* The copy of an object that should be in target t: ERR_OK, ERR_NOTFOUND, ERR_DAMAGED (*detail says how), or why it could not be looked at. bytes < 0: any number. */
enum err scrub_look(struct scrub *s, struct arena *a, int t, const char *key, int64_t bytes, const char **detail, struct fault *f) MUST_USE;

/* A mirror that does not answer is told once, and left out from then on. */
void	 scrub_away(struct scrub *s, int t, const struct fault *why);

/* The place and the sums into the slot, or out of it. */
enum err scrub_save(struct scrub *s, struct arena *a, struct fault *f) MUST_USE;

/* The same now and then; what fails is tried again. */
void	 scrub_keep(struct scrub *s, struct arena *a);

/* Waits a copy of this object in the queue? */
bool	 scrub_waits(struct scrub *s, struct arena *a, const char *key);

#endif
