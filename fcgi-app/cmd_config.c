/*
 * tintype config: the settings in force, checked, as an example, as a manual.
 */
#include "tintype.h"

#include <stdio.h>
#include <string.h>

#include "data/conf.h"

static int
with_settings(struct cli *cli, bool print)
{
	struct fault f = FAULT_NONE;
	struct conf *c = NULL;

	if (conf_read(cli->conf_path, &c, &f) != ERR_OK)
		return cli_fail(&f);
	if (print)
		conf_print(c, stdout);
	else {
		puts("the settings are well");
		if (*c->site_base_url == '\0')
			puts("note: site.base_url is empty: the site works on loopback addresses only");
	}
	conf_free(c);
	return EXIT_WELL;
}

int
cmd_config(struct cli *cli, int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "print") == 0)
		return with_settings(cli, true);
	if (strcmp(what, "check") == 0)
		return with_settings(cli, false);
	if (strcmp(what, "example") == 0)
		conf_print_example(stdout);
	else if (strcmp(what, "man") == 0)
		conf_print_man(stdout);
	else
		return cli_usage("config");
	return EXIT_WELL;
}
