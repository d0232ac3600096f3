/*
 * rotate: any angle, clockwise. Right angles keep every pixel; others grow the canvas to the
 * enclosing box.
 */
#include "image/op_geo.h"

#include <math.h>

#include "image/op_list.h"

#define EC_RANGE	"0040-00000006"
#define SIDE_MAX	4096

enum { A_ANGLE };

/*
 * The smallest whole box around the turned picture. What is whole but for rounding noise does not
 * grow.
 */
static int64_t
box_side(double v)
{
	return (int64_t)ceil(v - 1e-6);
}

void
rotate_geometry(int degrees, int64_t w, int64_t h, int64_t *ow, int64_t *oh)
{
	double s, c;

	if (degrees % 180 == 0) {
		*ow = w;
		*oh = h;
		return;
	}
	if (degrees % 90 == 0) {
		*ow = h;
		*oh = w;
		return;
	}
	s = fabs(sin(degrees * 3.14159265358979323846 / 180));
	c = fabs(cos(degrees * 3.14159265358979323846 / 180));
	*ow = box_side((double)w * c + (double)h * s);
	*oh = box_side((double)w * s + (double)h * c);
}

static enum err
check(struct step *st, struct spec *sp, struct fault *f)
{
	(void)sp;
	(void)f;
	st->arg[A_ANGLE].num %= 360;
	return ERR_OK;
}

static bool
idle(const struct step *st)
{
	return st->arg[A_ANGLE].num == 0;
}

static enum err
plan(const struct step *st, struct plan_state *ps, struct fault *f)
{
	int angle = (int)st->arg[A_ANGLE].num;

	if (ps->w > SIDE_MAX || ps->h > SIDE_MAX)
		return fault_ec(f, ERR_BADIMAGE, EC_RANGE,
		    "Picture exceed the maximum allowable rotation range.");
	rotate_geometry(angle, ps->w, ps->h, &ps->w, &ps->h);
	if (angle % 90 != 0)
		ps->alpha = true;
	ps->changed = true;
	return ERR_OK;
}

#ifdef TINTYPE_PIXELS
#include "image/pipeline.h"
#include "image/turn.h"

static enum err
apply(const struct step *st, struct picture *p, struct render *r, struct fault *f)
{
	(void)r;
	return picture_rotate(p, (unsigned)st->arg[A_ANGLE].num, f);
}
#endif

const struct op op_rotate = {
	.name = "rotate",
	.doc = "Turn clockwise. The sides are at most 4096 pixels before. Angles other than right "
	    "ones grow the picture to the "
	    "enclosing box; the corners are transparent, or white in formats without transparency.",
	.single = true,
	.in_mark = true,
	.args = {
		[A_ANGLE] = { .key = "", .type = ARG_NUM, .max = 360, .required = true,
		    .ec_range = "0040-00000217", .ec_missing = "0040-00000216", .doc = "Degrees." },
	},
	.check = check,
	.idle = idle,
	.plan = plan,
	IF_PIXELS(.apply = apply,)
};
