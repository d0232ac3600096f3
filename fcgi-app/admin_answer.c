/*
 * What the pages share.
 */
#include "admin.h"

#include "app/access.h"
#include "app/page.h"

void
admin_answer(struct call *c, struct req *r, struct answer *a, int status, const char *template,
    json_t *model)
{
	json_object_set_new(model, "csrf", json_string(csrf_token(c->app, r, a, c->session)));
	page_answer(c, r, a, status, template, model, NULL);
}

json_t *
admin_thumb(struct call *c, struct req *r, const struct picture_row *p)
{
	json_t *m = picture_model(c, r, p, false);

	json_object_set_new(m, "heading",
	    json_string(*p->title != '\0' ? p->title : *p->name != '\0' ? p->name : p->id));
	json_object_set_new(m, "bytes_text", json_string(page_bytes_text(r, p->src.bytes)));
	json_object_set_new(m, "thumb", json_string(access_url(c, r, arena_printf(r->mem,
	    "%s/resize,m_fill,w_240,h_240.%s", p->id, p->src.alpha ? "webp" : "jpg"))));
	json_object_set_new(m, "detail", json_sprintf("/admin/picture/%s", p->id));
	json_object_set_new(m, "private", json_boolean(p->visibility == VIS_PRIVATE));
	return m;
}
