/*
 * memcached, trusted with nothing. Every value is bound to its key and its end of life by an HMAC,
 * so a server that lies, mixes up or keeps too long what we gave it is a miss. A key always lives
 * on the same server (rendezvous hashing): were it moved when its server fails, that server could
 * come back with rows that were deleted meanwhile.
 *
 * A server that fails is left alone for a while, which costs the others nothing.
 */
#include "data/cache.h"

#include <libmemcached/memcached.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/defs.h"
#include "base/digest.h"
#include "base/enc.h"
#include "base/limits.h"
#include "base/metric.h"
#include "base/num.h"
#include "data/conf.h"

#define SERVERS_MAX 32
#define NAME_SIZE 256
#define KEY_SIZE 80		/* prefix, 32 hex digits */
#define TTL_MAX_S (30 * 86400)	/* memcached takes more for a date */
#define REST_MIN_US 200000	/* how long a failed server is left alone at first, ... */
#define REST_MAX_US 5000000	/* ... and at last */
#define FORMAT_VERSION 2

/* In front of every value. */
struct head {
	uint8_t	version;
	uint8_t	mac[16];
	uint8_t	expires_s[8];	/* big endian */
};

struct server {
	char		 name[NAME_SIZE];	/* as configured: what keys are spread by */
	memcached_st	*mc;
	int64_t		 rest_until_us;
	int64_t		 rest_us;		/* of the last rest; 0: it is well */
};

struct cache {
	struct server	 server[SERVERS_MAX];
	size_t		 n;
	char		 prefix[64];
	struct hmac	*hash_name;		/* of keys */
	struct hmac	*sign_value;
};

/*
 * Memory for libmemcached. A server says how long a value is, and the library believes it:
 * here is where it stops.
 */
#define ALLOC_MAX (4 * (size_t)LIMIT_CACHE_VALUE_BYTES)

static void *
lib_malloc(const memcached_st *mc, size_t n, void *arg)
{
	(void)mc, (void)arg;
	return n <= ALLOC_MAX ? malloc(n) : NULL;
}

static void
lib_free(const memcached_st *mc, void *p, void *arg)
{
	(void)mc, (void)arg;
	free(p);
}

static void *
lib_realloc(const memcached_st *mc, void *p, size_t n, void *arg)
{
	(void)mc, (void)arg;
	return n <= ALLOC_MAX ? realloc(p, n) : NULL;
}

static void *
lib_calloc(const memcached_st *mc, size_t n, size_t size, void *arg)
{
	(void)mc, (void)arg;
	return n <= ALLOC_MAX / size ? calloc(n, size) : NULL;
}

static enum err
server_add(struct cache *c, const char *name, size_t len, int timeout_ms, struct fault *f)
{
	struct server *s = &c->server[c->n];
	char host[NAME_SIZE];
	const char *colon;
	int64_t port = 11211;
	memcached_return_t rc;

	if (c->n == SERVERS_MAX || len >= NAME_SIZE)
		return fault_set(f, ERR_BADREQ, "memcached.servers: more than %d, or too long",
		    SERVERS_MAX);
	memcpy(s->name, name, len);
	s->name[len] = '\0';
	memcpy(host, s->name, len + 1);
	colon = strrchr(s->name, ':');
	if (*s->name != '/' && colon != NULL) {
		if (!num_parses(colon + 1, 1, 65535, &port))
			return fault_set(f, ERR_BADREQ, "memcached.servers: %s has no proper port",
			    s->name);
		host[colon - s->name] = '\0';
	}
	if ((s->mc = memcached_create(NULL)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for memcached");
	c->n++;
	memcached_set_memory_allocators(s->mc, lib_malloc, lib_free, lib_realloc, lib_calloc, NULL);
	rc = *host == '/' ? memcached_server_add_unix_socket(s->mc, host) :
	    memcached_server_add(s->mc, host, (in_port_t)port);
	if (rc != MEMCACHED_SUCCESS)
		return fault_set(f, ERR_BADREQ, "memcached.servers: %s is not understood", s->name);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, (uint64_t)timeout_ms);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, (uint64_t)timeout_ms);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_SND_TIMEOUT, (uint64_t)timeout_ms * 1000);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, (uint64_t)timeout_ms * 1000);
	/* Rests are ours to decide; the library's own count in whole seconds. */
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 0);
	memcached_behavior_set(s->mc, MEMCACHED_BEHAVIOR_DEAD_TIMEOUT, 0);
	return ERR_OK;
}

