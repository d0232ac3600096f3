/*
 * SHA-256, HMAC and comparison in constant time (libcrypto). For one thread, as the programs have.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SHA256_BYTES	32
#define SHA256_HEX	(2 * SHA256_BYTES + 1)	/* with the NUL */

struct sha256;

/* A running hash. sha256_end fills out and frees; sha256_free frees without a result. NULL never comes back (aborts). */
struct sha256	*sha256_new(void) MUST_USE;
void		 sha256_add(struct sha256 *h, const void *data, size_t len);
void		 sha256_end(struct sha256 *h, uint8_t out[SHA256_BYTES]);
void		 sha256_free(struct sha256 *h);

/* At once. */
void		 sha256_of(const void *data, size_t len, uint8_t out[SHA256_BYTES]);

/* Of a whole file from offset 0, by pread; the file position stays. */
enum err	 sha256_fd(int fd, uint8_t out[SHA256_BYTES], struct fault *f) MUST_USE;

void		 hmac_sha256(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA256_BYTES]);

/*
 * HMAC-SHA256 with a key that is used again and again: half of a short HMAC is to take the key in. hmac_of makes one of n parts
 * in a row, as if they were one. Nothing comes back NULL (aborts); hmac_close(NULL) is nothing.
 */
struct hmac_part {
	const void	*data;
	size_t		 len;
};
struct hmac	*hmac_open(const void *key, size_t klen) MUST_USE;
void		 hmac_of(struct hmac *h, const struct hmac_part *part, size_t n, uint8_t out[SHA256_BYTES]);
void		 hmac_close(struct hmac *h);

/* SHA-1, for OSS signatures of version 1 only. */
#define SHA1_BYTES	20
void		 hmac_sha1(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA1_BYTES]);

/* CRC-64/XZ (polynomial 0x42F0E1EBA9EA3693, reflected), as OSS reports it; crc 0 to begin with, then the last result. */
uint64_t	 crc64(uint64_t crc, const void *data, size_t len);

/* Several sums of a range of a file in one pass: what the protocols of object stores ask for. crc64 goes on from what it was. */
#define MD5_BYTES	16
struct digest_sums {
	uint8_t		sha256[SHA256_BYTES], md5[MD5_BYTES];
	uint64_t	crc64;
};
void		 digest_mem(const void *data, size_t len, struct digest_sums *sums);	/* crc64 from 0 */
enum err	 digest_range(int fd, off_t off, off_t len, struct digest_sums *sums, struct fault *f) MUST_USE;

/* Equal? Takes the same time wherever they differ. */
bool		 equal_ct(const void *a, const void *b, size_t len) MUST_USE;

/* A 64-bit hash that is the same on every machine, for sharding and lock offsets; not for secrets. */
uint64_t	 hash64(const void *data, size_t len);

#endif
