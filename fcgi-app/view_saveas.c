/*
 * POST /i/ID?x-oss-process with a form x-oss-process=image/STEPS|sys/saveas,o_NAME: the result becomes a picture of its own, with an id of
 * its own; NAME (base64url) is what it is called. OSS's buckets do not exist here: b_ is accepted and told back.
 */
#include "view.h"

#include <string.h>
#include <fcntl.h>

#include "app/access.h"
#include "app/ingest.h"
#include "app/page.h"
#include "app/style.h"
#include "app/variant.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "web/form.h"

struct target {
	const char	*object, *bucket;	/* decoded; bucket "" when not given */
};

static enum err
decode_name(struct req *r, const char *s, size_t len, const char **out)
{
	char *text = arena_alloc(r->mem, len + 1);
	ssize_t n = dec_b64(s, len, text, len);

	if (n <= 0 || !utf8_valid(text, (size_t)n) || strlen(text) != (size_t)n)
		return fault_set(&r->fault, ERR_BADSPEC, "saveas: the name is not base64 of a text");
	*out = text;
	return ERR_OK;
}

/* "o_...,b_..." */
static enum err
parse_target(struct req *r, const char *s, struct target *t)
{
	enum err e = ERR_OK;

	t->object = NULL;
	t->bucket = "";
	while (e == ERR_OK && *s != '\0') {
		size_t len = strcspn(s, ",");

		if (len > 2 && strncmp(s, "o_", 2) == 0)
			e = decode_name(r, s + 2, len - 2, &t->object);
		else if (len > 2 && strncmp(s, "b_", 2) == 0)
			e = decode_name(r, s + 2, len - 2, &t->bucket);
		s += len + (s[len] == ',');
	}
	if (e == ERR_OK && t->object == NULL)
		e = fault_set(&r->fault, ERR_BADSPEC, "saveas: o_ (the name of the result) is missing");
	return e;
}

static enum err
parse_body(struct call *c, struct req *r, struct spec **out, struct target *t)
{
	struct spec *sp = arena_alloc(r->mem, sizeof(*sp));
	struct form fm;
	const char *s;
	enum err e;

	if ((e = form_read(r, &fm)))
		return e;
	if ((s = form_get(&fm, "x-oss-process")) == NULL)
		return fault_set(&r->fault, ERR_BADREQ, "the form has no field x-oss-process");
	if ((e = spec_parse(s, strlen(s), sp, &r->fault)))
		return e;
	if (*sp->saveas == '\0')
		return fault_set(&r->fault, ERR_BADSPEC, "POST is for |sys/saveas");
	if ((e = parse_target(r, sp->saveas, t)))
		return e;
	*out = sp;
	return *sp->style != '\0' ? style_expand_text(c->app, r->mem, s, out, &r->fault) : ERR_OK;
}

/* The variant as a file: what ingest() takes. */
static enum err
make(struct call *c, struct req *r, const struct picture_row *p, struct spec *sp, int *fd, int64_t *bytes)
{
	struct variant_ask ask = { .pic = p, .spec = sp, .url = VARIANT_NO_ALIAS };
	struct variant v;
	struct plan plan;
	enum err e;

	if (sp->kind != SPEC_PICTURE)
		return fault_set(&r->fault, ERR_BADSPEC, "only a picture can be saved");
	if ((e = spec_plan(sp, &p->src, &c->app->limits, &plan, &r->fault)))
		return e;
	if (plan.unchanged) {
		*bytes = (int64_t)p->src.bytes;
		return store_get_blob(c->app->store, p->blob, (off_t)p->src.bytes, false, fd, &r->fault);
	}
	ask.fmt = plan.fmt;
	if ((e = variant_get(c->app, r->mem, &ask, &v, &r->fault)))
		return e;
	*bytes = v.bytes;
	*fd = fd_open_beneath(c->app->cache_fd, v.rel, O_RDONLY, 0);
	return *fd >= 0 ? ERR_OK : fault_errno(&r->fault, ERR_BUSY, "the result was removed meanwhile");
}

enum err
view_saveas(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct ingest_ask ask = { .fd = -1, .owner = c->me != NULL ? c->me->id : 0, .address = r->remote_addr };
	struct access_ask how = { .process = "" };
	struct picture_row src, made;
	struct spec *sp = NULL;
	struct target t;
	enum err e;

	if (c->app->conf->site_upload == UPLOAD_USERS && c->me == NULL)
		return fault_set(&r->fault, ERR_LOGIN, "only who is logged in may save pictures here");
	if ((e = parse_body(c, r, &sp, &t)) || (e = picture_get(c->app, r->mem, r->seg[0], &src, &c->tier, &r->fault)))
		return e;
	how.spec = sp;
	if ((e = access_check(c, r, &src, &how)) || (e = make(c, r, &src, sp, &ask.fd, &ask.bytes)))
		return e;
	ask.name = t.object;
	ask.visibility = src.visibility;
	if ((e = sha256_fd(ask.fd, ask.sha256, &r->fault)) == ERR_OK)
		e = ingest(c->app, r->mem, &ask, &made, &r->fault);
	fd_close(&ask.fd);
	if (e != ERR_OK)
		return e;
	page_answer(c, r, a, 200, NULL, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "bucket", t.bucket,
	    "fileSize", (json_int_t)made.src.bytes, "object", t.object, "status", "OK", "id", made.id,
	    "url", arena_printf(r->mem, "%s/i/%s.%s", site_url(c, r), made.id, fmt_name(made.src.fmt))), NULL);
	return ERR_OK;
}
