/*
 * Files of the cache folder: written without a name, then given one. A crash leaves nothing behind.
 */
#ifndef APP_CACHE_FILE_H
#define APP_CACHE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "app/app.h"

/* An unnamed file to write to, on the cache's file system. */
enum err cache_tmp(struct app *app, int *fd, struct fault *f) MUST_USE;

/*
 * Give the file fd the name rel below cache.dir, readable by the web server, last changed at
 * mtime_s, used now. Folders are made. When there is one already it stays and fd's content is
 * dropped. A file of another file system, or one that cannot be linked, is copied.
 */
enum err cache_publish(struct app *app, int fd, const char *rel, int64_t mtime_s,
    struct fault *f) MUST_USE;

/*
 * A second name for the file rel, in a folder that is made. False: not made (there already, no
 * such file, no more links).
 */
bool	 cache_alias(struct app *app, const char *rel, const char *alias);

/* Note that a file was used now, unless that was noted a while ago. Its other times stay. */
void	 cache_used(struct app *app, const char *rel, const struct stat *st);

/*
 * Call each for every file below the folder name of dirfd. prune: folders that are empty
 * afterwards are removed, this one too.
 */
void	 cache_walk(int dirfd, const char *name, bool prune,
    void (*each)(int dirfd, const char *name, void *arg), void *arg);

#endif
