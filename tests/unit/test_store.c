/*
 * The object store: one set of checks that every driver must pass, here with the local one; and what
 * only files can get wrong.
 */
#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "data/conf.h"
#include "data/store.h"

static char none[] = "";
static const struct conf_bucket unnamed = { .endpoint = none, .region = none, .bucket = none, .access_key = none, .secret_key = none,
	.token = none, .ca_file = none, .storage_class = none, .encryption = none, .encryption_key = none };

static char root[600], spool[600];
static struct conf conf = { .local_root = root };
static struct store *s;

static int
set_up(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	snprintf(spool, sizeof(spool), "%s", test_mkdir());
	snprintf(root, sizeof(root), "%.500s/store/below", spool);
	return store_open(&conf, &s, &f) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	store_close(s);
	return dir_remove(AT_FDCWD, spool, &f) == ERR_OK ? 0 : -1;
}

/* An unnamed file with n bytes of c. */
static int
source(char c, size_t n)
{
	struct fault f = FAULT_NONE;
	char block[4096];
	int fd = -1;

	memset(block, c, sizeof(block));
	assert_int_equal(fd_tmpfile(spool, &fd, &f), ERR_OK);
	for (size_t done = 0; done < n; done += sizeof(block))
		assert_int_equal(fd_write_all(fd, block, n - done < sizeof(block) ? n - done :
		    sizeof(block), &f), ERR_OK);
	return fd;
}

static void
put_and_get(const char *key, char c, size_t n, bool checked)
{
	struct fault f = FAULT_NONE;
	uint8_t sum[SHA256_BYTES], back[SHA256_BYTES];
	int fd = source(c, n), got = -1;
	off_t size = -1;

	assert_int_equal(sha256_fd(fd, sum, &f), ERR_OK);
	lseek(fd, 0, SEEK_END);		/* the position must not matter */
	assert_int_equal(store_put(s, key, fd, (off_t)n, checked ? sum : NULL, &f), ERR_OK);
	assert_int_equal(store_stat(s, key, &size, &f), ERR_OK);
	assert_int_equal(size, n);
	assert_int_equal(store_get(s, key, &got, &size, &f), ERR_OK);
	assert_int_equal(size, n);
	assert_int_equal(sha256_fd(got, back, &f), ERR_OK);
	assert_memory_equal(back, sum, sizeof(sum));
	close(fd);
	close(got);
}

static void
test_put_get(void **state)
{
	static const size_t sizes[] = { 0, 1, 4096, 65536, 65537, 300000 };
	char key[STORE_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < NELEM(sizes); i++) {
		snprintf(key, sizeof(key), "o/size-%zu", sizes[i]);
		put_and_get(key, 'a', sizes[i], true);
		snprintf(key, sizeof(key), "o/unchecked-%zu", sizes[i]);
		put_and_get(key, 'b', sizes[i], false);
	}
}

static void
test_missing(void **state)
{
	struct fault f = FAULT_NONE;
	off_t size;
	int fd;

	(void)state;
	assert_int_equal(store_get(s, "o/nothing", &fd, &size, &f), ERR_NOTFOUND);
	assert_int_equal(store_stat(s, "o/nothing", &size, &f), ERR_NOTFOUND);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_delete(s, "o/nothing", &f), ERR_OK);
}

static char
first_byte(const char *key, off_t *size)
{
	struct fault f = FAULT_NONE;
	int got = -1;
	char c = 0;

	assert_int_equal(store_get(s, key, &got, size, &f), ERR_OK);
	assert_int_equal(pread(got, &c, 1, 0), 1);
	close(got);
	return c;
}

/* There already: left alone. Damaged, by its length or its bytes: replaced. */
static void
test_put_again(void **state)
{
	struct fault f = FAULT_NONE;
	char key[STORE_KEY_SIZE], c = 0;
	uint8_t sha[SHA256_BYTES];
	int fd = source('x', 10);
	off_t size;

	(void)state;
	sha256_of("aaaaaaaaaa", 10, sha);
	store_blob_key(sha, key);
	put_and_get(key, 'a', 10, true);
	assert_int_equal(store_put(s, key, fd, 10, NULL, &f), ERR_OK);
	c = first_byte(key, &size);
	assert_int_equal(c, 'a');
	assert_int_equal(store_put(s, key, fd, 5, NULL, &f), ERR_OK);
	c = first_byte(key, &size);
	assert_int_equal(size, 5);
	/* Damaged by now, and so replaced, by what the caller says is right. */
	assert_int_equal(store_put(s, key, fd, 10, NULL, &f), ERR_OK);
	assert_int_equal(store_put(s, key, fd, 10, NULL, &f), ERR_OK);
	c = first_byte(key, &size);
	assert_int_equal(c, 'x');
	assert_int_equal(size, 10);
	close(fd);
}

