/*
 * The folders of a store of files: those of the older layout, one level deeper, are taken over when it is opened.
 */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fdio.h"
#include "data/conf.h"
#include "data/store.h"

#define OBJECTS 40
#define PROCESSES 4

static char top[600], root[700];
static struct conf conf = { .local_root = root };

static int
set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "%s", test_mkdir());
	snprintf(root, sizeof(root), "%s/store", top);
	return 0;
}

static int
tear_down(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	return dir_remove(AT_FDCWD, top, &f) == ERR_OK ? 0 : -1;
}

static struct store *
opened(void)
{
	struct fault f = FAULT_NONE;
	struct store *s = NULL;

	assert_int_equal(store_open(&conf, &s, &f), ERR_OK);
	return s;
}

/* Object n: blobs, sidecars and tombstones; some share their first folder. */
static void
key_of(unsigned n, char key[STORE_KEY_SIZE])
{
	uint8_t sum[SHA256_BYTES];

	sha256_of(&n, sizeof(n), sum);
	if (n % 2 == 0) {
		sum[0] = (uint8_t)(n % 3);
		store_blob_key(sum, key);
	} else
		snprintf(key, STORE_KEY_SIZE, n % 3 == 0 ? "t/ID%u" : "p/ID%u.json", n);
}

static PRINTF(1, 2) const char *
below(const char *fmt, ...)
{
	static char path[1000];
	va_list ap;
	int n = snprintf(path, sizeof(path), "%s/", root);

	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

/* No folder in a folder of 256; the mark is the new one. */
static void
all_flat(void)
{
	struct stat st;

	for (unsigned n = 0; n < 3 * 256; n++) {
		assert_int_equal(stat(below("%c/%02x", "opt"[n / 256], n % 256), &st), 0);
		assert_true(S_ISDIR(st.st_mode));
		for (unsigned sub = 0; sub < 5; sub++)
			assert_int_equal(access(below("%c/%02x/%02x", "opt"[n / 256], n % 256, sub), F_OK), -1);
	}
	assert_int_equal(access(below(".planted"), F_OK), -1);
	assert_int_equal(access(below(".one-level"), F_OK), 0);
}

/* How the version before laid them: KIND/ab/cd/NAME, and its mark. One of so many has moved up already, as if that had been ended halfway. */
static void
older_layout(unsigned every)
{
	struct fault f = FAULT_NONE;
	char key[STORE_KEY_SIZE], rel[300], was[1000];
	struct store *s = opened();

	all_flat();
	for (unsigned n = 0; n < OBJECTS; n++) {
		key_of(n, key);
		assert_int_equal(store_put_mem(s, key, key, strlen(key), &f), ERR_OK);
		assert_int_equal(store_path(s, key, rel, sizeof(rel), &f), ERR_OK);
		snprintf(was, sizeof(was), "%.*s/%02x", (int)(strrchr(rel, '/') - rel), rel, n % 5);
		assert_int_equal(dir_make(AT_FDCWD, below("%s", was), 0750, &f), ERR_OK);
		snprintf(was, sizeof(was), "%s/%s", root, rel);
		if (every == 0 || n % every != 0)
			assert_int_equal(rename(was, below("%.*s/%02x%s", (int)(strrchr(rel, '/') - rel), rel, n % 5, strrchr(rel, '/'))), 0);
	}
	store_close(s);
	assert_int_equal(rmdir(below(".one-level")), 0);
	assert_int_equal(mkdir(below(".planted"), 0750), 0);
}

static enum err
count(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	(void)mtime_s;
	assert_int_equal(size, strlen(key));
	++*(unsigned *)arg;
	return ERR_OK;
}

static void
all_there(struct store *s)
{
	struct fault f = FAULT_NONE;
	char key[STORE_KEY_SIZE], text[STORE_KEY_SIZE];
	unsigned n, listed = 0;
	off_t size;
	int fd;

	for (n = 0; n < OBJECTS; n++) {
		key_of(n, key);
		assert_int_equal(store_get(s, key, &fd, &size, &f), ERR_OK);
		assert_int_equal(size, strlen(key));
		assert_int_equal(pread(fd, text, sizeof(text), 0), size);
		assert_memory_equal(text, key, (size_t)size);
		close(fd);
	}
	for (n = 0; n < 3; n++)
		assert_int_equal(store_list(s, (const char *[]){ "o/", "p/", "t/" }[n], count, &listed, &f), ERR_OK);
	assert_int_equal(listed, OBJECTS);
}

static void
test_older(void **state)
{
	static const unsigned every[] = { 0, 2, 3, 1 };

	(void)state;
	for (size_t i = 0; i < NELEM(every); i++) {
		struct store *s;

		ROW("one of %u moved up already", every[i]);
		older_layout(every[i]);
		s = opened();
		all_there(s);
		all_flat();
		store_close(s);
	}
}

/* What cannot have been put there by us stays, and is in nobody's way. */
static void
test_strange(void **state)
{
	struct fault f = FAULT_NONE;
	struct store *s;

	(void)state;
	older_layout(0);
	assert_int_equal(symlink("/etc/passwd", below("o/aa/99")), 0);
	assert_int_equal(mkdir(below("o/aa/98"), 0750), 0);
	assert_int_equal(mkdir(below("o/aa/98/97"), 0750), 0);
	close(open(below("o/aa/96"), O_CREAT | O_WRONLY, 0600));
	s = opened();
	assert_int_equal(unlink(below("o/aa/99")), 0);
	store_close(s);
	assert_int_equal(access(below("o/aa/98/97"), F_OK), 0);
	assert_int_equal(unlink(below("o/aa/96")), 0);
	assert_int_equal(dir_remove(AT_FDCWD, below("o/aa/98"), &f), ERR_OK);
}

/* Several at once. */
static void
test_at_once(void **state)
{
	struct store *s;

	(void)state;
	for (int round = 0; round < 3; round++) {
		older_layout(0);
		for (int i = 0; i < PROCESSES; i++) {
			struct fault f = FAULT_NONE;
			pid_t p = fork();

			assert_true(p >= 0);
			if (p == 0)
				_exit(store_open(&conf, &s, &f) == ERR_OK ? 0 : 1);
		}
		for (int i = 0, status; i < PROCESSES; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
		s = opened();
		all_there(s);
		all_flat();
		store_close(s);
	}
}

/* A store that is opened again, or by a second process, is the same; a folder that somebody removed is made again. */
static void
test_again(void **state)
{
	struct fault f = FAULT_NONE;
	struct store *s = opened(), *t;
	off_t size;

	(void)state;
	all_flat();
	assert_int_equal(store_put_mem(s, "o/kept", "x", 1, &f), ERR_OK);
	t = opened();
	assert_int_equal(store_stat(t, "o/kept", &size, &f), ERR_OK);
	store_close(t);
	assert_int_equal(store_delete(s, "o/kept", &f), ERR_OK);
	assert_int_equal(dir_remove(AT_FDCWD, below("o"), &f), ERR_OK);
	assert_int_equal(store_put_mem(s, "o/kept", "x", 1, &f), ERR_OK);
	assert_int_equal(store_stat(s, "o/kept", &size, &f), ERR_OK);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_older),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
