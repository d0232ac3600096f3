/*
 * The admin program: what an operator does with a browser. Read this table first.
 */
#include "admin.h"

#define OPEN (ROUTE_SESSION | ROUTE_NOSTORE)
#define GUARDED (OPEN | ROUTE_ADMIN)

static const struct route routes[] = {
	{ "GET",	"/admin",		admin_front,		ROUTE_NOSTORE },
	{ "GET",	"/admin/login",		admin_login_page,	OPEN },
	{ "POST",	"/admin/login",		admin_login,		OPEN | ROUTE_CSRF },
	{ "POST",	"/admin/logout",	admin_logout,		OPEN | ROUTE_LOGIN | ROUTE_CSRF },
	{ "GET",	"/admin/",		admin_wall,		GUARDED },
	{ "GET",	"/admin/picture/{}",	admin_picture,		GUARDED },
	{ "POST",	"/admin/delete",	admin_delete,		GUARDED | ROUTE_CSRF },
	{ "GET",	"/admin/deletions",	admin_deletions,	GUARDED },
	{ "GET",	"/admin/deletion/{}",	admin_deletion,		GUARDED },
	{ "GET",	"/admin/health",	admin_health,		GUARDED },
	{ "GET",	"/admin/jobs",		admin_jobs,		GUARDED },
	{ "POST",	"/admin/jobs",		admin_jobs_do,		GUARDED | ROUTE_CSRF },
	{ .method = NULL }
};

int
main(int argc, char **argv)
{
	return serve_main(argc, argv, "admin", routes);
}
