/*
 * Types of stored objects by their magic. The picture layer has long since proved what they are; here it is a label only, so that
 * every writer of the store (uploads, mirrors, repair, imports) gives the same one without being told.
 */
#include "data/media_type.h"

#include <string.h>

#include "base/defs.h"

#define AT(off, text, mime) { off, text, sizeof(text) - 1, mime }

static const struct {
	size_t		 off;
	const char	*text;
	size_t		 len;
	const char	*mime;
} types[] = {
	AT(0, "\xff\xd8\xff", "image/jpeg"),
	AT(0, "\x89PNG\r\n\x1a\n", "image/png"),
	AT(0, "GIF8", "image/gif"),
	AT(8, "WEBP", "image/webp"),
	AT(4, "ftypavi", "image/avif"),
	AT(4, "ftyp", "image/heic"),
	AT(0, "BM", "image/bmp"),
	AT(0, "II*", "image/tiff"),
	AT(0, "MM\0*", "image/tiff"),
};

const char *
media_type(const void *head, size_t len)
{
	for (size_t i = 0; i < NELEM(types); i++)
		if (len >= types[i].off + types[i].len &&
		    memcmp((const char *)head + types[i].off, types[i].text, types[i].len) == 0)
			return types[i].mime;
	return "application/octet-stream";
}
