/*
 * Time and its two spellings. Names of days and months are ours, not the
 * locale's.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/defs.h"
#include "base/num.h"

static const char days[7][10] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
static const char months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static int64_t frozen_s;		/* 0: the clock runs */

int64_t
clock_now_ms(void)
{
	struct timespec ts;

	if (frozen_s != 0)
		return frozen_s * 1000;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_s(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_set_s(int64_t now_s)
{
	frozen_s = now_s;
}

/* Outside of the years 0 to 9999 the forms have no room: the nearest second that fits. */
static struct tm
split(int64_t s)
{
	const int64_t first = -62167219200, last = 253402300799;
	time_t t = (time_t)(s < first ? first : s > last ? last : s);
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm;
}

void
clock_http_date(int64_t s, char out[HTTP_DATE_SIZE])
{
	struct tm tm = split(s);
	char all[64];

	snprintf(all, sizeof(all), "%.3s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, all, HTTP_DATE_SIZE - 1);
	out[HTTP_DATE_SIZE - 1] = '\0';
}

void
clock_iso_date(int64_t s, char out[ISO_DATE_SIZE])
{
	struct tm tm = split(s);
	char all[64];

	snprintf(all, sizeof(all), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, all, ISO_DATE_SIZE - 1);
	out[ISO_DATE_SIZE - 1] = '\0';
}

static bool
digits(const char *s, size_t n, int *out)
{
	int64_t v;

	if (!num_parse(s, n, 0, 9999, &v))
		return false;
	*out = (int)v;
	return true;
}

static bool
month(const char *s, int *out)
{
	for (size_t i = 0; i < NELEM(months); i++)
		if (memcmp(s, months[i], 3) == 0) {
			*out = (int)i;
			return true;
		}
	return false;
}

/*
 * Matches s against a pattern: D day, d day with a space for a leading zero, B name of
 * a month, Y year, y year of two digits, h m s the time; all else is itself.
 */
static bool
match(const char *s, const char *pattern, struct tm *tm)
{
	size_t n;
	bool ok;

	for (; *pattern != '\0'; pattern++, s += n) {
		n = *pattern == 'Y' ? 4 : *pattern == 'B' ? 3 : strchr("Ddyhms", *pattern) ? 2 : 1;
		if (strnlen(s, n) < n)
			return false;
		switch (*pattern) {
		case 'D': ok = digits(s, 2, &tm->tm_mday); break;
		case 'd': ok = digits(s + (*s == ' '), *s == ' ' ? 1 : 2, &tm->tm_mday); break;
		case 'B': ok = month(s, &tm->tm_mon); break;
		case 'Y': ok = digits(s, 4, &tm->tm_year); break;
		case 'y': ok = digits(s, 2, &tm->tm_year); break;
		case 'h': ok = digits(s, 2, &tm->tm_hour); break;
		case 'm': ok = digits(s, 2, &tm->tm_min); break;
		case 's': ok = digits(s, 2, &tm->tm_sec); break;
		default: ok = *s == *pattern;
		}
		if (!ok)
			return false;
	}
	return *s == '\0';
}

/* The length of the name of a day at s, long or short; 0 for none. */
static size_t
day_name(const char *s, bool *whole)
{
	size_t n;

	for (size_t i = 0; i < NELEM(days); i++) {
		n = strlen(days[i]);
		if (strncmp(s, days[i], 3) != 0)
			continue;
		*whole = strncmp(s, days[i], n) == 0;
		return *whole ? n : 3;
	}
	return 0;
}

/* Two digits mean the year that is at most 50 years ahead (RFC 9110, 5.6.7). */
static int
century(int year)
{
	struct tm now = split(clock_now_s());
	int this_year = now.tm_year + 1900;

	year += this_year / 100 * 100;
	return year > this_year + 50 ? year - 100 : year;
}

int64_t
clock_parse_http_date(const char *s)
{
	struct tm tm = { 0 }, check;
	bool whole;
	size_t n = day_name(s, &whole);
	time_t t;

	if (n == 0)
		return -1;
	s += n;
	if (whole && match(s, ", D-B-y h:m:s GMT", &tm))
		tm.tm_year = century(tm.tm_year);
	else if (whole || (!match(s, ", D B Y h:m:s GMT", &tm) && !match(s, " B d h:m:s Y", &tm)))
		return -1;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -1;
	tm.tm_year -= 1900;
	check = tm;
	check.tm_sec = 0;		/* a leap second may carry, a 30 February may not */
	t = timegm(&check);
	if (check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon)
		return -1;
	t += tm.tm_sec;
	return t < 0 ? -1 : (int64_t)t;
}
