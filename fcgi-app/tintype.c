/*
 * tintype, the command: everything an operator does that is no web page. Read the table first.
 */
#include "tintype.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cmd cmds[] = {
	{ "backup", "FILE | FOLDER", "save what the store does not hold", cmd_backup },
	{ "init-db", "[--sql FOLDER]", "make the tables, or bring them up to date", cmd_init_db },
	{ "user", "add NAME [--admin] [--generate] | password NAME [--generate] | disable NAME | "
	    "enable NAME | list", "accounts; passwords are read from standard input", cmd_user },
	{ "config", "print | check | example | man", "the settings", cmd_config },
	{ "doctor", "", "check everything the site needs", cmd_doctor },
	{ "jobs", "[--once] | --list | list | retry ID | retry all | drop ID", "do the background work, for ever or once; look after what was given up", cmd_jobs },
	{ "import", "[--dry-run] [--verify] [--prefix KEY] [--owner NAME] [--visibility WORD] FOLDER | --from SECTION [--only KEY]",
	    "take in pictures under the keys they have elsewhere", cmd_import },
	{ "migrate", "--from STORE --to STORE [--rate BYTES] [--dry-run] [--verify]", "move to another store", cmd_migrate },
	{ "ops", "[man | dict]", "what can be made of a picture", cmd_ops },
	{ "scrub", "[--dry-run] [--verify] [--repair] [--delete-orphans] [--rate BYTES] [--grace SECONDS] [--resume] [--json]",
	    "compare the index with the store and its mirrors", cmd_scrub },
	{ "rebuild-index", "[--dry-run] [--sidecars]", "make the index again from the store", cmd_rebuild },
	{ "restore", "FILE", "put a backup into new tables", cmd_restore },
	{ "sign", "[--expires SECONDS] URL", "the address with a signature", cmd_sign },
	{ "style", "add NAME STEPS | list | rm NAME", "named steps", cmd_style },
	{ .name = NULL }
};

int
cli_fail(const struct fault *f)
{
	fprintf(stderr, "tintype: %s\n", f->why[0] != '\0' ? f->why : err_text(f->err));
	return EXIT_FAILED;
}

int
cli_usage(const char *name)
{
	for (const struct cmd *c = cmds; c->name != NULL; c++) {
		if (strcmp(c->name, name) == 0)
			fprintf(stderr, "usage: tintype [-c FILE] %s %s\n", c->name, c->args);
	}
	return EXIT_USE;
}

/*
 * Root becomes the user who owns the store: what root made there, the programs could not write, and
 * what root may read tells nothing of what they may. Root's own store stays root's.
 */
static enum err
become_owner(const char *conf_path, struct fault *f)
{
	struct conf *c = NULL;
	struct passwd *pw;
	struct stat st;
	enum err e;

	if (geteuid() != 0)
		return ERR_OK;
	if ((e = conf_read(conf_path, &c, f)) != ERR_OK)
		return e;
	if (stat(c->local_root, &st) == 0 && st.st_uid != 0) {
		pw = getpwuid(st.st_uid);
		if ((pw != NULL ? initgroups(pw->pw_name, st.st_gid) : setgroups(0, NULL)) != 0 ||
		    setgid(st.st_gid) != 0 || setuid(st.st_uid) != 0)
			e = fault_errno(f, ERR_INTERNAL, "cannot become the owner of %s", c->local_root);
	}
	conf_free(c);
	return e;
}

struct app *
cli_open(struct cli *cli)
{
	struct fault f = FAULT_NONE;
	struct app *app = NULL;

	if (become_owner(cli->conf_path, &f) != ERR_OK || app_open("tintype", cli->conf_path, &app, &f) != ERR_OK) {
		cli_fail(&f);
		return NULL;
	}
	return app;
}

static int
help(FILE *to)
{
	fprintf(to, "usage: tintype [-c FILE] COMMAND ...\n       tintype -V\n\n"
	    "-c FILE: the settings; else $TINTYPE_CONF, else %s/tintype.ini\n\n", TINTYPE_ETC);
	for (const struct cmd *c = cmds; c->name != NULL; c++)
		fprintf(to, "%s %s\n        %s\n", c->name, c->args, c->doc);
	return to == stdout ? EXIT_WELL : EXIT_USE;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	for (const struct cmd *c = cmds; c->name != NULL; c++) {
		if (strcmp(c->name, argv[0]) == 0)
			return c->run(cli, argc, argv);
	}
	fprintf(stderr, "tintype: there is no command \"%s\"\n", argv[0]);
	return help(stderr);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf_path = NULL };
	int opt, rc;

	signal(SIGPIPE, SIG_IGN);
	/* "+": what stands behind the command is the command's. */
	while ((opt = getopt(argc, argv, "+c:Vh")) != -1) {
		switch (opt) {
		case 'c':
			cli.conf_path = optarg;
			break;
		case 'V':
			printf("tintype (%s)\n", PACKAGE_STRING);
			return EXIT_WELL;
		case 'h':
			return help(stdout);
		default:
			return help(stderr);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 0 || strcmp(argv[0], "help") == 0)
		return help(argc == 0 ? stderr : stdout);
	cli.mem = arena_new();
	optind = 0;	/* getopt begins anew for the command */
	rc = run(&cli, argc, argv);
	arena_free(cli.mem);
	return rc;
}
