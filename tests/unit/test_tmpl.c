/*
 * Templates: what the Mustache specification asks for, in cases of our own, and what the house adds
 * (limits, errors with a line, a folder of files). With MUSTACHE_SPEC=folder the public cases
 * (specs/NAME.json of github.com/mustache/spec) run too; Debian's r-cran-whisker brings a copy of them.
 */
#include "test.h"

#include <sys/stat.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "web/tmpl.h"

#define INSTALLED_SPEC "/usr/lib/R/site-library/whisker/specs"

struct tmpl_case {
	const char *text, *model, *want, *partials;
};

/* Each value three ways: escaped, {{{ }}}, {{& }}. */
static const struct { const char *name, *model, *escaped, *raw; } values[] = {
	{ "x", "{\"x\":\"plain\"}", "plain", "plain" },
	{ "x", "{\"x\":\"<a href=\\\"b\\\">Tom & 'J'</a>\"}", "&lt;a href=&quot;b&quot;&gt;Tom &amp; &#39;J&#39;&lt;/a&gt;", "<a href=\"b\">Tom & 'J'</a>" },
	{ "x", "{\"x\":\"{{y}}\",\"y\":\"no\"}", "{{y}}", "{{y}}" },
	{ "x", "{\"x\":42}", "42", "42" },
	{ "x", "{\"x\":-7}", "-7", "-7" },
	{ "x", "{\"x\":0}", "0", "0" },
	{ "x", "{\"x\":3.75}", "3.75", "3.75" },
	{ "x", "{\"x\":0.1}", "0.1", "0.1" },
	{ "x", "{\"x\":1e300}", "1e+300", "1e+300" },
	{ "x", "{\"x\":0.30000000000000004}", "0.30000000000000004", "0.30000000000000004" },
	{ "x", "{\"x\":true}", "true", "true" },
	{ "x", "{\"x\":null}", "", "" },
	{ "x", "{\"x\":{}}", "", "" },
	{ "x", "{\"x\":[1]}", "", "" },
	{ "x", "{}", "", "" },
	{ "x", "[]", "", "" },
	{ ".", "\"<\"", "&lt;", "<" },
	{ ".", "17", "17", "17" },
	{ "a.b", "{\"a\":{\"b\":\"deep\"}}", "deep", "deep" },
	{ "a.b.c.d.e", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":5}}}}}", "5", "5" },
	{ "a.b.c", "{\"a\":{}}", "", "" },
	{ "a.b.c", "{\"a\":{\"b\":{}},\"c\":\"not me\",\"b\":{\"c\":\"nor me\"}}", "", "" },
	{ "a.b", "{\"a.b\":\"a name has no dots\"}", "", "" },
	{ "a.b", "{\"a.b\":\"a name has no dots\",\"a\":{\"b\":\"me\"}}", "me", "me" },
	{ "a.b", "{\"a\":\"a text has no members\"}", "", "" },
};

