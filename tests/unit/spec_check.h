/*
 * What every accepted list of steps must keep to, for unit tests and fuzz targets alike.
 */
#ifndef TESTS_SPEC_CHECK_H
#define TESTS_SPEC_CHECK_H

#include <string.h>

#include "image/spec.h"

/* Everything a site would allow. */
static const struct limits spec_check_limits = { 250000000, 250000000, 30000 };

/*
 * NULL, or which promise is broken: the canonical text is of plain characters, parses, is its own
 * canonical text and plans to the same sizes.
 */
static inline const char *
spec_check(const struct spec *sp, const struct source *src)
{
	static struct spec again;
	static char text[2 * LIMIT_STEPS_BYTES], text2[sizeof(text)];
	struct plan p = { 0 }, p2 = { 0 };
	struct fault f = FAULT_NONE;
	enum err e, e2;

	if (sp->n > LIMIT_STEPS)
		return "too many steps";
	if (sp->style[0] != '\0')
		return NULL;
	if (spec_canonical(sp, text, sizeof(text), &f))
		return "canonical text does not fit in twice the room";
	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789,_/-") !=
	    strlen(text))
		return "canonical text has other characters";
	if (strlen(text) >= LIMIT_STEPS_BYTES)
		return NULL; /* a few bytes longer than the longest input: may be refused */
	if (spec_parse(text, strlen(text), &again, &f))
		return "canonical text does not parse";
	if (spec_canonical(&again, text2, sizeof(text2), &f) || strcmp(text, text2) != 0)
		return "canonical text changes when parsed";
	e = spec_plan(sp, src, &spec_check_limits, &p, &f);
	e2 = spec_plan(&again, src, &spec_check_limits, &p2, NULL);
	if (e != e2 || memcmp(&p, &p2, sizeof(p)) != 0)
		return "canonical text plans otherwise";
	if (e)
		return f.why[0] == '\0' ? "refused without a cause" : NULL;
	if (p.width_px == 0 || p.height_px == 0 || p.frames == 0 || p.fmt == FMT_NONE ||
	    (fmt_table[p.fmt].named && sp->format != p.fmt && !p.unchanged && sp->kind == SPEC_PICTURE))
		return "impossible plan";
	if (!p.unchanged && sp->kind == SPEC_PICTURE && (p.width_px > fmt_table[p.fmt].out_side_px ||
	    p.height_px > fmt_table[p.fmt].out_side_px))
		return "result too large for its format";
	if (p.frames > 1 && (p.frames != src->frames || !fmt_table[p.fmt].anim))
		return "frames out of nowhere";
	return NULL;
}

#endif
