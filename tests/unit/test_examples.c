/*
 * The worked examples of the reference, examples.tsv, through parser and planner: status, error
 * number, size and format. The table lies outside of the tree; without it this test says that it is
 * skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "image/spec.h"
#include "spec_check.h"

enum {
	ID,
	GROUP,
	SRC_NAME,
	SRC_W,
	SRC_H,
	SRC_FMT,
	PROCESS,
	STATUS,
	OUT_W,
	OUT_H,
	OUT_FMT,
	PROPERTY,
	COLS
};

static char why[512];

static void
split(char *line, char *col[COLS])
{
	int i;

	line[strcspn(line, "\r\n")] = '\0';
	for (i = 0; i < COLS; i++) {
		col[i] = line;
		line += strcspn(line, "\t");
		if (*line != '\0')
			*line++ = '\0';
	}
}

static int64_t
number(const char *s)
{
	int64_t v = 0;

	return num_parses(s, 0, INT32_MAX, &v) ? v : 0;
}

static struct source
source_of(char *col[COLS])
{
	struct source src = {
		.fmt = fmt_by_name(col[SRC_FMT], strlen(col[SRC_FMT])),
		.width_px = (uint32_t)number(col[SRC_W]), .height_px = (uint32_t)number(col[SRC_H]),
		.frames = strcmp(col[SRC_NAME], "example.gif") == 0 ? 3 : 1,
		.orientation = strcmp(col[SRC_NAME], "f.jpg") == 0 ? 7 : 1,
	};

	return src;
}

/* "EC 0040-00000312" somewhere in the property. */
static const char *
expected_ec(const char *property)
{
	static char ec[14];
	const char *p = strstr(property, "0040-");

	if (p == NULL)
		return NULL;
	snprintf(ec, sizeof(ec), "%s", p);
	return ec;
}

/* Degrees other than right ones: the size of the service is only known to 3 pixels. */
static int
near(int64_t a, int64_t b, const char *property)
{
	int64_t tolerance = strstr(property, "tolerance") != NULL ? 3 : 0;

	return a - b <= tolerance && b - a <= tolerance;
}

static int
check_error(char *col[COLS], enum err e, const struct fault *f)
{
	const char *ec = expected_ec(col[PROPERTY]);

	if (err_status(e) != number(col[STATUS]))
		snprintf(why, sizeof(why), "status %d (%s)", err_status(e), f->why);
	else if (ec != NULL && (f->ec == NULL || strcmp(ec, f->ec) != 0))
		snprintf(why, sizeof(why), "EC %s, wanted %s", f->ec != NULL ? f->ec : "none", ec);
	else
		return 1;
	return 0;
}

static int
check_result(char *col[COLS], const struct spec *sp, const struct plan *p)
{
	if (strcmp(col[OUT_FMT], "json") == 0) {
		snprintf(why, sizeof(why), "no JSON");
		return sp->kind != SPEC_PICTURE || sp->saveas[0] != '\0';
	}
	snprintf(why, sizeof(why), "%ux%u %s", p->width_px, p->height_px, fmt_name(p->fmt));
	if (number(col[OUT_W]) != 0 && (!near(p->width_px, number(col[OUT_W]), col[PROPERTY]) ||
	    !near(p->height_px, number(col[OUT_H]), col[PROPERTY])))
		return 0;
	if (col[OUT_FMT][0] != '\0' && strcmp(col[OUT_FMT], fmt_name(p->fmt)) != 0)
		return 0;
	return strstr(col[PROPERTY], "3 frames") == NULL || p->frames == 3;
}

static int
check_row(char *col[COLS])
{
	static struct spec sp;
	const char *text = col[PROCESS], *body = "POST body: x-oss-process=", *broken;
	struct source src = source_of(col);
	struct fault f = FAULT_NONE;
	struct plan p = { 0 };
	enum err e;

	if (strncmp(text, body, strlen(body)) == 0)
		text += strlen(body);
	e = spec_parse(text, strlen(text), &sp, &f);
	if (e)
		return check_error(col, e, &f);
	/* A missing style or picture is no matter of the parser. */
	if (number(col[STATUS]) == 404 || sp.style[0] != '\0')
		return sp.style[0] != '\0' || strcmp(col[SRC_NAME], "missing.jpg") == 0;
	e = spec_plan(&sp, &src, &spec_check_limits, &p, &f);
	if (e || number(col[STATUS]) != 200)
		return check_error(col, e, &f);
	broken = spec_check(&sp, &src);
	if (broken != NULL) {
		snprintf(why, sizeof(why), "%s", broken);
		return 0;
	}
	return check_result(col, &sp, &p);
}

static FILE *
table_open(void)
{
	const char *shared = getenv("TINTYPE_SHARED"), *source = getenv("TINTYPE_SOURCE");
	char path[4096];

	if (shared != NULL)
		snprintf(path, sizeof(path), "%s/oss/examples.tsv", shared);
	else
		snprintf(path, sizeof(path), "%s/../shared/oss/examples.tsv",
		    source != NULL ? source : ".");
	return fopen(path, "r");
}

int
main(void)
{
	char line[8192], *col[COLS];
	FILE *in = table_open();
	int n = 0, failed = 0, ok;

	if (in == NULL) {
		printf("1..0 # SKIP no oss/examples.tsv in TINTYPE_SHARED or ../shared\n");
		return 0;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		split(line, col);
		if (strcmp(col[ID], "id") == 0)
			continue;
		why[0] = '\0';
		ok = check_row(col);
		failed += !ok;
		printf("%sok %d - %s %s\n", ok ? "" : "not ", ++n, col[ID], col[PROCESS]);
		if (!ok)
			printf("# got %s\n", why);
	}
	fclose(in);
	printf("1..%d\n", n);
	return failed > 0 || n == 0;
}
