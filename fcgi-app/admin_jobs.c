/*
 * The background work: how much of what waits, and the jobs that were given up, to be tried again or dropped.
 */
#include "admin.h"

#include <string.h>

#include "app/job_list.h"
#include "app/page.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"

static json_t *
sums_model(const struct job_sum *s, size_t n)
{
	int64_t now = clock_now_s();
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I}", "kind", s[i].kind,
		    "waiting", (json_int_t)s[i].waiting, "running", (json_int_t)s[i].running,
		    "dead", (json_int_t)s[i].dead,
		    "age_s", (json_int_t)(s[i].oldest_s > 0 && s[i].oldest_s < now ? now - s[i].oldest_s : 0)));
	return list;
}

static json_t *
dead_model(const struct job_dead *d, size_t n)
{
	json_t *list = json_array();
	char at[ISO_DATE_SIZE];

	for (size_t i = 0; i < n; i++) {
		clock_iso_date(d[i].at_s, at);
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:I, s:s, s:s}", "id", (json_int_t)d[i].id,
		    "kind", d[i].kind, "key", d[i].key, "tries", (json_int_t)d[i].tries, "why", d[i].why, "at", at));
	}
	return list;
}

/*
 * Query: before (id of a job). Template admin_jobs: kinds [{kind, waiting, running, dead, age_s} ...], dead [{id, kind, key, tries, why, at} ...]
 * newest first, empty (true: none), done (number of jobs of the form before, or not there), older (address of the next page, or not there).
 */
enum err
admin_jobs(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *before = req_param(r, "before"), *done = req_param(r, "done");
	struct job_sum *sums;
	struct job_dead *dead;
	size_t nsums, ndead;
	int64_t from = 0, n;
	json_t *m;
	enum err e;

	if (before != NULL && !num_parses(before, 1, INT64_MAX, &from))
		return fault_set(&r->fault, ERR_BADREQ, "before is the number of a job");
	if ((e = job_sums(c->app, r->mem, &sums, &nsums, &r->fault)) ||
	    (e = job_dead_list(c->app, r->mem, from, LIMIT_PAGE_SIZE, &dead, &ndead, &r->fault)))
		return e;
	m = json_pack("{s:o, s:o, s:b}", "kinds", sums_model(sums, nsums), "dead", dead_model(dead, ndead), "empty", ndead == 0);
	if (ndead == LIMIT_PAGE_SIZE)
		json_object_set_new(m, "older", json_sprintf("/admin/jobs?before=%lld", (long long)dead[ndead - 1].id));
	if (done != NULL && num_parses(done, 0, INT64_MAX, &n))
		json_object_set_new(m, "done", json_integer(n));
	admin_answer(c, r, a, 200, "admin_jobs", m);
	return ERR_OK;
}

/* One id of the form; what it is about goes to the audit. */
static enum err
one(struct call *c, struct req *r, const char *what, int64_t id, int64_t *n)
{
	bool drop = strcmp(what, "drop") == 0;
	enum err e = drop ? job_drop(c->app, r->mem, id, n, &r->fault) : job_again(c->app, r->mem, id, n, &r->fault);

	if (e == ERR_OK && *n > 0)
		audit(c->app, r, c->me, drop ? "job_drop" : "job_retry", arena_printf(r->mem, "%lld", (long long)id), "");
	return e;
}

/*
 * Fields: do ("retry", "drop", "retry_all"), id (any number, for the first two), csrf. Repeating is harmless. JSON: done (how many there were
 * to do it with).
 */
enum err
admin_jobs_do(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const char *what = form_get(c->form, "do"), *s;
	bool all = what != NULL && strcmp(what, "retry_all") == 0;
	int64_t done = 0, id, n = 0;
	enum err e;

	if (what == NULL || (!all && strcmp(what, "retry") != 0 && strcmp(what, "drop") != 0))
		return fault_set(&r->fault, ERR_BADREQ, "do is none of retry, drop, retry_all");
	if (all && (e = one(c, r, what, 0, &done)))
		return e;
	for (size_t i = 0; !all && (s = form_each(c->form, "id", i)) != NULL; i++) {
		if (!num_parses(s, 1, INT64_MAX, &id))
			return fault_set(&r->fault, ERR_BADREQ, "id number %zu is no job's number", i + 1);
		if ((e = one(c, r, what, id, &n)))
			return e;
		done += n;
	}
	if (req_wants(r) == WANTS_HTML)
		answer_redirect(r, a, 303, arena_printf(r->mem, "/admin/jobs?done=%lld", (long long)done));
	else
		admin_answer(c, r, a, 200, NULL, json_pack("{s:I}", "done", (json_int_t)done));
	return ERR_OK;
}
