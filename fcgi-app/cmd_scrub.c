/*
 * tintype scrub: what is wrong between index and store, a line each, and a sum. It only looks unless told to repair or to remove.
 */
#include "tintype.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "app/scrub.h"
#include "base/num.h"

#define GRACE_S 86400
#define GRACE_MIN_S 3600	/* no upload takes longer */
#define SLOT "scrub_command"

static volatile int stop_asked;

static void
on_signal(int sig)
{
	(void)sig;
	stop_asked = 1;
}

static void
print_json(json_t *m)
{
	json_dumpf(m, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(m);
}

static void
print_found(enum scrub_kind kind, const char *key, const char *detail, enum scrub_end end, void *arg)
{
	static const char *const then[] = { [SCRUB_LEFT] = "", [SCRUB_MENDED] = " (mended)", [SCRUB_NOT_MENDED] = " (could not be mended)" };
	static const char *const word[] = { [SCRUB_LEFT] = "left", [SCRUB_MENDED] = "mended", [SCRUB_NOT_MENDED] = "failed" };
	const bool *json = arg;

	if (*json)
		print_json(json_pack("{s:s, s:s, s:s, s:s}", "found", scrub_name(kind), "key", key, "detail", detail, "then", word[end]));
	else
		printf("%s: %s%s%s%s\n", key, scrub_text(kind), *detail != '\0' ? ": " : "", detail, then[end]);
}

static void
print_sum_json(const struct scrub *s)
{
	json_t *found = json_object();

	for (int i = 0; i < SCRUB__MAX; i++)
		json_object_set_new(found, scrub_name((enum scrub_kind)i), json_integer(s->count[i]));
	print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "pictures", (json_int_t)s->pictures,
	    "blobs", (json_int_t)s->blobs, "objects", (json_int_t)s->objects, "bytes_read", (json_int_t)s->bytes,
	    "young", (json_int_t)s->young, "waiting", (json_int_t)s->waiting, "mended", (json_int_t)s->mended,
	    "wrong", (json_int_t)scrub_wrong(s), "done", s->done, "sum", found));
}

static void
print_sum(const struct scrub *s)
{
	printf("%lld pictures, %lld blobs, %lld objects in the store looked at%s; %lld young leftovers "
	    "left alone, %lld copies under way\n", (long long)s->pictures, (long long)s->blobs, (long long)s->objects,
	    s->verify ? ", all bytes read" : "", (long long)s->young, (long long)s->waiting);
	for (int i = 0; i < SCRUB__MAX; i++)
		if (s->count[i] > 0)
			printf("%lld: %s\n", (long long)s->count[i], scrub_text((enum scrub_kind)i));
	if (s->mended > 0)
		printf("%lld of these are mended\n", (long long)s->mended);
	if (!s->done)
		puts("ended early: go on with --resume");
	else if (scrub_wrong(s) == 0)
		puts("nothing is wrong");
}

static int
report(const struct scrub *s, bool json)
{
	if (json)
		print_sum_json(s);
	else
		print_sum(s);
	return s->done && scrub_wrong(s) == 0 ? EXIT_WELL : EXIT_FAILED;
}

/* The options, into the order and what only the command knows. */
struct wish {
	bool	 dry, json, resume;
};

static bool
read_options(int argc, char **argv, struct scrub *s, struct wish *w)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' }, { "verify", no_argument, NULL, 'v' }, { "repair", no_argument, NULL, 'p' },
		{ "delete-orphans", no_argument, NULL, 'd' }, { "json", no_argument, NULL, 'j' }, { "resume", no_argument, NULL, 'r' },
		{ "rate", required_argument, NULL, 'R' }, { "grace", required_argument, NULL, 'g' }, { 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?' || (opt == 'R' && !num_parse_bytes(optarg, 1, INT64_MAX, &s->rate_bytes)) ||
		    (opt == 'g' && !num_parses(optarg, GRACE_MIN_S, INT32_MAX, &s->grace_s)))
			return false;
		w->dry |= opt == 'n';
		w->json |= opt == 'j';
		w->resume |= opt == 'r';
		s->verify |= opt == 'v';
		s->repair |= opt == 'p';
		s->delete_orphans |= opt == 'd';
	}
	return optind == argc && !(w->dry && (s->repair || s->delete_orphans));
}

int
cmd_scrub(struct cli *cli, int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct wish w = { .dry = false };
	struct scrub s = { .grace_s = GRACE_S, .found = print_found, .arg = &w.json, .slot = SLOT, .stop = &stop_asked };
	struct fault f = FAULT_NONE;
	bool found;
	int rc;

	if (!read_options(argc, argv, &s, &w))
		return cli_usage("scrub");
	if ((s.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if ((w.resume && scrub_load(&s, cli->mem, &found, &f) != ERR_OK) || scrub_run(&s, &f) != ERR_OK)
		rc = cli_fail(&f);
	else
		rc = report(&s, w.json);
	app_close(s.app);
	return rc;
}
