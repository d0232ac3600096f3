/*
 * The door that closes behind the sandbox. What is listed was seen needed, by every operation on
 * every format (tests/fault/test_cage runs them all in here); what is not listed kills.
 * Conditions keep memory from becoming code, messages on our one socket, and signals at home.
 */
#include "sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/defs.h"

#define CALL(name) SCMP_SYS(name)

static const int allowed[] = {
	/* descriptors that were given */
	CALL(read), CALL(write), CALL(pread64), CALL(pwrite64), CALL(readv), CALL(writev),
	CALL(lseek), CALL(fstat), CALL(ftruncate), CALL(close),
	/* memory */
	CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise),
	/* time, chance, locks */
	CALL(clock_gettime), CALL(gettimeofday), CALL(time), CALL(getrandom), CALL(futex),
	CALL(sched_yield), CALL(getrusage), CALL(restart_syscall),
	/* the end, abort() included: an honest SIGABRT says more than a SIGSYS */
	CALL(rt_sigreturn), CALL(rt_sigprocmask), CALL(getpid), CALL(gettid), CALL(exit),
	CALL(exit_group),
};

/*
 * Asked by libraries that are content with a no: stdio for the size of a block, qsort() for the
 * machine's memory, codecs for the number of processors.
 */
static const int refused[] = {
	CALL(newfstatat), CALL(sysinfo), CALL(sched_getaffinity),
};

static bool
add_conditions(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp our_socket = SCMP_A0(SCMP_CMP_EQ, SANDBOX_FD, 0);
	const struct scmp_arg_cmp to_self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	const struct scmp_arg_cmp abort_only = SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0);
	int r = 0;

	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, CALL(mmap), 1, no_exec);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, CALL(mprotect), 1, no_exec);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, CALL(recvmsg), 1, our_socket);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, CALL(sendmsg), 1, our_socket);
	r |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, CALL(tgkill), 2, to_self, abort_only);
	return r == 0;
}

bool
filter_load(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = ctx != NULL;
	int r;

	for (size_t i = 0; ok && i < NELEM(allowed); i++)
		ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	for (size_t i = 0; ok && i < NELEM(refused); i++)
		ok = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0) == 0;
	/* The other thread (sandbox_thread.c) as well, or none. */
	ok = ok && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
	ok = ok && add_conditions(ctx) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	if (ok && (r = seccomp_load(ctx)) != 0) {
		errno = -r;
		ok = false;
	}
	seccomp_release(ctx);
	return ok;
}

/*
 * glibc's fstat() is newfstatat(fd, ""), and a filter cannot see whether that string is empty. So
 * that no path can be asked for, fstat() in this process is the system call of that name; codecs
 * come here too.
 */
int
fstat(int fd, struct stat *st)
{
	return (int)syscall(SYS_fstat, fd, st);
}
