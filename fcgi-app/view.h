/*
 * The handlers of the view program, one subject a file.
 */
#ifndef FCGI_APP_VIEW_H
#define FCGI_APP_VIEW_H

#include "app/picture.h"
#include "app/serve.h"

enum err view_image(void *ctx, struct req *r, struct answer *a);	/* view_image.c */
enum err view_path(void *ctx, struct req *r, struct answer *a);
enum err view_key(void *ctx, struct req *r, struct answer *a);
/*
 * view_etag.c: the ETag of bytes of this picture, in r's memory. As the web server makes it of a file's time and size, so that it stays the same
 * when that answers by itself: nginx of seconds and bytes, and so does conf/lighttpd.lua; Apache of bytes and microseconds (FileETag MTime Size).
 * Behind a key there may be another picture of the same second and size, but never of the same id.
 */
const char *view_etag(const struct req *r, const struct picture_row *p, bool by_key, int64_t bytes);
/*
 * Has the client this variant? One that has a variant of this very address has the right bytes: the same request always makes the same ones. So an
 * ETag that tells the picture's time is enough, and nothing need be made to say 304. true: *a is complete.
 */
bool	 view_known(struct req *r, struct answer *a, const struct picture_row *p);
/* view_remote.c: is the visitor of this picture's original sent on to the store? */
bool	 view_sends_on(struct call *c, struct req *r, const struct picture_row *p);
/* Let others send the original of a remote store, by store.serve; false: nobody can, send it from here. */
bool	 view_remote(struct call *c, struct req *r, struct answer *a, const struct picture_row *p, const char *key);
enum err view_saveas(void *ctx, struct req *r, struct answer *a);	/* view_saveas.c */
enum err view_page(void *ctx, struct req *r, struct answer *a);		/* view_page.c */
enum err view_delete(void *ctx, struct req *r, struct answer *a);
enum err view_report(void *ctx, struct req *r, struct answer *a);
enum err view_report_send(void *ctx, struct req *r, struct answer *a);
enum err view_oembed(void *ctx, struct req *r, struct answer *a);	/* view_oembed.c */
enum err view_healthz(void *ctx, struct req *r, struct answer *a);	/* view_health.c */
enum err view_readyz(void *ctx, struct req *r, struct answer *a);
enum err view_metrics(void *ctx, struct req *r, struct answer *a);

#endif
