/*
 * Models to pages, JSON or text.
 */
#include "app/page.h"
#include "app/picture_delete.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/access.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/limits.h"

/* Our pages run no script but our own file, load nothing from elsewhere, and are framed by nobody. */
#define PAGE_CSP "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'; img-src 'self' data: blob: %s; form-action 'self' %s"

/* " https://bucket.example.org", where pictures on our pages are sent on to; "" when they are not. */
static const char *
store_origin(struct call *c, struct req *r)
{
	const char *url = c->app->conf->store_serve_url, *host;

	if (c->app->conf->store_serve != SERVE_REDIRECT ||
	    (*url == '\0' && store_url(c->app->store, "o/any", c->app->conf->store_serve_s, r->mem, &url, NULL) != ERR_OK) ||
	    (host = strstr(url, "://")) == NULL)
		return "";
	host += 3;
	return arena_printf(r->mem, " %.*s", (int)((size_t)(host - url) + strcspn(host, "/?; ")), url);
}

void
page_answer(struct call *c, struct req *r, struct answer *a, int status, const char *template, json_t *model, const char *text)
{
	(void)c;
	a->status = status;
	a->template = template;
	a->model = req_json(r, model);
	a->data = text;			/* waits for page_render, which alone knows whether it is wanted */
	a->len = text != NULL ? strlen(text) : 0;
}

static json_t *
site_model(struct call *c, struct req *r)
{
	const struct conf *conf = c->app->conf;
	const char *url = site_url(c, r);
	const char *path = strstr(url, "://");

	path = path != NULL ? strchr(path + 3, '/') : NULL;
	return json_pack("{s:s, s:s, s:s, s:b}", "name", conf->site_name, "url", url, "base", path != NULL ? path : "",
	    "upload_open", conf->site_upload == UPLOAD_ANYONE || c->me != NULL);
}

static json_t *
me_model(const struct call *c)
{
	if (c->me == NULL)
		return json_false();
	return json_pack("{s:s, s:b}", "name", c->me->name, "admin", c->me->role == ROLE_ADMIN);
}

/* "text" of an error is its general text in the page's language; "detail" is the cause, in English, where it says more. */
static void
translate_error(json_t *error, const json_t *texts)
{
	const char *code = json_string_value(json_object_get(error, "code"));
	char key[64] = "err_";
	json_t *text;
	size_t n = strlen(key);

	for (size_t i = 0; code != NULL && code[i] != '\0' && n < sizeof(key) - 1; i++)
		key[n++] = (char)tolower((unsigned char)code[i]);
	key[n] = '\0';
	text = json_object_get(texts, key);
	if (text != NULL)
		json_object_set(error, "text", text);
	if (!json_equal(json_object_get(error, "cause"), json_object_get(error, "message")))
		json_object_set(error, "detail", json_object_get(error, "cause"));
}

static void
translate_errors(json_t *model, const json_t *texts)
{
	json_t *one;
	size_t i;

	if (json_is_object(json_object_get(model, "error")))
		translate_error(json_object_get(model, "error"), texts);
	json_array_foreach(json_object_get(model, "errors"), i, one)
		translate_error(one, texts);
}

/* What every template may use besides its own model; the model's own keys win. */
static json_t *
page_model(struct call *c, struct req *r, struct answer *a)
{
	json_t *m = json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:O}", "site", site_model(c, r), "me", me_model(c),
	    "csrf", csrf_token(c->app, r, a, c->session), "lang", c->lang, "request_id", r->id, "query", r->query,
	    "path", r->raw_path != NULL ? r->raw_path : "/", "t", lang_texts(c->app->lang, c->lang));

	if (m == NULL || json_object_set_new(m, strcmp(c->lang, "zh") == 0 ? "lang_zh" : "lang_en", json_true()) != 0 ||
	    json_object_update(m, a->model) != 0) {
		json_decref(m);
		return NULL;
	}
	translate_errors(m, lang_texts(c->app->lang, c->lang));
	return req_json(r, m);
}

/* Links are made of site.base_url, and who came by another name of this site (localhost) must see its pictures, too. */
static const char *
site_origin(struct call *c, struct req *r)
{
	const char *url = site_url(c, r), *host = strstr(url, "://");
	size_t n;

	if (host == NULL)
		return "";
	n = (size_t)(host + 3 - url) + strcspn(host + 3, "/");
	return arena_strndup(r->mem, url, n);
}

static enum err
render_html(struct call *c, struct req *r, struct answer *a)
{
	struct buf b = BUF_INIT(LIMIT_PAGE_BYTES);
	json_t *m = page_model(c, r, a);
	enum err e;

	if (m == NULL)
		return fault_set(&r->fault, ERR_INTERNAL, "a model of page %s could not be made (text that is not UTF-8?)", a->template);
	if ((e = tmpl_render(c->app->tmpl, a->template, m, &b, &r->fault)))
		return e;
	a->len = b.len;
	a->data = buf_take(&b);
	arena_defer(r->mem, free, (void *)(uintptr_t)a->data);
	a->type = "text/html; charset=utf-8";
	answer_header(r, a, "Content-Security-Policy", PAGE_CSP, arena_printf(r->mem, "%s%s", site_origin(c, r), store_origin(c, r)),
	    site_origin(c, r));
	answer_header(r, a, "Referrer-Policy", "same-origin");
	answer_header(r, a, "Content-Language", "%s", c->lang);
	/* A language that was asked for by name is kept. */
	if (req_param(r, "lang") != NULL && strcmp(req_param(r, "lang"), c->lang) == 0)
		answer_cookie(r, a, "tintype_lang", c->lang, 365 * 86400, "/");
	return ERR_OK;
}

