/*
 * tintype doctor: everything the site stands on, a line each. Every check is a function that says
 * well, doubtful or bad, and why; the table at the end is the list.
 */
#include "tintype.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/mirror.h"
#include "app/sandbox.h"
#include "app/stmt.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/rnd.h"

enum verdict { WELL, NOTE, BAD };

struct patient {
	struct app	*app;
	struct arena	*mem;
	const char	*conf_path;
	struct fault	 f;
	const char	*why;		/* in words, for all verdicts */
};

static enum verdict
say(struct patient *p, enum verdict v, const char *why)
{
	p->why = why;
	return v;
}

/* What a function that returns an error found. */
static enum verdict
judge(struct patient *p, enum err e, const char *well)
{
	return e == ERR_OK ? say(p, WELL, well) : say(p, BAD, p->f.why);
}

static enum verdict
check_settings(struct patient *p)
{
	const char *path = p->conf_path;
	struct stat st;

	if (path == NULL && (path = getenv("TINTYPE_CONF")) == NULL)
		path = TINTYPE_ETC "/tintype.ini";
	if (stat(path, &st) != 0)
		return say(p, BAD, arena_printf(p->mem, "%s cannot be looked at", path));
	if ((st.st_mode & S_IROTH) != 0)
		return say(p, NOTE, arena_printf(p->mem, "%s holds secrets and can be read by everybody on "
		    "this machine: chmod o-rwx", path));
	return say(p, WELL, path);
}

static enum verdict
check_secret(struct patient *p)
{
	bool seen[256] = { false };
	int different = 0;

	for (const char *s = p->app->conf->site_secret; *s != '\0'; s++) {
		different += !seen[(unsigned char)*s];
		seen[(unsigned char)*s] = true;
	}
	if (different < 10)
		return say(p, BAD, "site.secret is not random; openssl rand -hex 32 makes a good one");
	return say(p, WELL, "long and varied");
}

static enum verdict
check_base_url(struct patient *p)
{
	const char *u = p->app->conf->site_base_url;

	if (*u == '\0')
		return say(p, NOTE, "site.base_url is empty: the site works on loopback addresses only");
	if (strncmp(u, "https://", 8) != 0)
		return say(p, NOTE, arena_printf(p->mem, "%s is not https: log-ins travel in the clear", u));
	return say(p, WELL, u);
}

static enum verdict
check_user(struct patient *p)
{
	if (geteuid() == 0)
		return say(p, NOTE, "this is root, and so is the store; are the programs root too?");
	return say(p, WELL, arena_printf(p->mem, "uid %ld", (long)geteuid()));
}

static enum verdict
check_database(struct patient *p)
{
	return judge(p, db_ping(p->app->db, &p->f),
	    arena_printf(p->mem, "strict, utf8mb4, tables of version %d", DB_SCHEMA));
}

static enum verdict
check_admins(struct patient *p)
{
	struct db_result r;

	if (DB_RUN0(p->app->db, p->mem, STMT_ACCOUNT_ADMINS, &r, &p->f) != ERR_OK)
		return say(p, BAD, p->f.why);
	if (db_int(&r, 0, 0) == 0)
		return say(p, NOTE, "there is no administrator: tintype user add NAME --admin --generate");
	return say(p, WELL, arena_printf(p->mem, "%lld administrators", (long long)db_int(&r, 0, 0)));
}

static enum verdict
check_jobs(struct patient *p)
{
	struct db_result r;
	int64_t due;

	if (DB_RUN0(p->app->db, p->mem, STMT_JOB_COUNTS, &r, &p->f) != ERR_OK)
		return say(p, BAD, p->f.why);
	due = db_int(&r, 0, 3);
	if (due > 0 && due + 600 < clock_now_s())
		return say(p, BAD, "jobs wait for more than ten minutes: is tintype jobs running?");
	if (db_int(&r, 0, 2) > 0)
		return say(p, NOTE, arena_printf(p->mem, "%lld jobs were given up: tintype jobs list",
		    (long long)db_int(&r, 0, 2)));
	return say(p, WELL, arena_printf(p->mem, "%lld waiting", (long long)db_int(&r, 0, 0)));
}

