/*
 * Slow variants as jobs. The payload is what the address said in canonical form, so that the job finds the very name the view
 * program looks for.
 */
#include "app/variant_later.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/digest.h"
#include "base/limits.h"

#define JOB_KIND "variant"

bool
variant_is_slow(enum fmt fmt, uint64_t pixels)
{
	static const uint64_t at_once[FMT__MAX] = { [FMT_AVIF] = LIMIT_AVIF_AT_ONCE_PX, [FMT_HEIC] = LIMIT_HEIC_AT_ONCE_PX };

	return at_once[fmt] != 0 && pixels > at_once[fmt];
}

enum err
variant_later(struct app *app, struct arena *a, const struct variant_ask *ask, struct fault *f)
{
	char text[LIMIT_STEPS_BYTES];
	const char *key;
	char *payload;
	json_t *j;
	enum err e;

	if ((e = spec_canonical(ask->spec, text, sizeof(text), f)))
		return e;
	key = arena_printf(a, "%s %s %016llx", ask->pic->id, fmt_name(ask->fmt), (unsigned long long)hash64(text, strlen(text)));
	j = json_pack("{s:s, s:s, s:s}", "id", ask->pic->id, "steps", text, "format", fmt_name(ask->fmt));
	payload = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	e = payload != NULL ? job_add(app, a, JOB_KIND, key, payload, 0, f) : ERR_NOMEM;
	free(payload);
	json_decref(j);
	return e;
}

static enum err
make(struct app *app, struct arena *a, const char *id, const char *steps, const char *format, struct fault *f)
{
	struct variant_ask ask = { .fmt = fmt_by_name(format, strlen(format)), .url = VARIANT_NO_ALIAS };
	struct spec *sp = arena_alloc(a, sizeof(*sp));
	struct picture_row p;
	struct variant v;
	enum err e;

	if ((e = picture_get_fresh(app, a, id, &p, f)) || (e = spec_parse(steps, strlen(steps), sp, f)))
		return e;
	ask.pic = &p;
	ask.spec = sp;
	return variant_get(app, a, &ask, &v, f);
}

enum err
variant_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f)
{
	const char *id, *steps, *format;
	json_t *p = json_loads(j->payload, 0, NULL);
	enum err e;

	if (p == NULL || json_unpack(p, "{s:s, s:s, s:s}", "id", &id, "steps", &steps, "format", &format) != 0)
		e = fault_set(f, ERR_INTERNAL, "the payload of job %lld is not understood", (long long)j->id);
	else if ((e = make(app, a, id, steps, format, f)) == ERR_GONE || e == ERR_NOTFOUND)
		e = ERR_OK;
	else if (e == ERR_OK)
		*what = arena_printf(a, "%s of %s made", format, id);
	json_decref(p);
	return e;
}
