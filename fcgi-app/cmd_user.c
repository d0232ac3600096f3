/*
 * tintype user: accounts. A password never stands in the arguments, where everybody on the machine
 * could read it: it comes from standard input, or is made here and shown once.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/session.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/rnd.h"

#define GENERATED_CHARS 20
#define PASSWORD_BYTES 512

struct user {
	struct app	*app;
	struct cli	*cli;
	const char	*name;		/* or NULL */
	bool		 admin, generate;
};

/* A line of standard input, its end cut off; no echo on a terminal. */
static bool
read_password(char *out, size_t room)
{
	struct termios old, quiet;
	bool tty = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0, got;

	if (tty) {
		fputs("Password: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = fgets(out, (int)room, stdin) != NULL;
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (got)
		out[strcspn(out, "\r\n")] = '\0';
	return got;
}

static enum err
get_password(const struct user *u, char out[PASSWORD_BYTES], struct fault *f)
{
	if (u->generate)
		rnd_text(out, GENERATED_CHARS);
	else if (!read_password(out, PASSWORD_BYTES))
		return fault_set(f, ERR_BADREQ, "no password on standard input (or use --generate)");
	return ERR_OK;
}

static enum err
user_add(struct user *u, struct fault *f)
{
	char password[PASSWORD_BYTES];
	int64_t id;
	enum err e;

	if ((e = get_password(u, password, f)) == ERR_OK)
		e = account_add(u->app, u->cli->mem, u->name, password,
		    u->admin ? ROLE_ADMIN : ROLE_USER, &id, f);
	if (e == ERR_OK && u->generate)
		printf("%s\n", password);
	explicit_bzero(password, sizeof(password));
	return e;
}

static enum err
user_password(struct user *u, struct fault *f)
{
	char password[PASSWORD_BYTES];
	enum err e;

	if ((e = get_password(u, password, f)) == ERR_OK)
		e = account_password(u->app, u->cli->mem, u->name, password, f);
	if (e == ERR_OK && u->generate)
		printf("%s\n", password);
	explicit_bzero(password, sizeof(password));
	return e;
}

static enum err
user_disable(struct user *u, struct fault *f)
{
	return account_disable(u->app, u->cli->mem, u->name, true, f);
}

static enum err
user_enable(struct user *u, struct fault *f)
{
	return account_disable(u->app, u->cli->mem, u->name, false, f);
}

static enum err
user_list(struct user *u, struct fault *f)
{
	const char *last = "";
	char date[ISO_DATE_SIZE];
	struct db_result r;
	enum err e;

	do {
		e = DB_RUN(u->app->db, u->cli->mem, STMT_ACCOUNT_LIST, &r, f, DB_STR(last), DB_INT(100));
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < r.rows; i++) {
			last = db_text(&r, i, 0);
			clock_iso_date(db_int(&r, i, 2), date);
			printf("%s\t%s\t%s%s\n", last, db_int(&r, i, 1) == ROLE_ADMIN ? "admin" : "user",
			    date, db_is_null(&r, i, 3) ? "" : "\tdisabled");
		}
	} while (r.rows == 100);
	return ERR_OK;
}

static const struct {
	const char	*name;
	bool		 named;		/* takes NAME */
	enum err	(*run)(struct user *u, struct fault *f);
} acts[] = {
	{ "add", true, user_add },
	{ "password", true, user_password },
	{ "disable", true, user_disable },
	{ "enable", true, user_enable },
	{ "list", false, user_list },
};

int
cmd_user(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "admin", no_argument, NULL, 'a' }, { "generate", no_argument, NULL, 'g' }, { 0 }
	};
	struct user u = { .cli = cli };
	struct fault f = FAULT_NONE;
	size_t i;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "ag", options, NULL)) != -1) {
		if (opt == '?')
			return cli_usage("user");
		u.admin |= opt == 'a';
		u.generate |= opt == 'g';
	}
	argc -= optind;
	argv += optind;
	for (i = 0; i < NELEM(acts); i++) {
		if (argc >= 1 && strcmp(argv[0], acts[i].name) == 0)
			break;
	}
	if (i == NELEM(acts) || argc != (acts[i].named ? 2 : 1))
		return cli_usage("user");
	u.name = argv[1];
	if ((u.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	rc = acts[i].run(&u, &f) == ERR_OK ? EXIT_WELL : cli_fail(&f);
	app_close(u.app);
	return rc;
}
