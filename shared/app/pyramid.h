/*
 * Which reduced copy of a picture will do. The contract of pyramid_put and pyramid_drop is in
 * app/variant.h.
 */
#ifndef APP_PYRAMID_H
#define APP_PYRAMID_H

#include <stdbool.h>

#include "app/app.h"
#include "app/picture.h"
#include "image/spec.h"

/*
 * Long sides of the steps, large first: what upload makes of pictures that are larger.
 */
#define PYRAMID_STEPS 2
extern const uint32_t pyramid_px[PYRAMID_STEPS];

struct pyramid_step {
	int		 fd;		/* the caller closes */
	enum fmt	 fmt;
	uint32_t	 width_px, height_px;	/* as displayed, about */
};

/*
 * The smallest step at hand from which these steps can be made without loss: it must be twice what
 * the first step, a resize, scales the whole picture to. false: there is none, take the original.
 */
bool pyramid_open(struct app *app, const struct picture_row *p, const struct spec *spec,
    struct pyramid_step *out);

#endif