static const struct tmpl_case cases[] = {
	/* interpolation */
	{ "No tag: {x} { {x} }}.", "{\"x\":1}", "No tag: {x} { {x} }}.", NULL },
	{ "", "{}", "", NULL },
	{ "|{{ x }}|{{{ x }}}|{{& x }}|{{\n x\t}}|", "{\"x\":\"v\"}", "|v|v|v|v|", NULL },
	{ "- {{x}} -", "{\"x\":\"v\"}", "- v -", NULL },
	{ "  {{x}}\n\t{{{x}}}\n {{&x}}\n", "{\"x\":\"v\"}", "  v\n\tv\n v\n", NULL },
	{ "{{#a}}{{b.c.d}}{{/a}}", "{\"a\":{\"b\":{\"c\":{\"d\":\"near\"}}},\"b\":{\"c\":{\"d\":\"far\"}}}", "near", NULL },
	{ "{{#a}}[{{b.c}}]{{/a}}", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"far\"}}", "[]", NULL },
	/* sections */
	{ "[{{#x}}yes{{/x}}]", "{\"x\":true}", "[yes]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":false}", "[]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":null}", "[]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":[]}", "[]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":\"\"}", "[]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":0}", "[yes]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{\"x\":{}}", "[yes]", NULL },
	{ "[{{#x}}yes{{/x}}]", "{}", "[]", NULL },
	{ "{{#cat}}{{name}} of {{owner}}{{/cat}}", "{\"cat\":{\"name\":\"Tom\"},\"owner\":\"Ann\",\"name\":\"no\"}", "Tom of Ann", NULL },
	{ "{{#in}}{{a}},{{b}},{{o.v}}{{/in}}", "{\"a\":1,\"b\":2,\"in\":{\"b\":3},\"o\":{\"v\":4}}", "1,3,4", NULL },
	{ "{{#s}}{{.}}={{s}}{{/s}}", "{\"s\":\"t\"}", "t=t", NULL },
	{ "{{#rows}}{{#cols}}{{head.up}}{{r}}{{#cells}}{{head.low}}{{r}}{{c}}.{{/cells}}{{/cols}}{{/rows}}",
	  "{\"rows\":[{\"head\":{\"up\":\"U\",\"low\":\"l\"},\"cols\":[{\"r\":\"1\",\"cells\":[{\"c\":\"x\"},{\"c\":\"y\"}]}]}]}", "U1l1x.l1y.", NULL },
	{ "{{#a}}\n{{x}}\n{{#b}}\n{{x}}{{y}}\n{{#c}}\n{{x}}{{y}}{{z}}\n{{#d}}\n{{x}}{{y}}{{z}}{{.}}\n{{/d}}\n{{/c}}\n{{y}}{{x}}\n{{/b}}\n{{x}}\n{{/a}}\n",
	  "{\"a\":{\"x\":1},\"b\":{\"y\":2},\"c\":{\"z\":3,\"d\":4}}", "1\n12\n123\n1234\n21\n1\n", NULL },
	{ "{{#l}}{{n}};{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2},{\"n\":3}]}", "1;2;3;", NULL },
	{ "{{#on}}\na\n{{/on}}\n{{mid}}\n{{#on}}\nz\n{{/on}}\n", "{\"on\":true,\"mid\":\"m\"}", "a\nm\nz\n", NULL },
	{ "1{{#on}}2{{#on}}3{{/on}}4{{/on}}5", "{\"on\":true}", "12345", NULL },
	{ "1{{#on}}2{{#on}}3{{/on}}4{{/on}}5", "{\"on\":false}", "15", NULL },
	{ "{{#l}}<{{.}}>{{/l}}", "{\"l\":[\"p\",\"q\"]}", "<p><q>", NULL },
	{ "{{#l}}<{{.}}>{{/l}}", "{\"l\":[1,2.5]}", "<1><2.5>", NULL },
	{ "{{#l}}<{{#.}}{{.}}{{/.}}>{{/l}}", "{\"l\":[[1,2],[\"a\"],[]]}", "<12><a><>", NULL },
	{ "{{#l}}{{.}}{{{.}}}{{&.}} {{/l}}", "{\"l\":[\"&\",\"<\"]}", "&amp;&& &lt;<< ", NULL },
	{ "{{#.}}{{v}}{{/.}}", "[{\"v\":1},{\"v\":2}]", "12", NULL },
	{ "{{#a.b.c}}in{{/a.b.c}}", "{\"a\":{\"b\":{\"c\":true}}}", "in", NULL },
	{ "[{{#a.b.c}}in{{/a.b.c}}]", "{\"a\":{\"b\":{\"c\":false}}}", "[]", NULL },
	{ "[{{#a.b.c}}in{{/a.b.c}}]", "{\"a\":{}}", "[]", NULL },
	{ " {{#on}} | {{/on}} \n", "{\"on\":true}", "  |  \n", NULL },
	{ "-{{#on}} {{! kept blanks }}\n {{/on}}-\n", "{\"on\":true}", "- \n -\n", NULL },
	{ " {{#on}}a{{/on}}\n {{#on}}b{{/on}}\n", "{\"on\":true}", " a\n b\n", NULL },
	{ "top\n{{#on}}\nmid\n{{/on}}\nend\n", "{\"on\":true}", "top\nmid\nend\n", NULL },
	{ "top\n \t{{#on}}  \nmid\n  {{/on}}\nend\n", "{\"on\":true}", "top\nmid\nend\n", NULL },
	{ "a\r\n{{#on}}\r\nb\r\n{{/on}}\r\nc", "{\"on\":true}", "a\r\nb\r\nc", NULL },
	{ "  {{#on}}\na{{/on}}\nb", "{\"on\":true}", "a\nb", NULL },
	{ "a{{#on}}\nb\n  {{/on}}", "{\"on\":true}", "a\nb\n", NULL },
	{ "{{# on }}={{/ on }}{{#on}}={{/  on}}", "{\"on\":true}", "==", NULL },
	/* inverted */
	{ "{{^x}}no{{/x}}", "{\"x\":false}", "no", NULL },
	{ "{{^x}}no{{/x}}", "{\"x\":null}", "no", NULL },
	{ "{{^x}}no{{/x}}", "{\"x\":[]}", "no", NULL },
	{ "{{^x}}no{{/x}}", "{}", "no", NULL },
	{ "[{{^x}}no{{/x}}]", "{\"x\":true}", "[]", NULL },
	{ "[{{^x}}no{{/x}}]", "{\"x\":{\"y\":1}}", "[]", NULL },
	{ "[{{^x}}no{{/x}}]", "{\"x\":[{\"y\":1}]}", "[]", NULL },
	{ "{{^off}}\na\n{{/off}}\n{{m}}\n{{^off}}\nz\n{{/off}}\n", "{\"off\":false,\"m\":\"m\"}", "a\nm\nz\n", NULL },
	{ "1{{^x}}2{{^x}}3{{/x}}4{{/x}}5", "{}", "12345", NULL },
	{ "1{{^x}}2{{^x}}3{{/x}}4{{/x}}5", "{\"x\":1}", "15", NULL },
	{ "[{{^a.b.c}}no{{/a.b.c}}]", "{\"a\":{\"b\":{\"c\":1}}}", "[]", NULL },
	{ "[{{^a.b.c}}no{{/a.b.c}}]", "{\"a\":{\"b\":{\"c\":false}}}", "[no]", NULL },
	{ "[{{^a.b.c}}no{{/a.b.c}}]", "{\"a\":{}}", "[no]", NULL },
	{ " {{^x}} | {{/x}} \n", "{}", "  |  \n", NULL },
	{ " {{^x}} {{! kept }}\n {{/x}}-\n", "{}", "  \n -\n", NULL },
	{ " {{^x}}a{{/x}}\n {{^x}}b{{/x}}\n", "{}", " a\n b\n", NULL },
	{ "top\n  {{^x}}\nmid\n\t{{/x}}\nend\n", "{}", "top\nmid\nend\n", NULL },
	{ "a\r\n{{^x}}\r\nb\r\n{{/x}}\r\nc", "{}", "a\r\nb\r\nc", NULL },
	{ "  {{^x}}\na{{/x}}\nb", "{}", "a\nb", NULL },
	{ "a{{^x}}\nb\n  {{/x}}", "{}", "a\nb\n", NULL },
	{ "{{^ x }}={{/ x }}", "{}", "=", NULL },
	/* comments */
	{ "a{{! gone }}b", "{}", "ab", NULL },
	{ "a{{!\n several\n lines }}b\n", "{}", "ab\n", NULL },
	{ "a\n{{! alone }}\nb\n", "{}", "a\nb\n", NULL },
	{ "a\n  {{! alone }}  \nb\n", "{}", "a\nb\n", NULL },
	{ "a\r\n{{! alone }}\r\nb", "{}", "a\r\nb", NULL },
	{ "  {{! first }}\nb", "{}", "b", NULL },
	{ "a\n  {{! last }}", "{}", "a\n", NULL },
	{ "a\n{{!\nseveral\n}}\nb\n", "{}", "a\nb\n", NULL },
	{ "a\n  {{!\n  several\n  }}\nb\n", "{}", "a\nb\n", NULL },
	{ "  a {{! inline }}\n", "{}", "  a \n", NULL },
	{ "a {{! inline }} b", "{}", "a  b", NULL },
	{ ">{{! x }}{{!x}}<", "{\"x\":1,\"! x\":2,\"!x\":3}", "><", NULL },
	/* partials */
	{ "[{{>p}}]", "{}", "[from p]", "{\"p\":\"from p\"}" },
	{ "[{{>q}}]", "{}", "[]", "{\"p\":\"from p\"}" },
	{ "[{{>q}}]", "{}", "[]", NULL },
	{ "[{{>p}}]", "{\"x\":\"<\"}", "[*&lt;*]", "{\"p\":\"*{{x}}*\"}" },
	{ "{{>tree}}", "{\"n\":\"a\",\"kids\":[{\"n\":\"b\",\"kids\":[]},{\"n\":\"c\",\"kids\":[]}]}", "a(b()c())", "{\"tree\":\"{{n}}({{#kids}}{{>tree}}{{/kids}})\"}" },
	{ "{{>out}}", "{\"x\":1,\"y\":2}", "1[2]", "{\"out\":\"{{x}}{{>in}}\",\"in\":\"[{{y}}]\"}" },
	{ "a {{>p}} b", "{}", "a \t.\t b", "{\"p\":\"\\t.\\t\"}" },
	{ "  {{x}}  {{> p}}\n", "{\"x\":\"v\"}", "  v  1\n2\n", "{\"p\":\"1\\n2\"}" },
	{ "a\r\n{{>p}}\r\nb", "{}", "a\r\n1b", "{\"p\":\"1\"}" },
	{ "  {{>p}}\nb", "{}", "  1\n  2b", "{\"p\":\"1\\n2\"}" },
	{ "a\n  {{>p}}", "{}", "a\n  1\n  2", "{\"p\":\"1\\n2\"}" },
	{ "a\n {{>p}}\nb\n", "{\"x\":\"1\\n2\"}", "a\n <\n 1\n2\n >\nb\n", "{\"p\":\"<\\n{{{x}}}\\n>\\n\"}" },
	{ " {{>p}}\n", "{\"l\":[1,2]}", "  1\n  2\n", "{\"p\":\"{{#l}}\\n {{>q}}\\n{{/l}}\\n\",\"q\":\"{{.}}\\n\"}" },
	{ "[{{> p }}]", "{}", "[1]", "{\"p\":\"1\"}" },
	/* delimiters */
	{ "{{=<% %>=}}<%x%>{{x}}", "{\"x\":1}", "1{{x}}", NULL },
	{ "({{=[ ]=}}[x])", "{\"x\":1}", "(1)", NULL },
	{ "{{=<% %>=}}<%{x}%><%&x%>", "{\"x\":\"<\"}", "<<", NULL },
	{ "{{#on}}\n {{x}}\n |x|\n{{/on}}\n{{= | | =}}\n|#on|\n {{x}}\n |x|\n|/on|\n", "{\"on\":true,\"x\":1}", " 1\n |x|\n {{x}}\n 1\n", NULL },
	{ "{{^on}}\n {{x}}\n |x|\n{{/on}}\n{{= | | =}}\n|^on|\n {{x}}\n |x|\n|/on|\n", "{\"x\":1}", " 1\n |x|\n {{x}}\n 1\n", NULL },
	{ "{{>p}}{{= | | =}}|>p|", "{\"x\":1}", "1.1.", "{\"p\":\"{{x}}.\"}" },
	{ "{{>p}}|x|{{x}}", "{\"x\":1}", "1 1|x|1", "{\"p\":\"{{x}}{{= | | =}} |x|\"}" },
	{ "| {{=@ @=}} |", "{}", "|  |", NULL },
	{ " | {{=@ @=}}\n", "{}", " | \n", NULL },
	{ "a\n{{=@ @=}}\nb\n", "{}", "a\nb\n", NULL },
	{ "a\n  {{=@ @=}}\nb\n", "{}", "a\nb\n", NULL },
	{ "a\r\n{{= @ @ =}}\r\nb", "{}", "a\r\nb", NULL },
	{ "  {{=@ @=}}\n=", "{}", "=", NULL },
	{ "=\n  {{=@ @=}}", "{}", "=\n", NULL },
	{ "{{= @   @ =}}@x@@={{ }}=@{{x}}", "{\"x\":1}", "11", NULL },
};

