/*
 * One job at a time, in a child that is kept. The worker never blocks on the child for longer
 * than the job's time: it polls, looks whether the child still lives, and kills. Who is to blame
 * for a lost child decides the answer: the picture (filter, limits, crash, time: 422), or the
 * circumstances (killed or stopped from outside, 503).
 */
#include "app/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sandbox_child.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "base/slots.h"
#include "data/conf.h"
#include "image/fmt.h"

#define SLOT_BYTES	((int64_t)8 << 20)	/* unit of admission, unless that makes too many */
#define FLOOR_BYTES	((int64_t)16 << 20)	/* a child with nothing in hand */

enum {
	PIXEL_BYTES = 6,		/* a pixel and its share of rows, tables and coder state */
	JOBS_PER_CPU = 2,		/* one computes while another waits for the disk */
	LOOK_MS = 200,			/* how often a running job's child is looked at */
	GONE_WAIT_MS = 2000,		/* from the socket's end to the process's */
	CHECK_MS = 5000,
	RESTING_KB = 96 << 10,		/* a child that holds more after a job is worn out */
	EC_SIZE = sizeof(((struct image_result *)NULL)->ec),
	FONTS_MAX = 64,
	PATH_SIZE = 4096
};

struct sandbox {
	const struct conf *conf;
	struct child	 child;
	char		*path;
	char		*fonts;			/* cut into argv */
	char		 memory[24];
	char		*argv[FONTS_MAX + 3];
	char		 turns[PATH_SIZE], room[PATH_SIZE];	/* lock files of admission */
	int		 turns_total;
	int64_t		 jobs;			/* answered by this child */
	int64_t		 used_us;		/* when it was last needed */
	bool		 heavy, crashed;
	bool		 late;			/* crashed: by its time, killed by us */
	char		 ec[EC_SIZE];		/* of the last refusal; struct fault points here */
};

/*
 * Beside the running program (a build tree, an installed tree), else where it was to be installed.
 */
static char *
find_program(const char *configured)
{
	char self[PATH_SIZE - 16], *slash, *path = NULL;
	ssize_t n;

	if (*configured != '\0')
		return strdup(configured);
	if ((n = readlink("/proc/self/exe", self, sizeof(self) - 1)) > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')) != NULL)
			slash[1] = '\0';
		if (asprintf(&path, "%ssandbox", self) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return strdup(TINTYPE_LIBEXEC "/sandbox");
}

/* "sandbox MEMORY FONT=PATH ..." */
static void
make_argv(struct sandbox *s)
{
	char *rest = s->fonts, *font;
	size_t n = 0;

	snprintf(s->memory, sizeof(s->memory), "%lld", (long long)s->conf->sandbox_memory_bytes);
	s->argv[n++] = s->path;
	s->argv[n++] = s->memory;
	while ((font = strsep(&rest, ",")) != NULL && n < NELEM(s->argv) - 1)
		if (*font != '\0')
			s->argv[n++] = font + strspn(font, " ");
}

static bool
in_folder(const char *folder, const char *name, char out[PATH_SIZE])
{
	return snprintf(out, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE;
}

static int
turns_total(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN) * JOBS_PER_CPU;

	return n < JOBS_PER_CPU ? JOBS_PER_CPU : n > SLOTS_TOTAL_MAX ? SLOTS_TOTAL_MAX : (int)n;
}

/* Whoever ignores SIGCHLD for us would keep how a child ended, and who is to blame. */
static void
let_children_be_seen(void)
{
	struct sigaction sa;

	if (sigaction(SIGCHLD, NULL, &sa) == 0 &&
	    (sa.sa_handler == SIG_IGN || (sa.sa_flags & SA_NOCLDWAIT)))
		signal(SIGCHLD, SIG_DFL);
}

enum err
sandbox_open(const struct conf *c, struct sandbox **out, struct fault *f)
{
	struct sandbox *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->path = find_program(c->sandbox_path)) == NULL ||
	    (s->fonts = strdup(c->image_fonts)) == NULL) {
		sandbox_close(s);
		return fault_set(f, ERR_NOMEM, "sandbox: no memory");
	}
	let_children_be_seen();
	s->conf = c;
	s->child = (struct child)CHILD_NONE;
	s->turns_total = turns_total();
	make_argv(s);
	if (!in_folder(c->server_state_dir, "sandbox.turns", s->turns) ||
	    !in_folder(c->server_state_dir, "sandbox.room", s->room)) {
		sandbox_close(s);
		return fault_set(f, ERR_BADREQ, "server.state_dir is too long");
	}
	*out = s;
	return ERR_OK;
}