/* Bytes that are not what was promised, or too few of them: nothing is stored, nothing left over. */
static void
test_wrong_bytes(void **state)
{
	struct fault f = FAULT_NONE;
	uint8_t wrong[SHA256_BYTES] = { 1 };
	int fd = source('x', 1000), removed = -1;
	off_t size;

	(void)state;
	assert_int_equal(store_put(s, "o/wrong", fd, 1000, wrong, &f), ERR_IO);
	assert_non_null(strstr(f.why, "changed on their way"));
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_put(s, "o/wrong", fd, 1001, wrong, &f), ERR_IO);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_put(s, "o/wrong", fd, 1001, NULL, &f), ERR_IO);
	assert_int_equal(store_stat(s, "o/wrong", &size, NULL), ERR_NOTFOUND);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_tidy(s, -10, &removed, &f), ERR_OK);
	assert_int_equal(removed, 0);
	close(fd);
}

/* What is held is there after settle, all of it, whatever the number; what was wrong never, and nothing is left over. */
static void
test_hold(void **state)
{
	struct fault f = FAULT_NONE;
	uint8_t wrong[SHA256_BYTES] = { 1 };
	int fd = source('h', 1000), removed = -1;
	struct store *t = NULL;
	char key[STORE_KEY_SIZE];
	off_t size;

	(void)state;
	store_hold(s);
	assert_int_equal(store_put(s, "o/held", fd, 1000, NULL, &f), ERR_OK);
	assert_int_equal(store_put_mem(s, "p/held.json", "{}", 2, &f), ERR_OK);
	assert_int_equal(store_put(s, "o/wrong-held", fd, 1000, wrong, NULL), ERR_IO);
	assert_int_equal(store_stat(s, "o/held", &size, NULL), ERR_NOTFOUND);
	assert_int_equal(store_settle(s, &f), ERR_OK);
	assert_int_equal(store_stat(s, "o/held", &size, &f), ERR_OK);
	assert_int_equal(store_stat(s, "p/held.json", &size, &f), ERR_OK);
	assert_int_equal(store_stat(s, "o/wrong-held", &size, NULL), ERR_NOTFOUND);
	assert_int_equal(store_settle(s, &f), ERR_OK);
	store_hold(s);
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "o/held-%d", i);
		assert_int_equal(store_put_mem(s, key, "x", 1, &f), ERR_OK);
	}
	assert_int_equal(store_settle(s, &f), ERR_OK);
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "o/held-%d", i);
		assert_int_equal(store_stat(s, key, &size, &f), ERR_OK);
	}
	/* One that is closed meanwhile leaves nothing. */
	assert_int_equal(store_open(&conf, &t, &f), ERR_OK);
	store_hold(t);
	assert_int_equal(store_put_mem(t, "o/lost", "x", 1, &f), ERR_OK);
	store_close(t);
	assert_int_equal(store_tidy(s, -10, &removed, &f), ERR_OK);
	assert_int_equal(removed, 0);
	close(fd);
}

static void
test_memory(void **state)
{
	struct fault f = FAULT_NONE;
	char text[8] = "";
	off_t size;
	int fd = -1;

	(void)state;
	assert_int_equal(store_put_mem(s, "p/ID.json", "{\"a\":1}", 7, &f), ERR_OK);
	assert_int_equal(store_put_mem(s, "p/ID.json", "{\"b\":2}", 7, &f), ERR_OK);
	assert_int_equal(store_get(s, "p/ID.json", &fd, &size, &f), ERR_OK);
	assert_int_equal(size, 7);
	assert_int_equal(read(fd, text, 7), 7);
	assert_string_equal(text, "{\"b\":2}");
	close(fd);
	assert_int_equal(store_delete(s, "p/ID.json", &f), ERR_OK);
	assert_int_equal(store_stat(s, "p/ID.json", &size, &f), ERR_NOTFOUND);
}

struct seen {
	int	 n;
	off_t	 bytes;
	int	 stop_after;
};

static enum err
each(const char *key, off_t size, int64_t mtime_s, void *arg)
{
	struct seen *seen = arg;

	assert_true(strncmp(key, "l/", 2) == 0 && mtime_s > 1000000000);
	seen->n++;
	seen->bytes += size;
	return seen->n == seen->stop_after ? ERR_BUSY : ERR_OK;
}

