/*
 * Errors and their words, from err.def.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char	*name;
	int		 status;
	const char	*oss_code, *text;
} rows[ERR__MAX] = {
#define E(name, status, code, text) [ERR_##name] = { #name, status, code, text },
#include "base/err.def"
#undef E
};

/* One line: whatever would break it becomes a space. */
static void
one_line(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

PRINTF(4, 0) static void
record(struct fault *f, enum err e, const char *ec, const char *fmt, va_list ap)
{
	f->err = e;
	f->ec = ec;
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	one_line(f->why);
}

enum err
fault_set(struct fault *f, enum err e, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL || f->err != ERR_OK)
		return e;
	va_start(ap, fmt);
	record(f, e, NULL, fmt, ap);
	va_end(ap);
	return e;
}

enum err
fault_ec(struct fault *f, enum err e, const char *ec, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL || f->err != ERR_OK)
		return e;
	va_start(ap, fmt);
	record(f, e, ec, fmt, ap);
	va_end(ap);
	return e;
}

enum err
fault_errno(struct fault *f, enum err e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (saved == ENOSPC || saved == EDQUOT)
		e = ERR_NOSPACE;
	if (f == NULL || f->err != ERR_OK)
		return e;
	va_start(ap, fmt);
	record(f, e, NULL, fmt, ap);
	va_end(ap);
	n = strlen(f->why);
	snprintf(f->why + n, sizeof(f->why) - n, ": %s", strerror(saved));
	errno = saved;
	return e;
}

/* A number from outside of the enum is a bug, but the request still deserves an answer. */
static enum err
known(enum err e)
{
	return (unsigned)e < ERR__MAX ? e : ERR_INTERNAL;
}

const char *
err_name(enum err e)
{
	return rows[known(e)].name;
}

int
err_status(enum err e)
{
	return rows[known(e)].status;
}

const char *
err_oss_code(enum err e)
{
	return rows[known(e)].oss_code;
}

const char *
err_text(enum err e)
{
	return rows[known(e)].text;
}