void
sandbox_close(struct sandbox *s)
{
	if (s == NULL)
		return;
	if (s->conf != NULL)
		child_kill(&s->child);
	free(s->path);
	free(s->fonts);
	free(s);
}

/* --- admission --- */

/* Slots of memory: how many there are, and how many this job takes. */
static void
room_of(const struct sandbox *s, uint64_t weight_px, int *total, int *want)
{
	int64_t all = s->conf->sandbox_total_bytes, unit = SLOT_BYTES, need = all;

	if (all / unit >= SLOTS_TOTAL_MAX)
		unit = all / SLOTS_TOTAL_MAX + 1;
	if (weight_px < (uint64_t)(all / PIXEL_BYTES))
		need = FLOOR_BYTES + (int64_t)weight_px * PIXEL_BYTES;
	if (need > all)
		need = all;		/* too large for company: it runs alone */
	*total = (int)((all + unit - 1) / unit);
	*want = (int)((need + unit - 1) / unit);
}

/* A turn on the processors, then room in memory; both wait within sandbox.wait_ms together. */
static enum err
admit(const struct sandbox *s, uint64_t weight_px, struct slots *turn, struct slots *room,
    struct fault *f)
{
	int64_t left_ms = s->conf->sandbox_wait_ms, start = clock_mono_us();
	int total, want;
	enum err e;

	room_of(s, weight_px, &total, &want);
	e = slots_take(s->turns, s->turns_total, 1, (int)left_ms, turn, f);
	if (e == ERR_OK) {
		left_ms -= (clock_mono_us() - start) / 1000;
		e = slots_take(s->room, total, want, left_ms < 0 ? 0 : (int)left_ms, room, f);
	}
	if (e == ERR_BUSY)
		metric_add(METRIC_SANDBOX_REFUSED, 1);
	return e;
}

/* --- one job --- */

static enum err
ensure_child(struct sandbox *s, struct fault *f)
{
	enum err e;

	if (child_alive(&s->child, NULL))
		return ERR_OK;
	if ((e = child_start(&s->child, s->path, s->argv, s->conf->sandbox_idle_s, f)))
		return e;
	s->jobs = 0;
	s->heavy = false;
	s->used_us = clock_mono_us();
	metric_add(METRIC_SANDBOX_STARTS, 1);
	return ERR_OK;
}

static enum err
blame_picture(struct sandbox *s, struct fault *f, const char *how, const char *detail)
{
	s->crashed = true;
	metric_add(METRIC_SANDBOX_KILLS, 1);
	return fault_set(
	    f, ERR_BROKEN, "the picture could not be processed: its decoder %s%s", how, detail);
}

static enum err
killed_from_outside(struct sandbox *s, struct fault *f)
{
	s->crashed = false;
	metric_add(METRIC_SANDBOX_KILLS, 1);
	return fault_set(f, ERR_BUSY, "the sandbox was killed from outside");
}

/*
 * The child has ended and we did not end it. *stale: it had left before it saw the job (idle for
 * long); nobody is to blame.
 */
