/*
 * The bytes of a picture, as stored or as a variant. These addresses lead here:
 *	/i/ID  /i/ID.EXT		the picture, or with ?x-oss-process= a variant
 *	/i/ID/STEPS.EXT			the variant as a path
 *	/i/ID!STYLE  -STYLE  _STYLE  /STYLE	a named style behind one of OSS's four separators
 *	/i/ID@100w_100h.jpg @!STYLE	the grammar of OSS's old image domains
 *	/k/KEY				all of these behind a picture's own key instead of its id
 * Everything the header or the text alone can tell is told before any work.
 */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "app/access.h"
#include "app/picture.h"
#include "app/picture_key.h"
#include "app/style.h"
#include "app/variant.h"
#include "app/variant_later.h"
#include "image/legacy.h"
#include "base/clock.h"
#include "base/fdio.h"

/* A picture is never a page: whatever its bytes say, no script of it runs. */
#define PICTURE_CSP "default-src 'none'; style-src 'unsafe-inline'; sandbox"

#define EC_NO_SOURCE "0040-00000024"

/* Until a better format is ready the one served instead is kept for so long. */
#define MEANWHILE_S 30

/* What the address asks for. */
struct ask {
	char		 id[ID_SIZE];
	enum fmt	 ext;		/* FMT_NONE: none given */
	const char	*process;	/* x-oss-process, "" when none */
	const char	*steps;		/* as the visitor wrote them, without "image/"; NULL: none */
	enum variant_url url;
	bool		 styled;
	bool		 by_key;	/* another picture may have this address tomorrow */
	struct spec	*spec;		/* NULL: the picture itself */
};

static enum err
expand_style(struct call *c, struct req *r, struct ask *q, const char *name)
{
	q->styled = true;
	return style_expand(c->app, r->mem, name, &q->spec, &r->fault);
}

static enum err
parse_old(struct call *c, struct req *r, struct ask *q, const char *text)
{
	struct spec *sp = arena_alloc(r->mem, sizeof(*sp));
	char steps[LIMIT_STEPS_BYTES];
	enum err e;

	if ((e = legacy_translate(text, strlen(text), steps, sizeof(steps), &r->fault)) ||
	    (e = spec_parse(steps, strlen(steps), sp, &r->fault)))
		return e;
	if (*sp->style != '\0')
		return expand_style(c, r, q, sp->style);
	q->spec = sp;
	return ERR_OK;
}

/* What may follow ID or ID.EXT: nothing, or a separator and a style, or the old grammar. */
static enum err
parse_tail(struct call *c, struct req *r, struct ask *q, const char *s)
{
	switch (*s) {
	case '\0':
		return ERR_OK;
	case '!': case '-': case '_':
		return expand_style(c, r, q, s + 1);
	case '@':
		return parse_old(c, r, q, s + 1);
	default:
		return fault_set(&r->fault, ERR_NOTFOUND, "this is no picture's address");
	}
}

static enum err
parse_name(struct call *c, struct req *r, struct ask *q)
{
	const char *s = r->seg[0];
	size_t len;

	if (strlen(s) < ID_CHARS || !id_valid(s, ID_CHARS))
		return fault_set(&r->fault, ERR_NOTFOUND, "this is no picture's address");
	memcpy(q->id, s, ID_CHARS);
	q->id[ID_CHARS] = '\0';
	s += ID_CHARS;
	if (*s == '.') {
		len = strcspn(++s, "!-_@");
		if ((q->ext = fmt_by_name(s, len)) == FMT_NONE)
			return fault_set(&r->fault, ERR_NOTFOUND, "no format has that extension");
		s += len;
	}
	return parse_tail(c, r, q, s);
}

/* What a client that names no better format gets. */
static enum fmt
plain_format(const struct picture_row *p)
{
	if (p->src.fmt == FMT_PNG || p->src.fmt == FMT_GIF)
		return p->src.fmt;
	return p->src.alpha ? FMT_PNG : FMT_JPEG;
}

/* format,auto: the best the client names. A still picture only: nobody here makes animated AVIF. */
static enum fmt
pick_format(const struct req *r, const struct picture_row *p)
{
	if (p->src.frames == 1 && req_accepts(r, "image/avif"))
		return FMT_AVIF;
	return req_accepts(r, "image/webp") ? FMT_WEBP : plain_format(p);
}

