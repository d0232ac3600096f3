/*
 * tintype sign: an address with a signature, for sites whose access.policy asks for one and for private pictures.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/sign.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/num.h"
#include "web/form.h"

#define TEN_YEARS_S (3653 * INT64_C(86400))

/* Below the site's address: "https://host/base/i/ID" and "/i/ID" are both "/i/ID". */
static const char *
below_site(const struct app *app, const char *url)
{
	const char *base = app->conf->site_base_url, *p;
	size_t n = strlen(base);

	if (n > 0 && strncmp(url, base, n) == 0 && url[n] == '/')
		return url + n;
	if ((p = strstr(url, "://")) != NULL)
		return strchr(p + 3, '/');
	return *url == '/' ? url : NULL;
}

static enum err
what_of(struct app *app, struct arena *a, const char *url, struct sign_what *w, struct fault *f)
{
	const char *path = below_site(app, url), *query, *process;
	struct form params;
	char *plain;
	size_t len;
	enum err e;

	if (path == NULL || strncmp(path, "/i/", 3) != 0)
		return fault_set(f, ERR_BADREQ, "%s is not the address of a picture of this site", url);
	len = strcspn(path, "?");
	query = path[len] == '?' ? path + len + 1 : "";
	plain = arena_alloc(a, len + 1);
	if (dec_percent(path, len, false, plain, len + 1) < 0)
		return fault_set(f, ERR_BADREQ, "a percent escape of the address is broken");
	if ((e = form_parse(a, query, strlen(query), &params, f)))
		return e;
	process = form_get(&params, "x-oss-process");
	if (form_get(&params, "sig") != NULL || form_get(&params, "exp") != NULL)
		return fault_set(f, ERR_BADREQ, "the address is signed already");
	w->path = plain;
	w->process = process != NULL ? process : "";
	return ERR_OK;
}

static enum err
print_signed(struct app *app, struct arena *a, const char *url, int64_t for_s, struct fault *f)
{
	struct sign_what w = { .expires_s = for_s > 0 ? clock_now_s() + for_s : 0 };
	const char *sig;
	enum err e;

	if ((e = what_of(app, a, url, &w, f)) || (e = sign_make(a, app->conf->access_keys, &w, &sig, f)))
		return e;
	printf("%s%c", url, strchr(url, '?') != NULL ? '&' : '?');
	if (w.expires_s > 0)
		printf("exp=%lld&", (long long)w.expires_s);
	printf("sig=%s\n", sig);
	return ERR_OK;
}

int
cmd_sign(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "expires", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 }
	};
	struct fault f = FAULT_NONE;
	struct app *app;
	int64_t for_s = 0;
	int opt;
	enum err e;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (opt != 'e' || !num_parses(optarg, 1, TEN_YEARS_S, &for_s))
			return cli_usage(argv[0]);
	if (optind + 1 != argc)
		return cli_usage(argv[0]);
	if ((app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	e = print_signed(app, cli->mem, argv[optind], for_s, &f);
	app_close(app);
	return e == ERR_OK ? EXIT_WELL : cli_fail(&f);
}
