/*
 * The counters of /metrics in words: metric.def once more.
 */
#include "admin.h"

#include <string.h>

#include "base/metric.h"

static const struct {
	const char	*prom, *help;
	bool		 histogram;
} rows[METRIC__MAX] = {
#define M(name, prom, type, help) \
	[METRIC_##name] = { prom, help, sizeof(#type) == sizeof("HISTO") },
#include "base/metric.def"
#undef M
};

/* name {program="upload"}: the help is the same for all of a family, the label tells them apart. */
json_t *
admin_counters(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < METRIC__MAX; i++) {
		size_t n = strcspn(rows[i].prom, "{");

		json_array_append_new(list, json_pack("{s:s%, s:s, s:s, s:I, s:b}",
		    "name", rows[i].prom, n, "label", rows[i].prom + n, "help", rows[i].help,
		    "value", (json_int_t)metric_get((enum metric)i),
		    "histogram", rows[i].histogram));
	}
	return list;
}
