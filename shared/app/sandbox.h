/*
 * The worker's side of the sandbox: a child process that decodes, kept between requests. The child
 * is forked when first needed and re-executed clean; it gets descriptors and a small struct, no
 * names, no secrets, no sockets but ours.
 */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include <stddef.h>

#include "base/err.h"
#include "image/job.h"

struct sandbox;
struct conf;

/* Starts nothing yet. */
enum err sandbox_open(const struct conf *c, struct sandbox **out, struct fault *f) MUST_USE;

/* Ends the child, if any. */
void	 sandbox_close(struct sandbox *s);

/*
 * Run one job. weight_px: pixels the job will hold at its peak, for admission (slots shared by all
 * processes of the node, given back by the kernel when a holder dies). ERR_BUSY: no slot in time,
 * or the child was killed or stopped from outside (503 with Retry-After). ERR_BROKEN: the child
 * crashed, was killed by its filter or limits (fault says which), or ran out of time: the picture
 * is at fault. Otherwise the child's own answer: res->err with why and ec in *f (ec lives until the
 * next job). A child that failed is replaced before the next job. *res is filled on ERR_OK only.
 */
enum err sandbox_run(struct sandbox *s, const struct image_job *job, const int *fds, size_t nfds,
    uint64_t weight_px, struct image_result *res, struct fault *f) MUST_USE;

/*
 * True when the last sandbox_run ended with the child lost (crash, kill, time-out): the file's
 * hash is then worth remembering.
 */
int	 sandbox_crashed(const struct sandbox *s);

/*
 * Start the child now if there is none, without waiting for it: to be called as soon as it is
 * known that pixels will be needed.
 */
void	 sandbox_warm(struct sandbox *s);

/* End an idle or worn-out child; called by the request loop between requests. */
void	 sandbox_rest(struct sandbox *s);

/* Pid of the child or 0; for tests and readiness. */
int	 sandbox_pid(const struct sandbox *s);

/* Can a child be started and does it answer? For /readyz and doctor. */
enum err sandbox_check(struct sandbox *s, struct fault *f) MUST_USE;

#endif