static enum err
verdict(struct sandbox *s, bool *stale, struct fault *f)
{
	int status = s->child.status;
	const char *name;

	if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		*stale = true;
		return fault_set(f, ERR_BUSY, "the sandbox ended before its job");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_EXIT_EXEC)
		return fault_set(f, ERR_INTERNAL, "the sandbox program %s cannot be run", s->path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_EXIT_SETUP)
		return fault_set(
		    f, ERR_INTERNAL, "the sandbox program %s cannot set itself up", s->path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_EXIT_HIT)
		return killed_from_outside(s, f);
	if (WIFEXITED(status))
		return blame_picture(s, f, "gave up the process", "");
	name = sigabbrev_np(WTERMSIG(status));
	switch (WTERMSIG(status)) {
	case SIGKILL:
		/* An operator, or no memory on the machine: our limits end it otherwise. */
		return killed_from_outside(s, f);
	case SIGSYS:
		return blame_picture(
		    s, f, "was killed by its filter: it made a forbidden system call", "");
	case SIGXCPU:
		return blame_picture(s, f, "used up its CPU time", "");
	default:
		return blame_picture(s, f, "crashed: SIG", name != NULL ? name : "?");
	}
}

/* The socket says that the child is gone or going. */
static enum err
lost(struct sandbox *s, bool *stale, struct fault *f)
{
	child_wait(&s->child, GONE_WAIT_MS);
	return verdict(s, stale, f);
}

/* Until there is something to read. A child that is stopped, or not done in time, is killed. */
static enum err
await(struct sandbox *s, int64_t timeout_ms, bool *stale, struct fault *f)
{
	int64_t left, until = clock_mono_us() + timeout_ms * 1000;
	struct pollfd p = { .fd = s->child.sock, .events = POLLIN };
	bool stopped;
	int n;

	for (;;) {
		left = (until - clock_mono_us() + 999) / 1000;
		n = poll(&p, 1, left > LOOK_MS ? LOOK_MS : left > 0 ? (int)left : 0);
		if (n > 0 && (p.revents & POLLIN))
			return ERR_OK;
		if (n > 0)
			return lost(s, stale, f);
		if (!child_alive(&s->child, &stopped))
			return verdict(s, stale, f);
		if (stopped) {
			child_kill(&s->child);
			metric_add(METRIC_SANDBOX_KILLS, 1);
			return fault_set(f, ERR_BUSY, "the sandbox was stopped from outside");
		}
		if (left <= 0) {
			child_kill(&s->child);
			s->late = true;
			return blame_picture(s, f, "was not done in time", "");
		}
	}
}

/*
 * What comes from the child may come from whoever took it over: numbers in range, texts that end.
 */
static bool
result_ok(const struct image_result *r, size_t len)
{
	return len == sizeof(*r) && r->magic == JOB_MAGIC && r->err < ERR__MAX &&
	       r->facts.fmt < FMT__MAX && memchr(r->ec, '\0', sizeof(r->ec)) != NULL &&
	       memchr(r->why, '\0', sizeof(r->why)) != NULL &&
	       r->ec[strspn(r->ec, "0123456789-")] == '\0' && r->stripped <= 1 &&
	       r->pyramid[0] < FMT__MAX && r->pyramid[1] < FMT__MAX &&
	       r->facts.width_px <= LIMIT_SIDE_PX && r->facts.height_px <= LIMIT_SIDE_PX &&
	       r->facts.orientation >= 0 && r->facts.orientation <= 8 && r->facts.quality <= 100 &&
	       r->facts.alpha <= 1;
}

