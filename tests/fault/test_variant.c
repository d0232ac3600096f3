/*
 * Variants on disk with the real sandbox: made, found, noted as impossible, made from smaller copies.
 */
#include "unit/test.h"

#include "fault/variant_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/job.h"
#include "app/pyramid.h"
#include "base/fdio.h"

static void
test_build_and_find(void **state)
{
	const char *d = picture_dir('v'), *q = arena_printf(mem, "%s/q/resize,w_100.jpg", d);
	struct variant v;
	struct stat st, al;
	struct fault f;

	(void)state;
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_OK);
	assert_string_equal(v.tier, "built");
	assert_int_equal(v.fmt, FMT_JPEG);
	assert_int_equal(fstatat(app.cache_fd, v.rel, &st, 0), 0);
	assert_int_equal(st.st_size, v.bytes);
	assert_int_equal(st.st_mtime, CREATED_S);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(fstatat(app.cache_fd, q, &al, 0), 0);
	assert_int_equal(al.st_ino, st.st_ino);
	assert_string_equal(tier("resize,w_100", VARIANT_QUERY), "disk");

	/* The same in other words, by the other address: one file, another name. */
	assert_string_equal(tier("resize,m_lfit,w_100", VARIANT_PATH), "disk");
	assert_true(there("%s/p/resize,m_lfit,w_100.jpg", d));
	assert_int_equal(count(arena_printf(mem, "%s/c", d)), 1);

	/* Names with folders, and what must not become a name. */
	assert_string_equal(tier("resize,w_50/rotate,90", VARIANT_PATH), "built");
	assert_true(there("%s/p/resize,w_50/rotate,90.jpg", d));
	assert_string_equal(tier("resize,w_60", VARIANT_NO_ALIAS), "built");
	assert_int_equal(
	    count(arena_printf(mem, "%s/q", d)) + count(arena_printf(mem, "%s/p", d)), 3);
	assert_int_equal(count("tmp"), 0);
}

static void
test_info(void **state)
{
	struct spec *sp = arena_alloc(mem, sizeof(*sp));
	struct variant_ask ask = { .pic = &pic, .spec = sp, .url = VARIANT_QUERY, .steps = "info" };
	struct buf b = BUF_INIT(65536);
	struct fault f = FAULT_NONE;
	struct variant v;

	(void)state;
	assert_int_equal(spec_parse("image/info", 10, sp, &f), ERR_OK);
	assert_int_equal(variant_get(&app, mem, &ask, &v, &f), ERR_OK);
	assert_int_equal(v.fmt, FMT_NONE);
	assert_int_equal(file_read(arena_printf(mem, "%s/%s", cache, v.rel), &b, &f), ERR_OK);
	assert_non_null(strstr(buf_str(&b), "800"));
	buf_free(&b);
}

static void
test_private(void **state)
{
	struct variant v;
	struct fault f;

	(void)state;
	pic.visibility = VIS_PRIVATE;
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_OK);
	assert_int_equal(strncmp(v.rel, "x/", 2), 0);
	assert_int_equal(count("v"), 0);
	assert_int_equal(count("x"), 1);
}

static void
test_deleted_meanwhile(void **state)
{
	struct variant v;
	struct fault f;

	(void)state;
	fresh_says = ERR_GONE;
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_GONE);
	assert_int_equal(count("v"), 0);

	/* Found on disk, but under a new name: looked at again, too. */
	fresh_says = ERR_OK;
	assert_string_equal(tier("resize,w_100", VARIANT_NO_ALIAS), "built");
	fresh_says = ERR_GONE;
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_GONE);
	assert_int_equal(count("v"), 0);

	/* The database is away: served, but no name that is served without us. */
	fresh_says = ERR_DB;
	assert_string_equal(tier("resize,w_100", VARIANT_QUERY), "built");
	assert_int_equal(count(picture_dir('v')), 1);
	fresh_says = ERR_OK;
	assert_string_equal(tier("resize,w_100", VARIANT_QUERY), "disk");
	assert_int_equal(count(picture_dir('v')), 2);

	assert_int_equal(variant_drop(&app, pic.id, &f), ERR_OK);
	assert_int_equal(variant_drop(&app, pic.id, &f), ERR_OK);
	assert_int_equal(count("v") + count("tmp"), 0);
}

static void
outdate(int dirfd, const char *name, void *arg)
{
	const struct timespec past[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	(void)arg;
	if (strstr(name, ".bad") != NULL)
		assert_int_equal(utimensat(dirfd, name, past, 0), 0);
}

static void
test_failure_is_noted(void **state)
{
	struct variant v;
	struct fault f, again;

	(void)state;
	spoil_source();
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_BROKEN);
	assert_int_equal(count(picture_dir('v')), 1);
	make_source(W, H);
	assert_int_equal(get("resize,w_100", FMT_JPEG, VARIANT_QUERY, &v, &again), ERR_BROKEN);
	assert_string_equal(again.why, f.why);
	assert_string_equal(tier("resize,w_101", VARIANT_QUERY), "built");

	/* Believed until its time only. */
	spoil_source();
	assert_int_equal(get("resize,w_103", FMT_JPEG, VARIANT_QUERY, &v, &f), ERR_BROKEN);
	make_source(W, H);
	cache_walk(app.cache_fd, picture_dir('v'), false, outdate, NULL);
	assert_string_equal(tier("resize,w_103", VARIANT_QUERY), "built");
}

