/*
 * The folders of a store of files, for its driver (store_local.c): KIND/ab/NAME below root is the object "KIND/NAME".
 */
#ifndef DATA_STORE_WALK_H
#define DATA_STORE_WALK_H

#include <stdint.h>

#include "data/store.h"

/* store_list of the files below the descriptor root. */
enum err store_walk(int root, const char *prefix, store_each *each, void *arg, struct fault *f) MUST_USE;

/* Remove the files in folder, a descriptor, that were not written to for age_s seconds; adds their number to *removed. */
enum err store_walk_tidy(int folder, int64_t age_s, int *removed, struct fault *f) MUST_USE;

#endif
