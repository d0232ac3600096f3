/*
 * The page of a picture: what it is, how to embed it, and for its owner the way to end it.
 */
#include "view.h"

#include <string.h>

#include "app/access.h"
#include "app/page.h"
#include "app/picture_delete.h"
#include "app/receipt.h"
#include "base/enc.h"

#define UPLOADER_COOKIE "tintype_uploader"
#define REASON_BYTES 500
#define PREVIEW_SIDE 1600

/* By session, or by the cookie of the browser that sent it. */
static bool
is_owner(const struct call *c, struct req *r, const struct picture_row *p)
{
	static const uint8_t nobody[UPLOADER_BYTES];
	const char *cookie = req_cookie(r, UPLOADER_COOKIE);
	uint8_t sha[SHA256_BYTES];

	if (picture_is_mine(c->me, p))
		return true;
	if (cookie == NULL || memcmp(p->uploader, nobody, sizeof(nobody)) == 0)
		return false;
	sha256_of(cookie, strlen(cookie), sha);
	return equal_ct(sha, p->uploader, sizeof(p->uploader));
}

static enum err
find(struct call *c, struct req *r, struct picture_row *p)
{
	enum err e = picture_get(c->app, r->mem, r->seg[0], p, &c->tier, &r->fault);

	if (e == ERR_OK && p->visibility == VIS_PRIVATE && !is_owner(c, r, p))
		e = fault_set(&r->fault, ERR_NOTFOUND, "there is no picture %s", p->id);
	return e;
}

/* Links to sizes that are smaller than the picture; the original comes last. */
static json_t *
sizes_model(struct call *c, struct req *r, const struct picture_row *p)
{
	static const uint32_t steps[] = { 160, 320, 640, 1280, 2048 };
	const char *ext = fmt_name(p->src.fmt == FMT_HEIC || p->src.fmt == FMT_TIFF ? FMT_JPEG : p->src.fmt);
	json_t *list = json_array();
	uint32_t w, h;

	source_displayed(&p->src, &w, &h);
	for (size_t i = 0; i < NELEM(steps); i++) {
		uint32_t big = w > h ? w : h;

		if (big <= steps[i])
			break;
		json_array_append_new(list, json_pack("{s:i, s:i, s:s}", "width", (int)(((uint64_t)w * steps[i] + big / 2) / big),
		    "height", (int)(((uint64_t)h * steps[i] + big / 2) / big),
		    "url", access_url(c, r, arena_printf(r->mem, "%s/resize,l_%u.%s", p->id, steps[i], ext))));
	}
	json_array_append_new(list, json_pack("{s:i, s:i, s:o, s:b}", "width", (int)w, "height", (int)h,
	    "url", json_sprintf("%s/i/%s.%s", site_url(c, r), p->id, fmt_name(p->src.fmt)), "original", 1));
	return list;
}

/* What the page itself shows: never more than a screen needs, and always something a browser knows. */
static void
add_preview(struct call *c, struct req *r, const struct picture_row *p, json_t *m)
{
	bool shown_by_browsers = p->src.fmt != FMT_TIFF && p->src.fmt != FMT_HEIC;
	const char *ext = p->src.alpha ? "png" : shown_by_browsers ? fmt_name(p->src.fmt) : "jpg", *name;
	uint32_t w, h, big;

	source_displayed(&p->src, &w, &h);
	big = w > h ? w : h;
	if (shown_by_browsers && (p->src.frames > 1 || big <= PREVIEW_SIDE)) {
		name = arena_printf(r->mem, "%s.%s", p->id, fmt_name(p->src.fmt));
		big = PREVIEW_SIDE;
	} else {
		name = arena_printf(r->mem, "%s/resize,l_%d.%s", p->id, PREVIEW_SIDE, ext);
	}
	if (big > PREVIEW_SIDE) {
		w = (uint32_t)(((uint64_t)w * PREVIEW_SIDE + big / 2) / big);
		h = (uint32_t)(((uint64_t)h * PREVIEW_SIDE + big / 2) / big);
	}
	json_object_set_new(m, "preview", json_string(access_url(c, r, name)));
	json_object_set_new(m, "preview_width", json_integer(w > 0 ? w : 1));
	json_object_set_new(m, "preview_height", json_integer(h > 0 ? h : 1));
}

static json_t *
page_model_of(struct call *c, struct req *r, const struct picture_row *p)
{
	json_t *m = picture_model(c, r, p, false);
	const char *site = site_url(c, r);

	json_object_set_new(m, "sizes", sizes_model(c, r, p));
	json_object_set_new(m, "owner", json_boolean(is_owner(c, r, p)));
	json_object_set_new(m, "heading", json_string(*p->title != '\0' ? p->title : *p->name != '\0' ? p->name : p->id));
	json_object_set_new(m, "bytes_text", json_string(page_bytes_text(r, p->src.bytes)));
	json_object_set_new(m, "mime", json_string(fmt_mime(p->src.fmt)));
	json_object_set_new(m, "animated", json_boolean(p->src.frames > 1));
	add_preview(c, r, p, m);
	json_object_set_new(m, "download", json_sprintf("%s/i/%s.%s?download=1", site, p->id, fmt_name(p->src.fmt)));
	json_object_set_new(m, "oembed", json_sprintf("%s/oembed?format=json&url=%s", site,
	    enc_percent(r->mem, arena_printf(r->mem, "%s/p/%s", site, p->id), "")));
	json_object_set_new(m, "listed", json_boolean(p->visibility == VIS_PUBLIC));
	return m;
}

enum err
view_page(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct picture_row p;
	enum err e = find(c, r, &p);

	if (e == ERR_OK)
		page_answer(c, r, a, 200, "picture", page_model_of(c, r, &p), NULL);
	return e;
}

enum err
view_delete(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	char token[DELETE_TOKEN_SIZE];
	struct picture_row p;
	enum err e;

	if ((e = find(c, r, &p)))
		return e;
	if (!is_owner(c, r, &p))
		return fault_set(&r->fault, ERR_FORBIDDEN, "this picture is somebody else's");
	picture_delete_token(c->app, p.id, token);
	if ((e = picture_delete(c->app, r->mem, p.id, "owner", &r->fault)))
		return e;
	audit(c->app, r, c->me, "delete", p.id, "by its owner");
	page_answer(c, r, a, 200, "deleted", json_pack("{s:s, s:s}", "deleted", p.id,
	    "receipt", receipt_url(c, r, p.id, c->me == NULL ? token : NULL)), "deleted\n");
	return ERR_OK;
}

enum err
view_report(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct picture_row p;
	enum err e = find(c, r, &p);

	if (e == ERR_OK)
		page_answer(c, r, a, 200, "report", json_pack("{s:s, s:o}", "id", p.id, "page", json_sprintf("%s/p/%s", site_url(c, r), p.id)), NULL);
	return e;
}

/* A report is a line of the audit, where administrators see it beside the picture. */
enum err
view_report_send(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *why = form_get(c->form, "reason");
	struct picture_row p;
	enum err e;

	if ((e = find(c, r, &p)))
		return e;
	if (why == NULL || *why == '\0')
		return fault_set(&r->fault, ERR_BADREQ, "please say what is wrong with the picture");
	audit(c->app, r, c->me, "report", p.id, utf8_clean(r->mem, why, strlen(why), REASON_BYTES));
	page_answer(c, r, a, 200, "reported", json_pack("{s:s}", "id", p.id), "thank you\n");
	return ERR_OK;
}
