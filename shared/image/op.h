/*
 * What an operation is. One file op_NAME.c and one row in op_table.c a piece; the files are
 * compiled twice: without pixels for the workers (grammar and plan), with -DTINTYPE_PIXELS for the
 * sandbox (apply as well). The table makes the parser, the planner, the manual page, the fuzz
 * dictionary and the self-tests.
 */
#ifndef IMAGE_OP_H
#define IMAGE_OP_H

#include "image/spec.h"

#ifdef TINTYPE_PIXELS
#define IF_PIXELS(...) __VA_ARGS__
#else
#define IF_PIXELS(...)
#endif

enum arg_type {
	ARG_NONE,	/* end of the list */
	ARG_NUM,	/* decimal integer in [min, max] */
	ARG_WORD,	/* one of words[] */
	ARG_COLOR,	/* six hex digits: num is 0xRRGGBB */
	ARG_TEXT	/* base64url: text is the decoded bytes */
};

struct arg_row {
	const char	*key;		/* "w"; "" for the bare value of rotate,90 */
	enum arg_type	 type;
	int64_t		 min, max, dflt;
	const char	*const *words;	/* NULL-terminated */
	bool		 required;	/* the step needs it */
	bool		 zero_ok;	/* 0 is read as well, for check() to judge */
	/* known inside a watermark's own steps only (resize,P_30) */
	bool		 mark_only;
	/* OSS EC when outside of the range; NULL: the operation's */
	const char	*ec_range;
	const char	*ec_missing;	/* OSS EC when required and absent; NULL: ec_range */
	const char	*doc;
};

/* State of planning: the picture between two steps. */
struct plan_state {
	const struct source	*src;
	const struct limits	*lim;
	enum fmt		 fmt;		/* format the result will have */
	int64_t			 w, h;		/* current size */
	uint32_t		 frames;
	bool			 alpha;
	bool			 changed;	/* some step so far changes pixels */
	/* a watermark's own steps: size of the picture below it; else 0 */
	int64_t			 main_w, main_h;
};

struct picture;		/* image/picture.h */
struct render;		/* image/pipeline.h */

struct op {
	const char	*name;
	const char	*doc;		/* a sentence or two for the manual */
	/* takes one bare value (rotate,90) and refuses more than one */
	bool		 single;
	bool		 alone;		/* info, average-hue */
	bool		 setting;	/* quality, format, interlace: no place in the order */
	bool		 frames;	/* keeps an animation's frames */
	bool		 in_mark;	/* allowed in a watermark's own steps */
	const char	*ec;		/* default OSS EC of a bad argument */
	struct arg_row	 args[OP_ARGS_MAX];

	/*
	 * NULL: nothing more to check. After all arguments of one step were read. Also brings equal
	 * requests to one form (arguments without effect are unset), and writes settings into sp: a
	 * setting is no step of the list.
	 */
	enum err	(*check)(struct step *st, struct spec *sp, struct fault *f);

	/*
	 * NULL: always does something. Does the step change no picture at all (bright,0)? It is
	 * then left out.
	 */
	bool		(*idle)(const struct step *st);

	/*
	 * NULL: size and format stay, pixels change. Else sets ps->w, h, alpha, frames and
	 * ps->changed; refuses.
	 */
	enum err	(*plan)(const struct step *st, struct plan_state *ps, struct fault *f);

#ifdef TINTYPE_PIXELS
	/* NULL for settings. Changes the picture (one frame); size after it == size planned. */
	enum err (*apply)(
	    const struct step *st, struct picture *pic, struct render *r, struct fault *f);
#endif
};

/* NULL-terminated, in the order of the manual. */
extern const struct op *const op_table[];

const struct op	*op_find(const char *name, size_t len);

/* "The value: V of parameter: KEY is invalid." with V made printable and short. Returns e. */
enum err op_invalid(
    struct fault *f, enum err e, const char *ec, const char *key, const char *v, size_t len);

/* The same for a number. */
enum err	 op_invalid_num(struct fault *f, const char *ec, const char *key, int64_t v);

/* a * num / den, rounded half up, at least 1. All positive, a and num below 2^30. */
int64_t		 px_scale(int64_t a, int64_t num, int64_t den);

#endif
