/*
 * Small pieces of header syntax.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "web/wire.h"

const char *
text_trim(const char *s, size_t *len)
{
	while (*len && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		--*len;
	}
	while (*len && (s[*len - 1] == ' ' || s[*len - 1] == '\t'))
		--*len;
	return s;
}

static bool
token_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool
header_name_ok(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!token_char(*s))
			return false;
	return true;
}

bool
header_value_ok(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

/* Where a value goes: what does not fit is counted only. */
struct room {
	char	*out;
	size_t	 len, cap;
};

static void
put(struct room *o, char c)
{
	if (o->len + 1 < o->cap)
		o->out[o->len] = c;
	o->len++;
}

/*
 * A quoted string behind its first quote; returns where it ends. Only \" and \\ are escapes:
 * old browsers send paths with bare backslashes.
 */
static const char *
unquote(const char *p, struct room *o)
{
	for (; *p && *p != '"'; p++) {
		if (p[0] == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		put(o, *p);
	}
	return *p ? p + 1 : p;
}

/* One "; name=value"; returns where the next one starts, NULL at the end. */
static const char *
next_param(const char *p, const char **name, size_t *nlen, struct room *value)
{
	p += strcspn(p, ";");
	if (!*p)
		return NULL;
	p++;
	p += strspn(p, " \t");
	*name = p;
	*nlen = strcspn(p, "=; \t");
	p += *nlen;
	p += strspn(p, " \t");
	value->len = 0;
	if (*p != '=')
		return p;
	p++;
	p += strspn(p, " \t");
	if (*p == '"')
		return unquote(p + 1, value);
	for (; *p && !strchr("; \t", *p); p++)
		put(value, *p);
	return p;
}

bool
header_param(const char *value, const char *name, char *out, size_t cap)
{
	struct room o = { .out = out, .cap = cap };
	size_t want = strlen(name), nlen;
	const char *key, *p = value;

	while ((p = next_param(p, &key, &nlen, &o))) {
		if (nlen != want || strncasecmp(key, name, want) != 0)
			continue;
		if (o.len >= cap)
			return false;
		out[o.len] = '\0';
		return true;
	}
	return false;
}