static enum verdict
check_memcached(struct patient *p)
{
	struct buf b = BUF_INIT(64);
	char value[17];
	bool same;

	if (*p->app->conf->memcached_servers == '\0')
		return say(p, NOTE, "memcached.servers is empty: every look-up asks the database");
	rnd_text(value, sizeof(value) - 1);
	/* A key each time, so that all servers are met sooner or later. */
	same = cache_set(p->app->cache, value, value, sizeof(value), 10) && cache_get(p->app->cache, value, &b) &&
	    b.len == sizeof(value) && memcmp(b.data, value, b.len) == 0;
	buf_free(&b);
	if (!same)
		return say(p, BAD, arena_printf(p->mem, "%s does not give back what it was given",
		    p->app->conf->memcached_servers));
	return say(p, WELL, p->app->conf->memcached_servers);
}

/* May we write, read and delete there? A look at a bucket proves only that we may look. */
static enum err
prove_bucket(struct patient *p, int t)
{
	static const char *const doing[] = { "writing", "reading", "deleting" };
	struct store *s = p->app->store;
	struct fault why = FAULT_NONE;
	char key[STORE_KEY_SIZE] = "d/doctor-";
	size_t at = 0;
	off_t size = 0;
	int fd = -1;
	enum err e;

	rnd_text(key + strlen(key), 16);
	if ((e = store_put_mem_at(s, t, key, "doctor", 6, &why)) == ERR_OK && ++at &&
	    (e = store_get_at(s, t, key, &fd, &size, &why)) == ERR_OK && ++at)
		e = store_delete_at(s, t, key, &why);
	fd_close(&fd);
	return e == ERR_OK ? ERR_OK : fault_set(&p->f, e, "%s: %s", doing[at], why.why);
}

static enum err
check_target(struct patient *p, int t)
{
	enum err e = store_check_at(p->app->store, t, &p->f);

	return e == ERR_OK && store_target_root(p->app->store, t) == NULL ? prove_bucket(p, t) : e;
}

static enum verdict
check_store(struct patient *p)
{
	const char *root = store_target_root(p->app->store, 0);

	return judge(p, check_target(p, 0), root != NULL ? root : store_target_name(p->app->store, 0));
}

/* All mirrors in one line: which are well, or what is wrong with the first that is not. The site works without. */
static enum verdict
check_mirrors(struct patient *p)
{
	struct store *s = p->app->store;
	struct mirror_backlog late = { 0 };
	const char *names = "";

	for (int t = 1; t < store_targets(s); t++) {
		if (check_target(p, t) != ERR_OK)
			return say(p, NOTE, arena_printf(p->mem, "%s: %s", store_target_name(s, t), p->f.why));
		names = arena_printf(p->mem, "%s%s%s", names, *names != '\0' ? ", " : "", store_target_name(s, t));
	}
	if (*names == '\0')
		return say(p, NOTE, "store.mirror is empty: there is one copy of each original");
	if (mirror_backlog(p->app, p->mem, &late, &p->f) != ERR_OK)
		return say(p, BAD, p->f.why);
	return say(p, WELL, arena_printf(p->mem, "%s; %lld copies to be made", names, (long long)late.n));
}

/* A folder of ours: can be written, has room, is nobody else's to write. */
static enum verdict
check_folder(struct patient *p, const char *path, int64_t min_free)
{
	struct statvfs v;
	struct stat st;

	if (stat(path, &st) != 0 || statvfs(path, &v) != 0 || access(path, R_OK | W_OK | X_OK) != 0)
		return say(p, BAD, arena_printf(p->mem, "%s cannot be written", path));
	if ((st.st_mode & S_IWOTH) != 0)
		return say(p, BAD, arena_printf(p->mem, "%s can be written by everybody on this machine", path));
	if ((int64_t)(v.f_bavail * v.f_frsize) < min_free)
		return say(p, BAD, arena_printf(p->mem, "%s has only %lld MB free", path,
		    (long long)(v.f_bavail * v.f_frsize >> 20)));
	return say(p, WELL, arena_printf(p->mem, "%s, %lld MB free", path,
	    (long long)(v.f_bavail * v.f_frsize >> 20)));
}

static enum verdict
check_cache(struct patient *p)
{
	return check_folder(p, p->app->conf->cache_dir, p->app->conf->server_min_free_bytes);
}

static enum verdict
check_spool(struct patient *p)
{
	return check_folder(p, p->app->conf->server_spool_dir, p->app->conf->server_min_free_bytes);
}

static enum verdict
check_state(struct patient *p)
{
	return check_folder(p, p->app->conf->server_state_dir, 0);
}

