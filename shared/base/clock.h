/*
 * Time. Tests may set the wall clock; the monotonic one is always real.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t	 clock_now_s(void);		/* seconds since 1970, UTC */
int64_t	 clock_now_ms(void);
int64_t	 clock_mono_us(void);		/* for durations */
void	 clock_set_s(int64_t now_s);	/* tests: freeze the wall clock; 0 lets it go */

/* "Sun, 06 Nov 1994 08:49:37 GMT" (29 characters and a NUL). */
#define HTTP_DATE_SIZE 30
void	 clock_http_date(int64_t s, char out[HTTP_DATE_SIZE]);

/* The three date forms of RFC 9110; -1 for anything else. */
int64_t	 clock_parse_http_date(const char *s);

/* "2024-05-01T12:00:00Z" (20 characters and a NUL). */
#define ISO_DATE_SIZE 21
void	 clock_iso_date(int64_t s, char out[ISO_DATE_SIZE]);

#endif
