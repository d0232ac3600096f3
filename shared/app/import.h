/*
 * Pictures from elsewhere, under the keys they have there: /k/KEY. Each goes the way of an upload: proof in the sandbox, limits, store, index.
 * What was imported before is known by its key, size and time and is not read again; bytes that the store has are not written again. So it may
 * be broken off and called again.
 */
#ifndef APP_IMPORT_H
#define APP_IMPORT_H

#include "app/picture.h"

enum import_count {
	IMPORT_ADDED,		/* new here; or replaced, when the key was known with other bytes */
	IMPORT_SHARED,		/* of those: whose bytes were in the store already */
	IMPORT_KNOWN,		/* imported before */
	IMPORT_REFUSED,		/* no picture, too large, no key, ...: the file is to blame */
	IMPORT_FAILED,		/* we are: worth another call */
	IMPORT__MAX
};

struct import {
	struct app	*app;
	bool		 dry_run;	/* only look */
	bool		 verify;	/* read what is known, too, and compare */
	const char	*prefix;	/* put in front of each key, "" for none */
	int64_t		 owner;		/* 0: nobody */
	enum visibility	 visibility;
	void		(*told)(enum import_count what, const char *key, const char *why, void *arg);	/* of REFUSED and FAILED; dry_run: ADDED */
	void		(*progress)(int64_t done, int64_t all, void *arg);	/* all 0: not known */
	void		*arg;
	int64_t		 all, done, bytes;	/* bytes: of what was added */
	int64_t		 count[IMPORT__MAX];
	int		 failed_in_row;
};

/* In words, for people. */
const char	*import_text(enum import_count what);

/* All files below a folder; links are not followed. An error only when it makes no sense to go on. */
enum err	 import_folder(struct import *im, const char *dir, struct fault *f) MUST_USE;

/* All objects of a bucket whose key begins with only; from was opened by store_open_one. */
enum err	 import_bucket(struct import *im, struct store *from, const char *only, struct fault *f) MUST_USE;

#endif
