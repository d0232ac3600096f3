/*
 * Growing bytes. One function decides about growth; the others only append.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

enum err
buf_reserve(struct buf *b, size_t len)
{
	size_t need, cap;
	char *p;

	if (b->len > b->max || len > b->max - b->len || __builtin_add_overflow(b->len, len, &need) ||
	    __builtin_add_overflow(need, 1, &need)) {
		buf_free(b);
		return ERR_TOOBIG;
	}
	if (need <= b->cap)
		return ERR_OK;
	cap = b->cap < FIRST_BYTES ? FIRST_BYTES : b->cap;
	while (cap < need)
		cap = cap > (size_t)-1 / 2 ? need : cap * 2;
	if (b->max != (size_t)-1 && cap > b->max + 1)
		cap = b->max + 1;
	if ((p = realloc(b->data, cap)) == NULL) {
		buf_free(b);
		return ERR_NOMEM;
	}
	b->data = p;
	b->cap = cap;
	b->data[b->len] = '\0';
	return ERR_OK;
}

enum err
buf_add(struct buf *b, const void *data, size_t len)
{
	enum err e;

	if ((e = buf_reserve(b, len)))
		return e;
	if (len != 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return ERR_OK;
}

enum err
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

enum err
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->data != NULL ? b->cap - b->len : 0;
	va_list ap;
	enum err e;
	int n;

	/* Most texts fit into what is there. */
	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf_free(b);
		return ERR_NOMEM;
	}
	if ((size_t)n < room) {
		b->len += (size_t)n;
		return ERR_OK;
	}
	if ((e = buf_reserve(b, (size_t)n)))
		return e;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return ERR_OK;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *
buf_take(struct buf *b)
{
	char *data = b->data;

	b->data = NULL;
	b->len = b->cap = 0;
	return data;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