static enum err
render_json(struct req *r, struct answer *a)
{
	char *s = json_dumps(a->model, JSON_COMPACT | JSON_PRESERVE_ORDER);

	if (s == NULL)
		return fault_set(&r->fault, ERR_INTERNAL, "a model could not be written as JSON");
	arena_defer(r->mem, free, s);
	a->data = s;
	a->len = strlen(s);
	a->type = "application/json";
	return ERR_OK;
}

bool
page_has_header(const struct answer *a, const char *name)
{
	for (size_t i = 0; i < a->nheaders; i++)
		if (strcasecmp(a->headers[i].key, name) == 0)
			return true;
	return false;
}

enum err
page_render(struct call *c, struct req *r, struct answer *a)
{
	const char *text = a->data;
	enum err e = ERR_OK;

	if (a->model == NULL)
		return ERR_OK;
	a->kind = BODY_MEM;
	if (!page_has_header(a, "Cache-Control"))
		answer_header(r, a, "Cache-Control", c->route != NULL && (c->route->flags & ROUTE_NOSTORE) ? "no-store" : "no-cache, private");
	answer_header(r, a, "Vary", "Accept, Accept-Language, Cookie");
	if (a->template != NULL && req_wants(r) == WANTS_HTML)
		e = render_html(c, r, a);
	else if (req_wants(r) == WANTS_JSON || text == NULL)
		e = render_json(r, a);
	else
		a->type = "text/plain; charset=utf-8";
	if (e == ERR_OK)
		a->model = NULL;
	return e;
}

const char *
page_bytes_text(struct req *r, uint64_t n)
{
	if (n < 10u << 10)
		return arena_printf(r->mem, "%llu B", (unsigned long long)n);
	if (n < 10u << 20)
		return arena_printf(r->mem, "%.0f KB", (double)n / (1u << 10));
	if (n < 10ull << 30)
		return arena_printf(r->mem, "%.1f MB", (double)n / (1u << 20));
	return arena_printf(r->mem, "%.1f GB", (double)n / (1u << 30));
}

static json_t *
links_model(const char *direct, const char *page, const char *title)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "direct", direct, "page", page,
	    "html", json_sprintf("<a href=\"%s\"><img src=\"%s\" alt=\"%s\"></a>", page, direct, title),
	    "markdown", json_sprintf("[![%s](%s)](%s)", title, direct, page),
	    "bbcode", json_sprintf("[url=%s][img]%s[/img][/url]", page, direct));
}

/* A name that may stand between quotes or brackets of HTML, Markdown and BBCode without escapes. */
static const char *
plain_name(struct req *r, const char *s)
{
	char *t = arena_strdup(r->mem, s);

	for (char *p = t; *p != '\0'; p++)
		if (strchr("<>&\"'[]()`\\*!|\n\r", *p) != NULL)
			*p = '_';
	return t;
}

static const char *const visibility_names[] = { [VIS_PUBLIC] = "public", [VIS_UNLISTED] = "unlisted", [VIS_PRIVATE] = "private" };

json_t *
picture_model(struct call *c, struct req *r, const struct picture_row *p, bool with_delete)
{
	const char *site = site_url(c, r), *ext = fmt_name(p->src.fmt);
	const char *direct = arena_printf(r->mem, "%s/i/%s.%s", site, p->id, ext);
	const char *page = arena_printf(r->mem, "%s/p/%s", site, p->id);
	char sha[SHA256_HEX], created[ISO_DATE_SIZE], token[DELETE_TOKEN_SIZE];
	uint32_t w, h;
	json_t *m;

	source_displayed(&p->src, &w, &h);
	enc_hex(p->blob, sizeof(p->blob), sha);
	clock_iso_date(p->created_s, created);
	m = json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:s, s:s, s:i, s:s, s:s, s:s, s:s}",
	    "id", p->id, "url", direct, "page", page, "width", (int)w, "height", (int)h,
	    "bytes", (json_int_t)p->src.bytes, "format", ext, "sha256", sha, "frames", (int)p->src.frames,
	    "name", p->name, "title", p->title, "created", created, "visibility", visibility_names[p->visibility]);
	if (m != NULL)
		json_object_set_new(m, "links", links_model(direct, page, plain_name(r, p->name)));
	if (m != NULL)
		json_object_set_new(m, "thumb", json_string(access_url(c, r, arena_printf(r->mem, "%s/resize,l_320.webp", p->id))));
	if (m != NULL && with_delete) {
		picture_delete_token(c->app, p->id, token);
		json_object_set_new(m, "delete_url", json_sprintf("%s/d/%s/%s", site, p->id, token));
	}
	return m;
}