static void
test_many_of_one_picture(void **state)
{
	const char *d = picture_dir('v');

	(void)state;
	conf.cache_max_per_picture = 10;
	for (int w = 1; w <= 40; w++) {
		tier(arena_printf(mem, "resize,w_%d", w), VARIANT_QUERY);
		assert_true(count(arena_printf(mem, "%s/c", d)) <= 10);
	}
	/* A name without its variant would hold the bytes. */
	assert_true(count(arena_printf(mem, "%s/q", d)) <= 10);
	assert_true(there("%s/q/resize,w_40.jpg", d));
	assert_false(there("%s/q/resize,w_1.jpg", d));
}

static void
test_many_names(void **state)
{
	const char *d = picture_dir('v');

	(void)state;
	conf.cache_max_per_picture = 5;
	for (int i = 0; i < 400; i++)
		tier(arena_printf(mem, "resize,w_10,x%d_1", i), VARIANT_QUERY);
	assert_int_equal(count(arena_printf(mem, "%s/c", d)), 1);
	assert_true(count(arena_printf(mem, "%s/q", d)) < 200);
}

static void
put_step(int n, const char *steps)
{
	struct fault f;
	struct variant v;
	int fd;

	assert_int_equal(get(steps, FMT_PNG, VARIANT_NO_ALIAS, &v, &f), ERR_OK);
	fd = openat(app.cache_fd, v.rel, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pyramid_put(&app, pic.blob, n, FMT_PNG, fd, &f), ERR_OK);
	fd_close(&fd);
	assert_int_equal(variant_drop(&app, pic.id, &f), ERR_OK);
}

static void
test_pyramid(void **state)
{
	static const struct { const char *steps; uint32_t step_px;
	} cases[] = {
		{ "resize,w_100", 320 },
		{ "resize,w_160", 320 },
		{ "resize,w_161", 1280 },
		{ "resize,w_640", 1280 },
		{ "resize,w_641", 0 },
		{ "resize,p_4", 320 },
		{ "resize,m_fill,w_200,h_200", 1280 },
		{ "crop,w_100,h_100", 0 },
		{ "resize,w_100/crop,w_50,h_50", 320 },
		{ "rotate,90/resize,w_100", 0 },
		{ "resize,w_150/watermark,text_SGVsbG8", 320 },
	};
	struct pyramid_step step;
	struct fault f = FAULT_NONE;
	struct variant v;

	(void)state;
	make_source(BIG_W, BIG_H);
	put_step(0, "resize,w_1280");
	put_step(1, "resize,w_320");
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct spec *sp = arena_alloc(mem, sizeof(*sp));
		bool got;

		assert_int_equal(
		    spec_parse_path(cases[i].steps, strlen(cases[i].steps), FMT_JPEG, sp, &f),
		    ERR_OK);
		got = pyramid_open(&app, &pic, sp, &step);
		if (got != (cases[i].step_px != 0) || (got && step.width_px != cases[i].step_px))
			fail_msg("%s: %u", cases[i].steps, got ? step.width_px : 0);
		if (got)
			fd_close(&step.fd);
	}
	/* Made from the copy alone, with the original's geometry. */
	assert_int_equal(unlink(source), 0);
	assert_int_equal(get("resize,p_2", FMT_BMP, VARIANT_NO_ALIAS, &v, &f), ERR_OK);
	assert_true(v.bytes >= 80 * 60 * 3);
	assert_int_equal(pyramid_drop(&app, pic.blob, &f), ERR_OK);
	assert_int_equal(get("resize,p_1", FMT_BMP, VARIANT_NO_ALIAS, &v, &f), ERR_STORE);
	assert_int_equal(count("y"), 0);
}

/* Lost, missed, made again: the same as at first, and once only. */
static void
test_pyramid_again(void **state)
{
	struct job job = { .kind = "pyramid", .key = pic.id };
	struct fault f = FAULT_NONE;
	const char *what = NULL;

	(void)state;
	make_source(BIG_W, BIG_H);
	jobs_added = 0;
	tier("resize,w_1000", VARIANT_NO_ALIAS);	/* too large for a copy to serve */
	assert_int_equal(count("y"), 0);
	tier("resize,w_100", VARIANT_NO_ALIAS);
	assert_int_equal(count("y"), 2);
	assert_int_equal(unlink(source), 0);
	tier("resize,w_101", VARIANT_NO_ALIAS);
	assert_int_equal(pyramid_drop(&app, pic.blob, &f), ERR_OK);

	/* Of a picture that does not decode there is none, and that is remembered. */
	make_source(BIG_W, BIG_H);
	spoil_source();
	assert_int_equal(pyramid_job(&app, mem, &job, &what, &f), ERR_OK);
	make_source(BIG_W, BIG_H);
	tier("resize,w_103", VARIANT_NO_ALIAS);
	assert_int_equal(count("y"), 1);
	assert_int_equal(jobs_added, 0);

	/* Deleted before and meanwhile. */
	fresh_says = ERR_GONE;
	assert_int_equal(pyramid_drop(&app, pic.blob, &f), ERR_OK);
	assert_int_equal(pyramid_job(&app, mem, &job, &what, &f), ERR_OK);
	assert_int_equal(count("y"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_build_and_find),
		T(test_info),
		T(test_private),
		T(test_deleted_meanwhile),
		T(test_failure_is_noted),
		T(test_many_of_one_picture),
		T(test_many_names),
		T(test_pyramid),
		T(test_pyramid_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
