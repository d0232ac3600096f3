/*
 * The object store by hand: store-probe SETTINGS, then a command a line on standard input (put FILE | mem NAME TEXT | get KEY FILE | stat KEY |
 * del KEY | list PREFIX | check), an answer a line: "ok ..." or the name of an error and its reason.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "data/conf.h"
#include "data/store.h"

static char text[4096];

static enum err
put(struct store *s, const char *file, struct fault *f)
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
		e = store_put(s, key, fd, st.st_size, sum, f);
		snprintf(text, sizeof(text), "%s", key);
	}
	fd_close(&fd);
	return e;
}

static enum err
get(struct store *s, const char *key, const char *file, struct fault *f)
{
	int from = -1, to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	off_t size = 0;
	enum err e = store_get(s, key, &from, &size, f);

	if (e == ERR_OK)
		e = fd_copy(from, to, size, f);
	snprintf(text, sizeof(text), "%lld", (long long)size);
	fd_close(&from);
	fd_close(&to);
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
run(struct store *s, char *word[4], struct fault *f)
{
	off_t size = 0;
	enum err e;

	*text = '\0';
	if (strcmp(word[0], "put") == 0)
		return put(s, word[1], f);
	if (strcmp(word[0], "mem") == 0)
		return store_put_mem(s, word[1], word[2], strlen(word[2]), f);
	if (strcmp(word[0], "get") == 0)
		return get(s, word[1], word[2], f);
	if (strcmp(word[0], "del") == 0)
		return store_delete(s, word[1], f);
	if (strcmp(word[0], "list") == 0)
		return store_list(s, word[1], each, NULL, f);
	if (strcmp(word[0], "check") == 0)
		return store_check(s, f);
	e = store_stat(s, word[1], &size, f);
	snprintf(text, sizeof(text), "%lld", (long long)size);
	return e;
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