static const struct { const char *text, *why; } broken[] = {
	{ "a\nb {{x", "text:2" },
	{ "{{{x}}", "text:1" },
	{ "{{}}", "text:1" },
	{ "\n\n{{# }}{{/ }}", "text:3" },
	{ "{{#a}}", "section a" },
	{ "{{#a}}{{#b}}{{/a}}{{/b}}", "closes" },
	{ "{{/a}}", "closes" },
	{ "{{=x=}}", "delimiters" },
	{ "{{=x y z=}}", "delimiters" },
	{ "{{==}}", "delimiters" },
	{ "{{=0123456789abcdefg }}=}}", "delimiters" },
};

static enum err
render(const char *text, const char *partials, const char *model, struct buf *out, struct fault *f)
{
	json_t *p = partials ? json_loads(partials, 0, NULL) : NULL, *m = json_loads(model, JSON_DECODE_ANY, NULL);
	enum err e;

	if (!m || (partials && !p))
		fail_msg("bad JSON in a case: %s %s", model, partials ? partials : "");
	e = tmpl_render_text(text, strlen(text), p, m, out, f);
	json_decref(p);
	json_decref(m);
	return e;
}

static void
expect(const char *text, const char *partials, const char *model, const char *want)
{
	struct buf out = BUF_INIT(LIMIT_PAGE_BYTES);
	struct fault f = FAULT_NONE;
	enum err e = render(text, partials, model, &out, &f);

	if (e || strcmp(buf_str(&out), want) != 0)
		fail_msg("%s\nover %s\ngives  %s\nwanted %s\n%s", text, model, buf_str(&out), want, f.why);
	buf_free(&out);
}

