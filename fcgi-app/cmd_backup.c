/*
 * tintype backup and restore: what the store does not hold, in one file.
 */
#include "tintype.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/backup.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/fdio.h"

/* The tables only: neither store nor cache is needed, and root stays who may write the file. */
static enum err
open_tables(struct cli *cli, struct conf **c, struct db **db, struct fault *f)
{
	enum err e;

	if ((e = conf_read(cli->conf_path, c, f)) || (e = db_open(*c, stmt_table, STMT__MAX, db, f)))
		return e;
	return db_ping(*db, f);
}

/* A folder gets a file named by the time. */
static const char *
file_name(struct cli *cli, const char *to)
{
	char date[ISO_DATE_SIZE];
	struct stat st;

	if (stat(to, &st) != 0 || !S_ISDIR(st.st_mode))
		return to;
	clock_iso_date(clock_now_s(), date);
	for (char *s = date; *s != '\0'; s++)
		if (*s == ':')
			*s = '-';
	return arena_printf(cli->mem, "%s/tintype-%s.jsonl", to, date);
}

/* Under another name until it is whole and on the disk. What is there already stays as it is. */
static enum err
write_file(struct cli *cli, struct db *db, const char *name, int64_t *rows, struct fault *f)
{
	const char *part = arena_printf(cli->mem, "%s.part", name);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "w") : NULL;
	enum err e;

	if (out == NULL) {
		e = fault_errno(f, ERR_IO, "%s", part);
		fd_close(&fd);
		return e;
	}
	e = backup_write(db, out, rows, f);
	if (e == ERR_OK && (fflush(out) != 0 || fsync(fd) != 0))
		e = fault_errno(f, ERR_IO, "%s", part);
	if (fclose(out) != 0 && e == ERR_OK)
		e = fault_errno(f, ERR_IO, "%s", part);
	if (e == ERR_OK && link(part, name) != 0)
		e = fault_errno(f, ERR_IO, "%s", name);
	unlink(part);
	return e;
}

static int
run(struct cli *cli, const char *name, bool restore)
{
	struct fault f = FAULT_NONE;
	struct conf *c = NULL;
	struct db *db = NULL;
	int64_t rows = 0;
	FILE *in = NULL;
	enum err e = open_tables(cli, &c, &db, &f);

	if (e == ERR_OK && restore && (in = fopen(name, "re")) == NULL)
		e = fault_errno(&f, ERR_IO, "%s", name);
	if (e == ERR_OK)
		e = restore ? backup_read(db, in, &rows, &f) : write_file(cli, db, name, &rows, &f);
	if (e == ERR_OK)
		printf("%s: %lld rows %s\n", name, (long long)rows, restore ? "restored" : "saved");
	if (in != NULL)
		fclose(in);
	db_close(db);
	conf_free(c);
	return e == ERR_OK ? EXIT_WELL : cli_fail(&f);
}

int
cmd_backup(struct cli *cli, int argc, char **argv)
{
	return argc == 2 ? run(cli, file_name(cli, argv[1]), false) : cli_usage("backup");
}

int
cmd_restore(struct cli *cli, int argc, char **argv)
{
	return argc == 2 ? run(cli, argv[1], true) : cli_usage("restore");
}
