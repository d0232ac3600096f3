/*
 * The settings: file, table, struct. The strict reader goes over the file first (conf_scan.c), then
 * iniparser gives the values, and both must agree; then every value is checked against its row.
 */
#include "data/conf.h"

#include <iniparser.h>

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"
#include "data/conf_scan.h"

#ifndef TINTYPE_ETC
#define TINTYPE_ETC "/etc/tintype"
#endif
#ifndef TINTYPE_SHARE
#define TINTYPE_SHARE "/usr/share/tintype"
#endif

static char **
text_of(struct conf *c, const struct conf_row *r)
{
	return (char **)((char *)c + r->off);
}

static int64_t *
num_of(struct conf *c, const struct conf_row *r)
{
	return (int64_t *)((char *)c + r->off);
}

static enum err
set_text(struct conf *c, const struct conf_row *r, const char *v, struct fault *f)
{
	size_t n = strlen(v);

	if (n < (size_t)r->min || n > (size_t)r->max) {
		if (n == 0)
			return fault_set(f, ERR_BADREQ, "%s must be set%s", r->name,
			    r->min > 1 ? " (see tintype.ini(5))" : "");
		return fault_set(f, ERR_BADREQ, "%s: needs %ld to %ld characters, not %zu", r->name,
		    (long)r->min, (long)r->max, n);
	}
	if ((*text_of(c, r) = strdup(v)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for %s", r->name);
	return ERR_OK;
}

static enum err
set_num(struct conf *c, const struct conf_row *r, const char *v, struct fault *f)
{
	bool bytes = r->type == CONF_BYTES;

	if (bytes ? num_parse_bytes(v, r->min, r->max, num_of(c, r)) :
	    num_parses(v, r->min, r->max, num_of(c, r)))
		return ERR_OK;
	return fault_set(f, ERR_BADREQ, "%s: \"%.40s\" is no number from %lld to %lld%s", r->name,
	    v, (long long)r->min, (long long)r->max,
	    bytes ? " (k, M or G may follow it)" : "");
}

static enum err
set_bool(struct conf *c, const struct conf_row *r, const char *v, struct fault *f)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < NELEM(yes); i++) {
		if (strcasecmp(v, yes[i]) == 0 || strcasecmp(v, no[i]) == 0) {
			*num_of(c, r) = strcasecmp(v, yes[i]) == 0;
			return ERR_OK;
		}
	}
	return fault_set(f, ERR_BADREQ, "%s: \"%.40s\" is neither yes nor no", r->name, v);
}

static enum err
set_word(struct conf *c, const struct conf_row *r, const char *v, struct fault *f)
{
	char all[160] = "";

	for (int i = 0; r->words[i] != NULL; i++) {
		if (strcasecmp(v, r->words[i]) == 0) {
			*num_of(c, r) = i;
			return ERR_OK;
		}
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i > 0 ? ", " : "",
		    r->words[i]);
	}
	return fault_set(f, ERR_BADREQ, "%s: \"%.40s\" is none of %s", r->name, v, all);
}

static enum err (*const setters[])(struct conf *, const struct conf_row *, const char *,
    struct fault *) = {
	[CONF_TEXT] = set_text,
	[CONF_NUM] = set_num,
	[CONF_BYTES] = set_num,
	[CONF_BOOL] = set_bool,
	[CONF_WORD] = set_word,
};