static enum err
parse_query(struct call *c, struct req *r, struct ask *q)
{
	const char *s = req_param(r, "x-oss-process");
	struct spec *sp;
	enum err e;

	if (s == NULL)
		return ERR_OK;
	sp = arena_alloc(r->mem, sizeof(*sp));
	if ((e = spec_parse(s, strlen(s), sp, &r->fault)))
		return e;
	if (*sp->saveas != '\0')
		return fault_set(&r->fault, ERR_BADSPEC, "sys/saveas is for POST only");
	q->process = s;
	if (*sp->style != '\0') {
		/* Steps of the visitor's own behind the style are no style any more. */
		q->styled = strchr(s, '|') == NULL;
		return style_expand_text(c->app, r->mem, s, &q->spec, &r->fault);
	}
	q->spec = sp;
	/* Only what stands in the query in plain letters has a name the web server can find. */
	if (strncmp(s, "image/", 6) == 0 && strncmp(r->query, "x-oss-process=", 14) == 0 && strcmp(r->query + 14, s) == 0 &&
	    q->ext == FMT_NONE) {
		q->steps = s + 6;
		q->url = VARIANT_QUERY;
	}
	return ERR_OK;
}

/* How long and for whom the answer holds. */
enum hold { HOLD_LONG, HOLD_SHORT, HOLD_ADDRESS, HOLD_ASK };

static void
policy_headers(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, bool vary, enum hold hold)
{
	if (!access_is_free(c->app, p))
		answer_header(r, a, "Cache-Control", "private, no-cache");
	else if (hold == HOLD_ADDRESS)
		answer_header(r, a, "Cache-Control", "public, max-age=%lld", (long long)c->app->conf->store_serve_s / 2);
	else if (hold == HOLD_ASK)
		answer_header(r, a, "Cache-Control", "public, no-cache");
	else if (hold == HOLD_SHORT)
		answer_header(r, a, "Cache-Control", "public, max-age=%d", MEANWHILE_S);
	else
		answer_header(r, a, "Cache-Control", "public, max-age=%lld, immutable", (long long)c->app->conf->cache_browser_s);
	answer_header(r, a, "Content-Security-Policy", "%s", PICTURE_CSP);
	answer_header(r, a, "Access-Control-Allow-Origin", "*");
	answer_header(r, a, "Cross-Origin-Resource-Policy", "cross-origin");
	if (vary)
		answer_header(r, a, "Vary", "Accept");
}

/* "cat.heic" as a WebP is saved as "cat.webp". */
static const char *
download_name(struct req *r, const struct picture_row *p, enum fmt fmt)
{
	const char *name = *p->name != '\0' ? p->name : p->id, *dot = strrchr(name, '.');
	enum fmt has = dot != NULL ? fmt_by_name(dot + 1, strlen(dot + 1)) : FMT_NONE;

	if (has == fmt && fmt != FMT_NONE)
		return name;
	return arena_printf(r->mem, "%.*s.%s", (int)(has != FMT_NONE ? (size_t)(dot - name) : strlen(name)), name,
	    fmt != FMT_NONE ? fmt_name(fmt) : "json");
}

static void
send_file(struct req *r, struct answer *a, const struct picture_row *p, enum fmt fmt, const char *internal, const char *path)
{
	a->kind = BODY_INTERNAL;
	a->type = fmt != FMT_NONE ? fmt_mime(fmt) : "application/json";
	a->internal = internal;
	a->internal_path = path;
	if (req_param(r, "download") != NULL)
		answer_disposition(r, a, true, download_name(r, p, fmt));
}

/* Has the store a file that the web server may send? One of another length than the row says is not looked at by anybody but us. */
static bool
has_file(struct call *c, const char *key, const struct picture_row *p, char *rel, size_t size)
{
	off_t bytes = -1;

	return store_path(c->app->store, key, rel, size, NULL) == ERR_OK &&
	    store_stat(c->app->store, key, &bytes, NULL) == ERR_OK && bytes == (off_t)p->src.bytes;
}

static enum err
more_bytes(void *arg, off_t *have, struct fault *f)
{
	return store_rest_more(arg, have, f);
}

static void
end_rest(void *arg)
{
	store_rest_close(arg);
}

/*
 * The bytes for who wants all of them go out while they come in. Whoever wants a part may have asked for it because it broke off: it is not
 * broken off again.
 */
static enum err
open_original(struct call *c, struct req *r, struct answer *a, const struct picture_row *p)
{
	int64_t t0 = clock_mono_us();
	struct store_rest *rest = NULL;
	enum err e;

	if (r->method != METHOD_GET || req_header(r, "Range") != NULL)
		return store_get_blob(c->app->store, p->blob, (off_t)p->src.bytes, false, &a->fd, &r->fault);
	e = store_get_blob_early(c->app->store, p->blob, (off_t)p->src.bytes, &a->fd, &rest, &r->fault);
	call_stage(c, "store", clock_mono_us() - t0);
	if (rest == NULL)
		return e;
	arena_defer(r->mem, end_rest, rest);
	a->data = store_rest_piece(rest, &a->len);
	a->more = more_bytes;
	a->more_arg = rest;
	return e;
}

