/*
 * All operations, in the order of the manual. Adding one: a file op_NAME.c and a line in each list
 * here.
 */
#include "image/op.h"

#include <stdio.h>
#include <string.h>

#include "image/op_list.h"

const struct op *const op_table[] = {
	&op_resize,
	&op_crop,
	&op_indexcrop,
	&op_circle,
	&op_rounded_corners,
	&op_rotate,
	&op_auto_orient,
	&op_blur,
	&op_bright,
	&op_contrast,
	&op_sharpen,
	&op_watermark,
	&op_format,
	&op_quality,
	&op_interlace,
	&op_info,
	&op_average_hue,
	NULL
};

const struct op *
op_find(const char *name, size_t len)
{
	const struct op *const *o;

	for (o = op_table; *o != NULL; o++)
		if (strlen((*o)->name) == len && memcmp((*o)->name, name, len) == 0)
			return *o;
	return NULL;
}

#define SHOWN_BYTES 64

enum err
op_invalid(struct fault *f, enum err e, const char *ec, const char *key, const char *v, size_t len)
{
	char shown[SHOWN_BYTES + 1];
	size_t i, n = len < SHOWN_BYTES ? len : SHOWN_BYTES;

	for (i = 0; i < n; i++)
		shown[i] = v[i] >= ' ' && v[i] <= '~' ? v[i] : '?';
	shown[n] = '\0';
	return fault_ec(f, e, ec, "The value: %s of parameter: %s is invalid.", shown, key);
}

enum err
op_invalid_num(struct fault *f, const char *ec, const char *key, int64_t v)
{
	return fault_ec(f, ERR_BADSPEC, ec, "The value: %lld of parameter: %s is invalid.",
	    (long long)v, key);
}

int64_t
px_scale(int64_t a, int64_t num, int64_t den)
{
	int64_t v = (2 * a * num + den) / (2 * den);

	return v < 1 ? 1 : v;
}
