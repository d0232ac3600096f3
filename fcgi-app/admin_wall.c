/*
 * All living pictures, newest first. Pages go on from the last id shown, so a page costs the same
 * however far back it is.
 */
#include "admin.h"

#include <string.h>

#include "app/page.h"
#include "base/enc.h"
#include "base/limits.h"
#include "base/num.h"

#define PER_PAGE 60
#define QUERY_BYTES 200

/* Somebody who pastes the address of a picture wants that picture. */
static const char *
id_in_address(struct req *r, const char *q)
{
	static const char *const before[] = { "/i/", "/p/", "/d/" };
	const char *p;

	for (size_t i = 0; i < NELEM(before); i++)
		if ((p = strstr(q, before[i])) != NULL && id_valid(p + 3, strspn(p + 3, "0123456789"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")))
			return arena_strndup(r->mem, p + 3, ID_CHARS);
	return q;
}

static const char *
wall_url(struct req *r, const char *before, const char *q, const char *n)
{
	const char *sep = "?", *url = "/admin/";
	const struct { const char *key, *value; } parts[] = {
		{ "before", before }, { "q", q }, { "n", n },
	};

	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i].value != NULL && *parts[i].value != '\0') {
			url = arena_printf(r->mem, "%s%s%s=%s", url, sep, parts[i].key,
			    enc_percent(r->mem, parts[i].value, ""));
			sep = "&";
		}
	return url;
}

/* After a delete the wall says how many went: ?deleted=N. */
static int64_t
deleted_notice(const struct req *r)
{
	const char *s = req_param(r, "deleted");
	int64_t n = 0;

	return s != NULL && num_parses(s, 1, LIMIT_PAGE_SIZE, &n) ? n : 0;
}

static json_t *
wall_model(struct call *c, struct req *r, const struct picture_list *l, const char *q)
{
	const char *before = req_param(r, "before"), *n = req_param(r, "n");
	json_t *list = json_array(), *m;

	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(list, admin_thumb(c, r, &l->row[i]));
	m = json_pack("{s:o, s:b, s:s, s:s}", "pictures", list, "empty", l->n == 0, "q", q,
	    "here", wall_url(r, before, q, n));
	if (l->more && l->n > 0)
		json_object_set_new(m, "older",
		    json_string(wall_url(r, l->row[l->n - 1].id, q, n)));
	if (before != NULL && *before != '\0')
		json_object_set_new(m, "newest", json_string(wall_url(r, "", q, n)));
	if (deleted_notice(r) > 0)
		json_object_set_new(m, "deleted", json_integer(deleted_notice(r)));
	return m;
}

/*
 * Query: q (part of a name or title, an id, or an address that holds one), before (id), n (1-100).
 * Template admin_wall: pictures [admin_thumb ...], empty (true: none), q, here (this page), older
 * and newest (addresses, when there are such pages), deleted (how many were just deleted).
 */
enum err
admin_wall(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *before = req_param(r, "before"), *q = req_param(r, "q"), *n = req_param(r, "n");
	struct picture_list l;
	int64_t count = PER_PAGE;
	enum err e;

	if (before != NULL && *before != '\0' && !id_valid(before, strlen(before)))
		return fault_set(&r->fault, ERR_BADREQ, "before is no picture's id");
	if (n != NULL && !num_parses(n, 1, LIMIT_PAGE_SIZE, &count))
		return fault_set(&r->fault, ERR_BADREQ, "n is a number from 1 to %d",
		    LIMIT_PAGE_SIZE);
	q = q != NULL ? utf8_clean(r->mem, q, strlen(q), QUERY_BYTES) : "";
	if ((e = picture_list(c->app, r->mem, before != NULL ? before : "", id_in_address(r, q), 0,
	    (size_t)count, &l, &r->fault)))
		return e;
	admin_answer(c, r, a, 200, "admin_wall", wall_model(c, r, &l, q));
	return ERR_OK;
}