static enum err
attempt(struct sandbox *s, const struct image_job *job, const int *fds, size_t nfds,
    int64_t timeout_ms, struct image_result *res, bool *stale, struct fault *f)
{
	struct fault local = FAULT_NONE;
	size_t len = 0;
	enum err e;

	*stale = s->late = false;
	if ((e = ensure_child(s, f)))
		return e;
	child_limit_cpu(&s->child, timeout_ms);
	if (fd_send(s->child.sock, job, sizeof(*job), fds, nfds, &local))
		return lost(s, stale, f);
	if ((e = await(s, timeout_ms, stale, f)))
		return e;
	/* Readable may also mean: ended. */
	if (fd_recv(s->child.sock, res, sizeof(*res), &len, NULL, NULL, &local)) {
		struct pollfd p = { .fd = s->child.sock, .events = POLLIN };

		if (len == 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLHUP))
			return lost(s, stale, f);
		len = 0;
	}
	if (!result_ok(res, len)) {
		child_kill(&s->child);
		return blame_picture(s, f, "gave an answer that is none", "");
	}
	return ERR_OK;
}

/*
 * An attempt, and another when the kept child had left meanwhile, or when it crashed after earlier
 * jobs: one of those may have spoiled it, and blame is remembered. A new child tells.
 */
static enum err
run(struct sandbox *s, const struct image_job *job, const int *fds, size_t nfds, int64_t timeout_ms,
    struct image_result *res, struct fault *f)
{
	struct fault first = FAULT_NONE;
	bool stale, kept = child_alive(&s->child, NULL) && s->jobs > 0;
	enum err e = attempt(s, job, fds, nfds, timeout_ms, res, &stale, &first);

	if (e && (stale || (kept && s->crashed && !s->late))) {
		s->crashed = false;
		return attempt(s, job, fds, nfds, timeout_ms, res, &stale, f);
	}
	return e ? fault_set(f, e, "%s", first.why) : ERR_OK;
}

static enum err
answer(struct sandbox *s, const struct image_result *got, struct image_result *res, struct fault *f)
{
	s->jobs++;
	s->used_us = clock_mono_us();
	/* peak_kb never falls; only a child that was heavy once is worth the look. */
	s->heavy = got->peak_kb > RESTING_KB && child_resident_kb(&s->child) > RESTING_KB;
	if (got->err != ERR_OK) {
		snprintf(s->ec, sizeof(s->ec), "%s", got->ec);
		return fault_ec(
		    f, (enum err)got->err, s->ec[0] != '\0' ? s->ec : NULL, "%s", got->why);
	}
	*res = *got;
	return ERR_OK;
}

enum err
sandbox_run(struct sandbox *s, const struct image_job *job, const int *fds, size_t nfds,
    uint64_t weight_px, struct image_result *res, struct fault *f)
{
	struct slots turn = SLOTS_NONE, room = SLOTS_NONE;
	struct image_result got;
	enum err e;

	s->crashed = false;
	sandbox_rest(s);
	if ((e = admit(s, weight_px, &turn, &room, f)) == ERR_OK)
		e = run(s, job, fds, nfds, s->conf->sandbox_timeout_ms, &got, f);
	slots_release(&room);
	slots_release(&turn);
	return e ? e : answer(s, &got, res, f);
}

int
sandbox_crashed(const struct sandbox *s)
{
	return s->crashed;
}

void
sandbox_warm(struct sandbox *s)
{
	struct fault f = FAULT_NONE;

	/* A failure will be met, and told, by the job that needs the child. */
	f.err = ensure_child(s, &f);
}

void
sandbox_rest(struct sandbox *s)
{
	if (!child_alive(&s->child, NULL))
		return;
	if (s->heavy || s->jobs >= s->conf->sandbox_jobs ||
	    clock_mono_us() - s->used_us > s->conf->sandbox_idle_s * 1000000)
		child_kill(&s->child);
}

int
sandbox_pid(const struct sandbox *s)
{
	return (int)s->child.pid;
}

enum err
sandbox_check(struct sandbox *s, struct fault *f)
{
	const struct image_job job = { .magic = JOB_MAGIC, .kind = JOB_PING };
	struct image_result got;
	enum err e;

	s->crashed = false;
	if ((e = run(s, &job, NULL, 0, CHECK_MS, &got, f)))
		return e;
	return got.err ? fault_set(f, (enum err)got.err, "%s", got.why) : ERR_OK;
}
