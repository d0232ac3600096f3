/*
 * Damage to JPEGs, and the comparison of the two verdicts on what is left, counted. TINTYPE_PROOF_TURNS: more damage.
 */
#ifndef TESTS_UNIT_JPEG_DAMAGE_H
#define TESTS_UNIT_JPEG_DAMAGE_H

#include "jpeg_made.h"
#include "jpeg_proof.h"
#include "test.h"

#define WORK 4000000	/* pixels of damaged pictures for each sound one */
#define TURNS 400	/* at most so many */

static const struct limits limits = { .max_pixels = 100000000, .max_frame_pixels = 100000000, .max_side_px = 30000 };

static unsigned proved, sound, refused;

static inline struct verdict
compare(const uint8_t *data, size_t len)
{
	struct verdict fast, slow;

	if (!verdicts_agree(data, len, &limits, &fast, &slow))
		fail_msg("proof %d: %d \"%s\", libjpeg: %d \"%s\"", fast.proved, fast.e, fast.f.why, slow.e, slow.f.why);
	proved += fast.proved;
	sound += slow.e == ERR_OK;
	refused += slow.e != ERR_OK;
	return fast;
}

/* One way of damage, at a place of its own kind or anywhere; the new length. There is room for 16 bytes more. */
static inline size_t
damage(uint8_t *p, size_t len, uint32_t *seed, int how)
{
	static const uint8_t ends[] = { 0xd8, 0xd9, 0xda, 0xd0, 0xc4, 0xdb, 0xfe, 0x00, 0xff };
	size_t at = (size_t)any(seed, 256) << 16 | (size_t)any(seed, 65536), n = (size_t)any(seed, 9) + 1;

	at = len > 2 ? at % (len - 2) : 0;
	switch (how) {
	case 0:						/* cut off */
		return at;
	case 1:
		p[at] ^= (uint8_t)(1 << any(seed, 8));
		return len;
	case 2:
		p[at] = (uint8_t)any(seed, 256);
		return len;
	case 3:
		p[at] = 0xff;
		return len;
	case 4:						/* some bytes are gone */
		n = n < len - at ? n : len - at;
		memmove(p + at, p + at + n, len - at - n);
		return len - n;
	case 5:						/* or there twice */
		memmove(p + at + n, p + at, len - at);
		return len + n;
	case 6:						/* before the end or instead of it */
		p[len - 1] = ends[any(seed, NELEM(ends))];
		return len;
	case 7:
		memmove(p + len - 2 + n, p + len - 2, 2);
		memset(p + len - 2, any(seed, 3) ? 0xff : any(seed, 256), n);
		return len + n;
	case 8:						/* something behind it */
		memset(p + len, any(seed, 256), n);
		return len + n;
	case 9:						/* the end is missing, and a little more */
		return len > n ? len - n : 0;
	case 10:					/* a restart marker where none was, or where another was */
		for (size_t k = 0; k + 1 < len && any(seed, 4) != 0; k++)
			if (p[at + k < len - 1 ? at + k : k] == 0xff) {
				p[(at + k < len - 1 ? at + k : k) + 1] = (uint8_t)(0xd0 + any(seed, 8));
				return len;
			}
		p[at] = 0xff;
		p[at + 1] = (uint8_t)(0xd0 + any(seed, 8));
		return len;
	default:					/* in the headers */
		p[at % (len < 640 ? len : 640)] ^= (uint8_t)(1 << any(seed, 8));
		return len;
	}
}

enum { WAYS = 12, ROOM = 16 };

static inline void
damage_all(const uint8_t *data, size_t len, uint64_t pixels, uint32_t seed)
{
	const char *more = getenv("TINTYPE_PROOF_TURNS");
	int turns = pixels > WORK / TURNS ? (int)(WORK / pixels) : TURNS;

	turns = (turns < WAYS ? WAYS : turns) * (more != NULL ? (int)strtol(more, NULL, 10) : 1);
	for (int turn = 0; turn < turns; turn++) {
		uint8_t *bad = malloc(len + ROOM);
		size_t n = len;

		assert_non_null(bad);
		memcpy(bad, data, len);
		n = damage(bad, n, &seed, turn % WAYS);
		if (turn / WAYS % 3 == 2 && n > 2 && n <= len)
			n = damage(bad, n, &seed, any(&seed, WAYS));
		bad = realloc(bad, n ? n : 1);		/* exactly as large, for those who watch */
		compare(bad, n);
		free(bad);
	}
}

#endif
