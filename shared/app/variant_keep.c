/*
 * A picture's folder within bounds: thousands of junk variants of one picture must not fill the
 * disk, nor thousands of ways to write the same one.
 */
#include "app/variant_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "base/rnd.h"

enum {
	NAMES_PER_VARIANT = 4,
	LOOK_ONE_IN = 16,		/* new names after which all are counted */
	NAME_SIZE = 64
};

struct entry {
	struct timespec used;
	ino_t	 ino;
	char	 name[NAME_SIZE];
};

struct list {
	struct entry	*e;
	size_t		 n, cap;
};

static void
count(int dirfd, const char *name, void *arg)
{
	(void)dirfd;
	(void)name;
	++*(int64_t *)arg;
}

static int64_t
count_in(int dirfd, const char *name)
{
	int64_t n = 0;

	cache_walk(dirfd, name, false, count, &n);
	return n;
}

static void
collect(int dirfd, const char *name, void *arg)
{
	struct list *l = arg;
	struct stat st;
	struct entry *e;

	if (strlen(name) >= NAME_SIZE || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (l->n == l->cap) {
		if ((e = reallocarray(l->e, l->cap * 2 + 64, sizeof(*e))) == NULL)
			return;		/* what is not in the list stays */
		l->e = e;
		l->cap = l->cap * 2 + 64;
	}
	e = &l->e[l->n++];
	e->used = st.st_atim;
	e->ino = st.st_ino;
	memcpy(e->name, name, strlen(name) + 1);
}

static int
by_use(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
by_ino(const void *a, const void *b)
{
	const ino_t *x = a, *y = b;

	return *x == *y ? 0 : *x < *y ? -1 : 1;
}

struct ino_set {
	const ino_t	*ino;
	size_t		 n;
};

static void
drop_if_in(int dirfd, const char *name, void *arg)
{
	const struct ino_set *set = arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    bsearch(&st.st_ino, set->ino, set->n, sizeof(*set->ino), by_ino) != NULL)
		unlinkat(dirfd, name, 0);
}

void
variant_unalias(int dirfd, ino_t *ino, size_t n)
{
	struct ino_set set = { .ino = ino, .n = n };

	qsort(ino, n, sizeof(*ino), by_ino);
	cache_walk(dirfd, "q", true, drop_if_in, &set);
	cache_walk(dirfd, "p", true, drop_if_in, &set);
}

/* The oldest in use, so many that there is some room again; then what else they are called. */
static void
evict(int dirfd, int64_t max)
{
	struct list l = { 0 };
	size_t gone = 0, keep = (size_t)(max - max / 10);
	ino_t *ino;

	cache_walk(dirfd, "c", false, collect, &l);
	if (l.n > keep && (ino = calloc(l.n, sizeof(*ino))) != NULL) {
		char path[NAME_SIZE + 2];

		qsort(l.e, l.n, sizeof(*l.e), by_use);
		for (size_t i = 0; i < l.n - keep; i++) {
			snprintf(path, sizeof(path), "c/%s", l.e[i].name);
			if (unlinkat(dirfd, path, 0) == 0)
				ino[gone++] = l.e[i].ino;
		}
		variant_unalias(dirfd, ino, gone);
		metric_add(METRIC_VARIANT_EVICTED, gone);
		free(ino);
	}
	free(l.e);
}

void
variant_keep(struct app *app, const char *dir, int64_t max)
{
	int fd = openat(app->cache_fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && count_in(fd, "c") > max)
		evict(fd, max);
	fd_close(&fd);
}

void
variant_keep_names(struct app *app, const char *dir, int64_t max)
{
	struct fault ignored = FAULT_NONE;
	int fd = -1;

	if (rnd_below(LOOK_ONE_IN) == 0)
		fd = openat(app->cache_fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && count_in(fd, "q") + count_in(fd, "p") > max * NAMES_PER_VARIANT) {
		(void)!dir_remove(fd, "q", &ignored);
		(void)!dir_remove(fd, "p", &ignored);
	}
	fd_close(&fd);
}
