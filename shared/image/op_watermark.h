/*
 * What the pixel half and the callers of watermark share.
 */
#ifndef IMAGE_OP_WATERMARK_H
#define IMAGE_OP_WATERMARK_H

#include <stdint.h>

struct step;

#define WATERMARK_IMAGES	3	/* different ones in one request */
#define WATERMARK_TEXT_BYTES	64

/*
 * Indexes of its arguments in step.arg. Unset ones hold their defaults; WM_TYPE unset is the first
 * font.
 */
enum {
	WM_TEXT, WM_IMAGE, WM_T, WM_G, WM_X, WM_Y, WM_VOFFSET, WM_FILL, WM_PADX, WM_PADY,
	WM_TYPE, WM_COLOR, WM_SIZE, WM_SHADOW, WM_ROTATE, WM_ORDER, WM_ALIGN, WM_INTERVAL
};

/* The fonts one may ask for; the first is the default. NULL-terminated. */
extern const char *const watermark_fonts[];

/*
 * Where a mark's top left corner comes to lie on w x h; negative when it is larger. Not for fill_1.
 */
void watermark_place(const struct step *st, int64_t w, int64_t h, int64_t mark_w, int64_t mark_h,
    int64_t *x, int64_t *y);

#endif
