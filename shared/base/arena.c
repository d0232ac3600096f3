/*
 * Chunks that are cut into objects and freed together. Under sanitizers every
 * object is a malloc of its own, so that an overrun by one byte is seen.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TINTYPE_SANITIZE
#define CHUNK_BYTES 0		/* nothing fits: each object gets its own */
#else
#define CHUNK_BYTES 16384
#endif

struct chunk {
	struct chunk	*next;
	size_t		 used, size;	/* of data, in bytes */
	max_align_t	 data[];
};

struct defer {
	struct defer	*next;
	void		(*fn)(void *);
	void		*ptr;
};

struct arena {
	struct chunk	*chunks;	/* the first has the room that is left */
	struct defer	*defers;	/* newest first, in the arena's own memory */
};

static void *
must(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

struct arena *
arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

static void
run_defers(struct arena *a)
{
	struct defer *d;

	while ((d = a->defers) != NULL) {	/* fn may defer again */
		a->defers = d->next;
		d->fn(d->ptr);
	}
}

static void
free_chunks(struct chunk *c)
{
	struct chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}

/* Whoever comes next needs a chunk, too, and this one is warm. */
void
arena_reset(struct arena *a)
{
	struct chunk *c;

	run_defers(a);
	c = a->chunks;
	a->chunks = NULL;
	if (c != NULL && CHUNK_BYTES != 0 && c->size == CHUNK_BYTES) {
		free_chunks(c->next);
		c->next = NULL;
		c->used = 0;
		a->chunks = c;
	} else {
		free_chunks(c);
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	run_defers(a);
	free_chunks(a->chunks);
	free(a);
}

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof(*c))
		must(NULL);
	c = must(malloc(sizeof(*c) + size));
	c->next = NULL;
	c->used = 0;
	c->size = size;
	return c;
}

/* A large object goes behind the first chunk, whose room is not wasted. */
static struct chunk *
chunk_add(struct arena *a, size_t size)
{
	struct chunk *c = chunk_new(size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES);

	if (c->size != CHUNK_BYTES && a->chunks != NULL) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c;
}

static size_t
aligned(size_t size)
{
	const size_t align = _Alignof(max_align_t);

	return (size + align - 1) / align * align;
}

/* What is free in the first chunk; *room is 0 when none is. */
static char *
rest_of(const struct arena *a, size_t *room)
{
	const struct chunk *c = a->chunks;

	*room = CHUNK_BYTES != 0 && c != NULL ? c->size - c->used : 0;
	return *room > 0 ? (char *)c->data + c->used : NULL;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct chunk *c = a->chunks;
	size_t taken = size;
	char *p;

	if (CHUNK_BYTES != 0) {		/* else exact, for the sanitizer */
		if (size > SIZE_MAX - align)
			must(NULL);
		taken = aligned(size);
	}
	if (c == NULL || CHUNK_BYTES == 0 || c->size - c->used < taken)
		c = chunk_add(a, taken);
	p = (char *)c->data + c->used;
	c->used += taken;
	return memset(p, 0, size);
}

void *
arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		must(NULL);
	return arena_alloc(a, all);
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (n == SIZE_MAX)
		must(NULL);
	p = arena_alloc(a, n + 1);
	if (n != 0)
		memcpy(p, s, n);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	char *p = rest_of(a, &room), none;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	/* Most texts fit, and what was written already is theirs then. */
	n = vsnprintf(p != NULL ? p : &none, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		must(NULL);
	if ((size_t)n < room) {
		a->chunks->used += aligned((size_t)n + 1);
	} else {
		p = arena_alloc(a, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	d->fn = fn;
	d->ptr = ptr;
	d->next = a->defers;
	a->defers = d;
}