static void
test_values(void **state)
{
	static const struct { const char *open, *close; bool raw; } forms[] = {
		{ "{{", "}}", false }, { "{{{", "}}}", true }, { "{{&", "}}", true },
	};
	char text[128], want[256];

	(void)state;
	for (size_t i = 0; i < NELEM(values); i++)
		for (size_t k = 0; k < NELEM(forms); k++) {
			snprintf(text, sizeof(text), "(%s%s%s)", forms[k].open, values[i].name, forms[k].close);
			snprintf(want, sizeof(want), "(%s)", forms[k].raw ? values[i].raw : values[i].escaped);
			expect(text, NULL, values[i].model, want);
		}
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		expect(cases[i].text, cases[i].partials, cases[i].model, cases[i].want);
}

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(broken); i++) {
		struct buf out = BUF_INIT(1000);
		struct fault f = FAULT_NONE;

		assert_int_equal(render(broken[i].text, NULL, "{}", &out, &f), ERR_INTERNAL);
		if (!strstr(f.why, broken[i].why))
			fail_msg("%s: %s", broken[i].text, f.why);
		buf_free(&out);
	}
}

static void
test_limits(void **state)
{
	struct buf text = BUF_INIT(1000000), out = BUF_INIT(100);
	struct fault f = FAULT_NONE;

	(void)state;
	/* A partial that calls itself for ever. */
	assert_int_equal(render("{{>p}}", "{\"p\":\"{{>p}}\"}", "{}", &out, &f), ERR_INTERNAL);
	/* The same, wider by its indent each time. */
	assert_int_equal(render("{{>p}}", "{\"p\":\"  {{>p}}\\n\"}", "{}", &out, &f), ERR_INTERNAL);
	/* A page beyond its buffer. */
	f = (struct fault)FAULT_NONE;
	assert_int_equal(render("{{#l}}0123456789012345678901234567890123456789{{/l}}", NULL, "{\"l\":[1,2,3]}", &out, &f), ERR_TOOBIG);
	assert_true(f.why[0]);
	for (int n = LIMIT_TEMPLATE_DEPTH; n <= LIMIT_TEMPLATE_DEPTH + 1; n++) {
		buf_clear(&text);
		for (int i = 0; i < n; i++)
			assert_int_equal(buf_adds(&text, "{{#a}}"), ERR_OK);
		for (int i = 0; i < n; i++)
			assert_int_equal(buf_adds(&text, "{{/a}}"), ERR_OK);
		assert_int_equal(render(text.data, NULL, "{\"a\":1}", &out, &f), n == LIMIT_TEMPLATE_DEPTH ? ERR_OK : ERR_INTERNAL);
	}
	buf_free(&text);
	buf_free(&out);
}