static void
test_list(void **state)
{
	struct seen all = { 0 }, some = { 0 }, stopped = { .stop_after = 3 };
	struct fault f = FAULT_NONE;
	char key[STORE_KEY_SIZE];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "l/%c%02d.json", i < 10 ? 'a' : 'b', i);
		assert_int_equal(store_put_mem(s, key, key, 3, &f), ERR_OK);
	}
	assert_int_equal(store_list(s, "l/", each, &all, &f), ERR_OK);
	assert_int_equal(all.n, 20);
	assert_int_equal(all.bytes, 60);
	assert_int_equal(store_list(s, "l/b", each, &some, &f), ERR_OK);
	assert_int_equal(some.n, 10);
	assert_int_equal(store_list(s, "l/", each, &stopped, &f), ERR_BUSY);
	assert_int_equal(stopped.n, 3);
	assert_int_equal(store_list(s, "none/", each, &all, &f), ERR_OK);
}

/* Nothing that could become a path somewhere else. */
static void
test_bad_keys(void **state)
{
	static const char *const keys[] = { "", "o", "o/", "/o/a", "o/../a", "../o/a", "o/.a", "o/a/b",
	    "O/a", "o/a b", "o/a\n", "o//a", "o/\xc3\xa4",
	    "o/0123456789012345678901234567890123456789012345678901234567890123456789012345678" };
	off_t size;

	(void)state;
	for (size_t i = 0; i < NELEM(keys); i++) {
		struct fault f = FAULT_NONE;

		ROW("key %zu", i);
		assert_int_equal(store_stat(s, keys[i], &size, &f), ERR_INTERNAL);
		assert_int_equal(store_put_mem(s, keys[i], "x", 1, NULL), ERR_INTERNAL);
		assert_int_equal(store_delete(s, keys[i], NULL), ERR_INTERNAL);
	}
}

/* --- files only --- */

static void
test_path(void **state)
{
	struct fault f = FAULT_NONE;
	char rel[200], key[STORE_KEY_SIZE], full[1000];
	uint8_t sha[SHA256_BYTES];
	struct stat st;

	(void)state;
	memset(sha, 0xab, sizeof(sha));
	sha[1] = 0xcd;
	store_blob_key(sha, key);
	assert_int_equal(strlen(key), 66);
	assert_int_equal(store_put_mem(s, key, "x", 1, &f), ERR_OK);
	assert_int_equal(store_path(s, key, rel, sizeof(rel), &f), ERR_OK);
	assert_memory_equal(rel, "o/ab/abcd", 9);
	snprintf(full, sizeof(full), "%s/%s", root, rel);
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(st.st_mode & 07007, 0);	/* others read nothing */
	assert_int_equal(store_path(s, key, rel, 10, &f), ERR_INTERNAL);
}

/* A link in the place of a folder or file leads nowhere. */
static void
test_links(void **state)
{
	struct fault f = FAULT_NONE;
	char rel[200], from[1000];
	off_t size;
	int fd;

	(void)state;
	assert_int_equal(store_put_mem(s, "o/link", "x", 1, &f), ERR_OK);
	assert_int_equal(store_path(s, "o/link", rel, sizeof(rel), &f), ERR_OK);
	snprintf(from, sizeof(from), "%s/%s", root, rel);
	assert_int_equal(unlink(from), 0);
	assert_int_equal(symlink("/etc/passwd", from), 0);
	assert_int_not_equal(store_get(s, "o/link", &fd, &size, &f), ERR_OK);
	assert_int_not_equal(store_stat(s, "o/link", &size, NULL), ERR_OK);
	unlink(from);
}

static void
test_tidy(void **state)
{
	struct fault f = FAULT_NONE;
	char left[700];
	int fd, removed = 0;

	(void)state;
	snprintf(left, sizeof(left), "%s/tmp/leftover", root);
	assert_true((fd = open(left, O_CREAT | O_WRONLY, 0600)) >= 0);
	close(fd);
	assert_int_equal(store_tidy(s, 3600, &removed, &f), ERR_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(store_tidy(s, -10, &removed, &f), ERR_OK);
	assert_int_equal(removed, 1);
	assert_int_equal(access(left, F_OK), -1);
}

static void
test_check(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf full = conf;
	struct store *t = NULL;

	(void)state;
	assert_int_equal(store_check(s, &f), ERR_OK);
	full.server_min_free_bytes = INT64_MAX;
	assert_int_equal(store_open(&full, &t, &f), ERR_OK);
	assert_int_equal(store_check(t, &f), ERR_NOSPACE);
	store_close(t);
	/* A bucket that is not named is said at once. */
	full.store_primary = STORE_S3;
	full.s3 = unnamed;
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_open(&full, &t, &f), ERR_BADREQ);
	assert_non_null(strstr(f.why, "s3.endpoint"));
}

