/*
 * The whole cache within its size. Two walks and a histogram of ages instead of a sorted list:
 * memory does not grow with the number of files. The first walk measures, then the age is known
 * beyond which everything goes; the second removes. Builders and visitors go on meanwhile: a file
 * that is removed under them is a miss, a folder is made again.
 */
#include "app/variant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/variant_build.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/metric.h"

enum {
	AGES = 1 << 16, AGE_S = 60,	/* about 45 days by the minute; older is one */
	BLOCK_BYTES = 4096,
	KEEP_PERCENT = 90,
	TMP_S = 3600,			/* a temporary file this old has lost its maker */
	LOST_S = 120,			/* before a power cut: perhaps not written back */
	INODES = 4096,
	LONG_US = 2000000, REST_TIMES = 50	/* at most a fiftieth of the time */
};

struct trim {
	int	 cache_fd;
	int64_t	 now_s;
	int64_t	 bytes[AGES];		/* by age since the last use */
	int64_t	 total;
	int64_t	 lost_from_s, lost_to_s;	/* changed in this time: not to be trusted */
	int	 cutoff;		/* older goes ... */
	int64_t	 at_cutoff;		/* ... and of this age so many bytes */
	int64_t	 removed;
	ino_t	 ino[INODES];		/* removed from the folder at hand, for the aliases */
	size_t	 inos;
};

static int64_t
size_of(const struct stat *st)
{
	return (st->st_size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static int
age_of(const struct trim *t, const struct stat *st)
{
	int64_t age = (t->now_s - st->st_atime) / AGE_S;

	return age < 0 ? 0 : age >= AGES ? AGES - 1 : (int)age;
}

static bool
useless(const struct trim *t, const char *name, const struct stat *st)
{
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".bad") == 0)
		return st->st_mtime <= t->now_s;
	return st->st_size == 0 || (st->st_ctime >= t->lost_from_s && st->st_ctime < t->lost_to_s);
}

static bool
removed(struct trim *t, int dirfd, const char *name, const struct stat *st)
{
	if (t->inos == INODES || unlinkat(dirfd, name, 0) != 0)
		return false;
	t->removed += size_of(st);
	t->ino[t->inos++] = st->st_ino;
	return true;
}

static void
measure(int dirfd, const char *name, void *arg)
{
	struct trim *t = arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (useless(t, name, &st) && removed(t, dirfd, name, &st))
		return;
	t->bytes[age_of(t, &st)] += size_of(&st);
	t->total += size_of(&st);
}

static void
remove_old(int dirfd, const char *name, void *arg)
{
	struct trim *t = arg;
	struct stat st;
	int age;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	age = age_of(t, &st);
	if (age < t->cutoff || (age == t->cutoff && t->at_cutoff <= 0) ||
	    !removed(t, dirfd, name, &st))
		return;
	if (age == t->cutoff)
		t->at_cutoff -= size_of(&st);
	metric_add(METRIC_VARIANT_EVICTED, 1);
}

/* --- walking --- */

typedef void (*folder_fn)(struct trim *t, int dirfd, const char *name);

/* fn for every folder in the folder name. */
static void
each_folder(struct trim *t, int dirfd, const char *name, folder_fn fn)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dir == NULL) {
		fd_close(&fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.' && (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN))
			fn(t, fd, d->d_name);
	closedir(dir);
}

/* Every name goes with its last variant; so does the folder. */
static void
settle(struct trim *t, int dirfd, const char *id, void (*each)(int, const char *, void *))
{
	int fd = openat(dirfd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int64_t before = t->removed;

	if (fd < 0)
		return;
	variant_marks_tidy(t->cache_fd, fd);
	t->inos = 0;
	cache_walk(fd, "c", true, each, t);
	if (t->removed != before)
		variant_unalias(fd, t->ino, t->inos);
	fd_close(&fd);
	unlinkat(dirfd, id, AT_REMOVEDIR);
}

static void
measure_picture(struct trim *t, int dirfd, const char *id)
{
	settle(t, dirfd, id, measure);
}

static void
trim_picture(struct trim *t, int dirfd, const char *id)
{
	settle(t, dirfd, id, remove_old);
}

static void
measure_shard(struct trim *t, int dirfd, const char *name)
{
	each_folder(t, dirfd, name, measure_picture);
}

static void
trim_shard(struct trim *t, int dirfd, const char *name)
{
	each_folder(t, dirfd, name, trim_picture);
}

/* Pyramid steps and copies of remote originals have one name each. */
static void
measure_steps(struct trim *t, int dirfd, const char *name)
{
	t->inos = 0;
	cache_walk(dirfd, name, false, measure, t);
}

static void
trim_steps(struct trim *t, int dirfd, const char *name)
{
	t->inos = 0;
	cache_walk(dirfd, name, false, remove_old, t);
}

static void
remove_stale_tmp(int dirfd, const char *name, void *arg)
{
	const struct trim *t = arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && t->now_s - st.st_ctime > TMP_S)
		unlinkat(dirfd, name, 0);
}

/* What a delete had moved away and, dying, did not remove. */
static void
empty_dropped(struct trim *t, int dirfd, const char *name)
{
	cache_walk(dirfd, name, true, remove_stale_tmp, t);
}

/* --- how much --- */

/* The age from which on to remove, so that about goal bytes stay. */
static void
choose(struct trim *t, int64_t goal)
{
	int64_t over = t->total - goal;

	for (t->cutoff = AGES - 1; t->cutoff > 0 && t->bytes[t->cutoff] < over; t->cutoff--)
		over -= t->bytes[t->cutoff];
	t->at_cutoff = over;
}

static void
newest(int dirfd, const char *name, void *arg)
{
	struct trim *t = arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ctime < t->lost_to_s &&
	    st.st_ctime > t->lost_from_s)
		t->lost_from_s = st.st_ctime;
}

