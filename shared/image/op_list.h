/*
 * The operations by name: for op_table.c, and for the few places that must know one (the planner
 * knows none).
 */
#ifndef IMAGE_OP_LIST_H
#define IMAGE_OP_LIST_H

#include "image/op.h"

extern const struct op op_auto_orient, op_average_hue, op_blur, op_bright, op_circle, op_contrast,
    op_crop, op_format, op_indexcrop, op_info, op_interlace, op_quality, op_resize, op_rotate,
    op_rounded_corners, op_sharpen, op_watermark;

#endif
