/*
 * Counters in a mapped file. The first cells tell the layout, which is a hash of
 * metric.def: after an upgrade that changes it the counting starts anew, as
 * Prometheus expects of a counter that falls.
 */
#include "base/metric.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defs.h"
#include "base/digest.h"
#include "base/fdio.h"

enum kind { COUNTER, GAUGE, HISTO };

static const struct {
	const char	*prom;
	enum kind	 kind;
	const char	*help;
} rows[METRIC__MAX] = {
#define M(name, prom, type, help) [METRIC_##name] = { prom, type, help },
#include "base/metric.def"
#undef M
};

static const char *const kinds[] = { [COUNTER] = "counter", [GAUGE] = "gauge", [HISTO] = "histogram" };

/* Upper bounds of the buckets, in milliseconds; one more takes the rest. */
static const int bounds_ms[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000 };

enum {
	BUCKETS = NELEM(bounds_ms) + 1,
	CELL_SUM = BUCKETS,		/* microseconds */
	CELLS = BUCKETS + 1,		/* of a metric; a counter uses the first */
	OPEN_TRIES = 8,
};

struct page {
	uint64_t	 layout;
	uint64_t	 cells[METRIC__MAX][CELLS];
};

static struct page private_page;
static struct page *page = &private_page;

static uint64_t
layout_hash(void)
{
	uint64_t h = CELLS;

	for (size_t i = 0; i < METRIC__MAX; i++)
		h = h * 31 + hash64(rows[i].prom, strlen(rows[i].prom)) + rows[i].kind;
	return h;
}

/* A fresh file in place of path: who still maps the old one keeps counting there, harmlessly. */
static enum err
replace(const char *path, struct fault *f)
{
	static const struct page zero;
	struct page fresh = zero;

	fresh.layout = layout_hash();
	return file_write_durable(path, &fresh, sizeof(fresh), 0660, f);
}

/* Is what fd holds still called path, and of our layout? */
static bool
fits(int fd, const char *path)
{
	struct stat st, named;
	uint64_t layout = 0;

	return fstat(fd, &st) == 0 && stat(path, &named) == 0 && st.st_ino == named.st_ino &&
	    st.st_dev == named.st_dev && st.st_size == (off_t)sizeof(struct page) &&
	    pread(fd, &layout, sizeof(layout), 0) == (ssize_t)sizeof(layout) && layout == layout_hash();
}

enum err
metric_open(const char *path, struct fault *f)
{
	enum err e = ERR_OK;
	void *map = MAP_FAILED;
	int fd = -1;

	for (int i = 0; i < OPEN_TRIES && map == MAP_FAILED && !e; i++) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
		if (fd < 0 || flock(fd, LOCK_EX) != 0)
			e = fault_errno(f, ERR_IO, "counters in %s", path);
		else if (!fits(fd, path))
			e = replace(path, f);
		else if ((map = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) ==
		    MAP_FAILED)
			e = fault_errno(f, ERR_IO, "counters in %s", path);
		if (fd >= 0)
			flock(fd, LOCK_UN);	/* closing is not enough: the mapping keeps the file open */
		fd_close(&fd);
	}
	if (e || map == MAP_FAILED)
		return e ? e : fault_set(f, ERR_IO, "counters in %s: the file keeps changing", path);
	if (page != &private_page)
		munmap(page, sizeof(*page));
	page = map;
	return ERR_OK;
}

static void
cell_add(enum metric m, int cell, uint64_t n)
{
	__atomic_fetch_add(&page->cells[m][cell], n, __ATOMIC_RELAXED);
}

static uint64_t
cell_get(enum metric m, int cell)
{
	return __atomic_load_n(&page->cells[m][cell], __ATOMIC_RELAXED);
}

void
metric_add(enum metric m, uint64_t n)
{
	cell_add(m, 0, n);
}

void
metric_set(enum metric m, uint64_t value)
{
	__atomic_store_n(&page->cells[m][0], value, __ATOMIC_RELAXED);
}

void
metric_time_us(enum metric m, int64_t us)
{
	int i = 0;

	if (us < 0)
		us = 0;
	while (i < BUCKETS - 1 && us > (int64_t)bounds_ms[i] * 1000)
		i++;
	cell_add(m, i, 1);
	cell_add(m, CELL_SUM, (uint64_t)us);
}

/* Of a histogram: how many observations. */
uint64_t
metric_get(enum metric m)
{
	uint64_t n = 0;

	for (int i = 0; i < BUCKETS; i++)
		n += cell_get(m, i);
	return n;
}

static enum err
print_histo(struct buf *out, enum metric m)
{
	uint64_t n = 0, us = cell_get(m, CELL_SUM);
	enum err e;

	for (int i = 0; i < BUCKETS - 1; i++) {
		n += cell_get(m, i);
		if ((e = buf_printf(out, "%s_bucket{le=\"%d\"} %llu\n", rows[m].prom, bounds_ms[i],
		    (unsigned long long)n)))
			return e;
	}
	n += cell_get(m, BUCKETS - 1);
	return buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %llu.%03d\n%s_count %llu\n", rows[m].prom,
	    (unsigned long long)n, rows[m].prom, (unsigned long long)(us / 1000), (int)(us % 1000),
	    rows[m].prom, (unsigned long long)n);
}

/* Rows of one name with different labels stand together and share a head. */
static bool
same_family(size_t i)
{
	size_t n = strcspn(rows[i].prom, "{");

	return i > 0 && n == strcspn(rows[i - 1].prom, "{") && strncmp(rows[i].prom, rows[i - 1].prom, n) == 0;
}

enum err
metric_print(struct buf *out)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < METRIC__MAX && !e; i++) {
		int n = (int)strcspn(rows[i].prom, "{");

		if (!same_family(i))
			e = buf_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, rows[i].prom, rows[i].help, n,
			    rows[i].prom, kinds[rows[i].kind]);
		if (e)
			break;
		if (rows[i].kind == HISTO)
			e = print_histo(out, (enum metric)i);
		else
			e = buf_printf(out, "%s %llu\n", rows[i].prom, (unsigned long long)metric_get((enum metric)i));
	}
	return e;
}
