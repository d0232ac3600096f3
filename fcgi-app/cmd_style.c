/*
 * tintype style: named steps. What is stored was understood when it was stored.
 */
#include "tintype.h"

#include <stdio.h>
#include <string.h>

#include "app/stmt.h"
#include "base/clock.h"
#include "image/spec.h"

#define NAME_MAX_CHARS 63

static enum err
check(const char *name, const char *steps, struct fault *f)
{
	struct spec *sp;
	struct arena *a;
	size_t n = strlen(name);
	enum err e;

	if (n == 0 || n > NAME_MAX_CHARS || strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
		return fault_set(f, ERR_BADREQ, "a style's name has 1 to %d characters of A-Z a-z 0-9 . _ -",
		    NAME_MAX_CHARS);
	a = arena_new();
	sp = arena_alloc(a, sizeof(*sp));
	e = spec_parse(steps, strlen(steps), sp, f);
	if (e == ERR_OK && (*sp->style != '\0' || *sp->saveas != '\0'))
		e = fault_set(f, ERR_BADSPEC, "a style is made of image/ steps only");
	arena_free(a);
	return e;
}

static enum err
change(struct app *app, struct arena *a, const char *name, const char *steps, struct fault *f)
{
	struct db_result r;
	enum err e;

	if (steps != NULL)
		e = DB_RUN(app->db, a, STMT_STYLE_SET, &r, f, DB_STR(name), DB_STR(steps), DB_INT(clock_now_s()));
	else
		e = DB_RUN(app->db, a, STMT_STYLE_DELETE, &r, f, DB_STR(name));
	if (e == ERR_OK && steps == NULL && r.affected == 0)
		e = fault_set(f, ERR_NOTFOUND, "there is no style \"%s\"", name);
	if (e == ERR_OK)
		cache_delete(app->cache, arena_printf(a, "style:%s", name));
	return e;
}

static enum err
list(struct app *app, struct arena *a, struct fault *f)
{
	struct db_result r;
	enum err e = DB_RUN0(app->db, a, STMT_STYLE_LIST, &r, f);

	for (size_t i = 0; e == ERR_OK && i < r.rows; i++)
		printf("%s\t%s\n", db_text(&r, i, 0), db_text(&r, i, 1));
	return e;
}

int
cmd_style(struct cli *cli, int argc, char **argv)
{
	struct fault f = FAULT_NONE;
	const char *what = argc > 1 ? argv[1] : "";
	bool add = strcmp(what, "add") == 0 && argc == 4;
	bool rm = strcmp(what, "rm") == 0 && argc == 3;
	struct app *app;
	enum err e;

	if (!add && !rm && (strcmp(what, "list") != 0 || argc != 2))
		return cli_usage("style");
	if (add && check(argv[2], argv[3], &f) != ERR_OK)
		return cli_fail(&f);
	if ((app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	e = add || rm ? change(app, cli->mem, argv[2], add ? argv[3] : NULL, &f) : list(app, cli->mem, &f);
	app_close(app);
	return e == ERR_OK ? EXIT_WELL : cli_fail(&f);
}
