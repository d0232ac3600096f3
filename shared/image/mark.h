/*
 * Watermarks: making the mark and laying it on.
 */
#ifndef IMAGE_MARK_H
#define IMAGE_MARK_H

#include "image/pipeline.h"

/* The apply of a watermark step. Takes the next descriptor of r->marks when the step has a picture. */
enum err mark_apply(const struct step *st, struct picture *p, struct render *r, struct fault *f) MUST_USE;

#endif
