/*
 * Settings: the table itself, what is read and what is refused, and the texts made of the table.
 */
#include "test.h"

#include "base/buf.h"
#include "base/fdio.h"
#include "data/conf.h"

#define SECRET "[site]\nsecret = 0123456789abcdef0123456789abcdef\n"

static char path[600];

static void
write_file(const char *text, size_t len)
{
	struct fault f = FAULT_NONE;

	if (*path == '\0')
		snprintf(path, sizeof(path), "%s/t.ini", test_mkdir());
	assert_int_equal(file_write_durable(path, text, len, 0600, &f), ERR_OK);
}

static enum err
read_text(const char *text, struct conf **c, struct fault *f)
{
	write_file(text, strlen(text));
	*c = NULL;
	return conf_read(path, c, f);
}

/* Every row: named, documented, once, and its default good enough for itself. */
static void
test_table(void **state)
{
	char text[512];

	(void)state;
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		struct fault f = FAULT_NONE;
		struct conf *c;

		ROW("%s", r->name);
		assert_non_null(strchr(r->name, '.'));
		assert_true(strlen(r->doc) > 10 && r->doc[strlen(r->doc) - 1] != ' ');
		assert_non_null(r->dflt);
		assert_true(r->type == CONF_WORD ? r->words != NULL : r->words == NULL);
		assert_true(r->off < sizeof(struct conf));
		for (const struct conf_row *q = conf_table; q < r; q++) {
			assert_string_not_equal(q->name, r->name);
			assert_int_not_equal(q->off, r->off);
		}
		if (strcmp(r->name, "site.secret") == 0)
			continue;
		snprintf(text, sizeof(text), SECRET "[%.*s]\n%s = \"%s\"\n", (int)strcspn(r->name, "."),
		    r->name, strchr(r->name, '.') + 1, r->dflt);
		assert_int_equal(read_text(text, &c, &f), ERR_OK);
		conf_free(c);
	}
}

/* As many rows as fields: none was forgotten. */
static void
test_all_fields_have_rows(void **state)
{
	size_t rows = 0;

	(void)state;
	for (const struct conf_row *r = conf_table; r->name != NULL; r++)
		rows++;
	assert_int_equal(rows * sizeof(int64_t), sizeof(struct conf));
}

static void
test_defaults(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf *c;

	(void)state;
	assert_int_equal(read_text(SECRET, &c, &f), ERR_OK);
	assert_string_equal(c->site_name, "Tintype");
	assert_string_equal(c->site_base_url, "");
	assert_int_equal(c->limits_body_bytes, 64 << 20);
	assert_int_equal(c->limits_files, 20);
	assert_int_equal(c->cache_max_bytes, INT64_C(2) << 30);
	assert_int_equal(c->formats_heic, 1);
	assert_int_equal(c->server_sendfile, SENDFILE_NONE);
	assert_true(strlen(c->server_htdocs) > 0);
	conf_free(c);
}

static void
test_values(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf *c;

	(void)state;
	assert_int_equal(read_text("# a comment\r\n; another; with = and [x]\n\n[Site]\n  Name=\"a ; b # c\" \n"
	    "secret = 0123456789abcdef0123456789abcdef==\nbase_url = https://img.example.org:8443/a/b\n"
	    "[limits]\nbody_bytes=1G\nfiles\t=\t3\n[image]\npyramid = OFF\nmetadata = All\n"
	    "[database]\npassword = \"\"\nname = gr\xc3\xbc\xc3\x9f\n[site]\nlanguage = zh", &c, &f), ERR_OK);
	assert_string_equal(c->site_name, "a ; b # c");
	assert_string_equal(c->site_secret, "0123456789abcdef0123456789abcdef==");
	assert_string_equal(c->site_base_url, "https://img.example.org:8443/a/b");
	assert_int_equal(c->limits_body_bytes, 1 << 30);
	assert_int_equal(c->limits_files, 3);
	assert_int_equal(c->image_pyramid, 0);
	assert_int_equal(c->image_metadata, 1);
	assert_string_equal(c->database_password, "");
	assert_string_equal(c->database_name, "gr\xc3\xbc\xc3\x9f");
	assert_string_equal(c->site_language, "zh");
	conf_free(c);
}

