/*
 * The arguments of one step, for spec.c alone.
 */
#ifndef IMAGE_SPEC_ARGS_H
#define IMAGE_SPEC_ARGS_H

#include "image/op.h"

/*
 * Read "w_100,h_50,..." (what follows the operation's name and its comma) into st, whose op is set.
 * Texts go into sp->text. in_mark: these are a watermark's own steps. Required arguments are
 * checked; check() of the operation is not called.
 */
enum err step_parse_args(struct step *st, const char *s, size_t len, bool in_mark, struct spec *sp,
    struct fault *f) MUST_USE;

#endif
