/*
 * Reduced copies of photos of the corpus, where it lies beside the checkout ($TINTYPE_SHARED).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/defs.h"
#include "pyramid_try.h"
#include "../unit/test.h"

/* At most five photos of the corpus, to each; their number. each NULL: they are only counted. */
static int
photos_do(void (*each)(const char *name, int fd))
{
	static const char *const folders[] = { "jpeg-photo", "large" };
	const char *shared = getenv("TINTYPE_SHARED"), *source = getenv("TINTYPE_SOURCE");
	char path[4096];
	int n = 0;

	for (size_t i = 0; i < NELEM(folders); i++) {
		struct dirent **list;
		int all;

		if (shared != NULL)
			(void)snprintf(path, sizeof(path), "%s/corpus/visible/%s", shared, folders[i]);
		else
			(void)snprintf(path, sizeof(path), "%s/../shared/corpus/visible/%s", source != NULL ? source : ".", folders[i]);
		all = scandir(path, &list, NULL, alphasort);
		for (int k = 0; k < all; k++) {
			size_t len = strlen(path);
			int fd;

			(void)snprintf(path + len, sizeof(path) - len, "/%s", list[k]->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			path[len] = '\0';
			if (fd != -1 && strstr(list[k]->d_name, ".jp") != NULL && n < 5 && ++n && each != NULL)
				each(list[k]->d_name, fd);
			if (fd != -1)
				close(fd);
			free(list[k]);
		}
		if (all >= 0)
			free(list);
	}
	return n;
}

static void
photos(void **state)
{
	(void)state;
	assert_true(photos_do(pyramid_try_file) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(photos),
	};

	if (photos_do(NULL) == 0) {
		puts("1..0 # SKIP no corpus beside the checkout, or at TINTYPE_SHARED");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