static void
write_text(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.html", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	fclose(out);
}

static void
test_folder(void **state)
{
	char dir[] = "/tmp/tintype-tmpl-XXXXXX";
	struct buf out = BUF_INIT(LIMIT_PAGE_BYTES);
	struct fault f = FAULT_NONE;
	json_t *model = json_pack("{s:s}", "who", "you & me");
	static const char *const names[] = { "none", "../page", "a/b", "", "PAGE", "page.html" };
	struct tmpl *t;

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_text(dir, "page", "{{>head}}\nHello {{who}}\n");
	write_text(dir, "head", "<h1>\n");
	assert_int_equal(tmpl_open(dir, &t, &f), ERR_OK);
	assert_int_equal(tmpl_render(t, "page", model, &out, &f), ERR_OK);
	assert_string_equal(buf_str(&out), "<h1>\nHello you &amp; me\n");
	write_text(dir, "head", "<h2>\n");
	buf_clear(&out);
	assert_int_equal(tmpl_render(t, "page", model, &out, &f), ERR_OK);
	assert_string_equal(buf_str(&out), "<h1>\nHello you &amp; me\n");
	tmpl_reload(t);
	buf_clear(&out);
	assert_int_equal(tmpl_render(t, "page", model, &out, &f), ERR_OK);
	assert_string_equal(buf_str(&out), "<h2>\nHello you &amp; me\n");
	for (size_t i = 0; i < NELEM(names); i++)
		assert_int_equal(tmpl_render(t, names[i], model, &out, &f), ERR_INTERNAL);
	write_text(dir, "hole", "{{>none}}");
	assert_int_equal(tmpl_render(t, "hole", model, &out, &f), ERR_INTERNAL);
	tmpl_close(t);
	json_decref(model);
	buf_free(&out);
	assert_int_equal(dir_remove(-1, dir, &f), ERR_OK);
}

