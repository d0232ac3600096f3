/*
 * Strict numbers.
 */
#include "base/num.h"

#include <string.h>

bool
num_parse(const char *s, size_t len, int64_t min, int64_t max, int64_t *out)
{
	bool negative = false;
	int64_t v = 0;
	int digit;

	if (len > 0 && *s == '-' && min < 0) {
		negative = true;
		s++;
		len--;
	}
	if (len == 0)
		return false;
	for (; len > 0; s++, len--) {
		if (*s < '0' || *s > '9')
			return false;
		digit = *s - '0';
		/* Downwards for negative ones: INT64_MIN has no positive twin. */
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, negative ? -digit : digit, &v))
			return false;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool
num_parses(const char *s, int64_t min, int64_t max, int64_t *out)
{
	return num_parse(s, strlen(s), min, max, out);
}

bool
num_parse_bytes(const char *s, int64_t min, int64_t max, int64_t *out)
{
	size_t len = strlen(s);
	int shift = 0;
	int64_t v;

	if (len > 0)
		switch (s[len - 1]) {
		case 'k': case 'K': shift = 10; break;
		case 'm': case 'M': shift = 20; break;
		case 'g': case 'G': shift = 30; break;
		}
	if (shift != 0)
		len--;
	if (!num_parse(s, len, 0, INT64_MAX >> shift, &v))
		return false;
	v <<= shift;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}
