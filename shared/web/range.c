/*
 * Range and If-Range (RFC 9110, 14). One part or the whole: several parts would need a multipart
 * answer, which nobody who shows pictures asks for and which costs more than it gives.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "web/wire.h"

/* Digits into *out; more than fits is "very large", as a client may well ask. */
static bool
number(const char *s, size_t len, int64_t *out)
{
	if (!len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	if (!num_parse(s, len, 0, INT64_MAX, out))
		*out = INT64_MAX;
	return true;
}

enum range
range_parse(const char *header, int64_t size, int64_t *first, int64_t *last)
{
	const char *p = header, *dash, *b;
	size_t len, blen;
	int64_t from, to = INT64_MAX;

	if (!p || strncasecmp(p, "bytes=", 6) != 0)
		return RANGE_WHOLE;
	p += 6;
	len = strlen(p);
	p = text_trim(p, &len);
	dash = memchr(p, '-', len);
	if (!dash || memchr(p, ',', len))
		return RANGE_WHOLE;
	b = dash + 1;
	blen = len - (size_t)(b - p);
	if (dash == p) {
		if (!number(b, blen, &to))
			return RANGE_WHOLE;
		if (!to || !size)
			return RANGE_NONE;
		*first = to >= size ? 0 : size - to;
		*last = size - 1;
		return RANGE_PART;
	}
	if (!number(p, (size_t)(dash - p), &from) || (blen && !number(b, blen, &to)) || to < from)
		return RANGE_WHOLE;
	if (from >= size)
		return RANGE_NONE;
	*first = from;
	*last = to >= size ? size - 1 : to;
	return RANGE_PART;
}

bool
range_allowed(const char *if_range, const char *etag, const char *modified)
{
	if (!if_range)
		return true;
	if (if_range[0] == '"')
		return etag && strcmp(if_range, etag) == 0;
	/* A weak tag never allows a part, a date only the very date we gave. */
	return modified && strcmp(if_range, modified) == 0;
}
