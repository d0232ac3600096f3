/*
 * Inside of the store: private to data/store.c and data/store_read.c.
 */
#ifndef DATA_STORE_INT_H
#define DATA_STORE_INT_H

#include "base/metric.h"
#include "data/store_driver.h"

struct target {
	const struct store_driver	*drv;
	enum conf_store			 which;
	void				*d;		/* NULL: a mirror that could not be opened */
	int64_t				 again_us;	/* when to try that again */
};

struct store {
	const struct conf	*conf;
	struct target		 target[CONF_STORE__MAX];	/* 0: primary */
	int			 n;
	struct store_watch	 watch;
	bool			 held;		/* between store_hold and store_settle */
};

/* Open, or open again? *out is the driver's own. */
enum err store_ready(struct store *s, int t, void **out, struct fault *f) MUST_USE;

/*
 * From this target alone and not a copy on this node, of so many bytes (-1: any), a blob's read and compared with its key (in store_read.c).
 * ERR_DAMAGED: they are others. The caller closes.
 */
enum err store_get_proven(struct store *s, int t, const char *key, off_t bytes, int *fd, off_t *size, struct fault *f) MUST_USE;

enum err store_check_key(const char *key, struct fault *f) MUST_USE;

/* Count, and keep "not there" out of the errors. */
enum err store_count(enum err e, enum metric m) MUST_USE;

#endif
