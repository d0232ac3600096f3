/*
 * The cache of variants kept within its size.
 */
#include "unit/test.h"

#include "fault/variant_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "base/fdio.h"

/* A file of the cache, last used so long ago. */
static void
old_file(const char *rel, off_t bytes, int age_s)
{
	struct fault f = FAULT_NONE;
	struct timespec times[2] = { { .tv_sec = time(NULL) - age_s }, { .tv_sec = CREATED_S } };
	int fd = -1;

	assert_int_equal(cache_tmp(&app, &fd, &f), ERR_OK);
	assert_int_equal(ftruncate(fd, bytes), 0);
	assert_int_equal(cache_publish(&app, fd, rel, CREATED_S, &f), ERR_OK);
	assert_int_equal(utimensat(app.cache_fd, rel, times, 0), 0);
	fd_close(&fd);
}

static void
test_trim(void **state)
{
	int64_t removed = -1, kept = -1;
	struct fault f = FAULT_NONE;

	(void)state;
	for (int i = 0; i < 50; i++) {
		const char *d =
		    arena_printf(mem, "%c/%02d/picture%07d", i % 5 == 0 ? 'x' : 'v', i % 7, i);

		old_file(arena_printf(mem, "%s/c/a.jpg", d), 8192, 120 * (i + 1));
		assert_true(cache_alias(&app, arena_printf(mem, "%s/c/a.jpg", d),
		    arena_printf(mem, "%s/q/s/t.jpg", d)));
	}
	old_file("y/ab/step.0.jpg", 8192, 7200);
	old_file("y/ab/step.1.jpg", 8192, 10);
	old_file("v/99/bad/c/x.bad", 100, 10);		/* its time is long past */

	assert_int_equal(cache_trim(&app, 52 * 8192, &removed, &kept, &f), ERR_OK);
	assert_int_equal(kept, 52 * 8192);
	assert_false(there("v/99/bad"));
	assert_int_equal(cache_trim(&app, 30 * 8192, &removed, &kept, &f), ERR_OK);
	assert_int_equal(kept + removed, 52 * 8192);
	assert_true(kept <= 27 * 8192 && kept >= 25 * 8192);
	assert_true(there("y/ab/step.1.jpg"));
	assert_false(there("y/ab/step.0.jpg"));
	for (int i = 0; i < 50; i++) {
		const char *d =
		    arena_printf(mem, "%c/%02d/picture%07d", i % 5 == 0 ? 'x' : 'v', i % 7, i);
		bool stays = i < 25;

		/* With its last variant everything of a picture goes. */
		if (i < 24 || i > 27)
			assert_int_equal(there("%s", d), stays);
		assert_int_equal(there("%s/c/a.jpg", d), there("%s/q/s/t.jpg", d));
	}
	assert_int_equal(cache_trim(&app, 0, &removed, &kept, &f), ERR_OK);
	assert_int_equal(kept, 0);
	assert_int_equal(count("v") + count("x") + count("y"), 0);
}

/* In another boot, what the old one changed last is not trusted. */
static void
test_after_power_cut(void **state)
{
	int64_t removed, kept;
	struct fault f = FAULT_NONE;
	struct timespec up;

	(void)state;
	if (access("/proc/sys/kernel/random/boot_id", R_OK) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return;
	old_file("v/99/id/c/whole.jpg", 5000, 10);
	old_file("v/99/id/c/empty.jpg", 0, 10);
	assert_int_equal(cache_trim(&app, MB, &removed, &kept, &f), ERR_OK);
	assert_true(there("v/99/id/c/whole.jpg"));
	assert_false(there("v/99/id/c/empty.jpg"));
	assert_true(there("boot"));
	/*
	 * Times of change cannot be set: all files are of this boot, so all stay, and the note is
	 * renewed.
	 */
	assert_int_equal(
	    file_write_durable(arena_printf(mem, "%s/boot", cache), "other\n", 6, 0644, &f),
	    ERR_OK);
	assert_int_equal(cache_trim(&app, MB, &removed, &kept, &f), ERR_OK);
	assert_true(there("v/99/id/c/whole.jpg"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_trim),
		T(test_after_power_cut),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
