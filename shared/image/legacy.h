/*
 * The grammar of the old image domains, photo.jpg@100w_100h_90q.webp, put into words of the new
 * one. Pure text to text: ranges and all the rest are checked when the result is parsed.
 *
 * Where the two cannot say the same: 1o (turn after resizing) is taken as 2o (turn first); 0-type
 * circles on the whole canvas are refused. Within one command the order is resize, cuts, rotate,
 * circle, effects, whatever the order in the text, as keys are free there.
 */
#ifndef IMAGE_LEGACY_H
#define IMAGE_LEGACY_H

#include <stddef.h>

#include "base/err.h"

/*
 * s: what stands behind the '@'. out becomes "image/...|image/..." or "style/NAME", NUL-terminated.
 * ERR_BADSPEC for tokens that are none; ERR_TOOBIG when it does not fit into size.
 */
enum err legacy_translate(
    const char *s, size_t len, char *out, size_t size, struct fault *f) MUST_USE;

#endif
