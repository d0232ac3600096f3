/*
 * The manual of the operations: all of them, all of their arguments, in both forms.
 */
#include "image/op.h"
#include "image/op_doc.h"
#include "test.h"

static char *
print(void (*how)(FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	how(to);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void
test_complete(void **state)
{
	char *man = print(ops_print_man), *markdown = print(ops_print_markdown),
	     *dict = print(ops_print_dict), line[128];
	const struct op *const *o;
	const struct arg_row *a;

	(void)state;
	for (o = op_table; *o != NULL; o++) {
		ROW("%s", (*o)->name);
		snprintf(line, sizeof(line), ".Ss %s\n", (*o)->name);
		assert_non_null(strstr(man, line));
		snprintf(line, sizeof(line), "## %s\n", (*o)->name);
		assert_non_null(strstr(markdown, line));
		assert_non_null(strstr(markdown, (*o)->doc));
		for (a = (*o)->args; a < (*o)->args + OP_ARGS_MAX && a->type != ARG_NONE; a++) {
			assert_non_null(strstr(markdown, a->doc));
			snprintf(line, sizeof(line), "\",%s_\"\n", a->key);
			if (a->key[0] != '\0')
				assert_non_null(strstr(dict, line));
		}
	}
	assert_non_null(strstr(markdown, "| `t_` | 0 to 100; default 100 |"));
	assert_non_null(strstr(markdown, "| `rotate,` | 0 to 360; needed |"));
	free(man);
	free(markdown);
	free(dict);
}

/* No line of the manual page begins with a dot unless it is a request, none holds a bare backslash.
 */
static void
test_roff(void **state)
{
	char *man = print(ops_print_man), *line, *next;

	(void)state;
	for (line = man; line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		ROW("%s", line);
		if (line[0] == '.')
			assert_true(
			    (line[1] >= 'A' && line[1] <= 'Z') || strncmp(line, ".\\\"", 3) == 0);
		else
			assert_int_not_equal(line[0], '\'');
	}
	free(man);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_complete),
		cmocka_unit_test(test_roff) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
