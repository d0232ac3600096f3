/*
 * The object store by hand: store-probe SETTINGS, then a command a line on standard input (the table at the end), an answer a line:
 * "ok ..." or the name of an error and its reason.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/defs.h"
#include "base/fdio.h"
#include "base/metric.h"
#include "data/conf.h"
#include "data/store.h"

static char text[4096];

/* One bit of the sum is wrong when lie is set: as if the bytes had changed since. */
static enum err
put_file(struct store *s, const char *file, bool lie, struct fault *f)
{
	uint8_t sum[SHA256_BYTES];
	char key[STORE_KEY_SIZE];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fault_errno(f, ERR_IO, "%s", file);
	if ((e = sha256_fd(fd, sum, f)) == ERR_OK) {
		store_blob_key(sum, key);
		sum[0] ^= lie;
		e = store_put(s, key, fd, st.st_size, sum, f);
		snprintf(text, sizeof(text), "%s", key);
	}
	fd_close(&fd);
	return e;
}

static enum err
put(struct store *s, char *word[4], struct fault *f)
{
	return put_file(s, word[1], false, f);
}

static enum err
lie(struct store *s, char *word[4], struct fault *f)
{
	return put_file(s, word[1], true, f);
}

static enum err
mem(struct store *s, char *word[4], struct fault *f)
{
	return store_put_mem(s, word[1], word[2], strlen(word[2]), f);
}

/* many PREFIX N: so many objects of one byte. */
static enum err
many(struct store *s, char *word[4], struct fault *f)
{
	char key[STORE_KEY_SIZE];
	enum err e = ERR_OK;

	for (long i = 0; e == ERR_OK && i < strtol(word[2], NULL, 10); i++) {
		snprintf(key, sizeof(key), "%s%05ld", word[1], i);
		e = store_put_mem(s, key, "x", 1, f);
	}
	return e;
}