/* Stores without files (object stores) hand out a descriptor instead, and so do mirrors when the file is not well. */
static enum err
send_original(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, const struct ask *q)
{
	char key[STORE_KEY_SIZE], rel[512];
	enum err e;

	if (answer_conditional(r, a, view_etag(r, p, q->by_key, (int64_t)p->src.bytes), p->created_s))
		return ERR_OK;
	store_blob_key(p->blob, key);
	if (has_file(c, key, p, rel, sizeof(rel))) {
		send_file(r, a, p, p->src.fmt, arena_printf(r->mem, "/_store/%s", rel),
		    arena_printf(r->mem, "%s/%s", store_target_root(c->app->store, 0), rel));
		return ERR_OK;
	}
	if (view_remote(c, r, a, p, key))
		return ERR_OK;
	if ((e = open_original(c, r, a, p)))
		return e == ERR_NOTFOUND ? ERR_STORE : e;
	if (a->more == NULL && store_tier(c->app->store, key, rel, sizeof(rel), NULL) == ERR_OK) {
		fd_close(&a->fd);
		send_file(r, a, p, p->src.fmt, arena_printf(r->mem, "/_cache/%s", rel),
		    arena_printf(r->mem, "%s/%s", c->app->conf->cache_dir, rel));
		return ERR_OK;
	}
	send_file(r, a, p, p->src.fmt, NULL, NULL);
	a->kind = BODY_FD;
	a->size = (int64_t)p->src.bytes;
	return ERR_OK;
}

static enum err
send_variant(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, const struct ask *q, enum fmt fmt)
{
	struct variant_ask va = { .pic = p, .spec = q->spec, .fmt = fmt, .url = q->url, .steps = q->steps };
	struct variant v;
	enum err e;

	if ((e = variant_get(c->app, r->mem, &va, &v, &r->fault)))
		return e;
	c->tier = v.tier;
	if (strcmp(v.tier, "built") == 0) {
		call_stage(c, "decode", v.decode_us);
		call_stage(c, "work", v.work_us);
		call_stage(c, "encode", v.encode_us);
	}
	if (answer_conditional(r, a, view_etag(r, p, q->by_key, v.bytes), p->created_s))
		return ERR_OK;
	send_file(r, a, p, v.fmt, arena_printf(r->mem, "/_cache/%s", v.rel),
	    arena_printf(r->mem, "%s/%s", c->app->conf->cache_dir, v.rel));
	return ERR_OK;
}

/* A spec that only names a format: what /i/ID.EXT means when EXT is not the stored one. */
static enum err
only_format(struct req *r, enum fmt ext, struct spec **out)
{
	struct spec *sp = arena_alloc(r->mem, sizeof(*sp));
	char text[32];
	int n = snprintf(text, sizeof(text), "image/format,%s", fmt_name(ext));
	enum err e = spec_parse(text, (size_t)n, sp, &r->fault);

	if (e == ERR_OK)
		*out = sp;
	return e;
}

/*
 * A format that takes long is left to the jobs, and the next best one answers meanwhile, for a short time. Without a job
 * queue to leave it to (database away) the visitor gets the next best as well.
 */
static enum err
step_back(struct call *c, struct req *r, struct ask *q, const struct picture_row *p, struct plan *plan, enum hold *hold)
{
	struct variant_ask va = { .pic = p, .spec = q->spec, .fmt = plan->fmt, .url = VARIANT_NO_ALIAS };
	struct fault ignored = FAULT_NONE;

	if (q->spec->kind != SPEC_PICTURE ||
	    !variant_is_slow(plan->fmt, (uint64_t)plan->width_px * plan->height_px * plan->frames) ||
	    variant_ready(c->app, r->mem, &va))
		return ERR_OK;
	(void)!variant_later(c->app, r->mem, &va, &ignored);
	*hold = HOLD_SHORT;
	q->url = VARIANT_NO_ALIAS;
	q->spec->format = req_accepts(r, "image/webp") ? FMT_WEBP : plain_format(p);
	return spec_plan(q->spec, &p->src, &c->app->limits, plan, &r->fault);
}

static enum err
answer_steps(struct call *c, struct req *r, struct answer *a, struct ask *q, const struct picture_row *p)
{
	bool negotiated = q->spec->format_auto;
	enum hold hold = q->by_key ? HOLD_ASK : HOLD_LONG;
	struct spec_mark mark;
	struct plan plan;
	enum err e;

	if (negotiated) {
		q->spec->format = pick_format(r, p);
		q->spec->format_auto = false;
		q->url = VARIANT_NO_ALIAS;
	}
	if ((e = spec_plan(q->spec, &p->src, &c->app->limits, &plan, &r->fault)) ||
	    (e = step_back(c, r, q, p, &plan, &hold)))
		return e;
	if (plan.unchanged && q->spec->kind == SPEC_PICTURE && hold == HOLD_LONG && view_sends_on(c, r, p))
		hold = HOLD_ADDRESS;
	policy_headers(c, r, a, p, negotiated || hold == HOLD_SHORT, hold);
	/* With more than one format behind an address, or a watermark that may be deleted, a time alone says too little. */
	if (!negotiated && hold == HOLD_LONG && spec_marks(q->spec, &mark, 1) == 0 && view_known(r, a, p))
		return ERR_OK;
	if (plan.unchanged && q->spec->kind == SPEC_PICTURE)
		return send_original(c, r, a, p, q);
	return send_variant(c, r, a, p, q, q->spec->kind == SPEC_PICTURE ? plan.fmt : FMT_NONE);
}

