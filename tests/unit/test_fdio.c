/* base/fdio: files, folders, and descriptors that cross a socket. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/fdio.h"

static const char *dir;
static int dirfd_;

static int
setup(void **state)
{
	(void)state;
	dir = test_mkdir();
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY);
	return dirfd_ < 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(dirfd_);
	return dir_remove(AT_FDCWD, dir, NULL) != ERR_OK;
}

static const char *
in_dir(const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
test_whole_files(void **state)
{
	struct buf b = BUF_INIT(5);
	struct fault f = FAULT_NONE, g = FAULT_NONE;
	struct stat st;

	(void)state;
	assert_int_equal(file_read(in_dir("a"), &b, &f), ERR_NOTFOUND);
	assert_int_equal(file_write_durable(in_dir("a"), "12345", 5, 0640, &f), ERR_OK);
	assert_int_equal(stat(in_dir("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_read(in_dir("a"), &b, &f), ERR_OK);
	assert_string_equal(b.data, "12345");
	buf_free(&b);
	assert_int_equal(file_write_durable(in_dir("a"), "123456", 6, 0600, &f), ERR_OK);
	assert_int_equal(file_read(in_dir("a"), &b, &g), ERR_TOOBIG);
	assert_null(b.data);
	assert_int_equal(file_write_durable(in_dir("no/a"), "", 0, 0600, &g), ERR_IO);
	assert_int_equal(file_write_durable(in_dir("empty"), "", 0, 0600, &f), ERR_OK);
	assert_int_equal(file_read(in_dir("empty"), &b, &f), ERR_OK);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
}

/* A write that fails leaves the old file and no litter. */
static void
test_failed_write(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(dir_make(dirfd_, "taken", 0700, &f), ERR_OK);
	assert_int_equal(file_write_durable(in_dir("taken"), "x", 1, 0600, &f), ERR_IO);
	assert_int_equal(unlinkat(dirfd_, "taken", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(dirfd_, "a", 0), 0);
	assert_int_equal(unlinkat(dirfd_, "empty", 0), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	close(dirfd_);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY);
}

static void
test_copy(void **state)
{
	struct fault f = FAULT_NONE;
	char big[100000], back[sizeof(big)];
	int in = -1, out = -1, pipes[2];
	size_t got;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 / 3);
	assert_int_equal(fd_tmpfile(dir, &in, &f), ERR_OK);
	assert_int_equal(fd_tmpfile(dir, &out, &f), ERR_OK);
	assert_int_equal(fd_write_all(in, big, sizeof(big), &f), ERR_OK);
	assert_int_equal(fd_write_all(out, "!", 1, &f), ERR_OK);
	assert_int_equal(fd_copy(in, out, sizeof(big), &f), ERR_OK);
	assert_int_equal(lseek(in, 0, SEEK_CUR), sizeof(big));
	assert_int_equal(fd_pread_all(out, back, sizeof(back) , 1, &got, &f), ERR_OK);
	assert_int_equal(got, sizeof(big));
	assert_memory_equal(big, back, sizeof(big));
	assert_int_equal(pipe(pipes), 0);		/* copy_file_range refuses pipes */
	assert_int_equal(fd_copy(in, pipes[1], 1000, &f), ERR_OK);
	assert_int_equal(read(pipes[0], back, sizeof(back)), 1000);
	assert_memory_equal(big, back, 1000);
	assert_int_equal(fd_copy(in, out, sizeof(big) + 1, &f), ERR_IO);
	fd_close(&in);
	fd_close(&out);
	assert_int_equal(out, -1);
	close(pipes[0]);
	close(pipes[1]);
}

static void
test_folders(void **state)
{
	struct fault f = FAULT_NONE, g = FAULT_NONE;
	struct stat st;

	(void)state;
	assert_int_equal(dir_make(dirfd_, "a/b/c", 0755, &f), ERR_OK);
	assert_int_equal(dir_make(dirfd_, "a/b/c/", 0755, &f), ERR_OK);
	assert_int_equal(file_write_durable(in_dir("a/b/file"), "x", 1, 0600, &f), ERR_OK);
	assert_int_equal(dir_make(dirfd_, "a/b/file/d", 0755, &g), ERR_IO);
	assert_int_equal(symlinkat("../../..", dirfd_, "a/b/c/up"), 0);
	assert_int_equal(file_write_durable(in_dir("safe"), "x", 1, 0600, &f), ERR_OK);
	assert_int_equal(dir_remove(dirfd_, "a", &f), ERR_OK);
	assert_int_equal(dir_remove(dirfd_, "a", &f), ERR_OK);
	assert_int_equal(fstatat(dirfd_, "a", &st, 0), -1);
	assert_int_equal(fstatat(dirfd_, "safe", &st, 0), 0);
	assert_int_equal(dir_remove(dirfd_, "safe", &f), ERR_OK);
}