static enum err
get(struct store *s, char *word[4], struct fault *f)
{
	int from = -1, to = open(word[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	off_t size = 0;
	enum err e = store_get(s, word[1], &from, &size, f);

	if (e == ERR_OK)
		e = fd_copy(from, to, size, f);
	snprintf(text, sizeof(text), "%lld", (long long)size);
	fd_close(&from);
	fd_close(&to);
	return e;
}

static enum err
look(struct store *s, char *word[4], struct fault *f)
{
	off_t size = 0;
	enum err e = store_stat(s, word[1], &size, f);

	snprintf(text, sizeof(text), "%lld", (long long)size);
	return e;
}

static enum err
del(struct store *s, char *word[4], struct fault *f)
{
	return store_delete(s, word[1], f);
}

/* drop PREFIX: all of them at once. */
struct some {
	char	key[4096][STORE_KEY_SIZE];
	size_t	n;
};

static enum err
collect(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct some *all = arg;

	(void)size;
	(void)mtime_s;
	if (all->n < NELEM(all->key))
		snprintf(all->key[all->n++], STORE_KEY_SIZE, "%s", key);
	return ERR_OK;
}

static enum err
drop(struct store *s, char *word[4], struct fault *f)
{
	static struct some all;
	const char *key[NELEM(all.key)];
	enum err e;

	all.n = 0;
	if ((e = store_list(s, word[1], collect, &all, f)) != ERR_OK)
		return e;
	for (size_t i = 0; i < all.n; i++)
		key[i] = all.key[i];
	snprintf(text, sizeof(text), "%zu", all.n);
	return store_delete_many_at(s, 0, key, all.n, f);
}

/* copy KEY: from the primary to the mirror. */
static enum err
copy(struct store *s, char *word[4], struct fault *f)
{
	uint8_t sum[SHA256_BYTES];
	off_t size = 0;
	int fd = -1;
	enum err e = store_get_at(s, 0, word[1], &fd, &size, f);

	if (e == ERR_OK)
		e = store_copy_at(s, 0, 1, word[1], fd, size, store_key_blob(word[1], sum) ? sum : NULL, f);
	fd_close(&fd);
	return e;
}

static enum err
each(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	size_t n = strlen(text);

	(void)arg;
	snprintf(text + n, sizeof(text) - n, "%s=%lld%s ", key, (long long)size, mtime_s > 1500000000 ? "" : "?");
	return ERR_OK;
}

static enum err
list(struct store *s, char *word[4], struct fault *f)
{
	return store_list(s, word[1], each, NULL, f);
}

/* The number of keys, and a sum over them, whatever their order. */
struct tally {
	long		n, bytes;
	uint64_t	sum;
};

static enum err
tally(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct tally *t = arg;

	(void)mtime_s;
	t->n++;
	t->bytes += size;
	t->sum += crc64(0, key, strlen(key));	/* a missing key and one told twice do not make up for each other */
	return ERR_OK;
}

static enum err
count(struct store *s, char *word[4], struct fault *f)
{
	struct tally t = { 0 };
	enum err e = store_list(s, word[1], tally, &t, f);

	snprintf(text, sizeof(text), "%ld %ld %llu", t.n, t.bytes, (unsigned long long)t.sum);
	return e;
}

static enum err
check(struct store *s, char *word[4], struct fault *f)
{
	(void)word;
	return store_check(s, f);
}

static enum err
tier(struct store *s, char *word[4], struct fault *f)
{
	return store_tier(s, word[1], text, sizeof(text), f);
}

/* tidy SECONDS */
static enum err
tidy(struct store *s, char *word[4], struct fault *f)
{
	int removed = 0;
	enum err e = store_tidy(s, strtol(word[1], NULL, 10), &removed, f);

	snprintf(text, sizeof(text), "%d", removed);
	return e;
}

/* url KEY SECONDS */
static enum err
address(struct store *s, char *word[4], struct fault *f)
{
	struct arena *a = arena_new();
	const char *url = "";
	enum err e = store_url(s, word[1], strtol(word[2], NULL, 10), a, &url, f);

	snprintf(text, sizeof(text), "%s", url);
	arena_free(a);
	return e;
}

/* clock SECONDS: the machine's clock is so much ahead; 0: it is right. */
static enum err
set_clock(struct store *s, char *word[4], struct fault *f)
{
	long ahead = strtol(word[1], NULL, 10);

	(void)s;
	(void)f;
	clock_set_s(0);
	if (ahead != 0)
		clock_set_s(clock_now_s() + ahead);
	return ERR_OK;
}

/* metric NAME{...} */
static enum err
metric(struct store *s, char *word[4], struct fault *f)
{
	struct buf b = BUF_INIT(262144);
	enum err e = metric_print(&b);
	const char *at = buf_str(&b);
	size_t n = strlen(word[1]);

	(void)s;
	(void)f;
	while ((at = strstr(at, word[1])) != NULL && (at[n] != ' ' || at[-1] != '\n'))
		at += n;
	if (at != NULL)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(at + n + 1, "\n"), at + n + 1);
	buf_free(&b);
	return e;
}

static const struct {
	const char	*name;
	enum err	(*run)(struct store *s, char *word[4], struct fault *f);
} commands[] = {
	{ "put", put }, { "lie", lie }, { "mem", mem }, { "many", many }, { "get", get }, { "stat", look }, { "del", del }, { "drop", drop }, { "copy", copy }, { "list", list },
	{ "count", count }, { "check", check }, { "tier", tier }, { "tidy", tidy }, { "url", address }, { "clock", set_clock }, { "metric", metric },
};

static enum err
run(struct store *s, char *word[4], struct fault *f)
{
	*text = '\0';
	for (size_t i = 0; i < NELEM(commands); i++)
		if (strcmp(word[0], commands[i].name) == 0)
			return commands[i].run(s, word, f);
	return fault_set(f, ERR_BADREQ, "what is \"%s\"?", word[0]);
}

int
main(int argc, char **argv)
{
	struct fault f = FAULT_NONE;
	struct store *s = NULL;
	struct conf *c = NULL;
	char line[4096];

	if (argc != 2 || conf_read(argv[1], &c, &f) != ERR_OK || store_open(c, &s, &f) != ERR_OK) {
		printf("%s %s\n", err_name(f.err), f.why);
		conf_free(c);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line, *word[4];
		enum err e;

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < 4; i++) {
			char *w = strsep(&rest, " ");

			word[i] = w != NULL ? w : (char[]){ "" };
		}
		f = (struct fault)FAULT_NONE;
		e = run(s, word, &f);
		if (e == ERR_OK)
			printf("ok %s\n", text);
		else
			printf("%s %s\n", err_name(e), f.why);
		fflush(stdout);
	}
	store_close(s);
	conf_free(c);
	return EXIT_SUCCESS;
}
