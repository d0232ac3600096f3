/*
 * Variants: made once, kept on the node's disk, served by the web server from then on.
 *
 * Below cache.dir:
 *	v/HH/ID/c/NAME.EXT	the variant, by its canonical text (NAME: a hash), the one file
 *	v/HH/ID/q/STEPS.EXT	hard link: answers ?x-oss-process=image/STEPS without our code
 *	v/HH/ID/p/STEPS.EXT	hard link: answers /i/ID/STEPS.EXT without our code
 *	v/HH/ID/m/NOTE		an empty file for a variant that shows ID as its watermark
 *	v/HH/ID/c/NAME.bad	a note that it cannot be made, believed until the time it bears
 *	x/HH/ID/c/NAME.EXT	the same for private pictures, and for all while access.policy
 *				is not open: never found by the web server itself
 *	y/HH/SHA256.N.EXT	the pyramid of a blob, N 0 (large) or 1 (small), EXT jpg, webp, png
 *	y/HH/SHA256.none	a note that there will be no pyramid
 *	t/HH/SHA256		this node's copy of an original that lies in a remote store
 *	locks			byte-range locks (base/slots.h)
 *	boot			the boot of the machine that the cache was last trimmed in
 *	tmp/			files on their way, in or out
 * HH are the last two characters of the id (they are random; the first are the time), or the
 * first two of the hash. STEPS is taken as the visitor wrote it when it is of A-Za-z0-9,_/- and at
 * most 200 characters, no empty segment; EXT is the format that came out, so a folder (no dot)
 * and a file never collide. A file's time of change is the picture's created_s, so that the web
 * server's own ETag and Last-Modified are the same on every node and after a rebuild; its time of
 * access is its last use, as far as we saw it.
 */
#ifndef APP_VARIANT_H
#define APP_VARIANT_H

#include "app/app.h"
#include "app/picture.h"
#include "image/spec.h"

#define VARIANT_PATH_SIZE 512

enum variant_url { VARIANT_NO_ALIAS, VARIANT_QUERY, VARIANT_PATH };

struct variant_ask {
	const struct picture_row *pic;
	const struct spec	*spec;		/* steps, parsed; kind SPEC_PICTURE, INFO or HUE */
	enum fmt		 fmt;		/* to make, decided; FMT_NONE: JSON */
	enum variant_url	 url;		/* which link may be made ... */
	const char		*steps;		/* ... from the steps as they were written */
};

struct variant {
	char		 rel[VARIANT_PATH_SIZE];	/* "v/HH/ID/c/NAME.EXT" below cache.dir */
	enum fmt	 fmt;			/* FMT_NONE: JSON (info, hue) */
	int64_t		 bytes;
	const char	*tier;			/* "disk", "built", "waited" */
	uint32_t	 decode_us, work_us, encode_us;	/* when built here */
};

/*
 * Find or make. Exactly one process of the node builds a variant, the others wait for it (until
 * sandbox.wait_ms + timeout, then ERR_BUSY). Made in the sandbox from the smallest sufficient
 * pyramid step or the original; temporary file, then link/rename. After the rename the picture is
 * looked at again in the database: deleted meanwhile -> removed again and ERR_GONE. Keeps at most
 * cache.max_per_picture variants of a picture, oldest use first.
 */
enum err variant_get(struct app *app, struct arena *a, const struct variant_ask *ask,
    struct variant *out, struct fault *f) MUST_USE;

/* Is it there already? Nothing is made, nothing waited for. */
bool	 variant_ready(struct app *app, struct arena *a, const struct variant_ask *ask) MUST_USE;

/* All variants of a picture, and all that show it as a watermark, gone from this node. Fine when there are none. */
enum err variant_drop(struct app *app, const char *id, struct fault *f) MUST_USE;

/* The pyramid of a blob, gone from this node. */
enum err pyramid_drop(struct app *app, const uint8_t blob[SHA256_BYTES], struct fault *f) MUST_USE;

/*
 * Adopt a reduced copy made at upload (fd, from offset 0) as step n of a blob's pyramid. Failing
 * is no harm: it is made again when needed.
 */
enum err pyramid_put(struct app *app, const uint8_t blob[SHA256_BYTES], int n, enum fmt fmt, int fd,
    struct fault *f) MUST_USE;

/*
 * Trim the cache to cache.max_bytes, oldest use first; *removed_bytes and *kept_bytes say what
 * happened. For tintype jobs.
 */
enum err cache_trim(struct app *app, int64_t max_bytes, int64_t *removed_bytes, int64_t *kept_bytes,
    struct fault *f) MUST_USE;

#endif
