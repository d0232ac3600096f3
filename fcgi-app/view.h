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
