/*
 * The processes of this site on this machine, as the kernel tells: ours are those that run under
 * one of our names with our settings file, and their children. What the kernel hides from us is not
 * shown.
 */
#include "admin.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "app/page.h"
#include "base/fdio.h"
#include "base/num.h"

#define PROC_FILE_BYTES 65536
#define WORKERS_MAX 1000

struct worker {
	int64_t		 pid, parent;
	const char	*program, *settings;	/* settings: file, "" when not known */
	int64_t		 rss_bytes, age_s;
	bool		 ours;
};

/* A file of /proc in the arena, NUL-terminated; NULL when it cannot be read. */
static const char *
proc_read(struct req *r, const char *pid, const char *name, size_t *len)
{
	struct buf b = BUF_INIT(PROC_FILE_BYTES);
	struct fault ignored = FAULT_NONE;
	const char *s = NULL;

	if (file_read(arena_printf(r->mem, "/proc/%s/%s", pid, name), &b, &ignored) == ERR_OK &&
	    b.len > 0) {
		s = arena_strndup(r->mem, b.data, b.len);
		*len = b.len;
	}
	buf_free(&b);
	return s;
}

static bool
our_name(const char *s)
{
	static const char *const names[] = { "upload", "view", "admin", "sandbox", "tintype" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}

/*
 * The settings file a process was told by its environment; "" when none, or when we may not look.
 */
static const char *
settings_by_environment(struct req *r, const char *pid)
{
	static const char name[] = "TINTYPE_CONF=";
	size_t len;
	const char *s = proc_read(r, pid, "environ", &len), *end = s + len;

	for (; s != NULL && s < end; s += strlen(s) + 1)
		if (strncmp(s, name, sizeof(name) - 1) == 0)
			return s + sizeof(name) - 1;
	return "";
}

/* Arguments stand one after the other, each with its NUL. */
static bool
read_arguments(struct req *r, const char *pid, struct worker *w)
{
	size_t len;
	const char *s = proc_read(r, pid, "cmdline", &len), *end = s + len, *slash;

	if (s == NULL)
		return false;
	slash = strrchr(s, '/');
	w->program = slash != NULL ? slash + 1 : s;
	if (!our_name(w->program))
		return false;
	w->settings = NULL;
	for (s += strlen(s) + 1; s < end; s += strlen(s) + 1)
		if (strcmp(s, "-c") == 0 && s + 3 < end)
			w->settings = s + 3;
	if (w->settings == NULL)
		w->settings = settings_by_environment(r, pid);
	return true;
}

/* The n-th number (from 0) of words between spaces; false when there is none. */
static bool
nth_number(const char *s, int n, int64_t *out)
{
	for (; n > 0; n--) {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	return num_parse(s, strcspn(s, " .\n"), 0, INT64_MAX, out);
}

/*
 * In stat the program's name may hold anything; behind it the words are the state, the parent, ...,
 * the start in ticks since boot.
 */
static bool
read_stat(struct req *r, const char *pid, struct worker *w)
{
	size_t len;
	const char *stat = proc_read(r, pid, "stat", &len);
	const char *statm = proc_read(r, pid, "statm", &len);
	const char *uptime = proc_read(r, ".", "uptime", &len);
	int64_t start_ticks, up_s, pages;

	if (stat == NULL || statm == NULL || uptime == NULL ||
	    (stat = strrchr(stat, ')')) == NULL ||
	    !nth_number(stat, 2, &w->parent) || !nth_number(stat, 20, &start_ticks) ||
	    !nth_number(statm, 1, &pages) ||
	    !nth_number(uptime, 0, &up_s))
		return false;
	w->rss_bytes = pages * sysconf(_SC_PAGESIZE);
	w->age_s = up_s - start_ticks / sysconf(_SC_CLK_TCK);
	return num_parses(pid, 1, INT32_MAX, &w->pid);
}

static size_t
read_all(struct req *r, struct worker *w, size_t max)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	size_t n = 0;

	while (d != NULL && n < max && (de = readdir(d)) != NULL)
		if (isdigit((unsigned char)de->d_name[0]) && read_arguments(r, de->d_name, &w[n]) &&
		    read_stat(r, de->d_name, &w[n]))
			n++;
	if (d != NULL)
		closedir(d);
	return n;
}

static void
find_ours(struct worker *w, size_t n)
{
	const char *settings = "";

	for (size_t i = 0; i < n; i++)
		if (w[i].pid == getpid())
			settings = w[i].settings;
	for (size_t i = 0; i < n; i++)
		w[i].ours = strcmp(w[i].program, "sandbox") != 0 &&
		    strcmp(w[i].settings, settings) == 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n && strcmp(w[i].program, "sandbox") == 0; j++)
			w[i].ours |= w[j].ours && w[j].pid == w[i].parent;
}

json_t *
admin_workers(struct req *r)
{
	struct worker *w = arena_calloc(r->mem, WORKERS_MAX, sizeof(*w));
	size_t n = read_all(r, w, WORKERS_MAX);
	json_t *list = json_array();

	find_ours(w, n);
	for (size_t i = 0; i < n; i++)
		if (w[i].ours)
			json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:s, s:I}",
			    "program", w[i].program, "pid", (json_int_t)w[i].pid,
			    "rss_bytes", (json_int_t)w[i].rss_bytes,
			    "rss_text", page_bytes_text(r, (uint64_t)w[i].rss_bytes),
			    "age_s", (json_int_t)w[i].age_s));
	return list;
}
