/*
 * tintype init-db: the tables, made or brought up to date. Running it twice is safe.
 */
#include "tintype.h"

#include <getopt.h>
#include <stdio.h>

#include "app/stmt.h"

int
cmd_init_db(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "sql", required_argument, NULL, 's' }, { 0 } };
	const char *dir = TINTYPE_SHARE "/sql";
	struct fault f = FAULT_NONE;
	struct conf *c = NULL;
	struct db *db = NULL;
	int opt, applied = 0, rc = EXIT_FAILED;

	while ((opt = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		if (opt != 's')
			return cli_usage("init-db");
		dir = optarg;
	}
	if (optind != argc)
		return cli_usage("init-db");
	/* Not app_open(): this runs before there is anything to open. */
	if (conf_read(cli->conf_path, &c, &f) != ERR_OK ||
	    db_open(c, stmt_table, STMT__MAX, &db, &f) != ERR_OK ||
	    db_migrate(db, dir, &applied, &f) != ERR_OK || db_ping(db, &f) != ERR_OK) {
		cli_fail(&f);
		goto out;
	}
	printf("%d migration%s applied; the tables are of version %d\n", applied,
	    applied == 1 ? "" : "s", DB_SCHEMA);
	rc = EXIT_WELL;
out:
	db_close(db);
	conf_free(c);
	return rc;
}