static const struct {
	const char	*text;
	const char	*why;	/* must stand in the reason */
} bad[] = {
	{ "", "site.secret must be set" },
	{ "[site]\nsecret = short\n", "2: site.secret: needs 32" },
	{ SECRET "[limits]\nbodybytes = 1\n", "4: there is no setting limits.bodybytes" },
	{ SECRET "[limit]\n", "3: there is no section [limit]" },
	{ SECRET "[limits\n", "3: a section" },
	{ SECRET "[limits] # all\n", "3: a section" },
	{ SECRET "[]\n", "3: a section" },
	{ SECRET "name\n", "3: this is neither" },
	{ SECRET "na me = x\n", "3: a name" },
	{ SECRET "= x\n", "3: a name" },
	{ "name = x\n" SECRET, "1: a setting needs a [section]" },
	{ SECRET "name = a\nNAME = b\n", "4: site.name stands in line 3" },
	{ SECRET "name = a\n[limits]\n[site]\nname = b\n", "6: site.name stands in line 3" },
	{ SECRET "name = a # b\n", "3: a value with" },
	{ SECRET "name = a;b\n", "3: a value with" },
	{ SECRET "name = 'a'\n", "3: a value with" },
	{ SECRET "name = \"a\n", "3: a value with" },
	{ SECRET "name = \"a\" b\"\n", "3: a value cannot" },
	{ SECRET "name = \"a\" b\n", "3: a value with" },
	{ SECRET "name = a\\\nb\n", "3: a line cannot end in a backslash" },
	{ SECRET "# comment \\\n", "3: a line cannot end in a backslash" },
	{ SECRET "name = a\001\n", "3: this line holds a control" },
	{ SECRET "name = \xff\n", "3: this is not UTF-8" },
	{ SECRET "name = \n", "3: site.name must be set" },
	{ SECRET "[limits]\nfiles = many\n", "4: limits.files: \"many\" is no number from 1 to" },
	{ SECRET "[limits]\nfiles = 0\n", "is no number from 1 to" },
	{ SECRET "[limits]\nfiles = -1\n", "limits.files" },
	{ SECRET "[limits]\nfiles = 1k\n", "limits.files" },
	{ SECRET "[limits]\nbody_bytes = 64MB\n", "limits.body_bytes" },
	{ SECRET "[limits]\nside_px = 30001\n", "limits.side_px" },
	{ SECRET "[formats]\njpeg = maybe\n", "4: formats.jpeg: \"maybe\" is neither" },
	{ SECRET "[image]\nmetadata = some\n", "4: image.metadata: \"some\" is none of private, all, none" },
	{ SECRET "base_url = img.example.org\n", "site.base_url must begin" },
	{ SECRET "base_url = https://\n", "site.base_url has no proper host" },
	{ SECRET "base_url = https://a.b/\n", "site.base_url must not end" },
	{ SECRET "base_url = https://a.b/?x=1\n", "site.base_url has a path" },
	{ SECRET "base_url = https://a.b\"c\n", "3: a value with" },
	{ SECRET "language = fr\n", "site.language" },
	{ SECRET "[local]\nroot = store\n", "local.root: must begin with a slash" },
	{ SECRET "[memcached]\nprefix = a b\n", "memcached.prefix" },
	{ SECRET "[sandbox]\nmemory_bytes = 2G\n", "sandbox.memory_bytes is more than" },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		struct fault f = FAULT_NONE;
		struct conf *c;

		ROW("%s", bad[i].why);
		assert_int_equal(read_text(bad[i].text, &c, &f), ERR_BADREQ);
		assert_null(c);
		assert_non_null(strstr(f.why, "t.ini"));
		if (strstr(f.why, bad[i].why) == NULL)
			fail_msg("reason: %s", f.why);
	}
}

static void
test_long_lines(void **state)
{
	struct fault f = FAULT_NONE;
	char text[2000] = SECRET "# ";
	struct conf *c;

	(void)state;
	memset(text + strlen(text), 'x', 1100);
	assert_int_equal(read_text(text, &c, &f), ERR_BADREQ);
	assert_non_null(strstr(f.why, "3: this line is too long"));
	f = (struct fault)FAULT_NONE;
	write_file("[site]\n\0name = x\n", 17);
	assert_int_equal(conf_read(path, &c, &f), ERR_BADREQ);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(conf_read("/nonexistent/tintype.ini", &c, &f), ERR_BADREQ);
	assert_non_null(strstr(f.why, "No such file"));
}

/* What print(c) says, read again, is the same. Secrets are not shown. */
static void
test_print(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf *c;
	char *text = NULL;
	size_t n;
	FILE *to;

	(void)state;
	assert_int_equal(read_text(SECRET "name = \"a; b\"\n[database]\npassword = hush\n[limits]\n"
	    "body_bytes = 1536k\n[image]\npyramid = no\n", &c, &f), ERR_OK);
	to = open_memstream(&text, &n);
	conf_print(c, to);
	fclose(to);
	conf_free(c);
	assert_null(strstr(text, "hush"));
	assert_null(strstr(text, "0123456789abcdef"));
	assert_non_null(strstr(text, "\nbody_bytes = 1536k\n"));
	assert_non_null(strstr(text, "\npyramid = no\n"));
	/* Only the secret, now three stars, is too short. */
	f = (struct fault)FAULT_NONE;
	assert_int_equal(read_text(text, &c, &f), ERR_BADREQ);
	assert_non_null(strstr(f.why, "site.secret: needs 32"));
	free(text);
}

/* The example: the one in the tree, and with all its lines in force nothing but the defaults. */
static void
test_example(void **state)
{
	struct buf have = BUF_INIT(262144);
	struct fault f = FAULT_NONE;
	const char *top = getenv("TINTYPE_SOURCE");
	char *text = NULL, in_tree[512];
	struct conf *c;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	conf_print_example(to);
	fclose(to);
	snprintf(in_tree, sizeof(in_tree), "%s/conf/tintype.ini", top != NULL ? top : ".");
	assert_int_equal(file_read(in_tree, &have, &f), ERR_OK);
	if (strcmp(buf_str(&have), text) != 0)
		fail_msg("conf/tintype.ini is not what \"tintype config example\" prints");
	buf_free(&have);
	for (char *p = text; (p = strstr(p, "\n;")) != NULL; p++)
		p[1] = strncmp(p, "\n;secret", 8) == 0 ? '#' : ' ';
	to = fopen(path, "w");
	fputs(text, to);
	fputs(SECRET, to);
	fclose(to);
	assert_int_equal(conf_read(path, &c, &f), ERR_OK);
	assert_int_equal(c->limits_files, 20);
	conf_free(c);
	free(text);
}

static void
test_man(void **state)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	conf_print_man(to);
	fclose(to);
	for (const struct conf_row *r = conf_table; r->name != NULL; r++)
		assert_non_null(strstr(text, strchr(r->name, '.') + 1));
	free(text);
}

static int
remove_files(void **state)
{
	(void)state;
	unlink(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_all_fields_have_rows),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_man),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}