/*
 * Variants are not fsynced: they would cost more than they are worth. So what was made last before
 * a power cut may be cut short. A file names the boot that the cache was last used in; in a new
 * one, what the old one changed last is forgotten.
 */
static enum err
after_boot(struct app *app, struct trim *t, struct fault *f)
{
	struct buf now = BUF_INIT(128), then = BUF_INIT(128);
	struct fault ignored = FAULT_NONE;
	struct timespec up;
	char path[4096];
	enum err e = ERR_OK;

	snprintf(path, sizeof(path), "%s/boot", app->conf->cache_dir);
	if (file_read("/proc/sys/kernel/random/boot_id", &now, &ignored) != ERR_OK)
		goto out;
	if (file_read(path, &then, &ignored) == ERR_OK &&
	    strcmp(buf_str(&now), buf_str(&then)) == 0)
		goto out;
	if (then.len > 0 && clock_gettime(CLOCK_BOOTTIME, &up) == 0) {
		t->lost_to_s = time(NULL) - up.tv_sec;
		for (const char *letter = "v\0x\0y\0t\0"; *letter != '\0'; letter += 2)
			cache_walk(app->cache_fd, letter, false, newest, t);
		t->lost_from_s = t->lost_from_s > LOST_S ? t->lost_from_s - LOST_S : 0;
	}
	e = file_write_durable(path, buf_str(&now), now.len, 0644, f);
out:
	buf_free(&now);
	buf_free(&then);
	return e;
}

static void
look(struct app *app, struct trim *t)
{
	each_folder(t, app->cache_fd, "tmp", empty_dropped);
	cache_walk(app->cache_fd, "tmp", false, remove_stale_tmp, t);
	each_folder(t, app->cache_fd, "v", measure_shard);
	each_folder(t, app->cache_fd, "x", measure_shard);
	each_folder(t, app->cache_fd, "y", measure_steps);
	each_folder(t, app->cache_fd, "t", measure_steps);
}

static void
shrink(struct app *app, struct trim *t)
{
	int64_t before = t->removed;

	each_folder(t, app->cache_fd, "v", trim_shard);
	each_folder(t, app->cache_fd, "x", trim_shard);
	each_folder(t, app->cache_fd, "y", trim_steps);
	each_folder(t, app->cache_fd, "t", trim_steps);
	t->total -= t->removed - before;
}

enum err
cache_trim(struct app *app, int64_t max_bytes, int64_t *removed_bytes, int64_t *kept_bytes,
    struct fault *f)
{
	/* A cache so large that looking at it takes long is looked at less often. */
	static int64_t not_before_us, last_kept;
	int64_t start = clock_mono_us(), took;
	struct trim *t;
	enum err e;

	*removed_bytes = 0;
	*kept_bytes = last_kept;
	if (start < not_before_us)
		return ERR_OK;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return fault_set(f, ERR_NOMEM, "cache: no memory to trim");
	t->cache_fd = app->cache_fd;
	t->now_s = time(NULL);
	if ((e = after_boot(app, t, f)))
		goto out;
	look(app, t);
	if (t->total > max_bytes) {
		choose(t, max_bytes / 100 * KEEP_PERCENT);
		shrink(app, t);
	}
	*removed_bytes = t->removed;
	*kept_bytes = last_kept = t->total;
	took = clock_mono_us() - start;
	not_before_us = took > LONG_US ? start + took * REST_TIMES : 0;
out:
	free(t);
	return e;
}
