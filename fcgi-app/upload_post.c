/*
 * Taking pictures: a form with files, a form with base64 text, or the bare bytes. Each file stands for itself: what is wrong with
 * one is said of that one, and the others are kept.
 */
#include "upload.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/ingest.h"
#include "app/page.h"
#include "app/picture_key.h"
#include "app/ratelimit.h"
#include "app/sandbox.h"
#include "app/spool.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/rnd.h"
#include "web/form.h"

#define UPLOADER_COOKIE	"tintype_uploader"
#define UPLOADER_CHARS	22
#define COPY_BYTES	65536
#define FIELD_BYTES	(PICTURE_KEY_BYTES + 1)	/* the longest, and one more: too long is not cut off */

/* One request's uploads on their way to an answer. */
struct batch {
	struct call		*c;
	struct req		*r;
	struct answer		*a;
	json_t			*images, *errors;
	int64_t			 n;		/* files seen */
	enum err		 first;		/* of the first that failed */
	bool			 fatal;		/* not one file's fault: the whole request ends */
	uint8_t			 uploader[UPLOADER_BYTES];
	enum visibility		 visibility;
	const char		*title;		/* field in front of the files, or "" */
	const char		*key;		/* of the next file alone, or NULL */
	/* the part being read */
	struct spool		 spool;
	enum { PART_SKIP, PART_FILE, PART_FIELD } part;
	const char		*name;		/* of the file, or of the field */
	struct fault		 f;
	enum err		 e;
	char			 field[FIELD_BYTES];
	size_t			 nfield;
};

/* Whose it is when nobody is logged in: a random cookie that lets its browser delete what it sent. */
static void
find_uploader(struct batch *b)
{
	const char *have = req_cookie(b->r, UPLOADER_COOKIE);
	uint8_t sha[SHA256_BYTES];
	char made[UPLOADER_CHARS + 1];

	if (b->c->me != NULL)
		return;
	if (have == NULL || strlen(have) != UPLOADER_CHARS) {
		if (req_wants(b->r) == WANTS_TEXT)
			return;
		rnd_text(made, UPLOADER_CHARS);
		have = made;
		answer_cookie(b->r, b->a, UPLOADER_COOKIE, have, 365 * 86400, "/");
	}
	sha256_of(have, strlen(have), sha);
	memcpy(b->uploader, sha, sizeof(b->uploader));
}

static void
add_error(struct batch *b, const char *name, enum err e, const struct fault *f)
{
	const char *why = err_status(e) < 500 && f->why[0] != '\0' ? f->why : err_text(e);

	if (b->first == ERR_OK) {
		b->first = e;
		b->r->fault = *f;
	}
	json_array_append_new(b->errors, json_pack("{s:s, s:s, s:s}", "name", utf8_clean(b->r->mem, name, strlen(name), 200),
	    "code", err_name(e), "message", utf8_clean(b->r->mem, why, strlen(why), 300)));
}

/* A key of the picture's own: for who is logged in, as long as nobody else's picture has it. */
static enum err
check_key(struct batch *b, struct picture_key *k)
{
	struct picture_key_known known;
	enum err e;

	*k = (struct picture_key){ .text = b->key, .source_bytes = -1 };
	if (b->c->me == NULL)
		return fault_set(&b->f, ERR_FORBIDDEN, "only who is logged in can give a picture a key");
	k->owner = b->c->me->role == ROLE_ADMIN ? -1 : b->c->me->id;
	if ((e = picture_key_check(k->text, &b->f)) || (e = picture_key_known(b->c->app, b->r->mem, k->text, &known, &b->f)))
		return e;
	if (known.alive && k->owner >= 0 && known.owner != k->owner)
		return fault_set(&b->f, ERR_CONFLICT, "another picture has this key");
	return ERR_OK;
}

static json_t *
taken_model(struct batch *b, const struct picture_row *row)
{
	json_t *m = picture_model(b->c, b->r, row, true);

	if (row->key != NULL) {
		json_object_set_new(m, "key", json_string(row->key->text));
		json_object_set_new(m, "key_url", json_sprintf("%s/k/%s", site_url(b->c, b->r), enc_percent(b->r->mem, row->key->text, "/")));
	}
	return m;
}

