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

/*
 * An argument's value: numbers as such, words as the index in their list, base64url texts decoded.
 */
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
	/* steps that change pixels, in order; settings are the fields below */
	size_t		 n;
	struct step	 step[LIMIT_STEPS];
	enum fmt	 format;	/* asked for by format,X; FMT_NONE: as the source */
	bool		 format_auto;	/* format,auto: the caller picks by Accept */
	/* FMT_GIF for still sources of other formats too (OSS keeps their format) */
	bool		 gif_always;
	int		 quality_rel;	/* quality,q_N or 0 */
	int		 quality_abs;	/* quality,Q_N or 0 */
	bool		 interlace;
	bool		 interlace_asked; /* interlace,0 or interlace,1 was written */
	/*
	 * turn upright by the EXIF orientation before the first step; false only after
	 * auto-orient,0
	 */
	bool		 orient;
	/* auto-orient,1 was written: OSS's limit of the source's sides holds */
	bool		 orient_asked;
	/* a command style/NAME: its name, to be expanded by the caller; else "" */
	char		 style[64];
	char		 saveas[LIMIT_STEPS_BYTES];	/* "o_...,b_..." of |sys/saveas, else "" */
	size_t		 text_len;
	char		 text[2 * LIMIT_STEPS_BYTES];	/* memory of the decoded texts */
};

/*
 * Parse the value of x-oss-process ("image/resize,w_100/format,webp", "style/NAME", piped
 * commands), already percent-decoded. Errors carry OSS Code (err.def), EC and Message as the
 * reference documents them.
 */
enum err spec_parse(const char *s, size_t len, struct spec *out, struct fault *f) MUST_USE;

/* A copy whose texts are its own (a plain assignment would share them). */
void	 spec_copy(struct spec *dst, const struct spec *src);

/*
 * "style/NAME" and "style/NAME|more" with the style put in place of its name: the text to parse
 * then. out holds LIMIT_STEPS_BYTES + 1 bytes. ERR_TOOBIG when it does not fit; ERR_BADSPEC when
 * the style's text names a style itself.
 */
enum err spec_expand(
    const char *s, size_t len, const char *style_text, char *out, struct fault *f) MUST_USE;

/*
 * Target of |sys/saveas: object, and bucket ("" when not given), decoded. Each holds
 * LIMIT_STEPS_BYTES.
 */
void	 spec_saveas(const struct spec *s, char *object, char *bucket);

/*
 * Parse steps only, as in /i/{id}/{steps}.{ext}: what follows "image/", no pipes. ext sets the
 * format and beats format,X; FMT_NONE: none was given.
 */
enum err spec_parse_path(
    const char *steps, size_t len, enum fmt ext, struct spec *out, struct fault *f) MUST_USE;

/*
 * The canonical text ("image/resize,m_fill,w_100,h_50/quality,q_80"): equal pictures asked for in
 * other words (order of keys, defaults given, unknown keys) have one text. NUL-terminated;
 * ERR_TOOBIG when it does not fit. The characters are of A-Za-z0-9,_/- only. Parsing it gives the
 * same text again. Nothing to do at all is "image/rotate,0". A style must be expanded before;
 * saveas is not part of it.
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
	/* largest picture on the way, one frame, the decoded source included */
	uint32_t	 peak_px;
	/* the steps change nothing: the stored bytes are the answer */
	bool		 unchanged;
};

struct limits {				/* from the settings */
	uint64_t	 max_pixels;		/* one frame of the source */
	uint64_t	 max_frame_pixels;	/* frames x pixels of the source */
	uint32_t	 max_side_px;
};

/*
 * Walk the steps over sizes alone. Every refusal that header and text can tell happens here, with
 * OSS EC.
 */
enum err spec_plan(const struct spec *s, const struct source *src, const struct limits *lim,
    struct plan *out, struct fault *f) MUST_USE;

/*
 * The picture of a watermark: the text of its image argument is "KEY" or
 * "KEY?x-oss-process=image/STEPS". Own steps are checked when the watermark is parsed; inside of
 * them P_ and only resize, crop, indexcrop, rounded-corners and rotate are known.
 */
struct spec_mark {
	const char	*key;		/* into the spec, key_len bytes */
	size_t		 key_len;
	const char	*steps;		/* "image/..." NUL-terminated, or "" */
};

/*
 * The pictures wanted by the watermarks of a spec, in the order of the steps (a picture wanted
 * twice comes twice). At most cap are written; returns how many.
 */
size_t	 spec_marks(const struct spec *s, struct spec_mark *out, size_t cap);

/* Take apart the text of one image argument. */
enum err spec_mark_split(const char *text, struct spec_mark *out, struct fault *f) MUST_USE;

/* Parse a watermark's own steps ("" gives a spec without steps). */
enum err spec_parse_mark(const char *steps, struct spec *out, struct fault *f) MUST_USE;

/* spec_plan for a watermark's own steps; main: size of the picture it is drawn on, for P_. */
enum err spec_plan_mark(const struct spec *s, const struct source *src, const struct limits *lim,
    uint32_t main_w, uint32_t main_h, struct plan *out, struct fault *f) MUST_USE;

/* Size as displayed: width and height swapped for orientation 5..8. */
void	 source_displayed(const struct source *src, uint32_t *width_px, uint32_t *height_px);

#endif
