/*
 * Memory that lives until the answer is out. Nothing below the request loop
 * frees it. Small things only: what a client can size goes into a struct buf.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/defs.h"

struct arena;

/* A new arena; aborts when there is no memory. */
struct arena	*arena_new(void);

/* Runs the deferred calls, newest first, and forgets all memory; the arena can be used again. */
void		 arena_reset(struct arena *a);

/* Reset and free. NULL is fine. */
void		 arena_free(struct arena *a);

/* Zeroed memory, aligned for any type; never NULL (the process aborts when there is none). */
void		*arena_alloc(struct arena *a, size_t size) MUST_USE;

/* n objects of size bytes; aborts on overflow. */
void		*arena_calloc(struct arena *a, size_t n, size_t size) MUST_USE;

/* Copies, always NUL-terminated. arena_strndup copies exactly n bytes. */
char		*arena_strdup(struct arena *a, const char *s) MUST_USE;
char		*arena_strndup(struct arena *a, const char *s, size_t n) MUST_USE;
char		*arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3) MUST_USE;

/* Calls fn(ptr) at the next reset: joins foreign memory and descriptors to the arena. */
void		 arena_defer(struct arena *a, void (*fn)(void *), void *ptr);

#endif
