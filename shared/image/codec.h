/*
 * Bytes <-> pixels: a row a format. Decoders are pulled row by row (still pictures) or frame by frame
 * (animations) from bytes in memory; encoders push into a sink. No codec starts a thread, opens a file
 * or takes memory by the word of the input without asking picture_may_need() first.
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/fmt.h"
#include "image/picture.h"
#include "image/spec.h"

/* How the four bytes of a decoded pixel are to be read. */
enum px_space {
	SPACE_RGB,		/* red green blue alpha */
	SPACE_GREY,		/* grey grey grey alpha */
	SPACE_CMYK		/* cyan magenta yellow black, 255: no ink */
};

/* What the header tells; nothing is decoded for it. */
struct head {
	uint32_t	 w, h;		/* as coded */
	uint32_t	 frames;	/* at least 1 */
	bool		 alpha;		/* the format of these pixels can be transparent */
	enum px_space	 space;
	int		 quality;	/* JPEG: estimate from the tables, 0: none */
	bool		 subsampled;	/* JPEG: chroma at half resolution */
	uint32_t	 loops;		/* animation: 0 forever */
	uint8_t		*icc;		/* colour profile, owned by the decoder; NULL: none, sRGB */
	size_t		 icc_len;
};

/* What the caller can use; every wish may be ignored. */
struct want {
	uint32_t	 shrink_w, shrink_h;	/* the whole picture may come smaller, but not under this; 0: full size */
	uint32_t	 x0, y0, x1, y1;	/* only these pixels are needed (full-size coordinates); x1 0: all */
	bool		 strict;		/* damage anywhere is an error, not a picture with a grey end */
	bool		 fast;			/* chroma may be upsampled the cheap way: much is left to shrink */
};

#define PLANES_MAX 3

/* Planes of a picture as they come: sizes, and their pixels for one of the full-size picture. */
struct coded_planes {
	unsigned	 n;			/* 1: grey, 3: Y Cb Cr */
	uint32_t	 w[PLANES_MAX], h[PLANES_MAX];
	double		 kx[PLANES_MAX], ky[PLANES_MAX];
};

enum planes_state {
	PLANES_MORE,
	PLANES_END,		/* there were no rows left */
	PLANES_AGAIN		/* damage: what came is void, start once more (and another way is taken) */
};

struct codec;

struct decoder {
	const struct codec	*codec;
	const uint8_t		*data;
	size_t			 len;
	bool			 mapped;	/* data are whole pages of a file: what was read may be let go by madvise() */
	const struct limits	*lim;
	struct head		 head;
	uint32_t		 w, h;		/* after start: the whole picture as it comes (shrunk) */
	double			 scale;		/* after start: what it was shrunk by exactly (w is rounded up); 0: w / head.w, h / head.h */
	uint32_t		 x0, y0, cols, rows;	/* after start: the part of it that the rows bring */
	void			*priv;
};

struct sink {
	int		 fd;
	size_t		 n;		/* in buf */
	uint64_t	 total;		/* all that was written */
	bool		 failed;
	uint8_t		 buf[1 << 15];
};

struct encode {
	struct sink	*sink;
	int		 quality;	/* 1..100 */
	bool		 interlace;	/* JPEG: progressive */
	bool		 full_chroma;	/* JPEG: no chroma subsampling; false for all others */
	bool		 lossless;	/* WebP */
	bool		 half_band;	/* JPEG: what only shows at more than half the size is coarse; for reduced copies */
	int		 orientation;	/* 2..8: written as a tag where the format can */
	const char	*copyright;	/* NULL: none */
	uint32_t	 w, h, frames;	/* animation: canvas and how many come */
	uint32_t	 loops;
	int		 effort;	/* 0 quick .. 2 small */
	void		*priv;		/* the encoder's own, between begin and end */
};

struct codec {
	enum fmt	 fmt;

	/* Reads the header into d->head; d->data, len, lim are set. close() is called whatever it says. */
	enum err	(*open)(struct decoder *d, struct fault *f);

	/* Still pictures: after open. Sets w, h, x0, y0, cols, rows; then row() d->rows times brings cols * 4 bytes each. */
	enum err	(*start)(struct decoder *d, const struct want *want, struct fault *f);
	enum err	(*row)(struct decoder *d, uint8_t *px, struct fault *f);

