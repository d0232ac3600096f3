/*
 * Variants on disk with the real sandbox, by many processes at once. The database and the store are
 * the few lines below: what they say is set by each test.
 */
#include "unit/test.h"

#include "app/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "app/cache_file.h"
#include "app/picture_name.h"
#include "app/pyramid.h"
#include "app/sandbox.h"
#include "base/fdio.h"
#include "base/metric.h"

#define MB (1LL << 20)

enum { W = 800, H = 600, BIG_W = 4000, BIG_H = 3000, BMP_HEAD = 54, CREATED_S = 1700000000 };

static const char *dir;
static char program[4096], source[4096], cache[4096];
static char none[] = "";
static struct conf conf;
static struct app app;
static struct arena *mem;

/* --- the world -------------------------------------------------------------------------------- */

static struct picture_row pic;
static enum err fresh_says;		/* what the database answers when asked again */
static int fresh_asked;

enum err
picture_get_fresh(
    struct app *ap, struct arena *a, const char *id, struct picture_row *out, struct fault *f)
{
	(void)ap;
	(void)a;
	(void)id;
	fresh_asked++;
	if (fresh_says != ERR_OK)
		return fault_set(f, fresh_says, "as the test wants it");
	*out = pic;
	return ERR_OK;
}

enum err
picture_get(struct app *ap, struct arena *a, const char *id, struct picture_row *out,
    const char **tier, struct fault *f)
{
	(void)tier;
	return picture_get_fresh(ap, a, id, out, f);
}

enum err
picture_named(struct app *ap, struct arena *a, const char *name, int64_t owner,
    struct picture_row *out, struct fault *f)
{
	(void)ap;
	(void)a;
	(void)name;
	(void)owner;
	(void)out;
	return fault_set(f, ERR_NOTFOUND, "no picture has that name");
}

enum err
store_get_blob(struct store *s, const uint8_t sha256[SHA256_BYTES], off_t bytes, bool prove, int *fd, struct fault *f)
{
	struct stat st;

	(void)s;
	(void)sha256;
	(void)bytes;
	(void)prove;
	if ((*fd = open(source, O_RDONLY | O_CLOEXEC)) < 0 || fstat(*fd, &st) != 0)
		return fault_errno(f, ERR_NOTFOUND, "%s", source);
	return ERR_OK;
}

void
store_blob_key(const uint8_t sha256[SHA256_BYTES], char out[STORE_KEY_SIZE])
{
	snprintf(out, STORE_KEY_SIZE, "o/%02x", sha256[0]);
}

static int jobs_added;

