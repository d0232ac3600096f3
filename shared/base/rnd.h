/*
 * Random bytes from the kernel, and the public ids made of them.
 */
#ifndef BASE_RND_H
#define BASE_RND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/defs.h"

/* Fills; aborts if the kernel has none (it always has). */
void	 rnd_bytes(void *out, size_t len);

/* n characters of A-Za-z0-9 and a NUL: out holds n + 1 bytes. About 5.95 bits each. */
void	 rnd_text(char *out, size_t n);

/* A number in [0, n). */
uint32_t rnd_below(uint32_t n);

/*
 * A picture's id: 80 bits, 32 of the second and 48 random, as 14 characters of
 * base 62 (0-9A-Za-z, most significant first, so that text order is time order).
 */
#define ID_CHARS 14
#define ID_SIZE (ID_CHARS + 1)		/* with the NUL */

void	 id_make(int64_t now_s, char out[ID_SIZE]);

/* Is s (len bytes) a well-formed id: 14 characters, value below 2^80? */
bool	 id_valid(const char *s, size_t len) MUST_USE;

/* The second an id was made; id must be valid. */
int64_t	 id_time_s(const char *id);

#endif
