/*
 * The handlers of the admin program, one subject a file.
 *
 * Every page is also JSON: its model as the comment at the handler says, with "csrf" (the token
 * that the next form or X-CSRF-Token header needs) in each. Addresses in models that begin with "/"
 * are below site.base.
 */
#ifndef FCGI_APP_ADMIN_H
#define FCGI_APP_ADMIN_H

#include "app/picture.h"
#include "app/serve.h"

enum err admin_front(void *ctx, struct req *r, struct answer *a);	/* admin_login.c */
enum err admin_login_page(void *ctx, struct req *r, struct answer *a);
enum err admin_login(void *ctx, struct req *r, struct answer *a);
enum err admin_logout(void *ctx, struct req *r, struct answer *a);
enum err admin_wall(void *ctx, struct req *r, struct answer *a);	/* admin_wall.c */
enum err admin_picture(void *ctx, struct req *r, struct answer *a);	/* admin_picture.c */
enum err admin_delete(void *ctx, struct req *r, struct answer *a);	/* admin_delete.c */
enum err admin_deletions(void *ctx, struct req *r, struct answer *a);	/* admin_deletions.c */
enum err admin_deletion(void *ctx, struct req *r, struct answer *a);
enum err admin_health(void *ctx, struct req *r, struct answer *a);	/* admin_health.c */
enum err admin_jobs(void *ctx, struct req *r, struct answer *a);		/* admin_jobs.c */
enum err admin_jobs_do(void *ctx, struct req *r, struct answer *a);

/* Answer with a page (admin_answer.c): model is stolen and gets "csrf". */
void	 admin_answer(struct call *c, struct req *r, struct answer *a, int status,
    const char *template, json_t *model);

/*
 * A picture among others: picture_model and heading, bytes_text, thumb (240 x 240), detail
 * ("/admin/picture/ID").
 */
json_t	*admin_thumb(struct call *c, struct req *r, const struct picture_row *p);

/* Parts of the health model: admin_workers.c, admin_counters.c. */
json_t	*admin_workers(struct req *r);
json_t	*admin_counters(void);

#endif
