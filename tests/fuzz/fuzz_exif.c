/*
 * A TIFF block: walked, printed, and built anew; what was built is clean.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/exif_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
print(const struct exif_entry *e, void *arg)
{
	struct buf *b = arg;
	int64_t num, den;

	buf_clear(b);
	(void)!exif_print(e, b);
	(void)exif_name(e->ifd, e->tag);
	exif_rational(e, e->count - 1, &num, &den);
	(void)exif_num(e, e->count);
	return true;
}

static void
build(const uint8_t *data, size_t size, enum metadata_policy policy)
{
	struct buf one = BUF_INIT(65536), two = BUF_INIT(65536);
	bool same;

	if (exif_build(data, size, policy, "(c) nobody", &one, &same, NULL) != ERR_OK)
		abort();
	if (one.len > 0) {
		if (exif_build((uint8_t *)one.data, one.len, policy, "", &two, &same, NULL) !=
			ERR_OK ||
		    !same)
			abort();
		if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
			abort();
	}
	buf_free(&one);
	buf_free(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = BUF_INIT(65536);
	struct exif_facts x;

	exif_read(data, size, &x);
	if (x.orientation < 1 || x.orientation > 8 || strlen(x.copyright) >= sizeof(x.copyright))
		abort();
	(void)exif_walk(data, size, print, &b);
	build(data, size, METADATA_PRIVATE);
	build(data, size, METADATA_ALL);
	buf_free(&b);
	return 0;
}
