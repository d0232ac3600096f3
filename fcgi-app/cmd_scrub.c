/*
 * tintype scrub --dry-run: what is wrong between index and store, a line each, and a sum.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>

#include "app/scrub.h"

#define GRACE_S 86400

static void
print_found(enum scrub_kind kind, const char *key, const char *detail, void *arg)
{
	(void)arg;
	printf("%s: %s%s%s\n", key, scrub_text(kind), *detail != '\0' ? ": " : "", detail);
}

static int
print_sum(const struct scrub *s)
{
	int64_t wrong = 0;

	printf("%lld pictures, %lld blobs, %lld objects in the store looked at%s; %lld young leftovers "
	    "left alone\n", (long long)s->pictures, (long long)s->blobs, (long long)s->objects,
	    s->verify ? ", all bytes read" : "", (long long)s->young);
	for (int i = 0; i < SCRUB__MAX; i++) {
		wrong += s->count[i];
		if (s->count[i] > 0)
			printf("%lld: %s\n", (long long)s->count[i], scrub_text((enum scrub_kind)i));
	}
	if (wrong == 0)
		puts("nothing is wrong");
	return wrong == 0 ? EXIT_WELL : EXIT_FAILED;
}

int
cmd_scrub(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' }, { "verify", no_argument, NULL, 'v' }, { 0 }
	};
	struct scrub s = { .grace_s = GRACE_S, .found = print_found };
	struct fault f = FAULT_NONE;
	bool dry = false;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			return cli_usage("scrub");
		dry |= opt == 'n';
		s.verify |= opt == 'v';
	}
	if (!dry || optind != argc)
		return cli_usage("scrub");
	if ((s.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	rc = scrub_run(&s, &f) == ERR_OK ? print_sum(&s) : cli_fail(&f);
	app_close(s.app);
	return rc;
}
