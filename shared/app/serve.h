/*
 * The request loop: accept, a list of phases walked until one says no, one log line, and again.
 * A program's file is a route table and a call of serve_main().
 */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "app/call.h"

/* The whole of main(): options -c FILE and -V, open, loop until told to stop, close. Returns the exit code. */
int	 serve_main(int argc, char **argv, const char *program, const struct route *routes);

/* Turn an error into the answer the client asked for (XML, JSON, page, text), with cause and request id. Used by the loop; handlers just return the error. */
void	 serve_error(struct call *c, struct req *r, struct answer *a, enum err e);

#endif
