/*
 * The one place that knows libcrypto's hashes.
 */
#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/fdio.h"

struct sha256 {
	EVP_MD_CTX *ctx;
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

/* EVP_sha256() is looked up by its name at each use. */
static const EVP_MD *
sha256_kept(void)
{
	static EVP_MD *kept;

	if (kept == NULL)
		must((kept = EVP_MD_fetch(NULL, "SHA256", NULL)) != NULL);
	return kept;
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = malloc(sizeof(*h));

	must(h != NULL);
	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL && EVP_DigestInit_ex(h->ctx, sha256_kept(), NULL));
	return h;
}

void
sha256_add(struct sha256 *h, const void *data, size_t len)
{
	must(EVP_DigestUpdate(h->ctx, data, len));
}

void
sha256_end(struct sha256 *h, uint8_t out[SHA256_BYTES])
{
	must(EVP_DigestFinal_ex(h->ctx, out, NULL));
	sha256_free(h);
}

void
sha256_free(struct sha256 *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
sha256_of(const void *data, size_t len, uint8_t out[SHA256_BYTES])
{
	must(EVP_Digest(data, len, out, NULL, sha256_kept(), NULL));
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

static EVP_MAC_CTX *
hmac_new(const char *algorithm)
{
	OSSL_PARAM digest[2] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)algorithm, 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	must(ctx != NULL && EVP_MAC_CTX_set_params(ctx, digest));
	EVP_MAC_free(mac);
	return ctx;
}

static void
hmac_rest(EVP_MAC_CTX *ctx, const struct hmac_part *part, size_t n, uint8_t *out, size_t size)
{
	size_t got;

	for (size_t i = 0; i < n; i++)
		must(EVP_MAC_update(ctx, part[i].data, part[i].len));
	must(EVP_MAC_final(ctx, out, &got, size) && got == size);
}

/* NULL means "the key of last time" to EVP_MAC_init(). */
static void
hmac_key(EVP_MAC_CTX *ctx, const void *key, size_t klen)
{
	must(EVP_MAC_init(ctx, klen != 0 ? key : (const void *)"", klen, NULL));
}

/* With a context that is kept: to find the algorithm by its name takes several times what the few bytes do. */
static void
hmac_once(EVP_MAC_CTX **kept, const char *algorithm, const void *key, size_t klen, const void *data, size_t len,
    uint8_t *out, size_t size)
{
	if (*kept == NULL)
		*kept = hmac_new(algorithm);
	hmac_key(*kept, key, klen);
	hmac_rest(*kept, &(struct hmac_part){ data, len }, 1, out, size);
}

void
hmac_sha256(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA256_BYTES])
{
	static EVP_MAC_CTX *kept;

	hmac_once(&kept, "SHA256", key, klen, data, len, out, SHA256_BYTES);
}

void
hmac_sha1(const void *key, size_t klen, const void *data, size_t len, uint8_t out[SHA1_BYTES])
{
	static EVP_MAC_CTX *kept;

	hmac_once(&kept, "SHA1", key, klen, data, len, out, SHA1_BYTES);
}

struct hmac {
	EVP_MAC_CTX *ctx;
};

struct hmac *
hmac_open(const void *key, size_t klen)
{
	struct hmac *h = malloc(sizeof(*h));

	must(h != NULL);
	h->ctx = hmac_new("SHA256");
	hmac_key(h->ctx, key, klen);
	return h;
}

void
hmac_of(struct hmac *h, const struct hmac_part *part, size_t n, uint8_t out[SHA256_BYTES])
{
	must(EVP_MAC_init(h->ctx, NULL, 0, NULL));
	hmac_rest(h->ctx, part, n, out, SHA256_BYTES);
}

void
hmac_close(struct hmac *h)
{
	if (h == NULL)
		return;
	EVP_MAC_CTX_free(h->ctx);
	free(h);
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
