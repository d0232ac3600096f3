/*
 * This machine among those of the site. A node is a host and the cache folder on it; the job runner that looks after the folder says
 * every few seconds that the node is there, and clears from it what others deleted.
 */
#ifndef APP_NODE_H
#define APP_NODE_H

#include "app/app.h"
#include "app/job.h"

/* Seen within so long a node is alive, and a delete is not complete without it. Runners from cron come once a minute. */
#define NODE_LIVE_S 600

/* Unseen for so long it is forgotten; should it come back it looks through its whole cache first. */
#define NODE_FORGET_S (30 * 86400)

/* The name of this node, in the arena. */
const char *node_name(const struct app *app, struct arena *a);

/*
 * The periodic job "node": say that this node is there, clear what was deleted elsewhere. A node that is new looks through its cache for
 * pictures that ended while nobody told it.
 */
enum err node_job(struct app *app, struct arena *a, const struct job *j, const char **what, struct fault *f) MUST_USE;

#endif
