/*
 * The handlers of the view program, one subject a file.
 */
#ifndef FCGI_APP_VIEW_H
#define FCGI_APP_VIEW_H

#include "app/serve.h"

enum err view_image(void *ctx, struct req *r, struct answer *a);	/* view_image.c */
enum err view_path(void *ctx, struct req *r, struct answer *a);
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
