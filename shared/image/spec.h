/*
 * The text of x-oss-process=image/... becomes a checked list of steps, and the
 * list becomes a plan: every size, known before a pixel is touched. Pure; used by the
 * workers (400 before any work, names in the cache) and again by the sandbox.
 */
#ifndef IMAGE_SPEC_H
#define IMAGE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "image/fmt.h"

#define OP_ARGS_MAX 24

struct op;	/* image/op.h */

/* An argument's value: numbers as such, words as the index in their list, base64url texts decoded. */
struct arg {
	bool		 set;		/* given (else num is the default) */
	int64_t		 num;
	const char	*text;		/* into spec.text, NUL-terminated; NULL when not a text */
};

struct step {
	const struct op	*op;
	struct arg	 arg[OP_ARGS_MAX];
};

/* What comes out in the end. */
enum spec_kind {
	SPEC_PICTURE,		/* a picture */
	SPEC_INFO,		/* image/info: JSON */
	SPEC_HUE		/* image/average-hue: JSON */
};

struct spec {
	enum spec_kind	 kind;
	size_t		 n;
	struct step	 step[LIMIT_STEPS];
	enum fmt	 format;	/* asked for by format,X; FMT_NONE: as the source */
	bool		 format_auto;	/* format,auto: the caller picks by Accept */
	int		 quality_rel;	/* quality,q_N or 0 */
	int		 quality_abs;	/* quality,Q_N or 0 */
	bool		 interlace;
	bool		 orient;	/* auto-orient,1 somewhere: acts first */
	char		 style[64];	/* a command style/NAME: its name, to be expanded by the caller; else "" */
	char		 saveas[LIMIT_STEPS_BYTES];	/* "o_...,b_..." of |sys/saveas, else "" */
	size_t		 text_len;
	char		 text[2 * LIMIT_STEPS_BYTES];	/* memory of the decoded texts */
};

/*
 * Parse the value of x-oss-process ("image/resize,w_100/format,webp", "style/NAME", piped commands), already
 * percent-decoded. Errors carry OSS Code (err.def), EC and Message as the reference documents them.
 */
enum err spec_parse(const char *s, size_t len, struct spec *out, struct fault *f) MUST_USE;

/* Parse steps only, as in /i/{id}/{steps}.{ext}: what follows "image/". ext sets the format and beats format,X. */
enum err spec_parse_path(const char *steps, size_t len, enum fmt ext, struct spec *out, struct fault *f) MUST_USE;

/*
 * The canonical text ("image/resize,m_fill,w_100,h_50/quality,q_80"): equal pictures asked for in other words
 * (order of keys, defaults given, unknown keys) have one text. NUL-terminated; ERR_TOOBIG when it does not fit.
 * The characters are of A-Za-z0-9,_/- only.
 */
enum err spec_canonical(const struct spec *s, char *out, size_t size, struct fault *f) MUST_USE;

/* The facts of a source that planning needs. */
struct source {
	enum fmt	 fmt;
	uint32_t	 width_px, height_px;	/* as coded */
	uint32_t	 frames;		/* at least 1 */
	int		 orientation;		/* EXIF 1..8; 1 when none */
	bool		 alpha;
	uint64_t	 bytes;
};

struct plan {
	enum fmt	 fmt;			/* of the result */
	uint32_t	 width_px, height_px;	/* of the result, one frame */
	uint32_t	 frames;		/* of the result */
	uint32_t	 peak_px;		/* largest picture on the way, one frame, the decoded source included */
	bool		 unchanged;		/* the steps change nothing: the stored bytes are the answer */
};

struct limits {				/* from the settings */
	uint64_t	 max_pixels;		/* one frame of the source */
	uint64_t	 max_frame_pixels;	/* frames x pixels of the source */
	uint32_t	 max_side_px;
};

/* Walk the steps over sizes alone. Every refusal that header and text can tell happens here, with OSS EC. */
enum err spec_plan(const struct spec *s, const struct source *src, const struct limits *lim, struct plan *out, struct fault *f) MUST_USE;

/* Size as displayed: width and height swapped for orientation 5..8. */
void	 source_displayed(const struct source *src, uint32_t *width_px, uint32_t *height_px);

#endif
