/*
 * Receipts of deletes: those that are not complete, the newest of those that are, and one with all
 * its lines.
 */
#include "admin.h"

#include "app/page.h"
#include "app/receipt.h"

#define OPEN_SHOWN 200
#define COMPLETE_SHOWN 100

static enum err
list_model(struct call *c, struct req *r, bool open, size_t max, json_t **out)
{
	struct deletion *d;
	size_t n;
	enum err e = deletion_list(c->app, r->mem, open, max, &d, &n, &r->fault);

	if (e != ERR_OK)
		return e;
	*out = req_json(r, json_array());
	for (size_t i = 0; i < n; i++) {
		json_t *m = receipt_model(&d[i], true);

		json_object_set_new(m, "detail", json_sprintf("/admin/deletion/%s", d[i].id));
		json_array_append_new(*out, m);
	}
	return ERR_OK;
}

/* Template admin_deletions: open, complete: [receipt_model without lines, and detail ...]. */
enum err
admin_deletions(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	json_t *open, *complete;
	enum err e;

	if ((e = list_model(c, r, true, OPEN_SHOWN, &open)) ||
	    (e = list_model(c, r, false, COMPLETE_SHOWN, &complete)))
		return e;
	admin_answer(c, r, a, 200, "admin_deletions",
	    json_pack("{s:O, s:O}", "open", open, "complete", complete));
	return ERR_OK;
}

/* Template admin_deletion: receipt_model for administrators. */
enum err
admin_deletion(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct deletion d;
	enum err e = deletion_get(c->app, r->mem, r->seg[0], &d, &r->fault);

	if (e == ERR_OK)
		admin_answer(c, r, a, 200, "admin_deletion", receipt_model(&d, true));
	return e;
}
