/*
 * Receipts of deletes as models.
 */
#include "app/receipt.h"

#include "base/clock.h"

json_t *
receipt_time(int64_t s)
{
	char text[ISO_DATE_SIZE];

	if (s <= 0)
		return json_null();
	clock_iso_date(s, text);
	return json_string(text);
}

static json_t *
line_model(const struct deletion_line *l, bool for_admin)
{
	json_t *m = json_pack("{s:s, s:s, s:o, s:b, s:b, s:b, s:{s:b}}", "layer", l->layer,
	    "where", l->on_node ? "node" : *l->place != '\0' ? "store" : "site", "done", receipt_time(l->done_s),
	    "waiting", l->done_s == 0 && !l->away && !l->removed, "away", l->done_s == 0 && l->away,
	    "removed", l->done_s == 0 && l->removed, "is", l->layer, 1);

	if (for_admin) {
		json_object_set_new(m, "place", json_string(l->place));
		json_object_set_new(m, "tries", json_integer(l->tries));
		json_object_set_new(m, "note", json_string(l->note));
	}
	return m;
}

json_t *
receipt_model(const struct deletion *d, bool for_admin)
{
	json_t *m = json_pack("{s:s, s:o, s:s, s:b, s:o}", "id", d->id, "deleted", receipt_time(d->asked_s), "reason", d->why,
	    "complete", d->done_s > 0, "completed", receipt_time(d->done_s));
	json_t *lines = json_array();

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(lines, line_model(&d->line[i], for_admin));
	if (d->line != NULL)
		json_object_set(m, "layers", lines);
	json_decref(lines);
	return m;
}

const char *
receipt_url(struct call *c, struct req *r, const char *id, const char *token)
{
	return arena_printf(r->mem, "%s/api/v1/deletions/%s%s%s", site_url(c, r), id, token != NULL ? "?token=" : "",
	    token != NULL ? token : "");
}