enum err
cache_open(const struct conf *conf, struct cache **out, struct fault *f)
{
	static const char name_use[] = "memcached key", value_use[] = "memcached value";
	struct cache *c = calloc(1, sizeof(*c));
	const char *s = conf->memcached_servers;
	uint8_t key[SHA256_BYTES];
	enum err e = ERR_OK;

	if (c == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for memcached");
	snprintf(c->prefix, sizeof(c->prefix), "%s", conf->memcached_prefix);
	hmac_sha256(conf->site_secret, strlen(conf->site_secret), name_use, sizeof(name_use), key);
	c->hash_name = hmac_open(key, sizeof(key));
	hmac_sha256(conf->site_secret, strlen(conf->site_secret), value_use, sizeof(value_use), key);
	c->sign_value = hmac_open(key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	while (*s != '\0' && e == ERR_OK) {
		size_t n = strcspn(s, ", ");

		if (n > 0)
			e = server_add(c, s, n, (int)conf->memcached_timeout_ms, f);
		s += n;
		s += strspn(s, ", ");
	}
	if (e == ERR_OK) {
		*out = c;
		c = NULL;
	}
	cache_close(c);
	return e;
}

void
cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		memcached_free(c->server[i].mc);
	hmac_close(c->hash_name);
	hmac_close(c->sign_value);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

/* The key as the server sees it, and whose it is. NULL: there are no servers. */
static struct server *
place(struct cache *c, const char *key, char out[KEY_SIZE])
{
	struct server *best = NULL;
	uint64_t most = 0;
	uint8_t mac[32], mix[48];

	if (c->n == 0)
		return NULL;
	hmac_of(c->hash_name, &(struct hmac_part){ key, strlen(key) }, 1, mac);
	snprintf(out, KEY_SIZE, "%s", c->prefix);
	enc_hex(mac, 16, out + strlen(out));
	for (size_t i = 0; i < c->n; i++) {
		uint64_t h = hash64(c->server[i].name, strlen(c->server[i].name));

		memcpy(mix, mac, 32);
		memcpy(mix + 32, &h, sizeof(h));
		h = hash64(mix, 32 + sizeof(h));
		if (best == NULL || h > most) {
			best = &c->server[i];
			most = h;
		}
	}
	return best;
}

/* Is it at rest after a failure? */
static bool
resting(const struct server *s)
{
	return s->rest_us != 0 && clock_mono_us() < s->rest_until_us;
}

/*
 * What an answer says of its server. A server that gave none in time is cut off, so that a late
 * answer is not taken for the next one, and rests: longer from time to time.
 */
static void
judge(struct server *s, memcached_return_t rc)
{
	switch (rc) {
	case MEMCACHED_SUCCESS:
	case MEMCACHED_STORED:
	case MEMCACHED_NOTSTORED:
	case MEMCACHED_DATA_EXISTS:
	case MEMCACHED_NOTFOUND:
	case MEMCACHED_DELETED:
	case MEMCACHED_END:
	case MEMCACHED_E2BIG:
	case MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE:
		s->rest_us = 0;
		return;
	default:
		break;
	}
	metric_add(METRIC_CACHE_ERRORS, 1);
	memcached_quit(s->mc);
	s->rest_us = s->rest_us == 0 ? REST_MIN_US : s->rest_us * 2;
	if (s->rest_us > REST_MAX_US)
		s->rest_us = REST_MAX_US;
	s->rest_until_us = clock_mono_us() + s->rest_us;
}

static void
sign(const struct cache *c, const char *key, const uint8_t expires[8], const void *data, size_t len,
    uint8_t out[16])
{
	uint8_t mac[SHA256_BYTES];
	uint64_t n = strlen(key);
	/* The key's length is in it, so that nothing can be shifted between key and value. */
	struct hmac_part part[] = { { &(uint8_t){ FORMAT_VERSION }, 1 }, { expires, 8 }, { &n, sizeof(n) },
		{ key, n }, { data, len } };

	hmac_of(c->sign_value, part, NELEM(part), mac);
	memcpy(out, mac, 16);
}

/* Is this what we once stored under key, and still alive? */
static bool
genuine(const struct cache *c, const char *key, const char *value, size_t len)
{
	struct head h;
	uint8_t mac[16];
	int64_t expires = 0;

	if (len < sizeof(h))
		return false;
	memcpy(&h, value, sizeof(h));
	sign(c, key, h.expires_s, value + sizeof(h), len - sizeof(h), mac);
	for (size_t i = 0; i < sizeof(h.expires_s); i++)
		expires = (int64_t)((uint64_t)expires << 8 | h.expires_s[i]);
	return h.version == FORMAT_VERSION && equal_ct(mac, h.mac, sizeof(mac)) && clock_now_s() < expires;
}

bool
cache_get(struct cache *c, const char *key, struct buf *out)
{
	char name[KEY_SIZE], *value;
	struct server *s = place(c, key, name);
	memcached_return_t rc;
	size_t len = 0;
	uint32_t flags;
	bool ok;

	if (s == NULL || resting(s))
		return false;
	value = memcached_get(s->mc, name, strlen(name), &len, &flags, &rc);
	judge(s, rc);
	ok = rc == MEMCACHED_SUCCESS && value != NULL && genuine(c, key, value, len) &&
	    buf_add(out, value + sizeof(struct head), len - sizeof(struct head)) == ERR_OK;
	free(value);
	metric_add(ok ? METRIC_CACHE_HITS : METRIC_CACHE_MISSES, 1);
	return ok;
}

typedef memcached_return_t store_fn(memcached_st *, const char *, size_t, const char *, size_t,
    time_t, uint32_t);

static bool
store(struct cache *c, store_fn *fn, const char *key, const void *data, size_t len, int ttl_s,
    bool insist)
{
	char name[KEY_SIZE];
	struct server *s = place(c, key, name);
	struct buf b = BUF_INIT(LIMIT_CACHE_VALUE_BYTES);
	struct head h = { .version = FORMAT_VERSION };
	memcached_return_t rc;
	int64_t expires;

	if (s == NULL || (resting(s) && !insist))
		return false;
	ttl_s = ttl_s > TTL_MAX_S ? TTL_MAX_S : ttl_s < 1 ? 1 : ttl_s;
	expires = clock_now_s() + ttl_s;
	for (size_t i = 0; i < sizeof(h.expires_s); i++)
		h.expires_s[i] = (uint8_t)((uint64_t)expires >> (56 - 8 * i));
	sign(c, key, h.expires_s, data, len, h.mac);
	if (buf_add(&b, &h, sizeof(h)) != ERR_OK || buf_add(&b, data, len) != ERR_OK)
		return false;
	rc = fn(s->mc, name, strlen(name), buf_str(&b), b.len, ttl_s, 0);
	judge(s, rc);
	buf_free(&b);
	return rc == MEMCACHED_SUCCESS || rc == MEMCACHED_STORED;
}

/* Nobody waits for the answer; the next question that needs one tells how the server is. */
static memcached_return_t
add_unasked(memcached_st *mc, const char *key, size_t key_len, const char *data, size_t len, time_t ttl_s, uint32_t flags)
{
	memcached_return_t rc;

	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_NOREPLY, 1);
	rc = memcached_add(mc, key, key_len, data, len, ttl_s, flags);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_NOREPLY, 0);
	return rc;
}