/* What is wrong with an address of a site, or NULL. */
static const char *
base_url_wrong(const char *u)
{
	const char *host = strncmp(u, "https://", 8) == 0 ? u + 8 :
	    strncmp(u, "http://", 7) == 0 ? u + 7 : NULL;
	size_t hlen;

	if (*u == '\0')
		return NULL;
	if (host == NULL)
		return "must begin with http:// or https://";
	hlen = strcspn(host, "/");
	if (hlen == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.-:[]") < hlen)
		return "has no proper host";
	if (strspn(host + hlen, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789/._~-") != strlen(host + hlen))
		return "has a path with signs that are not allowed there";
	if (u[strlen(u) - 1] == '/')
		return "must not end in a slash";
	return NULL;
}

/* Rules that no single row can state. */
static enum err
check_whole(const struct conf *c, struct fault *f)
{
	const struct {
		const char	*name, *path;
	} paths[] = {
		{ "database.socket", c->database_socket }, { "local.root", c->local_root }, { "local_b.root", c->local_b_root },
		{ "cache.dir", c->cache_dir }, { "sandbox.path", c->sandbox_path },
		{ "server.spool_dir", c->server_spool_dir },
		{ "server.state_dir", c->server_state_dir },
		{ "server.htdocs", c->server_htdocs }, { "server.log", c->server_log },
	};
	const char *wrong = base_url_wrong(c->site_base_url);
	enum conf_store mirror[CONF_STORE__MAX];
	size_t n;

	if (wrong != NULL)
		return fault_set(f, ERR_BADREQ, "site.base_url %s", wrong);
	for (size_t i = 0; i < NELEM(paths); i++) {
		if (*paths[i].path != '\0' && *paths[i].path != '/')
			return fault_set(f, ERR_BADREQ, "%s: must begin with a slash",
			    paths[i].name);
	}
	if (strcmp(c->site_language, "auto") != 0 && strcmp(c->site_language, "en") != 0 &&
	    strcmp(c->site_language, "zh") != 0)
		return fault_set(f, ERR_BADREQ, "site.language: is none of auto, en, zh");
	if (strspn(c->memcached_prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_.:-") != strlen(c->memcached_prefix))
		return fault_set(f, ERR_BADREQ,
		    "memcached.prefix: only letters, digits and _ - . : are allowed");
	if (c->sandbox_memory_bytes > c->sandbox_total_bytes)
		return fault_set(f, ERR_BADREQ,
		    "sandbox.memory_bytes is more than sandbox.total_bytes: no job could start");
	return conf_mirrors(c, mirror, &n, f);
}

/* The scan has told all that may be wrong; iniparser's own words would go to standard error. */
static int
say_nothing(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

/* The two readers must agree on each value: what is doubtful is refused. */
static enum err
compare(const char *path, const struct conf_scan *scan, const dictionary *d, struct fault *f)
{
	char key[128], *dot;

	for (int i = 0; conf_table[i].name != NULL; i++) {
		const char *v;

		snprintf(key, sizeof(key), "%s", conf_table[i].name);
		if ((dot = strchr(key, '.')) != NULL)
			*dot = ':';
		v = iniparser_getstring(d, key, NULL);
		if ((v == NULL) != (scan->value[i] == NULL) ||
		    (v != NULL && strcmp(v, scan->value[i]) != 0))
			return fault_set(f, ERR_BADREQ, "%s:%d: the value of %s is doubtful; write it "
			    "in double quotes", path, scan->line[i], conf_table[i].name);
	}
	return ERR_OK;
}

/* Read the file into scan, by both readers. */
static enum err
read_file(const char *path, struct arena *a, struct conf_scan *scan, struct fault *f)
{
	struct buf text = BUF_INIT(CONF_FILE_BYTES);
	dictionary *d = NULL;
	enum err e = file_read(path, &text, f);

	if (e == ERR_NOTFOUND)
		e = ERR_BADREQ;
	if (e != ERR_OK)
		goto out;
	if ((e = conf_scan(path, buf_str(&text), text.len, a, scan, f)) != ERR_OK)
		goto out;
	iniparser_set_error_callback(say_nothing);
	d = iniparser_load(path);
	iniparser_set_error_callback(NULL);
	if (d == NULL)
		e = fault_set(f, ERR_BADREQ, "%s: cannot be read as an ini file", path);
	else
		e = compare(path, scan, d, f);
out:
	if (d != NULL)
		iniparser_freedict(d);
	buf_free(&text);
	return e;
}

/* The name of the file in front of what is wrong with a value. */
static enum err
blame(const char *path, int line, const struct fault *inner, struct fault *f)
{
	if (line > 0)
		return fault_set(f, inner->err, "%s:%d: %s", path, line, inner->why);
	return fault_set(f, inner->err, "%s: %s", path, inner->why);
}

enum err
conf_read(const char *path, struct conf **out, struct fault *f)
{
	struct arena *a = arena_new();
	struct conf_scan scan;
	struct conf *c = calloc(1, sizeof(*c));
	struct fault inner = FAULT_NONE;
	enum err e;
	int i = 0;

	if (path == NULL)
		path = secure_getenv("TINTYPE_CONF");
	if (path == NULL || *path == '\0')
		path = TINTYPE_ETC "/tintype.ini";
	if (c == NULL) {
		e = fault_set(f, ERR_NOMEM, "no memory for the settings");
		goto out;
	}
	if ((e = read_file(path, a, &scan, f)) != ERR_OK)
		goto out;
	for (i = 0; conf_table[i].name != NULL && e == ERR_OK; i++)
		e = setters[conf_table[i].type](c, &conf_table[i],
		    scan.value[i] != NULL ? scan.value[i] : conf_table[i].dflt, &inner);
	if (e != ERR_OK) {
		e = blame(path, scan.line[i - 1], &inner, f);
		goto out;
	}
	if ((e = check_whole(c, &inner)) != ERR_OK) {
		e = blame(path, 0, &inner, f);
		goto out;
	}
	if (*c->server_htdocs == '\0') {
		free(c->server_htdocs);
		if ((c->server_htdocs = strdup(TINTYPE_SHARE "/htdocs")) == NULL)
			abort();
	}
	*out = c;
	c = NULL;
out:
	conf_free(c);
	arena_free(a);
	return e;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (const struct conf_row *r = conf_table; r->name != NULL; r++) {
		if (r->type != CONF_TEXT || *text_of(c, r) == NULL)
			continue;
		if (r->secret)
			explicit_bzero(*text_of(c, r), strlen(*text_of(c, r)));
		free(*text_of(c, r));
	}
	free(c);
}
