/*
 * HTTP as a client: libcurl with our timeouts, one connection kept and used again. Bodies go from and to descriptors in
 * constant memory; what an error says is kept up to a few kilobytes. No redirects, no proxies of the environment. One request at a time.
 */
#ifndef DATA_FETCH_H
#define DATA_FETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

struct fetch;

struct fetch_conf {
	const char	*ca_file;	/* certificates to trust, or "" for the system's */
	int64_t		 connect_ms, stall_ms, total_ms;	/* limits of one request; stall_ms counts while nothing moves (below 1 KB/s) */
};

enum err fetch_open(const struct fetch_conf *c, struct fetch **out, struct fault *f) MUST_USE;
void	 fetch_close(struct fetch *ft);

struct fetch_ask {
	const char	*method;	/* "GET", "HEAD", "PUT", "POST", "DELETE" */
	const char	*url;
	const char	*const *header;	/* "name: value", NULL-terminated; NULL: none */
	int		 body_fd;	/* sent from body_off on; -1: body */
	off_t		 body_off, body_len;
	const void	*body;		/* NULL: no body */
	int		 to_fd;		/* where a 2xx body goes; -1: into answer.text */
	/* Instead: opens to_fd when the request has left, so that it costs no time; *fd stays the caller's. NULL: to_fd. Not called when nobody answers. */
	enum err	 (*to_open)(void *arg, int *fd, struct fault *f);
	void		*to_arg;
	bool		 rest;		/* a Range was asked for: only a 206 may go to to_fd */
	bool		 early;		/* come back with the first bytes, before they are in to_fd; fetch_more puts them there, and gets the others */
};
#define FETCH_ASK { .body_fd = -1, .to_fd = -1 }

struct fetch_answer {
	long		 status;	/* 0: nobody answered */
	bool		 open;		/* early was asked for, and more is to come */
	int64_t		 length;	/* Content-Length, -1: not told */
	const void	*piece;		/* the first bytes, where early was asked for, until fetch_more */
	size_t		 npiece;
	int64_t		 got;		/* bytes written to to_fd */
	uint64_t	 crc64;		/* of the bytes sent */
	uint8_t		 sha256[SHA256_BYTES];	/* of the bytes written to to_fd */
	char		 etag[128];	/* without quotes */
	char		 crc_header[24];	/* x-oss-hash-crc64ecma */
	char		 sha_header[SHA256_HEX];	/* x-amz-meta-sha256 or x-oss-meta-sha256: what we gave it along */
	char		 date[64];	/* the server's Date, to tell a wrong clock */
	struct buf	 text;		/* small bodies and what an error says; the caller frees it */
};

/*
 * One request. ERR_OK when anything was answered, whatever its status; ERR_STORE when not (refused, timed out, broken off), with the reason;
 * ERR_NOSPACE, ERR_IO for our own side. *sent: did any byte of the request leave? (else repeating is always safe).
 */
enum err fetch_run(struct fetch *ft, const struct fetch_ask *ask, struct fetch_answer *out, bool *sent, struct fault *f) MUST_USE;

/* An answer that is open: wait until more of it is in to_fd, or all. It, and to_fd, must still be where they were. An error, as above, ends it. */
enum err fetch_more(struct fetch *ft, struct fault *f) MUST_USE;

/* When nobody waits: what the next request needs in any case. */
void	 fetch_prepare(struct fetch *ft);

/* Give up an answer that is open; its connection ends. */
void	 fetch_stop(struct fetch *ft);

#endif