void
cache_add(struct cache *c, const char *key, const void *data, size_t len, int ttl_s)
{
	(void)store(c, add_unasked, key, data, len, ttl_s, false);
}

/* Sets and deletes are rare, and somebody relies on them: they are tried even while a server rests. */
bool
cache_set(struct cache *c, const char *key, const void *data, size_t len, int ttl_s)
{
	return store(c, memcached_set, key, data, len, ttl_s, true);
}

bool
cache_delete(struct cache *c, const char *key)
{
	char name[KEY_SIZE];
	struct server *s = place(c, key, name);
	memcached_return_t rc;

	if (s == NULL)
		return true;
	rc = memcached_delete(s->mc, name, strlen(name), 0);
	judge(s, rc);
	return rc == MEMCACHED_SUCCESS || rc == MEMCACHED_NOTFOUND || rc == MEMCACHED_DELETED;
}

uint64_t
cache_count(struct cache *c, const char *key, int ttl_s)
{
	char name[KEY_SIZE];
	struct server *s = place(c, key, name);
	memcached_return_t rc;
	uint64_t n = 0;

	if (s == NULL || resting(s))
		return 0;
	ttl_s = ttl_s > TTL_MAX_S ? TTL_MAX_S : ttl_s < 1 ? 1 : ttl_s;
	/* Two tries: the counter may end or begin between our questions. */
	for (int i = 0; i < 2; i++) {
		rc = memcached_increment(s->mc, name, strlen(name), 1, &n);
		judge(s, rc);
		if (rc == MEMCACHED_SUCCESS)
			return n;
		if (rc != MEMCACHED_NOTFOUND)
			return 0;
		rc = memcached_add(s->mc, name, strlen(name), "1", 1, ttl_s, 0);
		judge(s, rc);
		if (rc == MEMCACHED_SUCCESS)
			return 1;
		if (rc != MEMCACHED_NOTSTORED && rc != MEMCACHED_DATA_EXISTS)
			return 0;
	}
	return 0;
}
