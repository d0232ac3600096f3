/*
 * tintype migrate: from one store to another while the site goes on.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/migrate.h"
#include "base/num.h"

static void
print_told(const char *key, const char *why, void *arg)
{
	(void)arg;
	printf("%s: not moved: %s\n", key, why);
}

static void
show(int64_t seen, void *arg)
{
	cli_progress(arg, seen, 0, "objects");
}

/* The number of a target by its name. */
static enum err
find_target(struct app *app, const char *name, int *out, struct fault *f)
{
	enum conf_store which;
	enum err e = conf_store_find(name, strlen(name), &which, f);

	for (*out = 0; e == ERR_OK && *out < store_targets(app->store); ++*out)
		if (strcmp(store_target_name(app->store, *out), name) == 0)
			return ERR_OK;
	return e != ERR_OK ? e : fault_set(f, ERR_BADREQ, "the site does not use %s: set store.mirror = %s (or store.primary) first, so that "
	    "what comes and goes meanwhile comes and goes on both sides", name, name);
}

/* What is left to be done, in words. */
static int
print_sum(const struct migrate *m, const char *to)
{
	printf("%lld objects seen, %lld were there, %lld %s (%lld bytes), %lld not wanted by the index, %lld failed\n", (long long)m->seen,
	    (long long)m->there, (long long)m->copied, m->dry_run ? "to be copied" : "copied", (long long)m->copied_bytes,
	    (long long)m->unwanted, (long long)m->failed);
	if (m->failed > 0)
		return EXIT_FAILED;
	if (m->dry_run)
		return EXIT_WELL;
	if (m->copied > 0)
		printf("call it once more, to see that nothing is left\n");
	else if (m->to == 0)
		printf("%s has it all and is the primary; the other may be taken out of store.mirror\n", to);
	else
		printf("%s has it all: set store.primary = %s, and the other as store.mirror for a while\n", to, to);
	return EXIT_WELL;
}

static int
run(struct cli *cli, struct migrate *m, const char *from, const char *to)
{
	struct cli_progress bar = CLI_PROGRESS;
	struct fault f = FAULT_NONE;
	int rc = EXIT_FAILED;
	enum err e;

	m->arg = &bar;
	if ((m->app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	if ((e = find_target(m->app, from, &m->from, &f)) == ERR_OK && (e = find_target(m->app, to, &m->to, &f)) == ERR_OK) {
		e = m->from != m->to ? migrate_run(m, &f) : fault_set(&f, ERR_BADREQ, "--from and --to are the same");
		cli_progress_end(&bar);
		rc = print_sum(m, to);
	}
	if (e != ERR_OK)
		rc = cli_fail(&f);
	app_close(m->app);
	return rc;
}

int
cmd_migrate(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' }, { "verify", no_argument, NULL, 'v' }, { "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' }, { "rate", required_argument, NULL, 'r' }, { 0 }
	};
	struct migrate m = { .told = print_told, .progress = show };
	const char *from = NULL, *to = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			m.dry_run = true;
			break;
		case 'v':
			m.verify = true;
			break;
		case 'f':
			from = optarg;
			break;
		case 't':
			to = optarg;
			break;
		case 'r':
			if (num_parse_bytes(optarg, 1, INT64_C(1) << 40, &m.rate_bytes))
				break;
			/* FALLTHROUGH */
		default:
			return cli_usage("migrate");
		}
	}
	if (optind != argc || from == NULL || to == NULL)
		return cli_usage("migrate");
	return run(cli, &m, from, to);
}
