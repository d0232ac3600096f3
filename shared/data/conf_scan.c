/*
 * Settings, line by line: every line is understood in full or refused with its number. What passes
 * here means the same to iniparser (conf.c compares), because all that it would read otherwise,
 * comments behind a value, a backslash at the end, is not let through bare.
 */
#include "data/conf_scan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "data/conf.h"

struct scan {
	const char		*file;
	int			 line;
	char			 section[32];	/* "" before the first */
	struct arena		*mem;
	struct conf_scan	*out;
	struct fault		*f;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts blanks from both ends of *s (len *n). */
static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && blank(**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && blank((*s)[*n - 1]))
		(*n)--;
}

static enum err
refuse(struct scan *s, const char *why)
{
	return fault_set(s->f, ERR_BADREQ, "%s:%d: %s", s->file, s->line, why);
}

/* A name of a section or an option: small letters, digits and _, in any case. */
static bool
word(const char *s, size_t n, char *out, size_t room)
{
	if (n == 0 || n >= room)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
		out[i] = (char)tolower((unsigned char)s[i]);
	}
	out[n] = '\0';
	return true;
}

static enum err
section(struct scan *s, const char *t, size_t n)
{
	size_t len;

	if (n < 3 || t[n - 1] != ']' || !word(t + 1, n - 2, s->section, sizeof(s->section)))
		return refuse(s, "a section is written [name], alone on its line");
	len = strlen(s->section);
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		if (strncmp(r->name, s->section, len) == 0 && r->name[len] == '.')
			return ERR_OK;
	}
	return fault_set(s->f, ERR_BADREQ, "%s:%d: there is no section [%s]", s->file, s->line,
	    s->section);
}

/* The value of t, unquoted, into *out. */
static enum err
value(struct scan *s, const char *t, size_t n, const char **out)
{
	bool quoted = n >= 2 && t[0] == '"' && t[n - 1] == '"';

	if (quoted) {
		t++;
		n -= 2;
		if (memchr(t, '"', n) != NULL)
			return refuse(s, "a value cannot hold a double quote");
	} else {
		for (size_t i = 0; i < n; i++) {
			if (strchr("\"';#\\", t[i]) != NULL)
				return refuse(s, "a value with quotes, ; # or \\ in it needs double "
				    "quotes around it (and a comment a line of its own)");
		}
	}
	if (!utf8_valid(t, n))
		return refuse(s, "this is not UTF-8");
	*out = arena_strndup(s->mem, t, n);
	return ERR_OK;
}

static enum err
option(struct scan *s, const char *t, size_t n)
{
	const char *eq = memchr(t, '=', n), *name = t, *v;
	char key[64], full[128];
	size_t klen, vlen;
	int i;

	if (eq == NULL)
		return refuse(s, "this is neither [section] nor name = value");
	klen = (size_t)(eq - t);
	trim(&name, &klen);
	if (!word(name, klen, key, sizeof(key)))
		return refuse(s, "a name is made of letters, digits and _");
	if (s->section[0] == '\0')
		return refuse(s, "a setting needs a [section] before it");
	snprintf(full, sizeof(full), "%s.%s", s->section, key);
	for (i = 0; conf_table[i].name != NULL; i++) {
		if (strcmp(conf_table[i].name, full) == 0)
			break;
	}
	if (conf_table[i].name == NULL)
		return fault_set(s->f, ERR_BADREQ, "%s:%d: there is no setting %s", s->file,
		    s->line, full);
	if (s->out->value[i] != NULL)
		return fault_set(s->f, ERR_BADREQ, "%s:%d: %s stands in line %d already", s->file,
		    s->line, full, s->out->line[i]);
	v = eq + 1;
	vlen = n - (size_t)(v - t);
	trim(&v, &vlen);
	s->out->line[i] = s->line;
	return value(s, v, vlen, &s->out->value[i]);
}

static enum err
one_line(struct scan *s, const char *t, size_t n)
{
	if (n > 0 && t[n - 1] == '\r')
		n--;
	if (n > CONF_LINE_BYTES)
		return refuse(s, "this line is too long");
	for (size_t i = 0; i < n; i++) {
		if (((unsigned char)t[i] < ' ' && t[i] != '\t') || t[i] == 0x7f)
			return refuse(s, "this line holds a control character");
	}
	/* To iniparser this would join the next line, of a comment too. */
	if (n > 0 && t[n - 1] == '\\')
		return refuse(s, "a line cannot end in a backslash");
	trim(&t, &n);
	if (n == 0 || *t == '#' || *t == ';')
		return ERR_OK;
	return *t == '[' ? section(s, t, n) : option(s, t, n);
}

enum err
conf_scan(const char *file, const char *text, size_t len, struct arena *a, struct conf_scan *out,
    struct fault *f)
{
	struct scan s = { .file = file, .mem = a, .out = out, .f = f };
	const char *end = text + len;
	enum err e = ERR_OK;

	memset(out, 0, sizeof(*out));
	while (text < end && e == ERR_OK) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl != NULL ? nl : end) - text);

		s.line++;
		e = one_line(&s, text, n);
		text += n + 1;
	}
	return e;
}
