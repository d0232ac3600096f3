/*
 * The same as test_jpeg_proof.c over the JPEGs of the corpus, where it lies beside the checkout ($TINTYPE_SHARED).
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "jpeg_damage.h"

#define CORPUS_BYTES (150 << 10)	/* larger ones are only read as they are */

static char folder[4096];
static int files;

static int
each_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	void *data;
	int fd;

	(void)ftw;
	if (kind != FTW_F || strstr(path, ".jp") == NULL || st->st_size < 64 || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	data = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_true(data != MAP_FAILED);
	ROW("%s", path);
	compare(data, (size_t)st->st_size);
	if (st->st_size < CORPUS_BYTES)
		damage_all(data, (size_t)st->st_size, WORK / WAYS, (uint32_t)++files);
	munmap(data, (size_t)st->st_size);
	return 0;
}

static void
corpus(void **state)
{
	(void)state;
	assert_int_equal(nftw(folder, each_file, 16, FTW_PHYS), 0);
	print_message("# %u sound, of which %u proved without pixels; %u refused\n", sound, proved, refused);
	assert_true(proved > 0 && refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus),
	};
	const char *shared = getenv("TINTYPE_SHARED"), *source = getenv("TINTYPE_SOURCE");

	if (shared != NULL)
		(void)snprintf(folder, sizeof(folder), "%s/corpus", shared);
	else
		(void)snprintf(folder, sizeof(folder), "%s/../shared/corpus", source != NULL ? source : ".");
	if (access(folder, R_OK) != 0) {
		puts("1..0 # SKIP no corpus beside the checkout, or at TINTYPE_SHARED");
		return 0;
	}
	picture_budget((size_t)1 << 30);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
