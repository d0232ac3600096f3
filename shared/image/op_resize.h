/*
 * The geometry of resize, for the pipeline, which merges it with decoding (scaling in the decoder,
 * reading only what is shown).
 */
#ifndef IMAGE_OP_RESIZE_H
#define IMAGE_OP_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

struct step;

/*
 * The whole source (src_w x src_h) is scaled to scaled_w x scaled_h; of that the part from (cut_x,
 * cut_y) that out_w x out_h can hold is put at (pad_x, pad_y) of a canvas of color. Without cut and
 * pad: out == scaled.
 */
struct resize_geo {
	int64_t		 src_w, src_h;
	int64_t		 scaled_w, scaled_h;
	int64_t		 cut_x, cut_y;
	int64_t		 pad_x, pad_y;
	int64_t		 out_w, out_h;
	uint32_t	 color;		/* 0xRRGGBB of the canvas */
};

/*
 * What a resize step does to a picture of w x h. main: see plan_state. never_grow: the source is a
 * GIF.
 */
void resize_geometry(const struct step *st, int64_t w, int64_t h, int64_t main_w, int64_t main_h,
    bool never_grow, struct resize_geo *g);

#endif
