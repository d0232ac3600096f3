/*
 * Counters that add up over all worker processes of a node: an mmap()ed file of
 * 64-bit numbers, changed with atomic adds. Works before metric_open (to private memory).
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum metric {
#define M(name, prom, type, help) METRIC_##name,
#include "base/metric.def"
#undef M
	METRIC__MAX
};

/* Share the counters of this file (made when missing; a file of another layout is started anew). */
enum err	metric_open(const char *path, struct fault *f) MUST_USE;

void		metric_add(enum metric m, uint64_t n);
void		metric_set(enum metric m, uint64_t value);		/* a GAUGE */
void		metric_time_us(enum metric m, int64_t us);	/* one observation of a HISTO */
uint64_t	metric_get(enum metric m);

/* Prometheus text format 0.0.4. */
enum err	metric_print(struct buf *out) MUST_USE;

#endif
