/*
 * What a driver of the object store is. Callers use store.h; a driver sees only keys that passed the gate (folder/name) and
 * whole objects. Adding one is a file and a row in store.c. Contracts of the calls are those of store.h.
 */
#ifndef DATA_STORE_DRIVER_H
#define DATA_STORE_DRIVER_H

#include "data/conf.h"
#include "data/store.h"

/* What is to be written: size bytes of a descriptor, or of memory. */
struct store_source {
	int		 fd;		/* from offset 0; -1: mem */
	const void	*mem;
	off_t		 size;
	const uint8_t	*sha256;	/* to be checked on the way, or NULL */
	bool		 own;		/* nobody else writes to fd: it may become the object */
	bool		 later;		/* settle is soon to come: only then it must be there, and durable */
};

/* d is what open gave. All return ERR_STORE when the store is away, ERR_IO when it fails, ERR_NOSPACE when it is full. */
struct store_driver {
	const char	*name;
	/* which: one of the kinds that the row in store.c names, for its section of the settings. */
	enum err	(*open)(const struct conf *c, enum conf_store which, void **d, struct fault *f);
	void		(*close)(void *d);
	enum err	(*put)(void *d, const char *key, const struct store_source *src, struct fault *f);
	/* fresh: from the store itself, not a copy on this node. ERR_DAMAGED when it is seen that the bytes are not what the key says. */
	enum err	(*get)(void *d, const char *key, bool fresh, int *fd, off_t *size, struct fault *f);
	/*
	 * The same as get from the store or a copy, yet back with the first bytes where there are many: then *rest is not NULL, *size is what the store
	 * says, and more and end (always, last) follow. more waits until more than *have bytes can be read, the last of them only when all are what the
	 * key says; else ERR_DAMAGED. After an error the store may write to fd what a mirror has. Before it, piece gives the first bytes, never the last,
	 * which may not be in fd yet; NULL: none. Nothing else may be asked of d before end. NULL: what get gives is there at once.
	 */
	enum err	(*begin)(void *d, const char *key, int *fd, off_t *size, void **rest, struct fault *f);
	const void	*(*piece)(void *rest, size_t *len);
	enum err	(*more)(void *rest, off_t *have, struct fault *f);
	void		(*end)(void *rest);
	/* A file without a name for a source that is own. NULL: none. */
	enum err	(*spool)(void *d, int *fd, struct fault *f);
	/* All that was put with later set is there and durable, or an error, and nothing of it half-written. NULL: it is at once. */
	enum err	(*settle)(void *d, struct fault *f);
	enum err	(*stat)(void *d, const char *key, off_t *size, struct fault *f);
	/*
	 * What get gave as fd, and its name, to the disk: who wrote it may not be done with that. NULL: what is there stays, and is not read before it
	 * is relied on, as that would cost too much.
	 */
	enum err	(*keep)(void *d, const char *key, int fd, struct fault *f);
	enum err	(*del)(void *d, const char *key, struct fault *f);
	/* del of all of them, in fewer requests. *unknown: this store cannot, and nothing was done. NULL: one at a time is as good. */
	enum err	(*del_many)(void *d, const char *const *key, size_t n, bool *unknown, struct fault *f);
	/* put of what the store of the same driver from has under this key: the bytes need not come by here. NULL: they must. *unknown: they must, this time. */
	enum err	(*copy)(void *d, void *from, const char *key, const struct store_source *src, bool *unknown, struct fault *f);
	enum err	(*list)(void *d, const char *prefix, store_each *each, void *arg, struct fault *f);
	enum err	(*check)(void *d, struct fault *f);
	/* Leftovers of crashed writers older than age_s, removed; their number. NULL: none possible. */
	enum err	(*tidy)(void *d, int64_t age_s, int *removed, struct fault *f);
	/* Name of the object's file below the driver's folder. NULL: objects are no files here. */
	enum err	(*path)(void *d, const char *key, char *out, size_t size, struct fault *f);
	/* Name of the node's own copy below cache.dir, where there is one. NULL: the driver keeps none. */
	enum err	(*tier)(void *d, const char *key, char *out, size_t size, struct fault *f);
	/* Remove the node's own copy, which is bad. NULL: the driver keeps none. */
	void		(*untier)(void *d, const char *key);
	/* Make a copy of what fd holds, which is proven, the node's own. */
	void		(*adopt)(void *d, const char *key, int fd, off_t size);
	/* An object that somebody else put there, by any key; the caller closes. NULL: there are none. */
	enum err	(*foreign)(void *d, const char *key, int *fd, off_t *size, struct fault *f);
	/* An address by which anybody may GET the object for expires_s seconds. NULL: nobody but us can reach it. */
	enum err	(*url)(void *d, const char *key, int64_t expires_s, struct arena *a, const char **out, struct fault *f);
};

extern const struct store_driver store_local, store_oss, store_s3;

#endif
