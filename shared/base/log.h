/*
 * One line per event, as JSON, written with one write(2). Only the request loop,
 * the programs' main and the job runner log; everything below returns an error.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/defs.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Where to (path NULL or "": standard error) and from which level on. Reopens when called again. Falls back to standard error. */
void log_open(const char *program, const char *path, enum log_level least);
void log_close(void);

/* {"time":..,"level":..,"program":..,"pid":..,"event":"EVENT", ...fields}. */
struct log_line;
struct log_line *log_start(enum log_level level, const char *event);	/* NULL when the level is off; the calls below accept NULL */
void log_str(struct log_line *l, const char *key, const char *value);	/* value NULL: left out; bytes outside UTF-8 and control bytes are escaped */
void log_int(struct log_line *l, const char *key, int64_t value);
void log_end(struct log_line *l);					/* writes and frees */

/* The short form: one message. */
void log_msg(enum log_level level, const char *event, const char *fmt, ...) PRINTF(3, 4);

#endif