/* --- a mirror --- */

static char mirror_root[700], owed[200], repaired[200];

static void
owe(void *arg, const char *key)
{
	(void)arg;
	snprintf(owed, sizeof(owed), "%s", key);
}

static void
repair(void *arg, const char *key, const char *why)
{
	(void)arg;
	assert_true(strlen(why) > 0);
	snprintf(repaired, sizeof(repaired), "%s", key);
}

static struct store *
mirrored(enum conf_mirror mode, struct conf *c)
{
	static char names[] = "local_b";
	const struct store_watch w = { .owe = owe, .repair = repair };
	struct fault f = FAULT_NONE;
	struct store *t = NULL;

	*c = conf;
	snprintf(mirror_root, sizeof(mirror_root), "%s/second", spool);
	c->store_mirror = names;
	c->local_b_root = mirror_root;
	c->store_mirror_mode = mode;
	assert_int_equal(store_open(c, &t, &f), ERR_OK);
	store_watch(t, &w);
	*owed = *repaired = '\0';
	return t;
}

/* Spoil the primary's copy of key: at >= 0 turn that byte, else cut it off to -at bytes. */
static void
spoil(const char *key, off_t at)
{
	struct fault f = FAULT_NONE;
	char rel[200], full[1000], c;
	int fd;

	assert_int_equal(store_path(s, key, rel, sizeof(rel), &f), ERR_OK);
	snprintf(full, sizeof(full), "%s/%s", root, rel);
	assert_true((fd = open(full, O_RDWR)) >= 0);
	if (at < 0)
		assert_int_equal(ftruncate(fd, -at), 0);
	else {
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 1;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
	}
	close(fd);
}

static void
read_back(struct store *t, const uint8_t *sum, off_t n, bool prove, enum err want)
{
	struct fault f = FAULT_NONE;
	uint8_t back[SHA256_BYTES];
	int got = -1;

	assert_int_equal(store_get_blob(t, sum, n, prove, &got, &f), want);
	if (want != ERR_OK)
		return;
	assert_int_equal(sha256_fd(got, back, &f), ERR_OK);
	assert_memory_equal(back, sum, sizeof(back));
	close(got);
}

static ino_t
inode_at(struct store *t, int target, const char *key)
{
	struct fault f = FAULT_NONE;
	struct stat st;
	off_t size;
	int fd = -1;

	assert_int_equal(store_get_at(t, target, key, &fd, &size, &f), ERR_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, size);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_mode & 07777, 0640);
	close(fd);
	return st.st_ino;
}

