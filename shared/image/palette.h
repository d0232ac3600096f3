/*
 * The few colours that stand for a frame's many. A start is made better by Lloyd's algorithm (S. Lloyd, "Least squares
 * quantization in PCM", 1982): each colour moves to the mean of the pixels it is nearest to, again and again. Counted over a
 * histogram of seven bits or six a channel, so the work follows the colours, not the pixels. Integers only: the same everywhere.
 */
#ifndef IMAGE_PALETTE_H
#define IMAGE_PALETTE_H

#include "image/picture.h"

#define PALETTE_MAX	256

struct palette;			/* the histogram; one serves frame after frame */

/* What it takes for a frame of so many pixels, at most, in bytes. */
uint64_t	 palette_bytes(uint64_t pixels);

struct palette	*palette_new(void);			/* NULL: no memory. The caller frees it */
void		 palette_free(struct palette *pal);	/* NULL is fine */

/* Count p's pixels, but those with an alpha below 128. ERR_NOMEM. */
enum err palette_count(struct palette *pal, const struct picture *p, struct fault *f) MUST_USE;

/* Better colours for what was counted: rgb holds n starts (1..PALETTE_MAX), and the result. Which stands where may change. */
void	 palette_refine(struct palette *pal, uint8_t (*rgb)[3], int n);

/* index[i]: which of the refined colours pixel i of the counted picture has, "clear" where its alpha is below 128. */
void	 palette_index(const struct palette *pal, const struct picture *p, uint8_t clear, uint8_t *index);

#endif
