/*
 * The texts of the pages: one flat JSON object a language in htdocs/lang. English is complete; what another language
 * lacks is shown in English.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/page.h"
#include "base/limits.h"

static const char *const lang_names[] = { "en", "zh" };

struct lang {
	json_t	*texts[NELEM(lang_names)];
};

static enum err
read_texts(const char *htdocs, const char *name, json_t **out, struct fault *f)
{
	struct arena *a = arena_new();
	const char *path = arena_printf(a, "%s/lang/%s.json", htdocs, name);
	json_error_t je;
	enum err e = ERR_OK;

	*out = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (!json_is_object(*out))
		e = fault_set(f, ERR_IO, "%s: line %d: %s", path, je.line, je.text);
	arena_free(a);
	return e;
}

enum err
lang_open(const char *htdocs, struct lang **out, struct fault *f)
{
	struct lang *l = calloc(1, sizeof(*l));
	enum err e = ERR_OK;

	if (l == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for the texts");
	for (size_t i = 0; i < NELEM(lang_names) && e == ERR_OK; i++)
		e = read_texts(htdocs, lang_names[i], &l->texts[i], f);
	for (size_t i = 1; i < NELEM(lang_names) && e == ERR_OK; i++)
		if (json_object_update_missing(l->texts[i], l->texts[0]) != 0)
			e = fault_set(f, ERR_NOMEM, "no memory for the texts");
	if (e != ERR_OK) {
		lang_close(l);
		return e;
	}
	*out = l;
	return ERR_OK;
}

void
lang_close(struct lang *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < NELEM(lang_names); i++)
		json_decref(l->texts[i]);
	free(l);
}

static const char *
known(const char *s)
{
	for (size_t i = 0; s != NULL && i < NELEM(lang_names); i++)
		if (strncasecmp(s, lang_names[i], 2) == 0 && (s[2] == '\0' || s[2] == '-' || s[2] == ',' || s[2] == ';'))
			return lang_names[i];
	return NULL;
}

/* The first language of the list that we have; its order is close enough to its q values. */
static const char *
from_accept(const char *s)
{
	const char *l;

	while (s != NULL && *s != '\0') {
		s += strspn(s, " ,");
		if ((l = known(s)) != NULL)
			return l;
		s = strchr(s, ',');
	}
	return NULL;
}

const char *
lang_pick(struct app *app, struct req *r)
{
	const char *l = known(req_param(r, "lang"));

	if (l == NULL)
		l = known(req_cookie(r, "tintype_lang"));
	if (l == NULL)
		l = known(app->conf->site_language);
	if (l == NULL)
		l = from_accept(req_header(r, "Accept-Language"));
	return l != NULL ? l : lang_names[0];
}

json_t *
lang_texts(struct lang *l, const char *lang)
{
	for (size_t i = 0; i < NELEM(lang_names); i++)
		if (strcmp(lang, lang_names[i]) == 0)
			return l->texts[i];
	return l->texts[0];
}
