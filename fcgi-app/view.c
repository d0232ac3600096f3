/*
 * The view program: everything that is looked at. Read this table first.
 */
#include "view.h"

static const struct route routes[] = {
	{ "GET",	"/i/{}",		view_image,		ROUTE_OSS },
	{ "GET",	"/i/{}/{*}",		view_path,		ROUTE_OSS },
	{ "POST",	"/i/{}",		view_saveas,		ROUTE_OSS | ROUTE_SESSION | ROUTE_NOSTORE },
	{ "GET",	"/k/{*}",		view_key,		ROUTE_OSS },
	{ "GET",	"/p/{}",		view_page,		ROUTE_SESSION },
	{ "POST",	"/p/{}/delete",		view_delete,		ROUTE_SESSION | ROUTE_CSRF | ROUTE_NOSTORE },
	{ "GET",	"/p/{}/report",		view_report,		ROUTE_SESSION },
	{ "POST",	"/p/{}/report",		view_report_send,	ROUTE_SESSION | ROUTE_CSRF | ROUTE_NOSTORE },
	{ "GET",	"/oembed",		view_oembed,		0 },
	{ "GET",	"/healthz",		view_healthz,		ROUTE_NOSTORE },
	{ "GET",	"/readyz",		view_readyz,		ROUTE_NOSTORE },
	{ "GET",	"/metrics",		view_metrics,		ROUTE_NOSTORE },
	{ .method = NULL }
};

int
main(int argc, char **argv)
{
	return serve_main(argc, argv, "view", routes);
}
