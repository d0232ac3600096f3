/*
 * Objects in a bucket of S3 or Alibaba OSS: what the driver's files share. Private to data/remote*.c and data/store_remote.c.
 */
#ifndef DATA_REMOTE_H
#define DATA_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "data/fetch.h"
#include "data/sign.h"
#include "data/store_driver.h"

struct remote;

/* How a family of stores signs and what it calls its headers. */
struct remote_family {
	const char	*name;		/* "s3" */
	const char	*storage_class, *encryption, *encryption_key, *sha256;	/* what it calls these headers */
	const char	*copy_source, *copy_directive;
	const char	*no_overwrite;	/* header that forbids to replace an object; NULL: it has none */
	/* Adds date, token and the like to header (room for 6 more) and returns the value of Authorization. */
	const char	*(*sign)(struct remote *r, struct arena *a, struct sign_request *q, struct sign_pair *header, int64_t now_s);
	/* The query of an address by which anybody may GET the object until so long from now. */
	const char	*(*presign)(struct remote *r, struct arena *a, struct sign_request *q, int64_t now_s, int64_t expires_s);
};
extern const struct remote_family remote_s3, remote_oss4, remote_oss1;

struct remote {
	const struct remote_family *fam;
	struct sign_creds	 creds;
	const char		*scheme, *host;		/* of the endpoint, with its port */
	const char		*bucket, *token, *storage_class, *encryption, *encryption_key;
	bool			 path_style;
	struct fetch		*fetch;
	struct arena		*mem;			/* of the strings above */
	struct arena		*ask_mem;		/* of one request */
	const char		*tier_dir;		/* folder of local copies, "t" below cache.dir */
	int			 tier_fd;
	int			 spare_fd;		/* an unnamed file there, for the next copy; -1: none */
	/* A store that fails is left alone for a while. */
	int			 failures;
	int64_t			 closed_until_us;	/* on the monotonic clock; 0: not closed */
	int64_t			 checked_us;		/* when check last found it well */
};

/* What is asked of the store. */
#define REMOTE_HEADERS 9
struct remote_ask {
	const char		*method, *key;
	struct sign_pair	 query[4];
	size_t			 nquery;
	struct sign_pair	 header[REMOTE_HEADERS];	/* besides the family's own; names in small letters */
	size_t			 nheader;
	const char		*payload;	/* hex SHA-256 of the body, or NULL: not signed */
	int			 body_fd;	/* -1: body or none */
	off_t			 body_off, body_len;
	const void		*body;
	int			 to_fd;
	enum err		 (*to_open)(void *arg, int *fd, struct fault *f);
	void			*to_arg;
	bool			 rest, early;	/* these as in struct fetch_ask */
};
#define REMOTE_ASK(m, k) { .method = (m), .key = (k), .body_fd = -1, .to_fd = -1 }

/*
 * Ask, again after a short random pause where that is safe and promising. ERR_OK: a 2xx answer. ERR_NOTFOUND: 404 of the object. ERR_STORE else, with the
 * store's own code in the fault, never a secret. The caller frees out->text, whatever came back.
 */
enum err remote_ask(struct remote *r, const struct remote_ask *q, struct fetch_answer *out, struct fault *f) MUST_USE;

/*
 * An answer that came back early: wait for more of it, or its end. ERR_STORE: it broke off, and is not open any more. remote_stop gives it up. Nothing
 * else may be asked as long as an answer is open.
 */
enum err remote_more(struct remote *r, struct fault *f) MUST_USE;
void	 remote_stop(struct remote *r);

/* Add a header or a parameter; an empty header is left out. The texts must live as long as the question. */
void	 remote_header(struct remote_ask *q, const char *name, const char *value);
void	 remote_query(struct remote_ask *q, const char *name, const char *value);

/* Where an object lies: "https://bucket.host/key", or for "" the bucket. */
const char *remote_url(const struct remote *r, struct arena *a, const char *key);

/* An address by which a visitor may GET it for so long. */
const char *remote_presign(struct remote *r, struct arena *a, const char *key, int64_t expires_s);

/* The checksum of bytes sent, against the one the store told, if it told any. */
enum err remote_check_crc(const struct fetch_answer *out, uint64_t crc64, const char *key, struct fault *f) MUST_USE;

/* What is between <tag> and </tag> at or after *at, in the arena; *at moves behind it. NULL: no more. For elements within which others are. */
const char *remote_element(struct arena *a, const char **at, const char *tag);

/* The same of an element that holds only text, entities decoded. */
const char *remote_xml(struct arena *a, const char **at, const char *tag);

/*
 * An object in parts (remote_parts.c): for what is too large for one request. as: its key and headers. Goes on with what an earlier upload of the
 * same key left behind, part by part; what fails for good is given up as a whole.
 */
#define REMOTE_ONE_PUT_BYTES	(16 << 20)
#define REMOTE_PART_BYTES	(8 << 20)
enum err remote_put_parts(struct remote *r, const struct remote_ask *as, int fd, off_t size, struct fault *f) MUST_USE;

/* Give up uploads in parts that nobody went on with for age_s seconds. */
enum err remote_tidy(void *d, int64_t age_s, int *removed, struct fault *f) MUST_USE;

/* Many objects gone by few requests (remote_batch.c). *unknown: the service has no such call. */
#define REMOTE_DELETE_KEYS	1000
enum err remote_delete_many(struct remote *r, const char *const *key, size_t n, bool *unknown, struct fault *f) MUST_USE;

/*
 * The object of the same key in from's bucket, copied by the service itself, with the headers of as. src: what it must be, its descriptor to
 * compare with. Only where the two are at the same service, under the same key.
 */
bool	 remote_is_same_service(const struct remote *r, const struct remote *from);
enum err remote_copy_from(struct remote *r, const struct remote *from, const struct remote_ask *as, const struct store_source *src, struct fault *f) MUST_USE;

/* All keys with a prefix (remote_list.c). */
int64_t	 remote_time_s(const char *iso);	/* "2024-05-01T12:00:00.000Z"; 0 for anything else */
enum err remote_list(struct remote *r, const char *prefix, store_each *each, void *arg, struct fault *f) MUST_USE;

/* --- copies of blobs on this node (remote_tier.c); contracts as in store_driver.h --- */

enum err remote_tier_open(struct remote *r, const struct conf *c, struct fault *f) MUST_USE;
enum err remote_get(void *d, const char *key, bool fresh, int *fd, off_t *size, struct fault *f) MUST_USE;
enum err remote_begin(void *d, const char *key, int *fd, off_t *size, void **rest, struct fault *f) MUST_USE;
const void *remote_rest_piece(void *rest, size_t *len);
enum err remote_rest_more(void *rest, off_t *have, struct fault *f) MUST_USE;
void	 remote_rest_end(void *rest);
enum err remote_foreign(void *d, const char *key, int *fd, off_t *size, struct fault *f) MUST_USE;
enum err remote_tier(void *d, const char *key, char *out, size_t size, struct fault *f) MUST_USE;
void	 remote_untier(void *d, const char *key);
void	 remote_adopt(void *d, const char *key, int fd, off_t size);

#endif