static void
take_file(struct batch *b)
{
	struct picture_key key;
	struct ingest_ask ask = { .fd = b->spool.fd, .name = b->name, .title = b->title, .owner = b->c->me != NULL ? b->c->me->id : 0,
	    .uploader = b->uploader, .address = b->r->remote_addr, .visibility = b->visibility };
	int64_t t0 = clock_mono_us();
	struct picture_row row;

	if (b->e == ERR_OK)
		b->e = spool_end(&b->spool, ask.sha256, &b->f);
	ask.bytes = b->spool.bytes;
	if (b->e == ERR_OK && b->key != NULL && (b->e = check_key(b, &key)) == ERR_OK)
		ask.key = &key;
	b->key = NULL;
	if (b->e == ERR_OK)
		b->e = ingest(b->c->app, b->r->mem, &ask, &row, &b->f);
	spool_close(&b->spool);
	if (b->e != ERR_OK)
		add_error(b, b->name, b->e, &b->f);
	else
		json_array_append_new(b->images, taken_model(b, &row));
	call_stage(b->c, "ingest", clock_mono_us() - t0);
}

static enum err
open_spool(struct batch *b, const char *name, bool base64)
{
	const struct conf *conf = b->c->app->conf;
	struct fault ignored = FAULT_NONE;
	int fd = -1;

	b->part = PART_FILE;
	b->name = name;
	b->f = (struct fault)FAULT_NONE;
	b->e = ERR_OK;
	if (++b->n > conf->limits_files)
		b->e = fault_set(&b->f, ERR_TOOBIG, "more than %lld files in one request", (long long)conf->limits_files);
	else {
		(void)!store_spool(b->c->app->store, &fd, &ignored);
		b->e = spool_open(&b->spool, fd, conf->server_spool_dir, conf->limits_file_bytes, base64, &b->f);
	}
	sandbox_warm(b->c->app->sandbox);	/* while the bytes come in */
	/* Our disk is not one file's fault: say so for all of them. */
	if (b->e != ERR_OK && err_status(b->e) >= 500) {
		b->fatal = true;
		return fault_set(&b->r->fault, b->e, "%s", b->f.why);
	}
	return ERR_OK;
}

static enum err
part_begin(void *arg, const struct part *p, struct fault *f)
{
	struct batch *b = arg;

	(void)f;
	b->nfield = 0;
	b->name = p->name;
	if (p->filename != NULL && (*p->filename != '\0' || strcasecmp(p->type, "application/octet-stream") != 0))
		return open_spool(b, p->filename, false);
	if (p->filename != NULL) {
		b->part = PART_SKIP;	/* a form's empty file field */
		return ERR_OK;
	}
	if (strcmp(p->name, "source") == 0)
		return open_spool(b, "source", true);
	b->part = PART_FIELD;
	return ERR_OK;
}

static enum err
part_data(void *arg, const void *bytes, size_t len, struct fault *f)
{
	struct batch *b = arg;

	switch (b->part) {
	case PART_FILE:
		if (b->e == ERR_OK)
			b->e = spool_add(&b->spool, bytes, len, &b->f);
		if (b->e == ERR_NOSPACE || b->e == ERR_IO)
			return fault_set(f, b->e, "%s", b->f.why);
		break;
	case PART_FIELD:
		if (len > sizeof(b->field) - b->nfield)
			len = sizeof(b->field) - b->nfield;
		memcpy(b->field + b->nfield, bytes, len);
		b->nfield += len;
		break;
	case PART_SKIP:
		break;
	}
	return ERR_OK;
}

