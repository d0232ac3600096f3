/*
 * Nothing here fails: who wrote the last word looks at the length.
 */
#include "image/steps_text.h"

#include <stdarg.h>
#include <stdio.h>

void
steps_put(struct steps_text *t, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(t->len < t->size ? t->p + t->len : NULL, t->len < t->size ? t->size - t->len : 0, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}
