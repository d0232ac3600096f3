/*
 * memcached for hot rows. A miss, a dead server, a slow server and a lying server look the same to the caller: no value.
 * Every value carries a version and an HMAC over key and bytes, so that what somebody else wrote is a miss. Keys are
 * hashed, so any bytes will do. A server that fails is left alone for a while (circuit breaker): it then costs nothing.
 */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct cache;
struct conf;

/* Never fails for want of a server; memcached.servers "" gives a cache that holds nothing. */
enum err cache_open(const struct conf *c, struct cache **out, struct fault *f) MUST_USE;
void	 cache_close(struct cache *c);

/* true and the value appended to *out (its max bounds it), or false. */
bool	 cache_get(struct cache *c, const char *key, struct buf *out) MUST_USE;

/* Store unless there is a value already (fills after a read: never overwrites a tombstone). Whether it did is not asked. */
void	 cache_add(struct cache *c, const char *key, const void *data, size_t len, int ttl_s);

/* Store whatever is there. true: the server says it did. */
bool	 cache_set(struct cache *c, const char *key, const void *data, size_t len, int ttl_s);

/* Remove. true: gone for sure (removed, or was not there, or no servers configured). */
bool	 cache_delete(struct cache *c, const char *key);

/* Count up from 0 within a window of ttl_s; 0 when the cache cannot count (callers then use the database or let pass). */
uint64_t cache_count(struct cache *c, const char *key, int ttl_s);

#endif
