/*
 * The few chunks in front of the pixels, read without libpng: it does not know cICP, and of gAMA and cHRM it tells no
 * difference between what is written and what it made of sRGB.
 */
#include "image/png_colour.h"

#include <math.h>
#include <string.h>

#include "image/bytes.h"
#include "image/cicp.h"

#define SIGNATURE	8
#define CHUNK_MORE	12	/* length, type and checksum around the content */
#define UNIT		100000.0
#define GAMMA_SRGB	0.45455
#define GAMMA_LEAST	0.05	/* beyond these it is nonsense */
#define GAMMA_MOST	10.0

/* Its content, n bytes of it at least; NULL: not before the pixels. */
static const uint8_t *
find(const uint8_t *p, size_t len, const char *type, size_t n)
{
	size_t	 at = SIGNATURE, size;

	for (; len >= CHUNK_MORE && at <= len - CHUNK_MORE; at += CHUNK_MORE + size) {
		size = be32(p + at);
		if (size > len - at - CHUNK_MORE || memcmp(p + at + 4, "IDAT", 4) == 0)
			return NULL;
		if (memcmp(p + at + 4, type, 4) == 0)
			return size >= n ? p + at + 8 : NULL;
	}
	return NULL;
}

bool
png_colour_cicp(const uint8_t *p, size_t len, uint8_t **icc, size_t *icc_len)
{
	const uint8_t	*c = find(p, len, "cICP", 4);

	/* Matrix 0 and full range: anything else PNG does not allow. */
	if (c == NULL || c[2] != 0)
		return false;
	cicp_profile(c[0], c[1], icc, icc_len);
	return true;
}

static bool
read_primaries(const uint8_t *c, double xy[8])
{
	for (int i = 0; i < 8; i++)
		xy[i] = be32(c + 4 * i) / UNIT;
	for (int i = 0; i < 8; i += 2)
		if (xy[i] <= 0 || xy[i + 1] <= 0 || xy[i] + xy[i + 1] > 1.5)
			return false;
	return true;
}

static bool
are_srgb(const double xy[8])
{
	static const double	 srgb[8] = { 0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06 };

	for (int i = 0; i < 8; i++)
		if (fabs(xy[i] - srgb[i]) > 0.003)
			return false;
	return true;
}

void
png_colour_gamma(const uint8_t *p, size_t len, uint8_t **icc, size_t *icc_len)
{
	const uint8_t	*g = find(p, len, "gAMA", 4), *c = find(p, len, "cHRM", 32);
	double		 gamma = g != NULL ? be32(g) / UNIT : GAMMA_SRGB, xy[8];
	bool		 own = c != NULL && read_primaries(c, xy) && !are_srgb(xy);

	if (find(p, len, "sRGB", 1) != NULL || gamma < GAMMA_LEAST || gamma > GAMMA_MOST)
		return;
	if (own || fabs(gamma - GAMMA_SRGB) > 0.005)
		cicp_gamma_profile(fabs(gamma - GAMMA_SRGB) > 0.005 ? 1 / gamma : 0, own ? xy : NULL, icc, icc_len);
}
