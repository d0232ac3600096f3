/*
 * For LD_PRELOAD: a rename() that lasts, as a server does it that flushes what it takes in: the file, then its new name. nginx's WebDAV has no
 * such setting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
flush(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return r;
}

int
rename(const char *from, const char *to)
{
	char folder[4096];
	char *slash;

	if (snprintf(folder, sizeof(folder), "%s", to) >= (int)sizeof(folder) || (slash = strrchr(folder, '/')) == NULL) {
		errno = ENAMETOOLONG;
		return -1;
	}
	*slash = '\0';
	return flush(from) != 0 || renameat(AT_FDCWD, from, AT_FDCWD, to) != 0 || flush(folder) != 0 ? -1 : 0;
}