static enum verdict
check_htdocs(struct patient *p)
{
	const char *dir = arena_printf(p->mem, "%s/templates", p->app->conf->server_htdocs);

	if (access(dir, R_OK | X_OK) != 0)
		return say(p, BAD, arena_printf(p->mem, "%s cannot be read", dir));
	return say(p, WELL, p->app->conf->server_htdocs);
}

static enum verdict
check_sandbox(struct patient *p)
{
	return judge(p, sandbox_check(p->app->sandbox, &p->f), "starts and answers");
}

/* A pixel, in the format that is made without a library. */
static enum err
one_pixel(const char *dir, int *fd, struct fault *f)
{
	static const uint8_t bmp[58] = { 'B', 'M', 58, [10] = 54, [14] = 40, [18] = 1, [22] = 1, [26] = 1, [28] = 24 };
	enum err e = fd_tmpfile(dir, fd, f);

	return e == ERR_OK ? fd_write_all(*fd, bmp, sizeof(bmp), f) : e;
}

/* The one encoder that a libheif may come without: is it there? */
static enum verdict
check_heic(struct patient *p)
{
	struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_RENDER, .fmt_in = FMT_BMP, .fmt_out = FMT_HEIC,
		.default_quality = 80, .memory_bytes_mb = 64, .limits = p->app->limits };
	const char *dir = p->app->conf->server_spool_dir;
	struct image_result res;
	int fds[2] = { -1, -1 };
	enum err e;

	if ((e = one_pixel(dir, &fds[0], &p->f)) == ERR_OK && (e = fd_tmpfile(dir, &fds[1], &p->f)) == ERR_OK)
		e = sandbox_run(p->app->sandbox, &job, fds, NELEM(fds), 1, &res, &p->f);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	if (e == ERR_BADSPEC)
		return say(p, NOTE, p->f.why);
	return judge(p, e, "can be made");
}

/* Every "name=/path" of image.fonts. One that is missing is replaced by another; with none there is no text. */
static enum verdict
check_fonts(struct patient *p)
{
	char *list = arena_strdup(p->mem, p->app->conf->image_fonts), *one;
	const char *missing = NULL;
	int there = 0;

	while ((one = strsep(&list, ",")) != NULL) {
		const char *path = strchr(one, '=');

		if (path != NULL && access(path + 1, R_OK) == 0)
			there++;
		else if (*one != '\0' && missing == NULL)
			missing = one;
	}
	if (there == 0)
		return say(p, NOTE, "image.fonts: none can be read, so no text can be drawn");
	if (missing != NULL)
		return say(p, NOTE, arena_printf(p->mem, "%s cannot be read; another font stands in", missing));
	return say(p, WELL, arena_printf(p->mem, "%d fonts", there));
}

static const struct {
	const char	*name;
	enum verdict	(*run)(struct patient *p);
} checks[] = {
	{ "settings", check_settings },
	{ "secret", check_secret },
	{ "base_url", check_base_url },
	{ "user", check_user },
	{ "database", check_database },
	{ "admin", check_admins },
	{ "jobs", check_jobs },
	{ "memcached", check_memcached },
	{ "store", check_store },
	{ "mirror", check_mirrors },
	{ "cache", check_cache },
	{ "spool", check_spool },
	{ "state", check_state },
	{ "htdocs", check_htdocs },
	{ "fonts", check_fonts },
	{ "sandbox", check_sandbox },
	{ "heic", check_heic },
};

int
cmd_doctor(struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = { [WELL] = "ok", [NOTE] = "note", [BAD] = "BAD" };
	struct patient p = { .mem = cli->mem, .conf_path = cli->conf_path };
	int bad = 0;

	(void)argv;
	if (argc != 1)
		return cli_usage("doctor");
	if ((p.app = cli_open(cli)) == NULL)
		return EXIT_FAILED;
	for (size_t i = 0; i < NELEM(checks); i++) {
		enum verdict v;

		p.f = (struct fault)FAULT_NONE;
		v = checks[i].run(&p);
		printf("%-5s%-10s %s\n", words[v], checks[i].name, p.why);
		bad += v == BAD;
	}
	printf("%d of %zu checks failed\n", bad, NELEM(checks));
	app_close(p.app);
	return bad == 0 ? EXIT_WELL : EXIT_FAILED;
}
