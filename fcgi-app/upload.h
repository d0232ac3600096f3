/*
 * The handlers of the upload program, one subject a file.
 */
#ifndef FCGI_APP_UPLOAD_H
#define FCGI_APP_UPLOAD_H

#include "app/serve.h"

enum err upload_page(void *ctx, struct req *r, struct answer *a);	/* upload_page.c */
enum err upload_post(void *ctx, struct req *r, struct answer *a);	/* upload_post.c */
enum err upload_put(void *ctx, struct req *r, struct answer *a);
enum err delete_page(void *ctx, struct req *r, struct answer *a);	/* upload_delete.c */
enum err delete_by_link(void *ctx, struct req *r, struct answer *a);
enum err api_image(void *ctx, struct req *r, struct answer *a);
enum err api_receipt(void *ctx, struct req *r, struct answer *a);
enum err api_delete(void *ctx, struct req *r, struct answer *a);

#endif
