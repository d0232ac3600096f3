/*
 * oEmbed 1.0: other sites ask how to show a picture page of ours.
 */
#include "view.h"

#include <string.h>

#include "app/page.h"
#include "app/picture.h"
#include "base/num.h"

/* The id in an address of our own: SITE/p/ID or SITE/i/ID[.ext...]. */
static enum err
id_of_url(struct call *c, struct req *r, const char *url, char id[ID_SIZE])
{
	const char *site = site_url(c, r);
	size_t n = strlen(site);

	if (strncmp(url, site, n) != 0 || (strncmp(url + n, "/p/", 3) != 0 && strncmp(url + n, "/i/", 3) != 0) ||
	    strlen(url + n + 3) < ID_CHARS || !id_valid(url + n + 3, ID_CHARS))
		return fault_set(&r->fault, ERR_NOTFOUND, "url is not the address of a picture of this site");
	memcpy(id, url + n + 3, ID_CHARS);
	id[ID_CHARS] = '\0';
	return ERR_OK;
}

static enum err
bound(struct req *r, const char *key, int64_t *out)
{
	const char *s = req_param(r, key);

	*out = LIMIT_SIDE_PX;
	if (s != NULL && !num_parses(s, 1, LIMIT_SIDE_PX, out))
		return fault_set(&r->fault, ERR_BADREQ, "%s is a number of pixels", key);
	return ERR_OK;
}

enum err
view_oembed(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *url = req_param(r, "url"), *format = req_param(r, "format");
	struct picture_row p;
	char id[ID_SIZE];
	int64_t max_w, max_h;
	uint32_t w, h;
	json_t *m;
	enum err e;

	if (format != NULL && strcmp(format, "json") != 0)
		return fault_set(&r->fault, ERR_BADREQ, "only format=json is offered");
	if (url == NULL)
		return fault_set(&r->fault, ERR_BADREQ, "url is missing");
	if ((e = id_of_url(c, r, url, id)) || (e = bound(r, "maxwidth", &max_w)) || (e = bound(r, "maxheight", &max_h)) ||
	    (e = picture_get(c->app, r->mem, id, &p, &c->tier, &r->fault)))
		return e;
	if (p.visibility == VIS_PRIVATE)
		return fault_set(&r->fault, ERR_NOTFOUND, "there is no picture %s", p.id);
	source_displayed(&p.src, &w, &h);
	m = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "photo", "version", "1.0", "title", *p.title != '\0' ? p.title : p.name,
	    "provider_name", c->app->conf->site_name, "provider_url", site_url(c, r));
	if (w <= max_w && h <= max_h) {
		json_object_set_new(m, "url", json_sprintf("%s/i/%s.%s", site_url(c, r), p.id, fmt_name(p.src.fmt)));
	} else {
		double scale = (double)max_w / w < (double)max_h / h ? (double)max_w / w : (double)max_h / h;

		json_object_set_new(m, "url", json_sprintf("%s/i/%s/resize,w_%lld,h_%lld.jpg", site_url(c, r), p.id,
		    (long long)max_w < LIMIT_OUT_SIDE_PX ? (long long)max_w : LIMIT_OUT_SIDE_PX,
		    (long long)max_h < LIMIT_OUT_SIDE_PX ? (long long)max_h : LIMIT_OUT_SIDE_PX));
		w = (uint32_t)(w * scale + 0.5);
		h = (uint32_t)(h * scale + 0.5);
	}
	json_object_set_new(m, "width", json_integer(w > 0 ? w : 1));
	json_object_set_new(m, "height", json_integer(h > 0 ? h : 1));
	answer_header(r, a, "Access-Control-Allow-Origin", "*");
	page_answer(c, r, a, 200, NULL, m, NULL);
	return ERR_OK;
}
