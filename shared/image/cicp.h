/*
 * Colour told by code points (ITU-T H.273) as AVIF and HEIC do: made into a profile, which color.c understands.
 */
#ifndef IMAGE_CICP_H
#define IMAGE_CICP_H

#include <stddef.h>
#include <stdint.h>

/* A malloc()ed profile in *icc for those primaries and that transfer; NULL when they mean sRGB or are unknown. */
void	 cicp_profile(unsigned primaries, unsigned transfer, uint8_t **icc, size_t *len);

/*
 * The same for a plain exponent (0: the curve of sRGB) and the chromaticities of white, red, green and blue (NULL: those
 * of sRGB).
 */
void	 cicp_gamma_profile(double exponent, const double xy[8], uint8_t **icc, size_t *len);

#endif
