/*
 * A line on a terminal that says how far a long command is. Nothing on anything else.
 */
#include "tintype.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_US INT64_C(200000)
#define BAR 30

void
cli_progress(struct cli_progress *p, int64_t done, int64_t all, const char *what)
{
	int64_t now = clock_mono_us();
	int n;

	if (now < p->next_us || !isatty(STDERR_FILENO))
		return;
	p->next_us = now + EVERY_US;
	p->shown = true;
	if (all > 0) {
		n = (int)((done < all ? done : all) * BAR / all);
		fprintf(stderr, "\r[%.*s%*s] %lld of %lld %s ", n, "==============================", BAR - n, "",
		    (long long)done, (long long)all, what);
	} else
		fprintf(stderr, "\r%lld %s ", (long long)done, what);
}

void
cli_progress_end(struct cli_progress *p)
{
	if (p->shown)
		fputc('\n', stderr);
	p->shown = false;
}
