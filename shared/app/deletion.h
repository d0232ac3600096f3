/*
 * The receipt of a delete: every layer that held something of a picture, and when it was gone from there. A line is one layer at one place:
 * the site as a whole, a store, or a node with its own caches. The lines are written in the transaction that buries the picture; then each
 * layer is cleared as often as it takes. A receipt is complete when nothing is left anywhere but on nodes that are not there, and in stores that
 * are not in the settings any more; it says so.
 */
#ifndef APP_DELETION_H
#define APP_DELETION_H

#include "app/picture.h"

/* Within the transaction that buries p: the receipt and all its lines. Repeatable. */
enum err deletion_begin(struct app *app, struct arena *a, const struct picture_row *p, const char *why, struct fault *f) MUST_USE;

/*
 * Clear what can be cleared from here: this node's layers and (unless mine_only) those of the whole site. Each gets its turn even if an
 * earlier one fails. Notes each, and the end when all is done. The first failure comes back, but without mine_only none of a node's own
 * layers: every node's job runner sees to those, again and again. Repeatable.
 */
enum err deletion_clear(struct app *app, struct arena *a, const struct picture_row *p, bool mine_only, struct fault *f) MUST_USE;

/* The deletes that wait for this node, n at most, cleared here. *done counts those that went well; the first failure comes back. */
enum err deletion_of_node(struct app *app, struct arena *a, int n, int *done, struct fault *f) MUST_USE;

struct deletion_line {
	const char	*layer, *place;	/* place "": the site as a whole */
	bool		 on_node;
	bool		 away;		/* a node that is not there: nobody waits for it */
	bool		 removed;	/* a store that was taken out of the settings before it was cleared: nobody waits for it either */
	int64_t		 done_s;	/* 0: not yet */
	int		 tries;
	const char	*note;		/* why not yet, or what is to be said of it; for administrators */
};

struct deletion {
	char		 id[ID_SIZE];
	const char	*why;		/* "link", "api", ... */
	int64_t		 asked_s, done_s;	/* done_s 0: not complete */
	struct deletion_line *line;	/* only of deletion_get */
	size_t		 n;
};

/* ERR_NOTFOUND: never deleted. */
enum err deletion_get(struct app *app, struct arena *a, const char *id, struct deletion *out, struct fault *f) MUST_USE;

/* Receipts without their lines: open, longest waiting first, or complete, newest first; n at most. */
enum err deletion_list(struct app *app, struct arena *a, bool open, size_t n, struct deletion **out, size_t *got, struct fault *f) MUST_USE;

#endif
