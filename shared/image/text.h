/*
 * Drawing text. Fonts are opened once, before the sandbox closes, and stay in memory.
 */
#ifndef IMAGE_TEXT_H
#define IMAGE_TEXT_H

#include "image/picture.h"

/* "name=path" pairs, NULL-terminated; NULL: none. The first font that can be read serves for names that cannot. */
void	 text_warm(const char *const *fonts);

/*
 * One line of UTF-8 as a picture just large enough for its ink and its line height: colour 0xRRGGBB, alpha from the glyphs.
 * font: a name given to text_warm. size_px: height of an em. shadow: 0..100 percent opacity. degrees: clockwise.
 * ERR_WATERMARK when there is no font at all.
 */
enum err text_draw(const char *utf8, const char *font, unsigned size_px, uint32_t rgb, unsigned shadow, unsigned degrees,
	struct picture *out, struct fault *f) MUST_USE;

#endif
