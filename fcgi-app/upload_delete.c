/*
 * Deleting by link and by API, its receipt, and the API's view of one picture.
 */
#include "upload.h"

#include <string.h>

#include "app/page.h"
#include "app/picture_delete.h"
#include "app/picture_more.h"
#include "app/receipt.h"

static enum err
check_link(struct call *c, struct req *r)
{
	if (!id_valid(r->seg[0], strlen(r->seg[0])) || !picture_delete_token_ok(c->app, r->seg[0], r->seg[1]))
		return fault_set(&r->fault, ERR_FORBIDDEN, "this delete link is not valid");
	return ERR_OK;
}

enum err
delete_page(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct picture_row p;
	json_t *m;
	enum err e;

	if ((e = check_link(c, r)) || (e = picture_get(c->app, r->mem, r->seg[0], &p, &c->tier, &r->fault)))
		return e;
	m = picture_model(c, r, &p, true);
	page_answer(c, r, a, 200, "delete", m, "To delete this picture send POST or DELETE to this address.\n");
	return ERR_OK;
}

/* token: of who has nothing else to show the receipt for, or NULL. */
static enum err
done(struct call *c, struct req *r, struct answer *a, const char *id, const char *token)
{
	page_answer(c, r, a, 200, "deleted", json_pack("{s:s, s:s}", "deleted", id, "receipt", receipt_url(c, r, id, token)), "deleted\n");
	return ERR_OK;
}

enum err
delete_by_link(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	enum err e;

	if ((e = check_link(c, r)) || (e = picture_delete(c->app, r->mem, r->seg[0], "link", &r->fault)))
		return e;
	audit(c->app, r, c->me, "delete", r->seg[0], "by link");
	return done(c, r, a, r->seg[0], r->seg[1]);
}

enum err
api_image(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct picture_row p;
	enum err e;

	if ((e = picture_get(c->app, r->mem, r->seg[0], &p, &c->tier, &r->fault)))
		return e;
	if (p.visibility == VIS_PRIVATE && !picture_is_mine(c->me, &p))
		return fault_set(&r->fault, ERR_NOTFOUND, "there is no picture %s", p.id);
	page_answer(c, r, a, 200, NULL, picture_model(c, r, &p, false), NULL);
	return ERR_OK;
}

static const char *
given_token(const struct req *r)
{
	const char *token = req_param(r, "token");

	return token != NULL ? token : req_header(r, "X-Delete-Token");
}

/* A token, if one is given, must be the right one; without one somebody must be logged in. */
static enum err
check_token(struct call *c, struct req *r, const char *id)
{
	const char *token = given_token(r);

	if (token != NULL && (!id_valid(id, strlen(id)) || !picture_delete_token_ok(c->app, id, token)))
		return fault_set(&r->fault, ERR_FORBIDDEN, "this delete token is not valid");
	if (token == NULL && c->me == NULL)
		return fault_set(&r->fault, ERR_LOGIN, "give the picture's delete token, or log in");
	return ERR_OK;
}

/* The owner or an administrator by session and form token, anybody by the picture's delete token. */
static enum err
may_delete(struct call *c, struct req *r, const char *id)
{
	const char *csrf = req_header(r, "X-CSRF-Token");
	struct picture_row p;
	enum err e = check_token(c, r, id);

	if (e != ERR_OK || given_token(r) != NULL)
		return e;
	if (csrf == NULL || !csrf_ok(c->app, r, c->session, csrf))
		return fault_set(&r->fault, ERR_CSRF, "the X-CSRF-Token header is missing or not of this session");
	if ((e = picture_get(c->app, r->mem, id, &p, &c->tier, &r->fault)))
		return e;
	return picture_is_mine(c->me, &p) ? ERR_OK : fault_set(&r->fault, ERR_FORBIDDEN, "this picture is somebody else's");
}

enum err
api_delete(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	enum err e;

	if ((e = may_delete(c, r, r->seg[0])) || (e = picture_delete(c->app, r->mem, r->seg[0], "api", &r->fault)))
		return e;
	audit(c->app, r, c->me, "delete", r->seg[0], "by API");
	return done(c, r, a, r->seg[0], given_token(r));
}

/* The receipt of a delete: for its picture's owner, an administrator, and who has the delete token. */
enum err
api_receipt(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	bool by_token = given_token(r) != NULL;
	struct picture_more more;
	struct picture_row p;
	struct deletion d;
	enum err e;

	if ((e = check_token(c, r, r->seg[0])) || (e = deletion_get(c->app, r->mem, r->seg[0], &d, &r->fault)) ||
	    (!by_token && (e = picture_get_more(c->app, r->mem, r->seg[0], &p, &more, &r->fault))))
		return e;
	if (!by_token && !picture_is_mine(c->me, &p))
		return fault_set(&r->fault, ERR_FORBIDDEN, "this picture was somebody else's");
	page_answer(c, r, a, 200, "deletion", receipt_model(&d, c->me != NULL && c->me->role == ROLE_ADMIN), NULL);
	return ERR_OK;
}
