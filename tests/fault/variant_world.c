/*
 * Variants on disk with the real sandbox. The database and the store are the few lines below: what they say is set by each test.
 */
#include "unit/test.h"

#include "fault/variant_world.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "app/cache_file.h"
#include "app/job.h"
#include "app/sandbox.h"
#include "app/variant.h"
#include "base/fdio.h"
#include "base/metric.h"

enum { BMP_HEAD = 54 };

const char *dir;
char source[4096], cache[4096];
struct conf conf;
struct app app;
struct arena *mem;

static char program[4096];
static char none[] = "";

struct picture_row pic;
enum err fresh_says;

enum err
picture_get_fresh(
    struct app *ap, struct arena *a, const char *id, struct picture_row *out, struct fault *f)
{
	(void)ap;
	(void)a;
	(void)id;
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

int jobs_added;

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
void
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

void
open_sandbox(void)
{
	struct fault f = FAULT_NONE;

	assert_int_equal(sandbox_open(&conf, &app.sandbox, &f), ERR_OK);
}

int
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

int
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
enum err
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

const char *
tier(const char *steps, enum variant_url url)
{
	struct variant v;
	struct fault f;
	enum err e = get(steps, FMT_JPEG, url, &v, &f);

	if (e != ERR_OK)
		fail_msg("%s: %s: %s", steps, err_name(e), f.why);
	return v.tier;
}

bool
there(const char *fmt, ...)
{
	char path[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return faccessat(app.cache_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *
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

int
count(const char *path)
{
	int n = 0;

	cache_walk(app.cache_fd, path, false, count_one, &n);
	return n;
}

void
spoil_source(void)
{
	assert_int_equal(truncate(source, 20), 0);
}

int
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

int
teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	return dir_remove(AT_FDCWD, dir, &f) == ERR_OK ? 0 : -1;
}
