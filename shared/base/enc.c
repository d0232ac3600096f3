/*
 * Encodings. Decoders refuse what they would have to guess at.
 */
#include "base/enc.h"

#include <stdint.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void
enc_hex(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
dec_hex(const char *s, size_t slen, void *out, size_t len)
{
	uint8_t *p = out;

	if (slen != 2 * len)
		return false;
	for (size_t i = 0; i < slen; i++)
		if (hex_value(s[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(hex_value(s[2 * i]) << 4 | hex_value(s[2 * i + 1]));
	return true;
}

/* last: the two characters in which the alphabets differ. */
static char *
b64(struct arena *a, const void *data, size_t len, const char *last)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const uint8_t *p = data;
	char *out = arena_alloc(a, len / 3 * 4 + 5), *o = out;
	uint32_t v;
	size_t n;

	for (; len > 0; len -= n, p += n) {
		n = len < 3 ? len : 3;
		v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
		for (size_t i = 0; i <= n; i++) {
			uint32_t d = v >> (18 - 6 * i) & 63;

			*o++ = d < 62 ? set[d] : last[d - 62];
		}
	}
	return out;
}

char *
enc_b64url(struct arena *a, const void *data, size_t len)
{
	return b64(a, data, len, "-_");
}

char *
enc_b64(struct arena *a, const void *data, size_t len)
{
	static const char *const pad[] = { "", "==", "=" };

	return arena_printf(a, "%s%s", b64(a, data, len, "+/"), pad[len % 3]);
}

static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

ssize_t
dec_b64(const char *s, size_t slen, void *out, size_t cap)
{
	uint8_t *p = out;
	uint32_t v = 0;
	size_t n = 0, body = slen;
	int d, bits = 0;

	while (body > 0 && slen - body < 2 && s[body - 1] == '=')
		body--;
	if (body % 4 == 1 || (body != slen && slen % 4 != 0))
		return -1;
	for (size_t i = 0; i < body; i++) {
		if ((d = b64_value(s[i])) < 0)
			return -1;
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits < 8)
			continue;
		if (n == cap)
			return -1;
		bits -= 8;
		p[n++] = (uint8_t)(v >> bits);
	}
	return (v & ((1u << bits) - 1)) != 0 ? -1 : (ssize_t)n;	/* bits that no encoder sets */
}

static bool
unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.' || c == '_' || c == '~';
}

char *
enc_percent(struct arena *a, const char *s, const char *keep)
{
	char *out = arena_calloc(a, strlen(s) + 1, 3), *o = out;

	for (; *s != '\0'; s++) {
		if (unreserved(*s) || strchr(keep, *s) != NULL) {
			*o++ = *s;
			continue;
		}
		*o++ = '%';
		*o++ = "0123456789ABCDEF"[(uint8_t)*s >> 4];
		*o++ = "0123456789ABCDEF"[(uint8_t)*s & 15];
	}
	return out;
}

ssize_t
dec_percent(const char *s, size_t slen, bool plus, char *out, size_t cap)
{
	size_t n = 0;
	char c;

	for (size_t i = 0; i < slen; i++) {
		c = s[i];
		if (c == '%') {
			if (slen - i < 3 || hex_value(s[i + 1]) < 0 || hex_value(s[i + 2]) < 0)
				return -1;
			c = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			i += 2;
		} else if (c == '+' && plus)
			c = ' ';
		if (c == '\0' || n + 1 >= cap)
			return -1;
		out[n++] = c;
	}
	if (n >= cap)
		return -1;
	out[n] = '\0';
	return (ssize_t)n;
}

/* The bytes of the character at s, 0 when it is none; *cp is its number. */
static size_t
utf8_next(const uint8_t *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;
	uint32_t v;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
		return 0;
	v = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return n;
}

bool
utf8_valid(const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n)
		if ((n = utf8_next((const uint8_t *)s, len, &cp)) == 0)
			return false;
	return true;
}

char *
utf8_clean(struct arena *a, const char *s, size_t len, size_t max)
{
	static const char bad[] = "\xef\xbf\xbd";
	char *out = arena_alloc(a, (len < max / 3 ? len * 3 : max) + 1);
	size_t n, add, used = 0;
	uint32_t cp;

	for (; len > 0; s += n, len -= n) {
		add = n = utf8_next((const uint8_t *)s, len, &cp);
		if (n == 0) {
			n = 1;
			add = 3;
		} else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			continue;
		if (add > max - used)
			break;
		memcpy(out + used, n == add ? s : bad, add);
		used += add;
	}
	return out;
}