/* A file of our own becomes the object, where that can be; a mirror, memory and a wrong length do not get it. */
static void
test_own(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf c;
	struct store *t = mirrored(MIRROR_SYNC, &c);
	int fd = -1, mem = memfd_create("test", MFD_CLOEXEC), removed = -1;
	char key[STORE_KEY_SIZE];
	uint8_t sha[SHA256_BYTES];
	struct stat st;
	mode_t mask = umask(027);
	off_t size;

	(void)state;
	sha256_of("0123456789", 10, sha);
	store_blob_key(sha, key);
	assert_int_equal(store_spool(t, &fd, &f), ERR_OK);
	umask(mask);
	assert_int_equal(fd_write_all(fd, "0123456789", 10, &f), ERR_OK);
	assert_int_equal(fd_write_all(mem, "0123456789", 10, &f), ERR_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(store_put_own(t, "o/own-short", fd, 11, &f), ERR_IO);
	assert_int_equal(store_stat(t, "o/own-short", &size, NULL), ERR_NOTFOUND);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(store_put_own(t, key, fd, 10, &f), ERR_OK);
	assert_true(inode_at(t, 0, key) == st.st_ino);
	assert_true(inode_at(t, 1, key) != st.st_ino);
	assert_int_equal(store_put_own(t, key, fd, 10, &f), ERR_OK);
	assert_int_equal(store_put_own(t, "o/own-memory", mem, 10, &f), ERR_OK);
	assert_true(inode_at(t, 0, "o/own-memory") != st.st_ino);
	close(fd);
	assert_int_equal(store_spool(s, &fd, &f), ERR_OK);
	assert_int_equal(fd_write_all(fd, "held", 4, &f), ERR_OK);
	store_hold(s);
	assert_int_equal(store_put_own(s, "o/own-held", fd, 4, &f), ERR_OK);
	assert_int_equal(store_stat(s, "o/own-held", &size, NULL), ERR_NOTFOUND);
	assert_int_equal(store_settle(s, &f), ERR_OK);
	assert_int_equal(store_stat(s, "o/own-held", &size, &f), ERR_OK);
	assert_int_equal(store_tidy(t, -10, &removed, &f), ERR_OK);
	assert_int_equal(removed, 0);
	close(fd);
	close(mem);
	store_close(t);
}

static void
test_mirror(void **state)
{
	struct fault f = FAULT_NONE;
	uint8_t sum[SHA256_BYTES];
	char key[STORE_KEY_SIZE];
	int fd = source('m', 5000);
	struct conf c;
	struct store *t = mirrored(MIRROR_SYNC, &c);
	off_t size;

	(void)state;
	assert_int_equal(store_targets(t), 2);
	assert_string_equal(store_target_name(t, 1), "local_b");
	assert_string_equal(store_target_root(t, 1), mirror_root);
	assert_int_equal(sha256_fd(fd, sum, &f), ERR_OK);
	store_blob_key(sum, key);
	assert_int_equal(store_put(t, key, fd, 5000, sum, &f), ERR_OK);
	assert_int_equal(store_put_mem(t, "p/m.json", "{}", 2, &f), ERR_OK);
	assert_string_equal(owed, "");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_stat_at(t, i, key, &size, &f), ERR_OK);
		assert_int_equal(store_stat_at(t, i, "p/m.json", &size, &f), ERR_OK);
	}
	read_back(t, sum, 5000, true, ERR_OK);
	assert_string_equal(repaired, "");
	spoil(key, 4000);
	read_back(t, sum, 5000, true, ERR_OK);
	assert_string_equal(repaired, key);
	*repaired = '\0';
	spoil(key, -4000);
	read_back(t, sum, 5000, false, ERR_OK);
	assert_string_equal(repaired, key);
	*repaired = '\0';
	assert_int_equal(store_delete_at(t, 0, key, &f), ERR_OK);
	read_back(t, sum, 5000, false, ERR_OK);
	assert_string_equal(repaired, key);
	/* A bad mirror is no help. */
	assert_int_equal(store_put_mem_at(t, 1, key, "bad", 3, &f), ERR_OK);
	read_back(t, sum, 5000, false, ERR_NOTFOUND);
	assert_int_equal(store_delete(t, key, &f), ERR_OK);
	assert_int_equal(store_stat_at(t, 1, key, &size, NULL), ERR_NOTFOUND);
	store_close(t);
	close(fd);
}

/* async: told. sync with a mirror that is away: told as well, and comes back by itself. */
static void
test_mirror_owed(void **state)
{
	struct fault f = FAULT_NONE;
	struct conf c;
	struct store *t = mirrored(MIRROR_ASYNC, &c);
	char blocked[700];
	off_t size;

	(void)state;
	assert_int_equal(store_put_mem(t, "p/a.json", "{}", 2, &f), ERR_OK);
	assert_string_equal(owed, "p/a.json");
	assert_int_equal(store_stat_at(t, 1, "p/a.json", &size, NULL), ERR_NOTFOUND);
	store_close(t);
	c.store_mirror_mode = MIRROR_SYNC;
	snprintf(blocked, sizeof(blocked), "%s/file", spool);
	close(open(blocked, O_CREAT | O_WRONLY, 0600));
	c.local_b_root = blocked;
	assert_int_equal(store_open(&c, &t, &f), ERR_OK);
	store_watch(t, &(struct store_watch){ .owe = owe });
	assert_int_equal(store_put_mem(t, "p/b.json", "{}", 2, &f), ERR_OK);
	assert_string_equal(owed, "p/b.json");
	assert_int_equal(store_check(t, &f), ERR_OK);
	assert_int_equal(store_check_at(t, 1, &f), ERR_STORE);
	store_close(t);
}

/* What store.mirror may not say. */
static void
test_mirror_names(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "local", "is the primary" }, { "nfs", "is none of" }, { "s3, s3", "twice" }, { "local_b", "local_b.root" }, { "s3", "s3.endpoint" },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		struct fault f = FAULT_NONE;
		struct conf c = conf;
		char text[20];
		struct store *t = NULL;

		snprintf(text, sizeof(text), "%s", bad[i].text);
		ROW("mirror = %s", text);
		c.store_mirror = text;
		c.s3 = unnamed;
		assert_int_equal(store_open(&c, &t, &f), ERR_BADREQ);
		assert_non_null(strstr(f.why, bad[i].why));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_get),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_put_again),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_mirror_owed),
		cmocka_unit_test(test_mirror_names),
		cmocka_unit_test(test_wrong_bytes),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
