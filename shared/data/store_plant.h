/*
 * The folders of a store of files, for its driver (store_local.c): KIND/ab/NAME below root is the object "KIND/NAME". Those of the kinds that are
 * in use are all made when a store is opened first, so that no upload makes one.
 * 256 folders a kind: ten million pictures are 40,000 names in each, which ext4 and xfs find at once (their folders are trees of hashes), while
 * a second level would cost a small site a new folder, with an inode and a block of its own, for nearly every picture.
 */
#ifndef DATA_STORE_PLANT_H
#define DATA_STORE_PLANT_H

#include <stdbool.h>

#include "data/store.h"

#define STORE_DIR_MODE	0750

/*
 * Make the folders below the descriptor root, once; files of the older layout, KIND/ab/cd/NAME, move up into them. A program of a version that
 * knows only that one must not run any more. May be ended at any moment, and be done by several at once; the next who opens the store goes on.
 */
enum err store_plant(int root, struct fault *f) MUST_USE;

/* Is path, "KIND/ab/...", in one of those? Its name is on the disk, then. */
bool	 store_planted(const char *path) MUST_USE;

#endif
