/*
 * One picture with all that is known of it, also after its end.
 */
#include "admin.h"

#include "app/access.h"
#include "app/page.h"
#include "app/picture_more.h"
#include "app/receipt.h"
#include "base/enc.h"

#define AUDIT_LINES 50

static json_t *
audit_model(const struct audit_line *l, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:o, s:s, s:s, s:s, s:s}",
		    "at", receipt_time(l[i].at_s), "account", l[i].account, "address", l[i].address,
		    "action", l[i].action, "detail", l[i].detail));
	return list;
}

/*
 * Browsers without an account are told apart by the hash of their cookie; some of it is enough to
 * see that two are the same.
 */
static json_t *
uploader_model(const struct picture_row *p, const struct picture_more *more)
{
	char hex[2 * 6 + 1];

	enc_hex(p->uploader, 6, hex);
	return json_pack("{s:s, s:s, s:o}", "account", more->owner, "address", p->address,
	    "browser", p->uploader[0] != 0 || p->uploader[1] != 0 ? json_string(hex) : json_null());
}

static json_t *
detail_model(struct call *c, struct req *r, const struct picture_row *p,
    const struct picture_more *more)
{
	json_t *m = admin_thumb(c, r, p), *sent = picture_model(c, r, p, true);

	json_object_update_missing(m, sent);
	json_decref(sent);
	json_object_set_new(m, "taken", receipt_time(p->taken_s));
	json_object_set_new(m, "mime", json_string(fmt_mime(p->src.fmt)));
	json_object_set_new(m, "animated", json_boolean(p->src.frames > 1));
	json_object_set_new(m, "uploader", uploader_model(p, more));
	json_object_set_new(m, "views", json_integer(more->views));
	json_object_set_new(m, "sharing", json_integer(more->sharing));
	if (p->deleted_s > 0)
		json_object_set_new(m, "deleted", json_pack("{s:o, s:s, s:o}",
		    "at", receipt_time(p->deleted_s), "reason", more->delete_reason,
		    "purged", receipt_time(more->purged_s)));
	else
		json_object_set_new(m, "preview", json_string(access_url(c, r, arena_printf(r->mem,
		    "%s/resize,l_1200.%s", p->id, p->src.alpha ? "webp" : "jpg"))));
	return m;
}

/*
 * Template admin_picture: what admin_thumb has and preview, delete_url, taken, mime, animated,
 * uploader {account, address, browser}, views, sharing (how many other living pictures have the
 * same bytes), audit [{at, account, address, action, detail} ...]; of a deleted picture (then the
 * status is 410, and there is no preview) deleted {at, reason, purged}.
 */
enum err
admin_picture(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct audit_line *lines;
	struct picture_more more;
	struct picture_row p;
	json_t *m;
	size_t n;
	enum err e;

	if ((e = picture_get_more(c->app, r->mem, r->seg[0], &p, &more, &r->fault)) ||
	    (e = audit_list(c->app, r->mem, p.id, AUDIT_LINES, &lines, &n, &r->fault)))
		return e;
	m = detail_model(c, r, &p, &more);
	json_object_set_new(m, "audit", audit_model(lines, n));
	admin_answer(c, r, a, p.deleted_s > 0 ? 410 : 200, "admin_picture", m);
	return ERR_OK;
}
