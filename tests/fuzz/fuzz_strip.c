/*
 * The stripper on any file: what it lets through has no place, no maker note and no thumbnail in
 * its EXIF, is still of its type, and has nothing more to remove.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdio.h"
#include "image/exif.h"
#include "image/strip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
no_secret(const struct exif_entry *e, void *arg)
{
	const enum fmt *fmt = arg;

	if (e->ifd == EXIF_IFD_GPS || e->tag == EXIF_TAG_GPS || e->tag == EXIF_TAG_ARTIST)
		abort();
	if (e->ifd == EXIF_IFD_EXIF && e->tag == EXIF_TAG_MAKERNOTE)
		abort();
	if (e->ifd == EXIF_IFD1 && *fmt != FMT_TIFF)	/* there it is a page */
		abort();
	return true;
}

static void
check_clean(enum fmt fmt, const uint8_t *p, size_t len)
{
	const uint8_t *tiff;
	size_t n;

	if (exif_find(fmt, p, len, &tiff, &n))
		(void)exif_walk(tiff, n, no_secret, &fmt);
}

static void
check_result(enum fmt fmt, int fd, enum metadata_policy policy)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *p = malloc(size > 0 ? (size_t)size : 1);
	struct sniffed s;
	bool changed = true;
	size_t got;

	if (p == NULL || size <= 0 || fd_pread_all(fd, p, (size_t)size, 0, &got, NULL) != ERR_OK ||
	    got != (size_t)size)
		abort();
	/* A TIFF may lose what tells its size, when the file put it where private things are. */
	if (sniff(p, got < SNIFF_BYTES ? got : SNIFF_BYTES, &s, NULL) != ERR_OK ? fmt != FMT_TIFF
										: s.fmt != fmt)
		abort();
	check_clean(fmt, p, got);
	if (strip(fmt, p, got, policy, -1, &changed, NULL) != ERR_OK ? fmt != FMT_TIFF : changed)
		abort();
	free(p);
}

static void
run(enum fmt fmt, const uint8_t *data, size_t size, enum metadata_policy policy)
{
	struct fault f = FAULT_NONE;
	bool changed;
	int fd = memfd_create("strip", MFD_CLOEXEC);
	enum err e;

	if (fd < 0)
		abort();
	e = strip(fmt, data, size, policy, fd, &changed, &f);
	if (e != ERR_OK && (e != ERR_BROKEN || f.why[0] == '\0'))
		abort();
	if (e == ERR_OK && changed)
		check_result(fmt, fd, policy);
	else if (e == ERR_OK)
		check_clean(fmt, data, size);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sniffed s;

	if (sniff(data, size < SNIFF_BYTES ? size : SNIFF_BYTES, &s, NULL) != ERR_OK)
		return 0;
	run(s.fmt, data, size, METADATA_PRIVATE);
	run(s.fmt, data, size, METADATA_ALL);
	return 0;
}
