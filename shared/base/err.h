/*
 * The one error type. Whatever can fail returns enum err (0 is success) and,
 * through a struct fault the caller owns, the reason in words. The first reason
 * wins; results go out through the last parameters and only on success.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/defs.h"

enum err {
#define E(name, status, code, text) ERR_##name,
#include "base/err.def"
#undef E
	ERR__MAX
};
#define ERR_OK 0

#define FAULT_WHY_BYTES 256

/* Why something failed. Start with struct fault f = FAULT_NONE. */
struct fault {
	enum err	 err;			/* ERR_OK: nothing recorded */
	const char	*ec;			/* OSS "EC" number, static string, or NULL */
	const char	*hint;			/* what may be told to anybody, without names of hosts and folders; static string, or NULL */
	char		 why[FAULT_WHY_BYTES];	/* one line, for the log and (4xx) the visitor */
};
#define FAULT_NONE { .err = ERR_OK }

/* Record why (printf style) unless something is recorded already. Returns e, so that one can write return fault_set(...). f may be NULL. */
enum err fault_set(struct fault *f, enum err e, const char *fmt, ...) PRINTF(3, 4);

/* The same with an OSS error number ("0040-00000213"), a string that is never freed. */
enum err fault_ec(struct fault *f, enum err e, const char *ec, const char *fmt, ...) PRINTF(4, 5);

/* The same with ": " and strerror(errno) appended; ENOSPC and EDQUOT turn e into ERR_NOSPACE. */
enum err fault_errno(struct fault *f, enum err e, const char *fmt, ...) PRINTF(3, 4);

/* Name ("BADSPEC"), HTTP status, OSS code and the visitor's text of an error. Static strings. */
const char	*err_name(enum err e);
int		 err_status(enum err e);
const char	*err_oss_code(enum err e);
const char	*err_text(enum err e);

#endif