static enum err
set_visibility(struct batch *b, const char *s, size_t len)
{
	static const char *const names[] = { [VIS_PUBLIC] = "public", [VIS_UNLISTED] = "unlisted", [VIS_PRIVATE] = "private" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (strlen(names[i]) == len && memcmp(names[i], s, len) == 0) {
			if (i == VIS_PRIVATE && b->c->me == NULL)
				return fault_set(&b->r->fault, ERR_FORBIDDEN, "only who is logged in can have private pictures");
			b->visibility = (enum visibility)i;
			return ERR_OK;
		}
	return fault_set(&b->r->fault, ERR_BADREQ, "visibility is public, unlisted or private");
}

static enum err
take_field(struct batch *b, const char *name, const char *value, size_t len)
{
	if (strcmp(name, "title") == 0)
		b->title = utf8_clean(b->r->mem, value, len, LIMIT_TITLE_BYTES);
	else if (strcmp(name, "visibility") == 0)
		return set_visibility(b, value, len);
	else if (strcmp(name, "key") == 0 && len > 0) {
		if (memchr(value, '\0', len) != NULL)
			return fault_set(&b->r->fault, ERR_BADREQ, "a key has no control characters");
		b->key = arena_strndup(b->r->mem, value, len);
	}
	return ERR_OK;
}

static enum err
part_end(void *arg, struct fault *f)
{
	struct batch *b = arg;

	(void)f;
	if (b->part == PART_FILE)
		take_file(b);
	else if (b->part == PART_FIELD)
		return take_field(b, b->name, b->field, b->nfield);
	return ERR_OK;
}

static const struct part_sink sink = { part_begin, part_data, part_end };

/* The bare bytes of one file as the body. */
static enum err
read_raw(struct batch *b, const char *name)
{
	char *chunk = malloc(COPY_BYTES);
	enum err e = chunk != NULL ? open_spool(b, name, false) : ERR_NOMEM;
	size_t got = 1;

	while (e == ERR_OK && b->e == ERR_OK && got > 0)
		if ((e = req_body_read(b->r, chunk, COPY_BYTES, &got)) == ERR_OK && got > 0)
			b->e = spool_add(&b->spool, chunk, got, &b->f);
	if (e == ERR_OK)
		take_file(b);
	free(chunk);
	return e;
}

/* A urlencoded form whose field source is a picture in base64: read as a stream, because the picture may be large. */
struct urlencoded {
	struct batch	*b;
	char		 key[64];
	size_t		 nkey;
	bool		 in_value, key_ok;
	char		 esc[3];
	size_t		 nesc;
	struct buf	 out;
};

static enum err
value_flush(struct urlencoded *u)
{
	struct batch *b = u->b;
	enum err e = ERR_OK;

	if (u->out.len > 0)
		e = part_data(b, u->out.data, u->out.len, &b->r->fault);
	buf_clear(&u->out);
	return e;
}

static enum err
pair_end(struct urlencoded *u)
{
	enum err e = ERR_OK;

	if (u->in_value && (e = value_flush(u)) == ERR_OK)
		e = part_end(u->b, &u->b->r->fault);
	u->nkey = 0;
	u->in_value = false;
	return e;
}

static enum err
value_begin(struct urlencoded *u)
{
	struct part p = { .name = arena_strndup(u->b->r->mem, u->key, u->nkey), .filename = NULL, .type = "" };

	u->in_value = true;
	return part_begin(u->b, &p, &u->b->r->fault);
}

static enum err
feed_char(struct urlencoded *u, char c)
{
	char plain;
	ssize_t n;

	if (!u->in_value && c != '=' && c != '&') {
		if (u->nkey == sizeof(u->key))
			return fault_set(&u->b->r->fault, ERR_BADREQ, "a field of the form has too long a name");
		u->key[u->nkey++] = c;
		return ERR_OK;
	}
	if (c == '&')
		return pair_end(u);
	if (!u->in_value)
		return value_begin(u);
	if (u->nesc > 0 || c == '%') {
		u->esc[u->nesc++] = c;
		if (u->nesc < 3)
			return ERR_OK;
		u->nesc = 0;
		n = dec_percent(u->esc, 3, false, u->esc, sizeof(u->esc));
		if (n != 1)
			return fault_set(&u->b->r->fault, ERR_BADREQ, "a percent escape of the form is broken");
		return buf_add(&u->out, u->esc, 1);
	}
	/* In base64 a plus that a client forgot to escape is still a plus. */
	plain = c == '+' && strncmp(u->key, "source", u->nkey) != 0 ? ' ' : c;
	return buf_add(&u->out, &plain, 1);
}

static enum err
read_urlencoded(struct batch *b)
{
	struct urlencoded u = { .b = b, .out = BUF_INIT(2 * COPY_BYTES) };
	char *chunk = malloc(COPY_BYTES);
	enum err e = chunk != NULL ? ERR_OK : ERR_NOMEM;
	size_t got = 1;

	while (e == ERR_OK && got > 0) {
		e = req_body_read(b->r, chunk, COPY_BYTES, &got);
		for (size_t i = 0; i < got && e == ERR_OK; i++)
			e = feed_char(&u, chunk[i]);
		if (e == ERR_OK && u.in_value)
			e = value_flush(&u);
	}
	if (e == ERR_OK)
		e = pair_end(&u);
	buf_free(&u.out);
	free(chunk);
	return e;
}

/* One URL a line, so that curl prints a link; what failed follows. */
static const char *
as_text(struct batch *b)
{
	struct buf t = BUF_INIT(LIMIT_PAGE_BYTES);
	const char *out;
	json_t *v;
	size_t i;
	enum err e = ERR_OK;

	json_array_foreach(b->images, i, v)
		if (e == ERR_OK)
			e = buf_printf(&t, "%s\n", json_string_value(json_object_get(v, "url")));
	json_array_foreach(b->errors, i, v)
		if (e == ERR_OK)
			e = buf_printf(&t, "error: %s: %s (request %s)\n", json_string_value(json_object_get(v, "name")),
			    json_string_value(json_object_get(v, "message")), b->r->id);
	out = arena_strdup(b->r->mem, buf_str(&t));
	buf_free(&t);
	return out;
}

static enum err
reply(struct batch *b)
{
	size_t images = json_array_size(b->images), errors = json_array_size(b->errors);
	int status = images > 0 ? 201 : err_status(b->first);
	json_t *m;

	if (images == 0 && errors == 0)
		return fault_set(&b->r->fault, ERR_BADREQ, "there is no file in the request");
	if (req_wants(b->r) == WANTS_HTML && images == 1 && errors == 0) {
		answer_redirect(b->r, b->a, 303,
		    json_string_value(json_object_get(json_array_get(b->images, 0), "page")));
		return ERR_OK;
	}
	m = json_pack("{s:O, s:O}", "images", b->images, "errors", b->errors);
	if (errors > 0)
		json_object_set_new(m, "request_id", json_string(b->r->id));
	if (status == 503 || status == 429)
		answer_header(b->r, b->a, "Retry-After", "%d", status == 503 ? 2 : 60);
	page_answer(b->c, b->r, b->a, status, "uploaded", m, as_text(b));
	return ERR_OK;
}

static enum err
allowed(struct call *c, struct req *r)
{
	const struct conf *conf = c->app->conf;

	if (conf->site_upload == UPLOAD_USERS && c->me == NULL)
		return fault_set(&r->fault, ERR_LOGIN, "only who is logged in may upload here");
	if (r->content_length > conf->limits_body_bytes)
		return fault_set(&r->fault, ERR_TOOBIG, "the request has more than %lld bytes", (long long)conf->limits_body_bytes);
	if (conf->limits_uploads_per_hour > 0)
		return ratelimit_hit(c->app, r->mem, "upload", r->remote_addr, 3600, conf->limits_uploads_per_hour, &r->fault);
	return ERR_OK;
}

static enum err
upload(struct call *c, struct req *r, struct answer *a, enum err (*read)(struct batch *b, const char *name), const char *name)
{
	struct batch *b = arena_alloc(r->mem, sizeof(*b));
	enum err e = allowed(c, r);

	if (e != ERR_OK)
		return e;
	*b = (struct batch){ .c = c, .r = r, .a = a, .spool = SPOOL_NONE, .title = "", .key = req_param(r, "key") };
	b->images = req_json(r, json_array());
	b->errors = req_json(r, json_array());
	find_uploader(b);
	req_body_limit(r, c->app->conf->limits_body_bytes);
	e = read(b, name);
	spool_close(&b->spool);
	/* What was taken before the body broke off stays taken, and is told. */
	if (e != ERR_OK && (b->fatal || json_array_size(b->images) == 0))
		return e;
	if (e != ERR_OK)
		add_error(b, "the rest of the request", e, &r->fault);
	return reply(b);
}

static enum err
read_form(struct batch *b, const char *name)
{
	(void)name;
	if (form_is_multipart(b->r))
		return form_read_multipart(b->r, &sink, b);
	return read_urlencoded(b);
}

enum err
upload_post(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *name = req_param(r, "name");

	if (form_is_multipart(r) || form_is_urlencoded(r))
		return upload(c, r, a, read_form, NULL);
	if (strncasecmp(r->content_type, "image/", 6) == 0 || strcasecmp(r->content_type, "application/octet-stream") == 0)
		return upload(c, r, a, read_raw, name != NULL ? name : "");
	return fault_set(&r->fault, ERR_TYPE, "send a form (multipart/form-data) or the bytes of a picture (image/...)");
}

enum err
upload_put(void *ctx, struct req *r, struct answer *a)
{
	return upload(ctx, r, a, read_raw, r->seg[0]);
}
