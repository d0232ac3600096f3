/*
 * The tintype command: what its subcommands (cmd_*.c) are given and share.
 */
#ifndef TINTYPE_H
#define TINTYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "base/arena.h"
#include "base/err.h"

/* Exit codes: 0 well, 1 failed or something was found, 2 wrong use. */
enum { EXIT_WELL, EXIT_FAILED, EXIT_USE };

struct cli {
	const char	*conf_path;	/* of -c, or NULL */
	struct arena	*mem;		/* until the command ends */
};

struct cmd {
	const char	*name;		/* "user" */
	const char	*args;		/* "add NAME [--admin] [--generate]" */
	const char	*doc;
	int		(*run)(struct cli *cli, int argc, char **argv);	/* argv[0] is the subcommand */
};

int	cmd_backup(struct cli *cli, int argc, char **argv);
int	cmd_config(struct cli *cli, int argc, char **argv);
int	cmd_doctor(struct cli *cli, int argc, char **argv);
int	cmd_import(struct cli *cli, int argc, char **argv);
int	cmd_init_db(struct cli *cli, int argc, char **argv);
int	cmd_jobs(struct cli *cli, int argc, char **argv);
int	cmd_migrate(struct cli *cli, int argc, char **argv);
int	cmd_ops(struct cli *cli, int argc, char **argv);
int	cmd_rebuild(struct cli *cli, int argc, char **argv);
int	cmd_restore(struct cli *cli, int argc, char **argv);
int	cmd_scrub(struct cli *cli, int argc, char **argv);
int	cmd_sign(struct cli *cli, int argc, char **argv);
int	cmd_style(struct cli *cli, int argc, char **argv);
int	cmd_user(struct cli *cli, int argc, char **argv);

/* How far a long command is, on a terminal: "done of all what", or only done when all is 0. Cheap to call for each thing. */
struct cli_progress {
	int64_t		 next_us;
	bool		 shown;
};
#define CLI_PROGRESS { 0 }
void	cli_progress(struct cli_progress *p, int64_t done, int64_t all, const char *what);
void	cli_progress_end(struct cli_progress *p);

/* "tintype: WHY" on standard error; EXIT_FAILED. */
int	cli_fail(const struct fault *f);

/* How a subcommand is used, on standard error; EXIT_USE. */
int	cli_usage(const char *name);

/* app_open() for the command, as the owner of the store when root calls; says why not. NULL: failed. */
struct app *cli_open(struct cli *cli);

#endif
