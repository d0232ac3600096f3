/*
 * The wire: FastCGI over libfcgi (descriptor 0 listens), or plain CGI when descriptor 0 does not. One request at a time.
 */
#ifndef WEB_FCGI_H
#define WEB_FCGI_H

#include <stdbool.h>

#include "web/http.h"

struct transport;

/* How file bodies leave. */
enum sendfile { TR_STREAM, TR_X_ACCEL, TR_X_SENDFILE };

struct transport_conf {
	const char	*base_path;		/* "" or "/img": cut off from the front of REQUEST_URI */
	int		 trusted_proxies;	/* X-Forwarded-For hops to believe, and X-Forwarded-Proto if > 0 */
	enum sendfile	 sendfile;
};

/*
 * First of all in a program: from here until transport_open the signals that it handles wait. One that came while the settings were read would
 * end a worker to whom mod_fcgid has already given a request.
 */
void		 transport_hold_signals(void);

/* ERR_BADREQ when descriptor 0 does not listen and the environment holds no CGI request. Refuses to listen on TCP when libfcgi is not the patched one. SIGTERM/SIGUSR1: finish the request in hand, then transport_next says false. SIGHUP sets *reload. */
enum err	 transport_open(const struct transport_conf *c, struct transport **out, struct fault *f) MUST_USE;
void		 transport_close(struct transport *t);

/*
 * Wait for the next request and parse its head into *r (arena mem). false: end of work (signal, end of CGI). A head that cannot be parsed
 * still gives true, with *bad set to the error to answer.
 */
bool		 transport_next(struct transport *t, struct arena *mem, struct req *r, enum err *bad);

/* Was SIGHUP seen since the last call? */
bool		 transport_reload(struct transport *t);

/* Send the answer: headers, then the body (none for HEAD, 204, 304); Range on BODY_FD and BODY_MEM; drains what is left of the body, up to 64 KiB (all of it as plain CGI). *sent_bytes counts the body; -1: nothing left us at all, not even the headers, and another answer may be sent. */
enum err	 transport_send(struct transport *t, struct req *r, struct answer *a, int64_t *sent_bytes, struct fault *f) MUST_USE;

/* End the request (after sending, or after a failure that cannot be told any more). */
void		 transport_finish(struct transport *t);

/* The process id-free truth about this request, for the log: is it plain CGI? */
bool		 transport_is_cgi(const struct transport *t);

#endif
