/*
 * The real sandbox of this build, with a folder of its own, for tests of what happens in it.
 */
#ifndef TESTS_FAULT_SANDBOX_HERE_H
#define TESTS_FAULT_SANDBOX_HERE_H

#include "app/sandbox.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/fdio.h"
#include "data/conf.h"

#define MB (1LL << 20)

static char dir[] = "/tmp/tintype-test-XXXXXX";
static char program[4096];
static char none[] = "";
static struct conf conf;
static struct sandbox *sandbox;

/* An empty file in the folder, without a name. */
static int
new_file(void)
{
	struct fault f = FAULT_NONE;
	int fd = -1;

	assert_int_equal(fd_tmpfile(dir, &fd, &f), ERR_OK);
	return fd;
}

static int
setup(void **state)
{
	const char *build = getenv("TINTYPE_BUILD");
	struct fault f = FAULT_NONE;

	(void)state;
	snprintf(program, sizeof(program), "%s/sandbox", build != NULL ? build : ".");
	conf = (struct conf){
		.sandbox_path = program,
		.image_fonts = none,
		.server_state_dir = dir,
		.sandbox_jobs = 1000,
		.sandbox_idle_s = 60,
		.sandbox_memory_bytes = 512 * MB,
		.sandbox_total_bytes = 1024 * MB,
		.sandbox_timeout_ms = 60000,
		.sandbox_wait_ms = 60000,
	};
	return mkdtemp(dir) != NULL && sandbox_open(&conf, &sandbox, &f) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fault f = FAULT_NONE;

	(void)state;
	sandbox_close(sandbox);
	return dir_remove(AT_FDCWD, dir, &f) == ERR_OK ? 0 : -1;
}

#endif
