/*
 * The one place that escapes for HTML.
 */
#include <string.h>

#include "web/tmpl.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

enum err
html_escape(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len, *p = s;
	enum err e;

	for (; p < end; p++) {
		if (*p != '&' && *p != '<' && *p != '>' && *p != '"' && *p != '\'')
			continue;
		if ((e = buf_add(out, s, (size_t)(p - s))) || (e = buf_adds(out, entity(*p))))
			return e;
		s = p + 1;
	}
	return buf_add(out, s, (size_t)(end - s));
}
