/*
 * Colour management. Transforms work on finished rows, after scaling: a linear filter and a smooth change of
 * colours commute well enough, and there are far fewer pixels then.
 */
#include "image/color.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lcms2.h>

struct colour {
	cmsHTRANSFORM	 tr;		/* NULL: the plain formula of CMYK */
	bool		 cmyk;
};

/* Four bytes a pixel, of which lcms reads what is colour. CMYK comes with 255 for no ink. */
#define IN_GREY	(COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(3) | BYTES_SH(1))
#define IN_RGB	TYPE_RGBA_8
#define IN_CMYK	TYPE_CMYK_8_REV

static bool
near(double a, double b, double eps)
{
	return fabs(a - b) <= eps;
}

static double
srgb_to_linear(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* Nine of ten profiles are sRGB in some edition: told without making a transform. */
static bool
is_srgb(cmsHPROFILE p)
{
	static const struct { cmsTagSignature xyz, trc; double x, y, z; } want[3] = {
		{ cmsSigRedColorantTag, cmsSigRedTRCTag, 0.4361, 0.2225, 0.0139 },
		{ cmsSigGreenColorantTag, cmsSigGreenTRCTag, 0.3851, 0.7169, 0.0971 },
		{ cmsSigBlueColorantTag, cmsSigBlueTRCTag, 0.1431, 0.0606, 0.7141 },
	};

	if (cmsIsTag(p, cmsSigAToB0Tag) || cmsIsTag(p, cmsSigAToB1Tag))
		return false;
	for (int i = 0; i < 3; i++) {
		const cmsCIEXYZ	*c = cmsReadTag(p, want[i].xyz);
		cmsToneCurve	*t = cmsReadTag(p, want[i].trc);

		if (c == NULL || t == NULL || !near(c->X, want[i].x, 0.003) || !near(c->Y, want[i].y, 0.003) ||
		    !near(c->Z, want[i].z, 0.003))
			return false;
		for (int v = 0; v <= 16; v++)
			if (!near(cmsEvalToneCurveFloat(t, (cmsFloat32Number)(v / 16.0)), srgb_to_linear(v / 16.0), 0.004))
				return false;
	}
	return true;
}

static cmsUInt32Number
format_of(cmsHPROFILE p, enum px_space space)
{
	switch (cmsGetColorSpace(p)) {
	case cmsSigRgbData:
		return space == SPACE_CMYK ? 0 : IN_RGB;
	case cmsSigGrayData:
		return space == SPACE_GREY ? IN_GREY : 0;
	case cmsSigCmykData:
		return space == SPACE_CMYK ? IN_CMYK : 0;
	default:
		return 0;
	}
}

/* NULL when the profile cannot be used. *same: it is sRGB. */
static cmsHTRANSFORM
transform_of(const struct head *h, bool *same)
{
	cmsHPROFILE	 in = cmsOpenProfileFromMem(h->icc, (cmsUInt32Number)h->icc_len), out = NULL;
	cmsHTRANSFORM	 tr = NULL;
	cmsUInt32Number	 fmt;

	*same = false;
	if (in == NULL || (fmt = format_of(in, h->space)) == 0)
		goto out;
	if (fmt == IN_RGB && is_srgb(in)) {
		*same = true;
		goto out;
	}
	if ((out = cmsCreate_sRGBProfile()) != NULL)
		tr = cmsCreateTransform(in, fmt, out, TYPE_RGBA_8, INTENT_PERCEPTUAL,
		    cmsFLAGS_NOCACHE | (fmt == IN_RGB ? cmsFLAGS_COPY_ALPHA : 0));
out:
	if (in != NULL)
		cmsCloseProfile(in);
	if (out != NULL)
		cmsCloseProfile(out);
	return tr;
}

enum err
colour_new(struct colour **out, const struct head *h, struct fault *f)
{
	bool		 same = false;
	cmsHTRANSFORM	 tr = h->icc != NULL ? transform_of(h, &same) : NULL;
	struct colour	*c;

	*out = NULL;
	if (tr == NULL && (same || h->space != SPACE_CMYK))
		return ERR_OK;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		if (tr != NULL)
			cmsDeleteTransform(tr);
		return fault_set(f, ERR_NOMEM, "no memory for a colour profile");
	}
	c->tr = tr;
	c->cmyk = h->space == SPACE_CMYK;
	*out = c;
	return ERR_OK;
}

void
colour_free(struct colour *c)
{
	if (c == NULL)
		return;
	if (c->tr != NULL)
		cmsDeleteTransform(c->tr);
	free(c);
}

static void
cmyk_row(uint8_t *px, size_t n)
{
	for (size_t i = 0; i < n; i++, px += 4) {
		for (int k = 0; k < 3; k++)
			px[k] = (uint8_t)((px[k] * px[3] + 127) / 255);
		px[3] = 255;
	}
}

/* Alpha of pixels that lcms does not pass through. */
static void
transform_row(const struct colour *c, uint8_t *px, size_t n)
{
	uint8_t	 part[4 * 256];

	for (size_t k; n > 0; px += k * 4, n -= k) {
		k = n < 256 ? n : 256;
		memcpy(part, px, k * 4);
		cmsDoTransform(c->tr, part, px, (cmsUInt32Number)k);
		for (size_t i = 0; i < k; i++)
			px[i * 4 + 3] = c->cmyk ? 255 : part[i * 4 + 3];
	}
}

void
colour_row(const struct colour *c, uint8_t *px, size_t n)
{
	if (c == NULL)
		return;
	if (c->tr != NULL)
		transform_row(c, px, n);
	else
		cmyk_row(px, n);
}

void
colour_picture(const struct colour *c, struct picture *p)
{
	for (uint32_t y = 0; c != NULL && y < p->h; y++)
		colour_row(c, picture_row(p, y), p->w);
}