enum err
job_add(struct app *ap, struct arena *a, const char *kind, const char *key, const char *payload,
    int64_t delay_s, struct fault *f)
{
	(void)ap;
	(void)a;
	(void)payload;
	(void)delay_s;
	(void)f;
	assert_string_equal(kind, "pyramid");
	assert_string_equal(key, pic.id);
	jobs_added++;
	return ERR_OK;
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The stored original: a BMP needs no encoder. */
static void
make_source(int w, int h)
{
	size_t n = BMP_HEAD + (size_t)w * (size_t)h * 3;
	uint8_t *b = calloc(1, n);
	struct fault f = FAULT_NONE;

	assert_non_null(b);
	memcpy(b, "BM", 2);
	put32(b + 2, (uint32_t)n);
	put32(b + 10, BMP_HEAD);
	put32(b + 14, 40);
	put32(b + 18, (uint32_t)w);
	put32(b + 22, (uint32_t)h);
	b[26] = 1;
	b[28] = 24;
	for (size_t i = BMP_HEAD; i < n; i++)
		b[i] = (uint8_t)(i / 7 + i / (size_t)w);
	assert_int_equal(file_write_durable(source, b, n, 0644, &f), ERR_OK);
	free(b);
	pic.src = (struct source){ .fmt = FMT_BMP,
		.width_px = (uint32_t)w,
		.height_px = (uint32_t)h,
		.frames = 1,
		.orientation = 1,
		.bytes = n };
}

static void
open_sandbox(void)
{
	struct fault f = FAULT_NONE;

	assert_int_equal(sandbox_open(&conf, &app.sandbox, &f), ERR_OK);
}

static int
each_setup(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	mem = arena_new();
	conf = (struct conf){
		.sandbox_path = program,
		.image_fonts = none,
		.server_state_dir = cache,
		.cache_dir = cache,
		.cache_max_per_picture = 100,
		.image_quality = 85,
		.sandbox_jobs = 1000,
		.sandbox_idle_s = 60,
		.sandbox_memory_bytes = 256 * MB,
		.sandbox_total_bytes = 1024 * MB,
		.sandbox_timeout_ms = 60000,
		.sandbox_wait_ms = 60000,
		.image_pyramid = 1,
	};
	app = (struct app){ .program = "test",
		.conf = &conf,
		.limits = { .max_pixels = 100000000,
		    .max_frame_pixels = 100000000,
		    .max_side_px = 30000 } };
	if (dir_make(AT_FDCWD, cache, 0755, &f) ||
	    metric_open(arena_printf(mem, "%s/metrics", dir), &f) ||
	    (app.cache_fd = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	fresh_says = ERR_OK;
	memset(&pic, 0, sizeof(pic));
	id_make(CREATED_S, pic.id);
	pic.created_s = CREATED_S;
	make_source(W, H);
	open_sandbox();
	return 0;
}

static int
each_teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	sandbox_close(app.sandbox);
	fd_close(&app.cache_fd);
	arena_free(mem);
	return dir_remove(AT_FDCWD, cache, &f) == ERR_OK ? 0 : -1;
}

/* steps as a visitor writes them behind ?x-oss-process=image/ */
static enum err
get(const char *steps, enum fmt fmt, enum variant_url url, struct variant *v, struct fault *f)
{
	struct spec *sp = arena_alloc(mem, sizeof(*sp));
	struct variant_ask ask = {
		.pic = &pic, .spec = sp, .fmt = fmt, .url = url, .steps = steps
	};

	*f = (struct fault)FAULT_NONE;
	assert_int_equal(spec_parse_path(steps, strlen(steps), fmt, sp, f), ERR_OK);
	return variant_get(&app, mem, &ask, v, f);
}

static const char *
tier(const char *steps, enum variant_url url)
{
	struct variant v;
	struct fault f;
	enum err e = get(steps, FMT_JPEG, url, &v, &f);

	if (e != ERR_OK)
		fail_msg("%s: %s: %s", steps, err_name(e), f.why);
	return v.tier;
}

PRINTF(1, 2) static bool
there(const char *fmt, ...)
{
	char path[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return faccessat(app.cache_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *
picture_dir(char letter)
{
	return arena_printf(mem, "%c/%s/%s", letter, pic.id + ID_CHARS - 2, pic.id);
}

static void
count_one(int dirfd, const char *name, void *arg)
{
	(void)dirfd;
	(void)name;
	++*(int *)arg;
}

static int
count(const char *path)
{
	int n = 0;

	cache_walk(app.cache_fd, path, false, count_one, &n);
	return n;
}

/*
 * --- tests --------------------------------------------------------------------------------------
 */

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
spoil_source(void)
{
	assert_int_equal(truncate(source, 20), 0);
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

/* Asks when the pipe start is closed by the parent. */
static pid_t
in_a_process(const char *steps, const int start[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		struct variant v;
		struct fault f;
		char c;

		open_sandbox();
		close(start[1]);
		if (read(start[0], &c, 1) != 0)
			_exit(2);
		_exit(get(steps, FMT_JPEG, VARIANT_PATH, &v, &f) == ERR_OK ? 0 : 1);
	}
	return pid;
}

static int
failures(const pid_t *pid, int n)
{
	int status, bad = 0;

	for (int i = 0; i < n; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != 0)
			bad++;
	return bad;
}

static void
test_stampede(void **state)
{
	enum { CROWD = 64 };
	uint64_t builds = metric_get(METRIC_VARIANT_BUILDS), hits = metric_get(METRIC_VARIANT_HITS);
	uint64_t starts = metric_get(METRIC_SANDBOX_STARTS);
	pid_t pid[CROWD];
	int p[2];

	(void)state;
	make_source(BIG_W, BIG_H);
	assert_int_equal(pipe(p), 0);
	for (int i = 0; i < CROWD; i++)
		pid[i] = in_a_process("resize,w_400", p);
	close(p[0]);
	close(p[1]);
	assert_int_equal(failures(pid, CROWD), 0);
	assert_int_equal(metric_get(METRIC_VARIANT_BUILDS), builds + 1);
	assert_int_equal(metric_get(METRIC_SANDBOX_STARTS), starts + 1);
	assert_true(metric_get(METRIC_VARIANT_HITS) - hits < CROWD);
	assert_int_equal(count(arena_printf(mem, "%s/c", picture_dir('v'))), 1);
}

/*
 * A builder killed in the middle: its lock is free, nothing of it lies about, the next one builds.
 */
static void
test_builder_killed(void **state)
{
	int p[2], status;
	pid_t pid;

	(void)state;
	make_source(BIG_W, BIG_H);
	for (int ms = 5; ms <= 45; ms += 10) {
		assert_int_equal(pipe(p), 0);
		pid = in_a_process("resize,w_3000", p);
		close(p[0]);
		close(p[1]);
		usleep((useconds_t)ms * 1000);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_int_equal(count("tmp"), 0);
	}
	assert_non_null(tier("resize,w_3000", VARIANT_PATH));
	assert_int_equal(count(arena_printf(mem, "%s/c", picture_dir('v'))), 1);
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

/* The trimmer takes all away all the time; the builders still answer. */
static void
test_trim_beside_builders(void **state)
{
	enum { BUILDERS = 4 };
	pid_t pid[BUILDERS], trimmer = fork();
	struct fault f = FAULT_NONE;

	(void)state;
	if (trimmer == 0) {
		int64_t removed, kept;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (cache_trim(&app, 0, &removed, &kept, &f) != ERR_OK)
				_exit(1);
	}
	for (int b = 0; b < BUILDERS; b++)
		if ((pid[b] = fork()) == 0) {
			struct variant v;
			int bad = 0;

			open_sandbox();
			for (int i = 0; i < 30; i++) {
				enum err e = get(arena_printf(mem, "resize,w_%d", 10 + i), FMT_JPEG,
				    VARIANT_PATH, &v, &f);

				if (e == ERR_OK || e == ERR_BUSY)
					continue;
				print_message("# %s: %s\n", err_name(e), f.why);
				bad++;
			}
			_exit(bad != 0);
		}
	assert_int_equal(failures(pid, BUILDERS), 0);
	assert_int_equal(waitpid(trimmer, NULL, WNOHANG), 0);
	kill(trimmer, SIGKILL);
	waitpid(trimmer, NULL, 0);
}

static int
setup(void **state)
{
	const char *build = getenv("TINTYPE_BUILD");

	(void)state;
	dir = test_mkdir();
	snprintf(program, sizeof(program), "%s/sandbox", build != NULL ? build : ".");
	snprintf(source, sizeof(source), "%s/original", dir);
	snprintf(cache, sizeof(cache), "%s/cache", dir);
	return 0;
}

static int
teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	return dir_remove(AT_FDCWD, dir, &f) == ERR_OK ? 0 : -1;
}

#define T(name) cmocka_unit_test_setup_teardown(name, each_setup, each_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_build_and_find),
		T(test_info),
		T(test_private),
		T(test_deleted_meanwhile),
		T(test_failure_is_noted),
		T(test_stampede),
		T(test_builder_killed),
		T(test_many_of_one_picture),
		T(test_many_names),
		T(test_pyramid),
		T(test_pyramid_again),
		T(test_trim),
		T(test_after_power_cut),
		T(test_trim_beside_builders),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
