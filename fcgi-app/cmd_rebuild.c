/*
 * tintype rebuild-index: the index from the store alone, or the sidecars from the index.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>

#include "app/rebuild.h"

static void
print_found(enum rebuild_count what, const char *id, const char *detail, void *arg)
{
	(void)arg;
	/* What is as it should be is only counted. */
	if (what != REBUILD_PICTURES && what != REBUILD_TOMBSTONES)
		printf("%s: %s%s%s\n", id, rebuild_text(what), *detail != '\0' ? ": " : "", detail);
}

static void
show(int64_t seen, void *arg)
{
	cli_progress(arg, seen, 0, "objects");
}

static int
print_sum(const struct rebuild *r)
{
	for (int i = 0; i < REBUILD__MAX; i++)
		if (r->count[i] > 0)
			printf("%lld: %s%s\n", (long long)r->count[i], rebuild_text((enum rebuild_count)i),
			    r->dry_run ? " (dry run)" : "");
	if (r->seen == 0)
		puts("there is nothing in the store");
	return r->count[REBUILD_LOST] + r->count[REBUILD_DAMAGED] == 0 ? EXIT_WELL : EXIT_FAILED;
}

int
cmd_rebuild(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' }, { "sidecars", no_argument, NULL, 's' }, { 0 }
	};
	struct cli_progress bar = CLI_PROGRESS;
	struct rebuild r = { .found = print_found, .progress = show, .arg = &bar };
	struct fault f = FAULT_NONE;
	bool sidecars = false;
	int opt, rc;
	enum err e;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			return cli_usage("rebuild-index");
		r.dry_run |= opt == 'n';
		sidecars |= opt == 's';
	}
	if (optind != argc)
		return cli_usage("rebuild-index");
	if ((r.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	e = sidecars ? rebuild_sidecars(&r, &f) : rebuild_run(&r, &f);
	cli_progress_end(&bar);
	if (e == ERR_OK && sidecars)
		printf("%lld sidecars written%s\n", (long long)r.count[REBUILD_PICTURES], r.dry_run ? " (dry run)" : "");
	rc = e != ERR_OK ? cli_fail(&f) : sidecars ? EXIT_WELL : print_sum(&r);
	app_close(r.app);
	return rc;
}
