/*
 * Lines of JSON. A line is built in memory and written by one write(2) to a file
 * opened for append, so that lines of several processes never mix.
 */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"

enum { LINE_BYTES = 65536, VALUE_BYTES = 4096 };

static const char *const levels[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error",
};

static struct {
	int		 fd;
	enum log_level	 least;
	char		 program[32];
} to = { .fd = STDERR_FILENO, .least = LOG_INFO, .program = "tintype" };

struct log_line {
	struct buf	 b;
	enum err	 e;	/* the first failure; the rest of the line is lost */
};

void
log_close(void)
{
	if (to.fd != STDERR_FILENO)
		fd_close(&to.fd);
	to.fd = STDERR_FILENO;
}

void
log_open(const char *program, const char *path, enum log_level least)
{
	int fd;

	log_close();
	to.least = least;
	snprintf(to.program, sizeof(to.program), "%s", program);
	if (path == NULL || *path == '\0')
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd >= 0)
		to.fd = fd;
	else
		log_msg(LOG_ERROR, "log", "cannot open %s: %m", path);
}

static void
add(struct log_line *l, const char *s, size_t n)
{
	if (!l->e)
		l->e = buf_add(&l->b, s, n);
}

/* The bytes at s that need no escape. */
static size_t
plain(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f && s[i] != '"' &&
	    s[i] != '\\')
		i++;
	return i;
}

/* The length of the valid UTF-8 character of several bytes at s, 0 for none. */
static size_t
wide_char(const char *s, size_t n)
{
	for (size_t k = 2; k <= 4 && k <= n; k++)
		if (utf8_valid(s, k))
			return k;
	return 0;
}

static void
add_quoted(struct log_line *l, const char *s)
{
	size_t n = strnlen(s, VALUE_BYTES), k;
	char esc[16];

	add(l, "\"", 1);
	for (; n > 0; s += k, n -= k) {
		if ((k = plain(s, n)) != 0 || ((unsigned char)*s >= 0x80 && (k = wide_char(s, n)) != 0)) {
			add(l, s, k);
			continue;
		}
		k = 1;
		if (*s == '"' || *s == '\\')
			snprintf(esc, sizeof(esc), "\\%c", *s);
		else if ((unsigned char)*s < 0x80)
			snprintf(esc, sizeof(esc), "\\u%04x", *s);
		else		/* no character at all: its number, as text */
			snprintf(esc, sizeof(esc), "\\\\x%02x", (unsigned char)*s);
		add(l, esc, strlen(esc));
	}
	add(l, "\"", 1);
}

static void
add_key(struct log_line *l, const char *key)
{
	add(l, ",", 1);
	add_quoted(l, key);
	add(l, ":", 1);
}

struct log_line *
log_start(enum log_level level, const char *event)
{
	struct log_line *l;
	char date[ISO_DATE_SIZE], head[96];
	int64_t ms = clock_now_ms();

	if (level < to.least || (l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->b = (struct buf)BUF_INIT(LINE_BYTES);
	clock_iso_date(ms / 1000, date);
	snprintf(head, sizeof(head), "{\"time\":\"%.19s.%03dZ\",\"level\":\"%s\"", date, (int)(ms % 1000),
	    levels[level]);
	add(l, head, strlen(head));
	log_str(l, "program", to.program);
	log_int(l, "pid", getpid());
	log_str(l, "event", event);
	return l;
}

void
log_str(struct log_line *l, const char *key, const char *value)
{
	if (l == NULL || value == NULL)
		return;
	add_key(l, key);
	add_quoted(l, value);
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char text[24];

	if (l == NULL)
		return;
	add_key(l, key);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	add(l, text, strlen(text));
}

void
log_end(struct log_line *l)
{
	static const char lost[] = "{\"level\":\"error\",\"event\":\"log\",\"message\":\"a line was too long\"}\n";

	if (l == NULL)
		return;
	add(l, "}\n", 2);
	/* A full disk must not stop the service: there is nobody left to tell. */
	if ((l->e ? fd_write_all(to.fd, lost, sizeof(lost) - 1, NULL) :
	    fd_write_all(to.fd, l->b.data, l->b.len, NULL)) != ERR_OK)
		l->e = ERR_IO;
	buf_free(&l->b);
	free(l);
}

void
log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
	struct log_line *l = log_start(level, event);
	char text[VALUE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_str(l, "message", text);
	log_end(l);
}
