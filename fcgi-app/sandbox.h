/*
 * What the files of the sandbox program share.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "image/job.h"

/*
 * The descriptor of the socket, and the exit codes that say "never got to work" and "hit by a
 * signal from outside"; the worker's side knows them (app/sandbox_child.h).
 */
enum { SANDBOX_FD = 3, SANDBOX_EXIT_SETUP = 120, SANDBOX_EXIT_HIT = 121 };

/*
 * From here on only what a decoder needs: memory, the descriptors that are given, and an end.
 * Anything else kills the process. false and errno when the kernel will not have it: the caller
 * must then not go on.
 */
bool	filter_load(void);

/*
 * Before filter_load(): the thread that pthread_create() gives out from then on, one and no more. false
 * and errno when it cannot be had.
 */
bool	thread_start(void);

#ifdef TINTYPE_SANDBOX_TEST
/*
 * JOB_TEST: do what must not be done. Returns from what is allowed, with *res saying how it went.
 */
void	misbehave(const char *how, struct image_result *res);
#endif

#endif
