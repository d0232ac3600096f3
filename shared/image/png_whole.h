/*
 * The pixels of a plain PNG in one piece through libdeflate, which is several times as fast as a stream is and gives the
 * same. Whatever is not plain, too large to be held, or damaged in any way is left to libpng, which also words the reason.
 */
#ifndef IMAGE_PNG_WHOLE_H
#define IMAGE_PNG_WHOLE_H

#include "image/codec.h"
#include "image/picture.h"

#define PNG_CHUNK_OVER	12		/* bytes of a chunk besides its data: length, type, check sum */
#define PNG_WHOLE_BYTES	(64u << 20)	/* filtered pixels that are held at most */

struct png_whole {
	uint32_t	 w, h;
	unsigned	 bpp;			/* 1: a value of colours, 2: grey alpha, 3: RGB, 4: RGBA */
	uint8_t		 colours[256][4];
	struct picture	 rows;			/* the memory of the filtered rows, behind a row of zeros */
	uint32_t	 next;
};

/*
 * Inflates the IDAT chunks that begin at data + at; w, h, bpp and colours are set. strict: everything up to the end of the
 * file must be in order too. False: libpng shall do it, nothing is held.
 */
bool	 png_whole_read(struct png_whole *pw, const uint8_t *data, size_t len, size_t at, bool strict);

/* On ARM libdeflate reads /proc/self/auxv when it is first used; to be called while files can be opened. */
void	 png_warm(void);

/* The next of h rows, as red green blue alpha. */
void	 png_whole_row(struct png_whole *pw, uint8_t *px);
void	 png_whole_free(struct png_whole *pw);

/* Everything of a PNG file to the sink, exif too. *done is false when the picture is too large to be held; nothing was written then. */
enum err png_whole_write(struct encode *e, const struct picture *p, bool alpha, bool drawn, const uint8_t *exif, size_t exif_len,
	bool *done, struct fault *f) MUST_USE;

#endif
