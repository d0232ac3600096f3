/*
 * Reading EXIF: a TIFF structure in memory, from anybody. Pure; every offset is checked, every list
 * is bounded, nothing recurses. What cannot be read is left out rather than refused: a picture is
 * not worse for a broken date.
 */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "image/fmt.h"

/* The directories of an EXIF block. */
enum exif_ifd {
	EXIF_IFD0,
	EXIF_IFD_EXIF,
	EXIF_IFD_GPS,
	EXIF_IFD_INTEROP,
	EXIF_IFD1,
	EXIF_IFD__MAX
};

enum exif_type {
	EXIF_BYTE = 1,
	EXIF_ASCII,
	EXIF_SHORT,
	EXIF_LONG,
	EXIF_RATIONAL,
	EXIF_SBYTE,
	EXIF_UNDEFINED,
	EXIF_SSHORT,
	EXIF_SLONG,
	EXIF_SRATIONAL,
	EXIF_FLOAT,
	EXIF_DOUBLE,
	EXIF_TYPE__MAX
};

/* Tags with a meaning to us. */
enum {
	EXIF_TAG_WIDTH = 0x100,
	EXIF_TAG_HEIGHT = 0x101,
	EXIF_TAG_ORIENTATION = 0x112,
	EXIF_TAG_DATETIME = 0x132,
	EXIF_TAG_ARTIST = 0x13b,
	EXIF_TAG_COPYRIGHT = 0x8298,
	EXIF_TAG_EXIF = 0x8769,
	EXIF_TAG_GPS = 0x8825,
	EXIF_TAG_DATE_ORIGINAL = 0x9003,
	EXIF_TAG_DATE_DIGITIZED = 0x9004,
	EXIF_TAG_MAKERNOTE = 0x927c,
	EXIF_TAG_INTEROP = 0xa005
};

/*
 * One entry; value points into the block, value_len bytes that are there, in the block's byte
 * order.
 */
struct exif_entry {
	enum exif_ifd	 ifd;
	uint16_t	 tag;
	uint16_t	 type;		/* enum exif_type */
	uint32_t	 count;
	const uint8_t	*value;
	size_t		 value_len;
	bool		 big;		/* most significant byte first */
};

#define EXIF_ENTRIES_MAX 512		/* of all directories together; more are ignored */

/*
 * Call each(entry, arg) for the entries of a TIFF block ("II*\0" or "MM\0*" in front), directory by
 * directory; false from each ends it. Entries whose value lies outside, or whose type is unknown,
 * are passed over. Returns false when some entry or directory was passed over.
 */
bool exif_walk(
    const uint8_t *tiff, size_t len, bool (*each)(const struct exif_entry *, void *), void *arg);

/* Number i of an entry of an integer type (0 when out of reach); of a rational: *den as well. */
int64_t	 exif_num(const struct exif_entry *e, uint32_t i);
void	 exif_rational(const struct exif_entry *e, uint32_t i, int64_t *num, int64_t *den);

/* "ExposureTime", or NULL. Names as Exiv2 and OSS's info use them, without a group. */
const char *exif_name(enum exif_ifd ifd, uint16_t tag);

/*
 * The value in words as info shows it ("96/1", "2 2 0 0", "North"). ERR_NOTFOUND for values that
 * are long and binary. Valid UTF-8.
 */
enum err exif_print(const struct exif_entry *e, struct buf *out) MUST_USE;

#define EXIF_COPYRIGHT_BYTES 1024

/* What we use of a picture's EXIF. */
struct exif_facts {
	int		 orientation;	/* 1..8; 1 when none or nonsense */
	/* DateTimeOriginal (else Digitized, else DateTime) as if it were UTC; 0: none */
	int64_t		 taken_s;
	char		 copyright[EXIF_COPYRIGHT_BYTES];	/* UTF-8; "" when none */
};

/* tiff NULL or unreadable: orientation 1 and nothing else. */
void	 exif_read(const uint8_t *tiff, size_t len, struct exif_facts *out);

/* The TIFF block in a file's bytes (for FMT_TIFF the file itself). false when there is none. */
bool exif_find(enum fmt fmt, const uint8_t *p, size_t len, const uint8_t **tiff, size_t *tiff_len);

/*
 * Both at once. AVIF and HEIC are turned by their container, and their EXIF has no say: 1.
 */
void	 exif_of_file(enum fmt fmt, const uint8_t *p, size_t len, struct exif_facts *out);

#endif
