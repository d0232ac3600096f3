/*
 * The place of a walk, as JSON in the table of settings, so that any runner on any node goes on with it.
 */
#include "app/scrub_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/stmt.h"
#include "base/clock.h"

#define KEEP_US INT64_C(5000000)

/* What is kept besides the place: name, where. */
static const struct { const char *name; size_t off; } sums[] = {
	{ "began", offsetof(struct scrub, began_s) }, { "pictures", offsetof(struct scrub, pictures) },
	{ "blobs", offsetof(struct scrub, blobs) }, { "objects", offsetof(struct scrub, objects) },
	{ "bytes", offsetof(struct scrub, bytes) }, { "young", offsetof(struct scrub, young) },
	{ "waiting", offsetof(struct scrub, waiting) }, { "mended", offsetof(struct scrub, mended) },
};

static int64_t *
sum_of(struct scrub *s, size_t i)
{
	return (int64_t *)((char *)s + sums[i].off);
}

static json_t *
to_json(struct scrub *s)
{
	json_t *m = json_pack("{s:i, s:i, s:s}", "phase", s->place.phase, "target", s->place.target, "after", s->place.after);

	for (size_t i = 0; i < NELEM(sums); i++)
		json_object_set_new(m, sums[i].name, json_integer(*sum_of(s, i)));
	for (int i = 0; i < SCRUB__MAX; i++)
		json_object_set_new(m, scrub_name((enum scrub_kind)i), json_integer(s->count[i]));
	return m;
}

enum err
scrub_save(struct scrub *s, struct arena *a, struct fault *f)
{
	json_t *m;
	char *text;
	enum err e;

	if (s->slot == NULL)
		return ERR_OK;
	if (s->done)
		return DB_RUN(s->app->db, a, STMT_SETTING_DROP, NULL, f, DB_STR(s->slot));
	m = to_json(s);
	text = json_dumps(m, JSON_COMPACT);
	e = text != NULL ? DB_RUN(s->app->db, a, STMT_SETTING_SET, NULL, f, DB_STR(s->slot), DB_STR(text), DB_INT(clock_now_s())) :
	    fault_set(f, ERR_NOMEM, "no memory for the place of a scrub");
	free(text);
	json_decref(m);
	return e;
}

void
scrub_keep(struct scrub *s, struct arena *a)
{
	struct fault ignored = FAULT_NONE;

	if (s->slot == NULL || clock_mono_us() - s->kept_us < KEEP_US)
		return;
	s->kept_us = clock_mono_us();
	(void)!scrub_save(s, a, &ignored);
}

static int64_t
number(const json_t *m, const char *name)
{
	return json_integer_value(json_object_get(m, name));
}

enum err
scrub_load(struct scrub *s, struct arena *a, bool *found, struct fault *f)
{
	struct db_result r;
	const char *after;
	json_t *m;
	enum err e = DB_RUN(s->app->db, a, STMT_SETTING_GET, &r, f, DB_STR(s->slot));

	*found = false;
	if (e != ERR_OK || r.rows == 0 || (m = json_loads(db_text(&r, 0, 0), 0, NULL)) == NULL)
		return e;
	for (size_t i = 0; i < NELEM(sums); i++)
		*sum_of(s, i) = number(m, sums[i].name);
	for (int i = 0; i < SCRUB__MAX; i++)
		s->count[i] = number(m, scrub_name((enum scrub_kind)i));
	s->place.phase = (int)number(m, "phase");
	s->place.target = (int)number(m, "target");
	after = json_string_value(json_object_get(m, "after"));
	snprintf(s->place.after, sizeof(s->place.after), "%s", after != NULL ? after : "");
	/* Made by another version, or with other mirrors: from the beginning of a walk, at worst. */
	if (s->place.phase < 0 || s->place.target < 0 || s->place.target >= store_targets(s->app->store))
		s->place = (struct scrub_place){ 0 };
	*found = true;
	json_decref(m);
	return ERR_OK;
}
