/*
 * tintype jobs: the background work, as a daemon or once from cron. SIGTERM ends it after the job in
 * hand, SIGHUP reads the settings again. Several runners, on several nodes, share the queue.
 */
#include "tintype.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/job.h"
#include "app/job_list.h"
#include "base/log.h"
#include "base/num.h"

#define LIST_MAX 1000	/* given up jobs that are listed */
#define PAUSE_S 2	/* between looks at the queue */

static volatile sig_atomic_t stop_asked, reload_asked;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

static const int heeded[] = { SIGTERM, SIGINT, SIGHUP };

/* Those heeded wait (SIG_BLOCK) or come (SIG_UNBLOCK): nothing that is opened at the start need be ready for them. */
static void
hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NELEM(heeded); i++)
		sigaddset(&set, heeded[i]);
	sigprocmask(how, &set, NULL);
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	/* No SA_RESTART: a signal ends the pause. */
	for (size_t i = 0; i < NELEM(heeded); i++)
		sigaction(heeded[i], &sa, NULL);
}

static void
report(const struct job *j, enum err e, const struct fault *why, const char *what, bool left,
    int64_t us)
{
	struct log_line *l = log_start(e == ERR_OK ? LOG_INFO : left ? LOG_WARN : LOG_ERROR, "job");

	log_str(l, "kind", j->kind);
	log_str(l, "key", *j->key != '\0' ? j->key : NULL);
	if (j->id != 0)
		log_int(l, "try", j->tries);
	log_int(l, "us", us);
	if (e == ERR_OK)
		log_str(l, "what", what);
	else {
		log_str(l, "error", err_name(e));
		log_str(l, "why", why->why);
		log_str(l, "then", left ? "tried again" : "given up");
	}
	log_end(l);
}

static int
list_kinds(void)
{
	for (const struct job_kind *k = job_kinds; k->name != NULL; k++) {
		printf("%-14s ", k->name);
		if (k->every_s > 0)
			printf("every %lld s%s", (long long)k->every_s, k->per_node ? ", on every node" : "");
		else
			printf("when queued, %d tries", k->max_tries);
		printf("\n\t%s\n", k->doc);
	}
	return EXIT_WELL;
}

static void
open_log(const struct app *app)
{
	log_open("jobs", app->conf->server_log, (enum log_level)app->conf->server_log_level);
}

static void
reload(struct cli *cli, struct app **app)
{
	struct fault f = FAULT_NONE;

	reload_asked = 0;
	if (app_reload(app, cli->conf_path, &f) != ERR_OK) {
		log_msg(LOG_ERROR, "reload", "settings kept as they were: %s", f.why);
		return;
	}
	open_log(*app);
	log_msg(LOG_INFO, "reload", "settings read again");
}

/* Work and rest until told to stop. A queue that cannot be read is said once. */
static void
work_on(struct cli *cli, struct app **app)
{
	const struct timespec pause = { .tv_sec = PAUSE_S };
	struct job_runner r;
	bool away = false;

	job_runner_init(&r, *app);
	r.report = report;
	r.stop = &stop_asked;
	log_msg(LOG_INFO, "start", "looking for work");
	while (!stop_asked) {
		struct fault f = FAULT_NONE;
		bool failed = job_work(&r, false, &f) != ERR_OK;

		if (failed != away)
			log_msg(failed ? LOG_ERROR : LOG_INFO, "queue", "%s", failed ? f.why : "can be read again");
		away = failed;
		if (reload_asked) {
			reload(cli, app);
			r.app = *app;
		}
		if (!stop_asked)
			nanosleep(&pause, NULL);
	}
	log_msg(LOG_INFO, "stop", "%d jobs done, %d failed", r.done, r.failed);
}

static int
work_once(struct app *app)
{
	struct fault f = FAULT_NONE;
	struct job_runner r;

	job_runner_init(&r, app);
	r.report = report;
	r.stop = &stop_asked;
	if (job_work(&r, true, &f) != ERR_OK) {
		log_msg(LOG_ERROR, "queue", "%s", f.why);
		return EXIT_FAILED;
	}
	return r.failed > 0 ? EXIT_FAILED : EXIT_WELL;
}

static int
list_queue(struct app *app)
{
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	struct job_sum *sums;
	struct job_dead *dead;
	size_t n, ndead;
	int rc = EXIT_WELL;

	if (job_sums(app, a, &sums, &n, &f) != ERR_OK || job_dead_list(app, a, 0, LIST_MAX, &dead, &ndead, &f) != ERR_OK) {
		arena_free(a);
		return cli_fail(&f);
	}
	for (size_t i = 0; i < n; i++)
		printf("%-14s %lld waiting, %lld running, %lld given up\n", sums[i].kind, (long long)sums[i].waiting,
		    (long long)sums[i].running, (long long)sums[i].dead);
	for (size_t i = 0; i < ndead; i++)
		printf("%lld\t%s\t%s\t%lld tries\t%s\n", (long long)dead[i].id, dead[i].kind, dead[i].key,
		    (long long)dead[i].tries, dead[i].why);
	if (n == 0)
		puts("nothing waits");
	arena_free(a);
	return rc;
}

/* jobs retry ID | all, jobs drop ID. */
static int
change(struct app *app, const char *what, const char *which)
{
	bool drop = strcmp(what, "drop") == 0;
	struct arena *a = arena_new();
	struct fault f = FAULT_NONE;
	int64_t id = 0, n = 0;
	enum err e;

	if ((drop || strcmp(which, "all") != 0) && !num_parses(which, 1, INT64_MAX, &id))
		e = fault_set(&f, ERR_BADREQ, "\"%s\" is no job's number", which);
	else
		e = drop ? job_drop(app, a, id, &n, &f) : job_again(app, a, id, &n, &f);
	if (e == ERR_OK && id > 0 && n == 0)
		e = fault_set(&f, ERR_NOTFOUND, "no job %lld was given up", (long long)id);
	arena_free(a);
	if (e != ERR_OK)
		return cli_fail(&f);
	printf("%lld jobs %s\n", (long long)n, drop ? "dropped" : "queued again");
	return EXIT_WELL;
}

/* What is done by hand: list, retry, drop. */
static int
by_hand(struct cli *cli, int argc, char **argv)
{
	bool list = argc == 1 && strcmp(argv[0], "list") == 0;
	struct app *app;
	int rc;

	if (!list && (argc != 2 || (strcmp(argv[0], "retry") != 0 && strcmp(argv[0], "drop") != 0)))
		return cli_usage("jobs");
	if ((app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	rc = list ? list_queue(app) : change(app, argv[0], argv[1]);
	app_close(app);
	return rc;
}

int
cmd_jobs(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, '1' }, { "list", no_argument, NULL, 'l' }, { 0 }
	};
	bool once = false;
	struct app *app;
	int opt, rc = EXIT_WELL;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'l')
			return list_kinds();
		if (opt != '1')
			return cli_usage("jobs");
		once = true;
	}
	if (optind != argc)
		return once ? cli_usage("jobs") : by_hand(cli, argc - optind, argv + optind);
	hold_signals(SIG_BLOCK);
	if ((app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	open_log(app);
	catch_signals();
	hold_signals(SIG_UNBLOCK);
	if (once)
		rc = work_once(app);
	else
		work_on(cli, &app);
	app_close(app);
	return rc;
}
