/*
 * tintype ops: what can be made of a picture, as a text, as a manual page, as a dictionary for the fuzzer.
 */
#include "tintype.h"

#include <stdio.h>
#include <string.h>

#include "image/op_doc.h"

int
cmd_ops(struct cli *cli, int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	(void)cli;
	if (argc == 1)
		ops_print_markdown(stdout);
	else if (strcmp(what, "man") == 0)
		ops_print_man(stdout);
	else if (strcmp(what, "dict") == 0)
		ops_print_dict(stdout);
	else
		return cli_usage("ops");
	return EXIT_WELL;
}