static enum err
answer_picture(struct call *c, struct req *r, struct answer *a, struct ask *q)
{
	int64_t t0 = clock_mono_us();
	struct picture_row p;
	struct access_ask how = { .process = q->process, .styled = q->styled };
	enum err e;

	if ((e = picture_get(c->app, r->mem, q->id, &p, &c->tier, &r->fault))) {
		if (e == ERR_NOTFOUND && (*q->process != '\0' || q->spec != NULL))
			r->fault.ec = EC_NO_SOURCE;
		return e;
	}
	call_stage(c, "row", clock_mono_us() - t0);
	if (q->spec == NULL && q->ext != FMT_NONE && q->ext != p.src.fmt && (e = only_format(r, q->ext, &q->spec)))
		return e;
	/* /i/ID.png?x-oss-process=...: a PNG, unless the steps name another format. */
	if (q->spec != NULL && q->ext != FMT_NONE && q->ext != p.src.fmt && q->spec->format == FMT_NONE && !q->spec->format_auto)
		q->spec->format = q->ext;
	how.spec = q->spec;
	if ((e = access_check(c, r, &p, &how)))
		return e;
	if (!access_is_free(c->app, &p))
		q->url = VARIANT_NO_ALIAS;
	if (q->spec != NULL)
		return answer_steps(c, r, a, q, &p);
	policy_headers(c, r, a, &p, false, q->by_key ? HOLD_ASK : view_sends_on(c, r, &p) ? HOLD_ADDRESS : HOLD_LONG);
	return send_original(c, r, a, &p, q);
}

enum err
view_image(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct ask q = { .url = VARIANT_NO_ALIAS, .process = "" };
	enum err e;

	if ((e = parse_name(c, r, &q)) || (e = parse_query(c, r, &q)))
		return e;
	return answer_picture(c, r, a, &q);
}

/* What follows ID/ or KEY/: STEPS.EXT, or STYLE (OSS's separator "/"): a style's name may hold dots, but no known extension after a comma. */
static enum err
parse_rest(struct call *c, struct req *r, struct ask *q, const char *rest)
{
	const char *dot = strrchr(rest, '.');
	enum fmt named = dot != NULL ? fmt_by_name(dot + 1, strlen(dot + 1)) : FMT_NONE;
	enum err e;

	if (named == FMT_NONE || q->ext != FMT_NONE)
		return expand_style(c, r, q, rest);
	q->ext = named;
	q->spec = arena_alloc(r->mem, sizeof(*q->spec));
	q->steps = arena_strndup(r->mem, rest, (size_t)(dot - rest));
	if ((e = spec_parse_path(q->steps, strlen(q->steps), q->ext, q->spec, &r->fault)))
		return e;
	/* "jpeg" is as good as "jpg", but only the one has a file of its name; nor has an address with escapes. */
	if (!q->by_key && strcmp(dot + 1, fmt_name(q->ext)) == 0 && strcmp(r->raw_path, r->path) == 0 && *r->query == '\0')
		q->url = VARIANT_PATH;
	return ERR_OK;
}

enum err
view_path(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct ask q = { .url = VARIANT_NO_ALIAS, .process = "" };
	enum err e;

	if ((e = parse_name(c, r, &q)) || (e = parse_rest(c, r, &q, r->seg[1])))
		return e;
	return answer_picture(c, r, a, &q);
}

/* The index knows where the key ends; nothing of an address is ever a path of a file. */
enum err
view_key(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	struct ask q = { .url = VARIANT_NO_ALIAS, .process = "", .by_key = true };
	const char *rest;
	enum err e;

	if ((e = picture_key_find(c->app, r->mem, r->seg[0], q.id, &rest, &r->fault))) {
		if (e == ERR_NOTFOUND && req_param(r, "x-oss-process") != NULL)
			r->fault.ec = EC_NO_SOURCE;
		return e;
	}
	if (*rest == '/')
		e = parse_rest(c, r, &q, rest + 1);
	else if ((e = parse_tail(c, r, &q, rest)) == ERR_OK)
		e = parse_query(c, r, &q);
	q.url = VARIANT_NO_ALIAS;
	return e ? e : answer_picture(c, r, a, &q);
}
