/*
 * What a PNG says of its colours besides an embedded profile: cICP, sRGB, gAMA, cHRM.
 */
#ifndef IMAGE_PNG_COLOUR_H
#define IMAGE_PNG_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* false: there is no cICP, which comes before an embedded profile. Else a malloc()ed profile in *icc, NULL when it means sRGB. */
bool	 png_colour_cicp(const uint8_t *p, size_t len, uint8_t **icc, size_t *icc_len);

/* The same of gAMA and cHRM, where no profile is embedded and no sRGB says that they are but another word for it. */
void	 png_colour_gamma(const uint8_t *p, size_t len, uint8_t **icc, size_t *icc_len);

#endif
