/*
 * The one place that knows libcrypto's hashes. SHA-256 by its plain functions, which libcrypto would rather see unused: what stands around them
 * in EVP takes a worker that was idle several times as long as the few bytes that it hashes.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "base/fdio.h"

struct sha256 {
	SHA256_CTX ctx;
};

/* libcrypto fails here only without memory. */
static void
must(int ok)
{
	if (!ok) {
		fputs("libcrypto: a hash failed\n", stderr);
		abort();
	}
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = malloc(sizeof(*h));

	must(h != NULL && SHA256_Init(&h->ctx));
	return h;
}

void
sha256_add(struct sha256 *h, const void *data, size_t len)
{
	must(SHA256_Update(&h->ctx, data, len));
}

void
sha256_end(struct sha256 *h, uint8_t out[SHA256_BYTES])
{
	must(SHA256_Final(out, &h->ctx));
	sha256_free(h);
}

void
sha256_free(struct sha256 *h)
{
	free(h);
}

void
sha256_of(const void *data, size_t len, uint8_t out[SHA256_BYTES])
{
	SHA256_CTX ctx;

	must(SHA256_Init(&ctx) && SHA256_Update(&ctx, data, len) && SHA256_Final(out, &ctx));
}

enum err
sha256_fd(int fd, uint8_t out[SHA256_BYTES], struct fault *f)
{
	char block[65536];
	struct sha256 *h = sha256_new();
	off_t off = 0;
	size_t got;
	enum err e;

	do {
		if ((e = fd_pread_all(fd, block, sizeof(block), off, &got, f))) {
			sha256_free(h);
			return e;
		}
		sha256_add(h, block, got);
		off += (off_t)got;
	} while (got == sizeof(block));
	sha256_end(h, out);
	return ERR_OK;
}

static enum err
sum_blocks(int fd, off_t off, off_t len, struct sha256 *sha, EVP_MD_CTX *md5, uint64_t *crc, struct fault *f)
{
	char block[65536];
	size_t got, want;
	enum err e;

	for (; len > 0; off += (off_t)got, len -= (off_t)got) {
		want = len < (off_t)sizeof(block) ? (size_t)len : sizeof(block);
		if ((e = fd_pread_all(fd, block, want, off, &got, f)))
			return e;
		if (got < want)
			return fault_set(f, ERR_IO, "a file is shorter than it was");
		sha256_add(sha, block, got);
		must(EVP_DigestUpdate(md5, block, got));
		*crc = crc64(*crc, block, got);
	}
	return ERR_OK;
}

enum err
digest_range(int fd, off_t off, off_t len, struct digest_sums *sums, struct fault *f)
{
	struct sha256 *sha = sha256_new();
	EVP_MD_CTX *md5 = EVP_MD_CTX_new();
	enum err e;

	must(md5 != NULL && EVP_DigestInit_ex(md5, EVP_md5(), NULL));
	e = sum_blocks(fd, off, len, sha, md5, &sums->crc64, f);
	sha256_end(sha, sums->sha256);
	must(EVP_DigestFinal_ex(md5, sums->md5, NULL));
	EVP_MD_CTX_free(md5);
	return e;
}

void
digest_mem(const void *data, size_t len, struct digest_sums *sums)
{
	unsigned n;

	sha256_of(data, len, sums->sha256);
	must(EVP_Digest(data, len, sums->md5, &n, EVP_md5(), NULL));
	sums->crc64 = crc64(0, data, len);
}

/* With a context that is kept: to find the algorithm by its name takes several times what the few bytes do. */
void
hmac_sha1(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA1_BYTES])
{
	static EVP_MAC_CTX *kept;
	OSSL_PARAM digest[2] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)"SHA1", 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC *mac;
	size_t got;

	if (kept == NULL) {
		mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
		must(mac != NULL && (kept = EVP_MAC_CTX_new(mac)) != NULL && EVP_MAC_CTX_set_params(kept, digest));
		EVP_MAC_free(mac);
	}
	/* NULL means "the key of last time". */
	must(EVP_MAC_init(kept, klen != 0 ? key : (const void *)"", klen, NULL) && EVP_MAC_update(kept, data, len) &&
	    EVP_MAC_final(kept, out, &got, SHA1_BYTES) && got == SHA1_BYTES);
}

/* Of a key: what the hash is after the block that the key makes, for within and around. */
struct hmac {
	SHA256_CTX inner, outer;
};

static void
pad(SHA256_CTX *ctx, const uint8_t key[SHA256_CBLOCK], uint8_t with)
{
	uint8_t block[SHA256_CBLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ with;
	must(SHA256_Init(ctx) && SHA256_Update(ctx, block, sizeof(block)));
	OPENSSL_cleanse(block, sizeof(block));
}

static void
hmac_key(struct hmac *h, const void *key, size_t klen)
{
	uint8_t block[SHA256_CBLOCK] = { 0 };

	if (klen > sizeof(block))
		sha256_of(key, klen, block);
	else if (klen > 0)
		memcpy(block, key, klen);
	pad(&h->inner, block, 0x36);
	pad(&h->outer, block, 0x5c);
	OPENSSL_cleanse(block, sizeof(block));
}

struct hmac *
hmac_open(const void *key, size_t klen)
{
	struct hmac *h = malloc(sizeof(*h));

	must(h != NULL);
	hmac_key(h, key, klen);
	return h;
}

void
hmac_of(struct hmac *h, const struct hmac_part *part, size_t n, uint8_t out[SHA256_BYTES])
{
	SHA256_CTX in = h->inner, around = h->outer;
	uint8_t sum[SHA256_BYTES];

	for (size_t i = 0; i < n; i++)
		must(SHA256_Update(&in, part[i].data, part[i].len));
	must(SHA256_Final(sum, &in) && SHA256_Update(&around, sum, sizeof(sum)) && SHA256_Final(out, &around));
}

void
hmac_close(struct hmac *h)
{
	if (h == NULL)
		return;
	OPENSSL_cleanse(h, sizeof(*h));
	free(h);
}

void
hmac_sha256(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA256_BYTES])
{
	struct hmac h;

	hmac_key(&h, key, klen);
	hmac_of(&h, &(struct hmac_part){ data, len }, 1, out);
	OPENSSL_cleanse(&h, sizeof(h));
}

bool
equal_ct(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* FNV-1a, and a finish that spreads short keys over all bits. */
uint64_t
hash64(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = 0xcbf29ce484222325;

	while (len-- > 0)
		h = (h ^ *p++) * 0x100000001b3;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
	return h ^ h >> 32;
}
