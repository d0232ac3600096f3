/*
 * Profiles from code points.
 */
#include "image/cicp.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <lcms2.h>

#define CURVE	1024
#define WHITE	203.0		/* nits of paper white in high dynamic range (BT.2408) */

enum { PRIMARIES_709 = 1, PRIMARIES_2020 = 9, PRIMARIES_P3 = 12 };
enum { TRANSFER_PQ = 16, TRANSFER_HLG = 18, TRANSFER_LINEAR = 8, TRANSFER_GAMMA22 = 4, TRANSFER_GAMMA28 = 5 };

/* Light of a PQ value, where 1 is paper white; what is brighter is cut. */
static double
pq(double v)
{
	double	 m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128, c3 = 2392.0 / 128;
	double	 p = pow(v, 1 / m2), n = fmax(p - c1, 0);

	return fmin(1, 10000 * pow(n / (c2 - c3 * p), 1 / m1) / WHITE);
}

/* Light of an HLG value; 0.75 is paper white. */
static double
hlg(double v)
{
	double	 a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
	double	 scene = v <= 0.5 ? v * v / 3 : (exp((v - c) / a) + b) / 12;

	return fmin(1, pow(scene, 1.2) * 1000 / WHITE);
}

static cmsToneCurve *
table_curve(double (*light)(double))
{
	cmsUInt16Number	 t[CURVE];

	for (int i = 0; i < CURVE; i++)
		t[i] = (cmsUInt16Number)lrint(65535 * light((double)i / (CURVE - 1)));
	return cmsBuildTabulatedToneCurve16(NULL, CURVE, t);
}

static cmsToneCurve *
srgb_curve(void)
{
	static const cmsFloat64Number	 srgb[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };

	return cmsBuildParametricToneCurve(NULL, 4, srgb);
}

static cmsToneCurve *
curve_of(unsigned transfer)
{
	switch (transfer) {
	case TRANSFER_PQ:
		return table_curve(pq);
	case TRANSFER_HLG:
		return table_curve(hlg);
	case TRANSFER_LINEAR:
		return cmsBuildGamma(NULL, 1.0);
	case TRANSFER_GAMMA22:
		return cmsBuildGamma(NULL, 2.2);
	case TRANSFER_GAMMA28:
		return cmsBuildGamma(NULL, 2.8);
	default:		/* video curves are shown as if they were sRGB's by everybody */
		return srgb_curve();
	}
}

static bool
special(unsigned transfer)
{
	return transfer == TRANSFER_PQ || transfer == TRANSFER_HLG || transfer == TRANSFER_LINEAR || transfer == TRANSFER_GAMMA22 ||
	    transfer == TRANSFER_GAMMA28;
}

static void
save(cmsHPROFILE p, uint8_t **icc, size_t *len)
{
	cmsUInt32Number	 n = 0;
	uint8_t		*out;

	if (!cmsSaveProfileToMem(p, NULL, &n) || n == 0 || (out = malloc(n)) == NULL)
		return;
	if (!cmsSaveProfileToMem(p, out, &n)) {
		free(out);
		return;
	}
	*icc = out;
	*len = n;
}

static const cmsCIExyY		 d65 = { 0.3127, 0.3290, 1 };
static const cmsCIExyYTRIPLE	 of_709 = { { 0.640, 0.330, 1 }, { 0.300, 0.600, 1 }, { 0.150, 0.060, 1 } };
static const cmsCIExyYTRIPLE	 of_2020 = { { 0.708, 0.292, 1 }, { 0.170, 0.797, 1 }, { 0.131, 0.046, 1 } };
static const cmsCIExyYTRIPLE	 of_p3 = { { 0.680, 0.320, 1 }, { 0.265, 0.690, 1 }, { 0.150, 0.060, 1 } };

/* Takes the curve, which may be NULL. */
static void
make(const cmsCIExyY *white, const cmsCIExyYTRIPLE *xy, cmsToneCurve *t, uint8_t **icc, size_t *len)
{
	cmsToneCurve	*all[3] = { t, t, t };
	cmsHPROFILE	 p = t != NULL ? cmsCreateRGBProfile(white, xy, all) : NULL;

	if (p != NULL) {
		save(p, icc, len);
		cmsCloseProfile(p);
	}
	if (t != NULL)
		cmsFreeToneCurve(t);
}

void
cicp_profile(unsigned primaries, unsigned transfer, uint8_t **icc, size_t *len)
{
	const cmsCIExyYTRIPLE	*xy = primaries == PRIMARIES_P3 ? &of_p3 : primaries == PRIMARIES_2020 ? &of_2020 : &of_709;

	*icc = NULL;
	*len = 0;
	if (xy != &of_709 || special(transfer))
		make(&d65, xy, curve_of(transfer), icc, len);
}

void
cicp_gamma_profile(double exponent, const double xy[8], uint8_t **icc, size_t *len)
{
	cmsCIExyY	 white = d65;
	cmsCIExyYTRIPLE	 rgb = of_709;

	*icc = NULL;
	*len = 0;
	if (xy != NULL) {
		white = (cmsCIExyY){ xy[0], xy[1], 1 };
		rgb = (cmsCIExyYTRIPLE){ { xy[2], xy[3], 1 }, { xy[4], xy[5], 1 }, { xy[6], xy[7], 1 } };
	}
	make(&white, &rgb, exponent > 0 ? cmsBuildGamma(NULL, exponent) : srgb_curve(), icc, len);
}
