/*
 * The strict half of reading settings. iniparser takes nearly anything: duplicates, names nobody knows, text cut at a
 * '#'. This reader goes over the file first, line by line, and refuses whatever could mean two things. Pure.
 */
#ifndef DATA_CONF_SCAN_H
#define DATA_CONF_SCAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define CONF_ROWS_MAX 256	/* rows conf_table may have */
#define CONF_LINE_BYTES 1000	/* iniparser's own limit is 1024 */
#define CONF_FILE_BYTES 262144

/* What the file says, by row of conf_table. */
struct conf_scan {
	const char	*value[CONF_ROWS_MAX];	/* in the arena; NULL: not in the file */
	int		 line[CONF_ROWS_MAX];	/* where, from 1 */
};

/*
 * Read len bytes of a settings file; file is its name for messages. Lines are empty, a comment (# or ;), [section], or
 * name = value, where a value with ; # \ or quotes in it, or blanks at its ends, stands in double quotes. ERR_BADREQ with "file:line: why".
 */
enum err conf_scan(const char *file, const char *text, size_t len, struct arena *a, struct conf_scan *out,
    struct fault *f) MUST_USE;

#endif
