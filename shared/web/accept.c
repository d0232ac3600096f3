/*
 * Accept: what would the client like best? Parameters other than q are ignored; what is broken is
 * skipped.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "web/wire.h"

/* "0.85" in thousandths; 1000 for anything that is no q value. */
static int
parse_q(const char *s, size_t len)
{
	int q, scale = 100;

	if (!len || (s[0] != '0' && s[0] != '1') || (len > 1 && s[1] != '.') || len > 5)
		return 1000;
	q = (s[0] - '0') * 1000;
	for (size_t i = 2; i < len; i++, scale /= 10) {
		if (!isdigit((unsigned char)s[i]))
			return 1000;
		q += (s[i] - '0') * scale;
	}
	return q > 1000 ? 1000 : q;
}

/* How many bytes until c, or all of them. */
static size_t
until(const char *s, size_t len, char c)
{
	const char *p = memchr(s, c, len);

	return p ? (size_t)(p - s) : len;
}

static void
parse_item(const char *s, size_t len, struct accept_item *out)
{
	size_t tlen = until(s, len, ';'), plen, n;
	const char *p;

	out->q = 1000;
	for (size_t pos = tlen; pos < len; pos += plen) {
		pos++;
		n = plen = until(s + pos, len - pos, ';');
		p = text_trim(s + pos, &n);
		if (n > 2 && (p[0] == 'q' || p[0] == 'Q') && p[1] == '=')
			out->q = parse_q(p + 2, n - 2);
	}
	s = text_trim(s, &tlen);
	if (tlen >= sizeof(out->type))
		tlen = 0;
	for (size_t i = 0; i < tlen; i++)
		out->type[i] = (char)tolower((unsigned char)s[i]);
	out->type[tlen] = '\0';
}

bool
accept_next(const char **p, struct accept_item *out)
{
	const char *s = *p;
	size_t n;

	do {
		s += strspn(s, ", \t");
		if (!*s)
			return false;
		n = strcspn(s, ",");
		parse_item(s, n, out);
		s += n;
	} while (!out->type[0]);
	*p = s;
	return true;
}

static enum wants
kind_of(const char *type)
{
	size_t n = strlen(type);

	if (strcmp(type, "text/html") == 0 || strcmp(type, "application/xhtml+xml") == 0)
		return WANTS_HTML;
	if (strcmp(type, "application/json") == 0 || (n > 5 && strcmp(type + n - 5, "+json") == 0))
		return WANTS_JSON;
	return WANTS_TEXT;
}

/* Wildcards name nothing; of two equals the first wins. */
enum wants
accept_wants(const char *accept)
{
	enum wants best = WANTS_TEXT, k;
	struct accept_item it;
	int best_q = 0;

	while (accept_next(&accept, &it)) {
		k = kind_of(it.type);
		if (k != WANTS_TEXT && it.q > best_q) {
			best = k;
			best_q = it.q;
		}
	}
	return best;
}

bool
accept_names(const char *accept, const char *mime)
{
	struct accept_item it;

	while (accept_next(&accept, &it))
		if (it.q > 0 && strcasecmp(it.type, mime) == 0)
			return true;
	return false;
}
