/*
 * Deleting pictures, one or many, in two steps: the first shows what would go, the second does it.
 */
#include "admin.h"

#include <string.h>

#include "app/page.h"
#include "app/picture_delete.h"
#include "base/limits.h"

/* The chosen ids, each once. ERR_BADREQ for none, too many, and what is no id. */
static enum err
chosen(const struct call *c, struct req *r, const char **id, size_t *n)
{
	const char *s;
	size_t j;

	*n = 0;
	for (size_t i = 0; (s = form_each(c->form, "id", i)) != NULL; i++) {
		if (!id_valid(s, strlen(s)))
			return fault_set(&r->fault, ERR_BADREQ, "id number %zu is no picture's id",
			    i + 1);
		for (j = 0; j < *n && strcmp(id[j], s) != 0; j++)
			;
		if (j < *n)
			continue;
		if (*n == LIMIT_PAGE_SIZE)
			return fault_set(&r->fault, ERR_BADREQ,
			    "at most %d pictures can be deleted at once", LIMIT_PAGE_SIZE);
		id[(*n)++] = s;
	}
	return *n > 0 ? ERR_OK : fault_set(&r->fault, ERR_BADREQ, "no picture is chosen");
}

/* Where the visitor goes on afterwards; only to places of ours. */
static const char *
back_of(const struct call *c)
{
	const char *s = form_get(c->form, "back");

	return s != NULL && session_next_ok(s) ? s : "/admin/";
}

/* Pictures that are gone already are left out: there is nothing to ask about them. */
static enum err
ask(struct call *c, struct req *r, struct answer *a, const char **id, size_t n)
{
	json_t *list = req_json(r, json_array());
	struct picture_row p;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		struct fault why = FAULT_NONE;

		e = picture_get_fresh(c->app, r->mem, id[i], &p, &why);
		if (e == ERR_OK)
			json_array_append_new(list, admin_thumb(c, r, &p));
		else if (e != ERR_GONE && e != ERR_NOTFOUND)
			return fault_set(&r->fault, e, "%s", why.why);
	}
	if (json_array_size(list) == 0)
		return fault_set(&r->fault, ERR_GONE, "what was chosen is deleted already");
	admin_answer(c, r, a, 200, "admin_delete", json_pack("{s:O, s:i, s:b, s:s}",
	    "pictures", list, "count", (int)json_array_size(list),
	    "many", json_array_size(list) > 1, "back", back_of(c)));
	return ERR_OK;
}

/*
 * If the database goes away half way, what is done is done and the rest may simply be asked for
 * again.
 */
static enum err
do_it(struct call *c, struct req *r, struct answer *a, const char **id, size_t n)
{
	json_t *deleted = req_json(r, json_array()), *missing = req_json(r, json_array());
	const char *back = back_of(c);
	enum err e;

	for (size_t i = 0; i < n; i++) {
		struct fault why = FAULT_NONE;

		e = picture_delete(c->app, r->mem, id[i], "admin", &why);
		if (e != ERR_OK && e != ERR_NOTFOUND)
			return fault_set(&r->fault, e, "after %zu of %zu: %s", i, n, why.why);
		json_array_append_new(e == ERR_OK ? deleted : missing, json_string(id[i]));
		if (e == ERR_OK)
			audit(c->app, r, c->me, "delete", id[i], "by an administrator");
	}
	if (req_wants(r) == WANTS_HTML)
		answer_redirect(r, a, 303, arena_printf(r->mem, "%s%cdeleted=%zu", back,
		    strchr(back, '?') != NULL ? '&' : '?', json_array_size(deleted)));
	else
		admin_answer(c, r, a, 200, NULL,
		    json_pack("{s:O, s:O}", "deleted", deleted, "missing", missing));
	return ERR_OK;
}

/*
 * Fields: id (any number), confirm ("yes": do it), back (address of the wall to go on with), csrf.
 * Template admin_delete, the question: pictures [admin_thumb ...], count, many (true: more than
 * one), back. JSON, when done: deleted [id ...], missing [id ...].
 */
enum err
admin_delete(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *id[LIMIT_PAGE_SIZE], *confirm = form_get(c->form, "confirm");
	size_t n;
	enum err e;

	if ((e = chosen(c, r, id, &n)))
		return e;
	if (confirm != NULL && strcmp(confirm, "yes") == 0)
		return do_it(c, r, a, id, n);
	return ask(c, r, a, id, n);
}
