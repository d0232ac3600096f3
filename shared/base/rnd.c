/*
 * Random bytes and ids.
 */
#include "base/rnd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static const char set62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

__extension__ typedef unsigned __int128 wide;

void
rnd_bytes(void *out, size_t len)
{
	char *p = out;
	ssize_t n;

	while (len > 0) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fputs("no random bytes\n", stderr);
			abort();
		}
		p += n;
		len -= (size_t)n;
	}
}

uint32_t
rnd_below(uint32_t n)
{
	uint32_t v, limit = n != 0 ? UINT32_MAX - UINT32_MAX % n : 0;

	if (n < 2)
		return 0;
	do
		rnd_bytes(&v, sizeof(v));
	while (v >= limit);		/* the rest would favour small numbers */
	return v % n;
}

void
rnd_text(char *out, size_t n)
{
	uint8_t block[64];
	size_t left = 0, have = 0;

	/* A block for many characters, as every request has an id. */
	while (have < n) {
		if (left == 0) {
			left = n - have < sizeof(block) - 8 ? n - have + 8 : sizeof(block);
			rnd_bytes(block, left);
		}
		left--;
		if (block[left] < 4 * 62)	/* the rest would favour some characters */
			out[have++] = set62[block[left] % 62];
	}
	out[n] = '\0';
}

void
id_make(int64_t now_s, char out[ID_SIZE])
{
	uint64_t random = 0;
	wide v;

	rnd_bytes(&random, sizeof(random));
	v = (wide)(uint32_t)now_s << 48 | (random >> 16);
	for (int i = ID_CHARS - 1; i >= 0; i--) {
		out[i] = set62[v % 62];
		v /= 62;
	}
	out[ID_CHARS] = '\0';
}

static int
value62(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
}

static bool
id_value(const char *s, size_t len, wide *out)
{
	wide v = 0;
	int d;

	if (len != ID_CHARS)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((d = value62(s[i])) < 0)
			return false;
		v = v * 62 + (unsigned)d;
	}
	*out = v;
	return v >> 80 == 0;
}

bool
id_valid(const char *s, size_t len)
{
	wide v;

	return id_value(s, len, &v);
}

int64_t
id_time_s(const char *id)
{
	wide v = 0;

	if (!id_value(id, ID_CHARS, &v))
		return 0;
	return (int64_t)(v >> 48);
}
