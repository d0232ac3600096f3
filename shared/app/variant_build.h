/*
 * The parts of variant.c that have a life of their own: making one, and keeping a picture's folder
 * within bounds.
 */
#ifndef APP_VARIANT_BUILD_H
#define APP_VARIANT_BUILD_H

#include "app/variant.h"
#include "app/variant_mark.h"

/* Where things of one variant are. */
struct variant_names {
	char	 text[LIMIT_STEPS_BYTES];	/* canonical steps */
	char	 dir[64];			/* "v/HH/ID" */
	char	 rel[VARIANT_PATH_SIZE];	/* the file */
	char	 bad[VARIANT_PATH_SIZE];	/* note that it cannot be made */
	char	 alias[VARIANT_PATH_SIZE];	/* "": none */
	struct variant_marks marks;		/* what its watermarks show */
};

/* Make it in the sandbox and give it its name n->rel; fills *out but tier. */
enum err variant_build(struct app *app, struct arena *a, const struct variant_ask *ask,
    const struct variant_names *n, struct variant *out, struct fault *f) MUST_USE;

/*
 * Remove what is oldest in use from the picture's folder dir until there are at most so many
 * variants.
 */
void	 variant_keep(struct app *app, const char *dir, int64_t max);

/*
 * After a new alias: when a picture has very many, all are removed; each comes back with its next
 * request. Looks now and then only.
 */
void	 variant_keep_names(struct app *app, const char *dir, int64_t max);

/*
 * Remove the aliases in a picture's folder (a descriptor) whose file is one of these; sorts them.
 * Empty folders go as well.
 */
void	 variant_unalias(int dirfd, ino_t *ino, size_t n);

#endif
