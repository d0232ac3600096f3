/*
 * Growing bytes with the maximum given at birth. Any failure frees the buffer
 * and leaves it empty. data is always NUL-terminated behind len (when not NULL).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct buf {
	char	*data;		/* NULL while empty */
	size_t	 len;		/* bytes used, without the NUL */
	size_t	 cap;		/* bytes allocated */
	size_t	 max;		/* more than this is ERR_TOOBIG */
};
#define BUF_INIT(max_bytes) { .max = (max_bytes) }

/* ERR_TOOBIG past max, ERR_NOMEM; *b is then freed and empty. */
enum err buf_add(struct buf *b, const void *data, size_t len) MUST_USE;
enum err buf_adds(struct buf *b, const char *s) MUST_USE;
enum err buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3) MUST_USE;

/* Room for len more bytes at data + len; the caller adds to len what it wrote. */
enum err buf_reserve(struct buf *b, size_t len) MUST_USE;

/* Keep the memory, forget the content. */
void	 buf_clear(struct buf *b);

/* Hand the malloc()ed data (maybe NULL) over; the buffer is empty afterwards. */
char	*buf_take(struct buf *b) MUST_USE;

void	 buf_free(struct buf *b);

/* Text of a buffer, "" when empty; lives until the buffer changes. */
const char *buf_str(const struct buf *b);

#endif