	/*
	 * After start with want.strict, instead of the rows, by who needs no pixels: true is a proof that row() and finish() would find
	 * no damage; there is nothing more to be done. false: unknown, and rows can be read as if it had not been asked. NULL: always unknown.
	 */
	bool		(*prove)(struct decoder *d);

	/* After the last row: reads what is left; with want.strict ERR_BROKEN when something was damaged. NULL: nothing to do. */
	enum err	(*finish)(struct decoder *d, struct fault *f);

	/*
	 * Animations: after open instead of start. Composes the next frame on canvas (head.w x head.h; made by the first
	 * call, kept by the caller between calls, not to be changed by him). *delay_ms is how long it is shown. *more is false
	 * and nothing changed when there was none. NULL: the format has no frames.
	 */
	enum err	(*frame)(struct decoder *d, struct picture *canvas, uint32_t *delay_ms, bool *more, struct fault *f);
	void		(*close)(struct decoder *d);

	/*
	 * The way past the pixels, after open instead of start: planes of brightness and colour as they are stored. possible():
	 * is this picture of such planes and opaque? fast(): and can parts of it be read for less than the whole, as far as the
	 * header tells? start(): the whole picture comes, perhaps shrunk as want says, colour perhaps to half of that; what lies outside
	 * of the wanted part may be anything. read(): the next few rows of each plane go to take(). All NULL: never; fast NULL: no.
	 */
	bool		(*planes_possible)(const struct decoder *d);
	bool		(*planes_fast)(const struct decoder *d);
	enum err	(*planes_start)(struct decoder *d, const struct want *w, bool half_chroma, struct coded_planes *out, struct fault *f);
	enum err	(*planes_read)(struct decoder *d, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg,
		enum planes_state *state, struct fault *f);

	/* One picture. NULL: cannot be made. The picture may be changed (flattened). */
	enum err	(*encode)(struct encode *e, struct picture *p, struct fault *f);

	/*
	 * One picture of e->w x e->h as planes: n is 1 (grey) or 3 (Y Cb Cr, the colour half as wide and high, rounded up, unless
	 * e->full_chroma). Rows without gaps. NULL: cannot be made. narrow: black is 16 and white 235 in these planes, not 0 and 255.
	 */
	enum err	(*encode_planes)(struct encode *e, uint8_t *const plane[PLANES_MAX], unsigned n, struct fault *f);
	bool		 narrow;	/* of planes, in and out */

	/* Frames as they come. abandon() frees e->priv after a failure in between, and after the end; NULL e->priv is fine. */
	enum err	(*anim_begin)(struct encode *e, struct fault *f);
	enum err	(*anim_put)(struct encode *e, struct picture *p, uint32_t delay_ms, struct fault *f);
	enum err	(*anim_end)(struct encode *e, struct fault *f);
	void		(*abandon)(struct encode *e);
};

extern const struct codec codec_jpeg, codec_png, codec_gif, codec_webp, codec_avif, codec_bmp, codec_tiff, codec_heic;

/* NULL for a format that cannot be read. */
const struct codec *codec_of(enum fmt fmt);

/*
 * Header of the bytes: checks size, area and frames against lim before anything is allocated.
 * *d is ready for start(); decoder_close() always, also after an error.
 */
enum err decoder_open(struct decoder *d, enum fmt fmt, const uint8_t *data, size_t len, const struct limits *lim, struct fault *f) MUST_USE;
void	 decoder_close(struct decoder *d);

/* The whole picture (or first frame) at full size, pixels in head.space. */
enum err decoder_picture(struct decoder *d, const struct want *want, struct picture *p, struct fault *f) MUST_USE;

/* Sinks: buffered writes to a descriptor. sink_put is false once something failed; sink_flush tells. */
void	 sink_init(struct sink *s, int fd);
bool	 sink_put(struct sink *s, const void *data, size_t len);
enum err sink_flush(struct sink *s, struct fault *f) MUST_USE;

/* On ARM libaom reads /proc/cpuinfo when it first encodes; to be called while files can be opened. Elsewhere nothing. */
void	 avif_warm(void);

#endif
