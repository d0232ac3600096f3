/*
 * Receipts of deletes as models, for the API and the pages.
 */
#ifndef APP_RECEIPT_H
#define APP_RECEIPT_H

#include "app/call.h"
#include "app/deletion.h"

/*
 * id, deleted and completed (ISO; completed null: not yet), complete, reason, layers [{layer, where ("site", "store", "node"), done (ISO or
 * null), waiting, away (a node that is not there), removed (a store that is not in the settings any more), is {LAYER: true}} ...] when the
 * receipt has its lines. for_admin adds place, tries, note to each: they name machines.
 */
json_t	*receipt_model(const struct deletion *d, bool for_admin);

/* Address of a receipt, with the picture's delete token or NULL. */
const char *receipt_url(struct call *c, struct req *r, const char *id, const char *token);

/* A time in ISO form, or null for none. */
json_t	*receipt_time(int64_t s);

#endif
