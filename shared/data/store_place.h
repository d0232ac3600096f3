/*
 * How files of a store of files come into their places, for its driver (store_local.c): complete or not at all, and to stay.
 */
#ifndef DATA_STORE_PLACE_H
#define DATA_STORE_PLACE_H

#include "data/store.h"

#define STORE_PATH_SIZE	160
#define STORE_HELD	4	/* so many are placed at once, at most */

/* An object that is written, and not yet in its place. */
struct store_written {
	int	 fd;
	char	 tmp[24], path[STORE_PATH_SIZE], key[STORE_KEY_SIZE];	/* name in the folder tmp; path below root */
};

/* errno of a failed call: EIO and a full disk by their names, the rest too. */
enum err store_place_failed(struct fault *f, const char *what, const char *key);

/*
 * 1 to STORE_HELD objects into their places below root, and to the disk. The descriptors are closed, whatever comes; after an error those that did
 * not get there are gone.
 */
enum err store_place(int root, int tmp, struct store_written *w, size_t n, struct fault *f) MUST_USE;

/* What is written is not wanted. */
void	 store_place_forget(int tmp, struct store_written *w);

/* What lies in its place at path already, open as fd, to the disk: its bytes, and its name. */
enum err store_place_keep(int root, const char *path, int fd, const char *key, struct fault *f) MUST_USE;

/* Flush the folder path below root, in which an object's name came or went. */
enum err store_place_flush(int root, const char *path, const char *key, struct fault *f) MUST_USE;

#endif
