/*
 * tintype import: pictures from a folder or a bucket, under the keys they have there.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/import.h"
#include "app/session.h"

struct ask {
	const char	*from, *only, *owner, *visibility;
	struct import	 im;
};

static void
print_told(enum import_count what, const char *key, const char *why, void *arg)
{
	(void)arg;
	printf("%s: %s%s%s\n", key, import_text(what), *why != '\0' ? ": " : "", why);
}

static void
show(int64_t done, int64_t all, void *arg)
{
	cli_progress(arg, done, all, "files");
}

static enum err
set_owner(struct cli *cli, struct ask *q, struct fault *f)
{
	struct account who;
	const char *hash;
	enum err e;

	if (q->owner == NULL)
		return ERR_OK;
	if ((e = account_find(q->im.app, cli->mem, q->owner, &who, &hash, f)))
		return e;
	q->im.owner = who.id;
	return ERR_OK;
}

static enum err
set_visibility(struct ask *q, struct fault *f)
{
	static const char *const names[] = { [VIS_PUBLIC] = "public", [VIS_UNLISTED] = "unlisted", [VIS_PRIVATE] = "private" };

	for (size_t i = 0; q->visibility != NULL && i < NELEM(names); i++)
		if (strcmp(names[i], q->visibility) == 0) {
			q->im.visibility = (enum visibility)i;
			return ERR_OK;
		}
	return q->visibility == NULL ? ERR_OK : fault_set(f, ERR_BADREQ, "--visibility is public, unlisted or private");
}

/* The bucket of a section of the settings, where the secrets are; never one that the site itself uses. */
static enum err
from_bucket(struct ask *q, struct fault *f)
{
	struct app *app = q->im.app;
	struct store *from = NULL;
	enum conf_store which;
	enum err e;

	if ((e = conf_store_find(q->from, strlen(q->from), &which, f)))
		return e;
	for (int t = 0; t < store_targets(app->store); t++)
		if (strcmp(store_target_name(app->store, t), q->from) == 0)
			return fault_set(f, ERR_BADREQ, "%s is a store of this site; name a section that it does not use", q->from);
	if ((e = store_open_one(app->conf, which, &from, f)) == ERR_OK)
		e = import_bucket(&q->im, from, q->only, f);
	store_close(from);
	return e;
}

static int
print_sum(const struct import *im)
{
	for (int i = 0; i < IMPORT__MAX; i++)
		if (im->count[i] > 0 || i == IMPORT_ADDED)
			printf("%lld %s%s\n", (long long)im->count[i], import_text((enum import_count)i), im->dry_run ? " (dry run)" : "");
	if (im->bytes > 0)
		printf("%lld bytes\n", (long long)im->bytes);
	return im->count[IMPORT_FAILED] == 0 ? EXIT_WELL : EXIT_FAILED;
}

static int
run(struct cli *cli, struct ask *q, const char *dir)
{
	struct cli_progress bar = CLI_PROGRESS;
	struct fault f = FAULT_NONE;
	enum err e;
	int rc;

	q->im.arg = &bar;
	if ((q->im.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	if ((e = set_owner(cli, q, &f)) == ERR_OK && (e = set_visibility(q, &f)) == ERR_OK)
		e = dir != NULL ? import_folder(&q->im, dir, &f) : from_bucket(q, &f);
	cli_progress_end(&bar);
	rc = print_sum(&q->im);
	if (e != ERR_OK)
		rc = cli_fail(&f);
	app_close(q->im.app);
	return rc;
}

int
cmd_import(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' }, { "verify", no_argument, NULL, 'v' }, { "from", required_argument, NULL, 'f' },
		{ "only", required_argument, NULL, 'o' }, { "prefix", required_argument, NULL, 'p' },
		{ "owner", required_argument, NULL, 'w' }, { "visibility", required_argument, NULL, 's' }, { 0 }
	};
	struct ask q = { .only = "", .im = { .prefix = "", .told = print_told, .progress = show } };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			q.im.dry_run = true;
			break;
		case 'v':
			q.im.verify = true;
			break;
		case 'f':
			q.from = optarg;
			break;
		case 'o':
			q.only = optarg;
			break;
		case 'p':
			q.im.prefix = optarg;
			break;
		case 'w':
			q.owner = optarg;
			break;
		case 's':
			q.visibility = optarg;
			break;
		default:
			return cli_usage("import");
		}
	}
	if (argc - optind != (q.from == NULL))
		return cli_usage("import");
	return run(cli, &q, q.from == NULL ? argv[optind] : NULL);
}
