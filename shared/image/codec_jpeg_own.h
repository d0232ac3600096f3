/*
 * The state of a JPEG that is read, for the files of this codec alone.
 */
#ifndef IMAGE_CODEC_JPEG_OWN_H
#define IMAGE_CODEC_JPEG_OWN_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "image/codec_jpeg.h"
#include "image/jpeg_scan.h"

struct jpeg {
	struct jpeg_decompress_struct	 c;
	struct jpeg_error_mgr		 err;
	struct jpeg_source_mgr		 src;
	struct jpeg_progress_mgr	 progress;
	jmp_buf				 jump;
	const uint8_t			*data;
	size_t				 len, at;	/* bytes handed out so far */
	size_t				 forgotten;	/* bytes whose pages were let go */
	bool				 pages;		/* data is mapped from a file */
	bool				 created, damaged, strict, bomb;
	unsigned			 num;		/* eighths of the full size that are decoded */
	char				 why[JMSG_LENGTH_MAX];
	uint8_t				*line;		/* one row as libjpeg wants it when cut */
	uint32_t			 cut_x;		/* pixels to drop on the left of each row */
	uint8_t				*raw;		/* planes: the rows of one row of blocks */
	JSAMPROW			*raw_rows[PLANES_MAX];
	struct jpeg_scan		*scan;		/* planes come from here instead */
	bool				 scan_failed;
	uint32_t			 scan_row;	/* rows of MCUs so far */
	size_t				 scan_start;	/* of its bytes in data */
	unsigned			 scan_lines[PLANES_MAX];	/* of each plane in a row of MCUs */
	uint32_t			 plane_h[PLANES_MAX];
};

/* After a longjmp: what the library said. */
enum err jpeg_error(const struct jpeg *j, struct fault *f) MUST_USE;

/*
 * The smallest power of two in eighths that the library can decode at directly and that leaves enough over the wanted size:
 * nearer to it the coarse cut of the decoder shows, the more the smaller it is (means of whole blocks have an SSIM of 0.991 at a
 * factor of 1.13, 0.9985 at 1.7; half the size has 0.9984 at 1.24).
 */
unsigned jpeg_shrink(const struct decoder *d, const struct want *w);

/* Progressive files are held as coefficients: their need does not shrink. */
enum err jpeg_check_memory(const struct jpeg *j, struct fault *f) MUST_USE;

/*
 * A page that was read counts as memory of the process as long as it is mapped. What lies before at is let go, a good
 * while later than it was handed out; it would be read from the file again.
 */
void	 jpeg_forget(struct jpeg *j, size_t at);

#endif