/* The public cases, if somebody has them at hand. */
static void
test_public(void **state)
{
	static const char *const modules[] = { "interpolation", "sections", "inverted", "partials", "comments", "delimiters" };
	const char *dir = getenv("MUSTACHE_SPEC");
	char path[512];
	json_t *j, *one;
	size_t k;

	(void)state;
	if (!dir && access(INSTALLED_SPEC, R_OK) == 0)
		dir = INSTALLED_SPEC;
	for (size_t i = 0; dir && i < NELEM(modules); i++) {
		snprintf(path, sizeof(path), "%s/%s.json", dir, modules[i]);
		j = json_load_file(path, 0, NULL);
		if (!j)
			fail_msg("cannot read %s", path);
		json_array_foreach(json_object_get(j, "tests"), k, one) {
			const char *text = json_string_value(json_object_get(one, "template"));
			const char *want = json_string_value(json_object_get(one, "expected"));
			struct buf out = BUF_INIT(LIMIT_PAGE_BYTES);
			struct fault f = FAULT_NONE;

			if (tmpl_render_text(text, strlen(text), json_object_get(one, "partials"),
			    json_object_get(one, "data"), &out, &f) || strcmp(buf_str(&out), want) != 0)
				fail_msg("%s, %s: %s", modules[i], json_string_value(json_object_get(one, "name")), buf_str(&out));
			buf_free(&out);
		}
		json_decref(j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_public),
	};

	return cmocka_run_group_tests_name("tmpl", tests, NULL, NULL);
}
