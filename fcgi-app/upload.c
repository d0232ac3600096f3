/*
 * The upload program: everything that takes pictures in or away. Read this table first.
 */
#include "upload.h"

static const struct route routes[] = {
	{ "GET",	"/",				upload_page,	ROUTE_SESSION },
	{ "GET",	"/upload",			upload_page,	ROUTE_SESSION },
	{ "POST",	"/upload",			upload_post,	ROUTE_SESSION | ROUTE_NOSTORE },
	{ "PUT",	"/upload/{*}",			upload_put,	ROUTE_SESSION | ROUTE_NOSTORE },
	{ "GET",	"/d/{}/{}",			delete_page,	ROUTE_NOSTORE },
	{ "POST",	"/d/{}/{}",			delete_by_link,	ROUTE_NOSTORE },
	{ "DELETE",	"/d/{}/{}",			delete_by_link,	ROUTE_NOSTORE },
	{ "GET",	"/api/v1/images/{}",		api_image,	ROUTE_SESSION },
	{ "DELETE",	"/api/v1/images/{}",		api_delete,	ROUTE_SESSION | ROUTE_NOSTORE },
	{ "GET",	"/api/v1/deletions/{}",		api_receipt,	ROUTE_SESSION | ROUTE_NOSTORE },
	{ "POST",	"/api/v1/images",		upload_post,	ROUTE_SESSION | ROUTE_NOSTORE },
	{ .method = NULL }
};

int
main(int argc, char **argv)
{
	return serve_main(argc, argv, "upload", routes);
}