static const struct {
	const char	*path;
	int		 flags, err;
} beneath[] = {
	{ "d/file", O_RDONLY, 0 },
	{ "d/./file", O_RDONLY, 0 },
	{ "d/new", O_RDWR | O_CREAT, 0 },
	{ "d/none", O_RDONLY, ENOENT },
	{ "/etc/passwd", O_RDONLY, EXDEV },
	{ "../x", O_RDONLY, EXDEV },
	{ "d/link", O_RDONLY, ELOOP },
	{ "away/file", O_RDONLY, ELOOP },
};

static void
test_beneath(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	assert_int_equal(dir_make(dirfd_, "d", 0755, &f), ERR_OK);
	assert_int_equal(file_write_durable(in_dir("d/file"), "x", 1, 0600, &f), ERR_OK);
	assert_int_equal(symlinkat("file", dirfd_, "d/link"), 0);
	assert_int_equal(symlinkat("d", dirfd_, "away"), 0);
	for (size_t i = 0; i < NELEM(beneath); i++) {
		int fd = fd_open_beneath(dirfd_, beneath[i].path, beneath[i].flags, 0600);

		ROW("%s", beneath[i].path);
		if (beneath[i].err != 0) {
			assert_int_equal(fd, -1);
			assert_int_equal(errno, beneath[i].err);
		} else
			assert_true(fd >= 0);
		fd_close(&fd);
	}
	assert_int_equal(dir_remove(dirfd_, "d", &f), ERR_OK);
	assert_int_equal(dir_remove(dirfd_, "away", &f), ERR_OK);
}

/* Files and folders at once; what cannot be flushed is found wherever it stands, and the others are flushed anyhow. */
static void
test_flush(void **state)
{
	struct fault f = FAULT_NONE;
	int fd[FD_FLUSH_MAX], pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	for (size_t i = 0; i < NELEM(fd); i++) {
		if (i % 3 == 2)
			fd[i] = dup(dirfd_);
		else {
			assert_int_equal(fd_tmpfile(dir, &fd[i], &f), ERR_OK);
			assert_int_equal(fd_write_all(fd[i], "x", 1, &f), ERR_OK);
		}
	}
	for (size_t n = 1; n <= NELEM(fd); n++) {
		errno = 0;
		assert_int_equal(fd_flush(fd, n), -1);
		assert_int_equal(errno, 0);
	}
	for (size_t i = 0; i < NELEM(fd); i++) {
		int good = fd[i];

		fd[i] = -1;
		assert_int_equal(fd_flush(fd, NELEM(fd)), i);
		assert_int_equal(errno, EBADF);
		fd[i] = pipes[1];
		assert_int_equal(fd_flush(fd, NELEM(fd)), i);
		assert_int_equal(errno, EINVAL);
		fd[i] = good;
	}
	assert_int_equal(fd_flush(fd, NELEM(fd)), -1);
	for (size_t i = 0; i < NELEM(fd); i++)
		fd_close(&fd[i]);
	close(pipes[0]);
	close(pipes[1]);
}

/* There is no way back. Older kernels, and container filters, do not have all calls. */
static void
refuse(unsigned nr)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = NELEM(rules), .filter = rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
		ROW("no filter here (%s): this is only the same again", strerror(errno));
}

/* These last. Kernels before 5.6 have no openat2(). */
static void
test_beneath_by_walk(void **state)
{
	refuse(SYS_openat2);
	test_beneath(state);
}

static void
test_flush_one_by_one(void **state)
{
	refuse(SYS_io_submit);
	test_flush(state);
}

static void
test_pass(void **state)
{
	struct fault f = FAULT_NONE;
	int pair[2], fds[4] = { -1, -1, -1, -1 }, send[2] = { dirfd_, STDERR_FILENO };
	char msg[8];
	size_t got, nfds = 4;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(fd_send(pair[0], "hello", 5, send, 2, &f), ERR_OK);
	assert_int_equal(fd_recv(pair[1], msg, sizeof(msg), &got, fds, &nfds, &f), ERR_OK);
	assert_int_equal(got, 5);
	assert_int_equal(nfds, 2);
	assert_memory_equal(msg, "hello", 5);
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	fd_close(&fds[0]);
	fd_close(&fds[1]);

	assert_int_equal(fd_send(pair[0], "too long a message", 18, NULL, 0, &f), ERR_OK);
	nfds = 4;
	assert_int_equal(fd_recv(pair[1], msg, sizeof(msg), &got, fds, &nfds, &f), ERR_IO);
	f = (struct fault)FAULT_NONE;
	assert_int_equal(fd_send(pair[0], "x", 1, send, 2, &f), ERR_OK);
	nfds = 1;		/* more than there is room for is refused, and nothing leaks */
	assert_int_equal(fd_recv(pair[1], msg, sizeof(msg), &got, fds, &nfds, &f), ERR_IO);
	close(pair[0]);
	nfds = 4;
	assert_int_equal(fd_recv(pair[1], msg, sizeof(msg), &got, fds, &nfds, &f), ERR_IO);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_files),
		cmocka_unit_test(test_failed_write),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_beneath),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_beneath_by_walk),
		cmocka_unit_test(test_flush_one_by_one),
	};

	return cmocka_run_group_tests_name("fdio", tests, setup, teardown);
}
