/*
 * The option table as text: an example file, the values in force, the manual.
 */
#include "data/conf.h"

#include <string.h>

#include "base/defs.h"

#define WRAP_COLUMNS 96

/* "64M" for what is whole, plain bytes otherwise. */
static void
print_bytes(int64_t n, FILE *to)
{
	static const char unit[] = { 'G', 'M', 'k' };	/* what num_parse_bytes() reads */

	for (size_t i = 0; n != 0 && i < NELEM(unit); i++) {
		int64_t one = INT64_C(1) << (30 - 10 * i);

		if (n % one == 0) {
			fprintf(to, "%lld%c", (long long)(n / one), unit[i]);
			return;
		}
	}
	fprintf(to, "%lld", (long long)n);
}

/* Quoted when the reader would want it. */
static void
print_text(const char *s, FILE *to)
{
	if (*s == '\0' || strpbrk(s, "\"';#\\ \t") != NULL)
		fprintf(to, "\"%s\"", s);
	else
		fputs(s, to);
}

/* What may be written there, in words. */
static void
print_range(const struct conf_row *r, FILE *to)
{
	switch (r->type) {
	case CONF_TEXT:
		fputs("Text", to);
		break;
	case CONF_NUM:
		fprintf(to, "%lld to %lld", (long long)r->min, (long long)r->max);
		break;
	case CONF_BYTES:
		print_bytes(r->min, to);
		fputs(" to ", to);
		print_bytes(r->max, to);
		fputs(" bytes", to);
		break;
	case CONF_BOOL:
		fputs("yes or no", to);
		break;
	case CONF_WORD:
		for (int i = 0; r->words[i] != NULL; i++)
			fprintf(to, "%s%s", i > 0 ? ", " : "", r->words[i]);
		break;
	}
}

/* Comment lines of at most WRAP_COLUMNS. */
static void
print_comment(const char *doc, FILE *to)
{
	size_t col = 0;

	while (*doc != '\0') {
		size_t n = strcspn(doc, " ");

		if (col > 0 && col + 1 + n > WRAP_COLUMNS) {
			fputc('\n', to);
			col = 0;
		}
		fprintf(to, "%s%.*s", col == 0 ? "# " : " ", (int)n, doc);
		col += n + (col == 0 ? 2 : 1);
		doc += n;
		doc += strspn(doc, " ");
	}
	fputc('\n', to);
}

/* Length of the section's name when r begins one, else 0. */
static int
section_begins(const struct conf_row *r)
{
	size_t n = strcspn(r->name, ".");

	return r == conf_table || strncmp(r[-1].name, r->name, n + 1) != 0 ? (int)n : 0;
}

void
conf_print_example(FILE *to)
{
	fputs("# Settings of Tintype: all of them, with their defaults. Only site.secret must be\n"
	    "# set. Take away the ; of what you change. See tintype.ini(5), and try\n"
	    "# \"tintype config check\" afterwards.\n", to);
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		if (section_begins(r))
			fprintf(to, "\n[%.*s]\n", section_begins(r), r->name);
		fputc('\n', to);
		print_comment(r->doc, to);
		fputs("# (", to);
		print_range(r, to);
		fprintf(to, ")\n;%s = ", strchr(r->name, '.') + 1);
		print_text(r->dflt, to);
		fputc('\n', to);
	}
}

static void
print_value(const struct conf *c, const struct conf_row *r, FILE *to)
{
	const void *at = (const char *)c + r->off;
	int64_t n = r->type == CONF_TEXT ? 0 : *(const int64_t *)at;

	switch (r->type) {
	case CONF_TEXT:
		if (r->secret && **(char *const *)at != '\0')
			fputs("\"***\"", to);
		else
			print_text(*(char *const *)at, to);
		break;
	case CONF_NUM:
		fprintf(to, "%lld", (long long)n);
		break;
	case CONF_BYTES:
		print_bytes(n, to);
		break;
	case CONF_BOOL:
		fputs(n != 0 ? "yes" : "no", to);
		break;
	case CONF_WORD:
		fputs(r->words[n], to);
		break;
	}
}

void
conf_print(const struct conf *c, FILE *to)
{
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		if (section_begins(r))
			fprintf(to, "%s[%.*s]\n", r == conf_table ? "" : "\n", section_begins(r), r->name);
		fprintf(to, "%s = ", strchr(r->name, '.') + 1);
		print_value(c, r, to);
		fputc('\n', to);
	}
}

/* Text for troff: no line begins with a dot or a quote, a backslash is written out. */
static void
print_roff(const char *s, FILE *to)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", to);
	for (; *s != '\0'; s++)
		fputs(*s == '\\' ? "\\e" : (char[]){ *s, '\0' }, to);
}

void
conf_print_man(FILE *to)
{
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		if (section_begins(r))
			fprintf(to, "%s.Ss [%.*s]\n.Bl -tag -width Ds\n", r == conf_table ? "" : ".El\n",
			    section_begins(r), r->name);
		fprintf(to, ".It Cm %s\n", strchr(r->name, '.') + 1);
		print_roff(r->doc, to);
		fputs("\n(", to);
		print_range(r, to);
		fputs("; default: ", to);
		print_roff(*r->dflt != '\0' ? r->dflt : "empty", to);
		fputs(")\n", to);
	}
	fputs(".El\n", to);
}
