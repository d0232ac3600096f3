/*
 * Tokens are numbers and a word of letters: 100w, 255-0-0bgc, 200x200-5rc. A table says which words
 * there are; their numbers are collected, then written out in a fixed order.
 */
#include "image/legacy.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/enc.h"
#include "base/limits.h"
#include "base/num.h"
#include "image/steps_text.h"

#define NUMBERS_MAX 4
#define NONE INT64_MIN

enum token {
	T_W, T_H, T_EDGE, T_LIMIT, T_CUT, T_PERCENT, T_MARK_PERCENT, T_COLOR, T_CROP, T_REGION,
	T_SLICE, T_CIRCLE, T_ROTATE, T_ORIENT,
	T_BLUR, T_BRIGHT, T_CONTRAST, T_SHARPEN, T_QUALITY_REL, T_QUALITY_ABS, T_PROGRESSIVE, T__MAX
};

static const struct { const char *word; int numbers; bool sign; } tokens[T__MAX] = {
	[T_W] = { "w", 1, false }, [T_H] = { "h", 1, false }, [T_EDGE] = { "e", 1, false },
	[T_LIMIT] = { "l", 1, false },
	[T_CUT] = { "c", 1, false }, [T_PERCENT] = { "p", 1, false },
	[T_MARK_PERCENT] = { "P", 1, false },
	[T_COLOR] = { "bgc", 3, false }, [T_CROP] = { "a", 4, false },
	[T_REGION] = { "rc", 3, false }, [T_SLICE] = { "ic", 3, false },
	[T_CIRCLE] = { "ci", 2, false }, [T_ROTATE] = { "r", 1, false },
	[T_ORIENT] = { "o", 1, false }, [T_BLUR] = { "bl", 2, false },
	[T_BRIGHT] = { "b", 1, true }, [T_CONTRAST] = { "d", 1, true },
	[T_SHARPEN] = { "sh", 1, false },
	[T_QUALITY_REL] = { "q", 1, false }, [T_QUALITY_ABS] = { "Q", 1, false },
	[T_PROGRESSIVE] = { "pr", 1, false },
};

/* p=1..9 of watermarks and regions. */
static const char *const places[] = { "nw", "north", "ne", "west", "center", "east", "sw", "south",
	"se" };

/* The keys of a watermark and what they are called now. */
static const struct { const char *old, *new; } mark_keys[] = {
	{ "text", "text" }, { "type", "type" }, { "size", "size" }, { "t", "t" }, { "x", "x" },
	{ "y", "y" }, { "voffset", "voffset" },
	{ "s", "shadow" }, { "rotate", "rotate" }, { "fill", "fill" }, { "order", "order" },
	{ "align", "align" }, { "interval", "interval" },
};

struct command {
	bool	 set[T__MAX];
	int64_t	 num[T__MAX][NUMBERS_MAX];	/* NONE: left out, as in x100-0ic */
};

static enum err
bad_token(const char *s, size_t len, struct fault *f)
{
	char shown[33];
	size_t i, n = len < sizeof(shown) - 1 ? len : sizeof(shown) - 1;

	for (i = 0; i < n; i++)
		shown[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	shown[n] = '\0';
	return fault_set(f, ERR_BADSPEC, "The value: %s of parameter: @ is invalid.", shown);
}

/* "200x200-5" into numbers; an empty one is NONE. */
static bool
read_numbers(const char *s, size_t len, int want, bool sign, int64_t num[NUMBERS_MAX])
{
	size_t i, from = 0;
	int n = 0;

	for (i = sign && len > 0 && s[0] == '-' ? 1 : 0; i <= len; i++) {
		if (i < len && s[i] != '-' && s[i] != 'x')
			continue;
		if (n == want)
			return false;
		if (i == from)
			num[n] = NONE;
		else if (!num_parse(s + from, i - from, sign ? -INT32_MAX : 0, INT32_MAX, &num[n]))
			return false;
		n++;
		from = i + 1;
	}
	return n == want;
}

static enum err
read_token(const char *s, size_t len, struct command *c, struct fault *f)
{
	size_t word = len;
	int t;

	while (word > 0 && isalpha((unsigned char)s[word - 1]))
		word--;
	for (t = 0; t < T__MAX; t++)
		if (strlen(tokens[t].word) == len - word &&
		    memcmp(tokens[t].word, s + word, len - word) == 0)
			break;
	if (t == T__MAX || !read_numbers(s, word, tokens[t].numbers, tokens[t].sign, c->num[t]))
		return bad_token(s, len, f);
	if (c->num[t][0] == NONE && t != T_SLICE && t != T_REGION)
		return bad_token(s, len, f);
	c->set[t] = true;
	return ERR_OK;
}

static enum err
read_tokens(const char *s, size_t len, struct command *c, struct fault *f)
{
	const char *end = s + len, *sep;
	size_t n;
	enum err e;

	for (; s < end; s += n + 1) {
		sep = memchr(s, '_', (size_t)(end - s));
		n = (size_t)((sep != NULL ? sep : end) - s);
		if (n > 0 && (e = read_token(s, n, c, f)))
			return e;
	}
	return ERR_OK;
}

static int64_t
first(const struct command *c, enum token t, int64_t otherwise)
{
	return c->set[t] ? c->num[t][0] : otherwise;
}

/* A side, times the percentage when there is one; small enough to be multiplied. */
static int64_t
side(const struct command *c, enum token t)
{
	int64_t p = first(c, T_PERCENT, 100);

	return (c->num[t][0] * p + 50) / 100;
}

static enum err
put_resize(struct steps_text *t, const struct command *c, struct fault *f)
{
	static const char *const modes[] = { "lfit", "mfit", "fixed", NULL, "pad" };
	bool w = c->set[T_W], h = c->set[T_H], color = c->set[T_COLOR];
	const int64_t *rgb = c->num[T_COLOR];
	int64_t edge = first(c, T_EDGE, 0);

	if (edge >= (int64_t)NELEM(modes) || modes[edge] == NULL)
		return fault_set(f, ERR_BADSPEC, "The value: %llde of parameter: @ is invalid.",
		    (long long)edge);
	if (color && (rgb[0] > 255 || rgb[1] < 0 || rgb[1] > 255 || rgb[2] < 0 || rgb[2] > 255))
		return fault_set(f, ERR_BADSPEC, "The background colour of @ is invalid.");
	if (c->set[T_MARK_PERCENT] && !w && !h) {
		steps_put(t, "/resize,P_%lld", (long long)c->num[T_MARK_PERCENT][0]);
	} else if (!w && !h && c->set[T_PERCENT]) {
		steps_put(t, "/resize,p_%lld", (long long)c->num[T_PERCENT][0]);
	} else if (w || h) {
		steps_put(t, "/resize,m_%s", first(c, T_CUT, 0) == 1 && w && h ? "fill" : modes[edge]);
		if (w)
			steps_put(t, ",w_%lld", (long long)side(c, T_W));
		if (h)
			steps_put(t, ",h_%lld", (long long)side(c, T_H));
		if (first(c, T_LIMIT, 0) != 1)	/* enlarging was the rule then */
			steps_put(t, ",limit_0");
		if (color)
			steps_put(t, ",color_%02X%02X%02X", (unsigned)rgb[0], (unsigned)rgb[1],
			    (unsigned)rgb[2]);
	}
	return ERR_OK;
}

static void
put_if(struct steps_text *t, const char *key, int64_t v)
{
	if (v != NONE)
		steps_put(t, ",%s_%lld", key, (long long)v);
}

static enum err
put_cuts(struct steps_text *t, const struct command *c, struct fault *f)
{
	const int64_t *a = c->num[T_CROP], *rc = c->num[T_REGION], *ic = c->num[T_SLICE];

	if (c->set[T_CROP]) {
		steps_put(t, "/crop");
		put_if(t, "x", a[0]);
		put_if(t, "y", a[1]);
		put_if(t, "w", a[2]);
		put_if(t, "h", a[3]);
	}
	if (c->set[T_REGION]) {
		if (rc[2] < 1 || rc[2] > 9)
			return fault_set(f, ERR_BADSPEC, "The region of @ is none of 1 to 9.");
		steps_put(t, "/crop,g_%s", places[rc[2] - 1]);
		put_if(t, "w", rc[0]);
		put_if(t, "h", rc[1]);
	}
	if (c->set[T_SLICE]) {
		steps_put(t, "/indexcrop");
		put_if(t, "x", ic[0]);
		put_if(t, "y", ic[1]);
		put_if(t, "i", ic[2]);
	}
	return ERR_OK;
}

static enum err
put_circle(struct steps_text *t, const struct command *c, struct fault *f)
{
	const int64_t *ci = c->num[T_CIRCLE];

	if (!c->set[T_CIRCLE])
		return ERR_OK;
	if (ci[1] != 1 && ci[1] != 2)
		return fault_set(f, ERR_BADSPEC, "A circle of this type is not known any more.");
	steps_put(t, "/%s,r_%lld", ci[1] == 1 ? "circle" : "rounded-corners", (long long)ci[0]);
	return ERR_OK;
}

static void
put_effects(struct steps_text *t, const struct command *c)
{
	static const struct { enum token token; const char *text; } one[] = {
		{ T_BRIGHT, "/bright," }, { T_CONTRAST, "/contrast," }, { T_SHARPEN, "/sharpen," },
		{ T_QUALITY_REL, "/quality,q_" },
		{ T_QUALITY_ABS, "/quality,Q_" }, { T_PROGRESSIVE, "/interlace," },
	};
	size_t i;

	if (c->set[T_BLUR])
		steps_put(t, "/blur,r_%lld,s_%lld", (long long)c->num[T_BLUR][0],
		    (long long)(c->num[T_BLUR][1] == NONE ? 0 : c->num[T_BLUR][1]));
	for (i = 0; i < NELEM(one); i++)
		if (c->set[one[i].token])
			steps_put(t, "%s%lld", one[i].text, (long long)c->num[one[i].token][0]);
}

static enum err
put_command(struct steps_text *t, const struct command *c, struct fault *f)
{
	enum err e;

	if (c->set[T_ORIENT])
		steps_put(t, "/auto-orient,%d", c->num[T_ORIENT][0] != 0);
	if ((e = put_resize(t, c, f)) || (e = put_cuts(t, c, f)))
		return e;
	if (c->set[T_ROTATE])
		steps_put(t, "/rotate,%lld", (long long)c->num[T_ROTATE][0]);
	e = put_circle(t, c, f);
	if (e == ERR_OK)
		put_effects(t, c);
	return e;
}

/* The name of a watermark's picture; "logo.png@30P" has steps of its own. */
static enum err
put_object(struct steps_text *t, const char *v, size_t len, struct fault *f)
{
	char name[LIMIT_STEPS_BYTES], steps[LIMIT_STEPS_BYTES], *at;
	struct steps_text own = { .p = steps, .size = sizeof(steps) };
	struct command c = { .set = { false } };
	struct arena *a;
	ssize_t n = dec_b64(v, len, name, sizeof(name) - 1);
	enum err e;

	if (n < 0)
		return fault_set(f, ERR_BADREQ, "Input is not base64 decoding.");
	name[n] = '\0';
	at = strrchr(name, '@');
	if (at == NULL) {
		steps_put(t, ",image_%.*s", (int)len, v);
		return ERR_OK;
	}
	*at = '\0';
	steps[0] = '\0';
	e = read_tokens(at + 1, strlen(at + 1), &c, f);
	if (e == ERR_OK)
		e = put_command(&own, &c, f);
	if (e)
		return e;
	if (own.len >= own.size)
		return fault_set(f, ERR_TOOBIG, "the steps of the watermark are too long");
	a = arena_new();
	steps_put(t, ",image_%s", enc_b64url(a, arena_printf(a, "%s?x-oss-process=image%s", name, steps),
	    strlen(name) + strlen("?x-oss-process=image") + strlen(steps)));
	arena_free(a);
	return ERR_OK;
}

/* "#FFFFFF" in base64. */
static enum err
put_color(struct steps_text *t, const char *v, size_t len, struct fault *f)
{
	char color[16];
	ssize_t n = dec_b64(v, len, color, sizeof(color) - 1);
	int i;

	for (i = 1; i < 7 && n == 7 && isxdigit((unsigned char)color[i]); i++)
		;
	if (n != 7 || color[0] != '#' || i != 7)
		return fault_set(f, ERR_BADSPEC, "The colour of the watermark is invalid.");
	steps_put(t, ",color_%.6s", color + 1);
	return ERR_OK;
}

static bool
key_is(const char *s, size_t len, const char *key)
{
	return strlen(key) == len && memcmp(s, key, len) == 0;
}

static enum err
put_mark_pair(
    struct steps_text *t, const char *s, size_t klen, const char *v, size_t vlen, struct fault *f)
{
	int64_t place;
	size_t i;

	if (key_is(s, klen, "watermark"))
		return ERR_OK;
	if (key_is(s, klen, "object"))
		return put_object(t, v, vlen, f);
	if (key_is(s, klen, "color"))
		return put_color(t, v, vlen, f);
	if (key_is(s, klen, "p")) {
		if (!num_parse(v, vlen, 1, 9, &place))
			return fault_set(
			    f, ERR_BADSPEC, "The place of the watermark is none of 1 to 9.");
		steps_put(t, ",g_%s", places[place - 1]);
		return ERR_OK;
	}
	for (i = 0; i < NELEM(mark_keys); i++)
		if (key_is(s, klen, mark_keys[i].old))
			steps_put(t, ",%s_%.*s", mark_keys[i].new, (int)vlen, v);
	return ERR_OK;
}

/*
 * watermark=2&text=...&p=9: values are numbers and base64, so that '/' and ',' in one would be a
 * trick.
 */
static enum err
put_mark(struct steps_text *t, const char *s, size_t len, struct fault *f)
{
	const char *end = s + len, *amp, *eq;
	size_t n, i;
	enum err e;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("=&-_.+", s[i]) == NULL)
			return bad_token(s, len, f);
	steps_put(t, "/watermark");
	for (; s < end; s += n + 1) {
		amp = memchr(s, '&', (size_t)(end - s));
		n = (size_t)((amp != NULL ? amp : end) - s);
		eq = memchr(s, '=', n);
		if (eq == NULL)
			continue;
		e = put_mark_pair(t, s, (size_t)(eq - s), eq + 1, n - (size_t)(eq - s) - 1, f);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* Cut ".webp" off the end; what it stands for, "" for .src, jpg when there is none. */
static enum err
take_extension(const char *s, size_t *len, const char **format, struct fault *f)
{
	static const char *const names[] = { "jpg", "jpeg", "png", "webp", "bmp", "gif", "tiff",
		"src" };
	const char *dot = memrchr(s, '.', *len);
	size_t i, n;

	*format = "jpg";
	if (dot == NULL)
		return ERR_OK;
	n = (size_t)(s + *len - dot - 1);
	for (i = 0; i < NELEM(names); i++) {
		if (!key_is(dot + 1, n, names[i]))
			continue;
		*format = strcmp(names[i], "src") == 0 ? "" : names[i];
		*len = (size_t)(dot - s);
		return ERR_OK;
	}
	return bad_token(dot, n + 1, f);
}

static enum err
translate_commands(const char *s, size_t len, struct steps_text *t, struct fault *f)
{
	const char *end, *bar, *format;
	struct command c;
	size_t n, before;
	enum err e;

	e = take_extension(s, &len, &format, f);
	if (e)
		return e;
	steps_put(t, "image");
	before = t->len;
	for (end = s + len; s < end; s += n + 1) {
		bar = memchr(s, '|', (size_t)(end - s));
		n = (size_t)((bar != NULL ? bar : end) - s);
		c = (struct command){ .set = { false } };
		if (n >= 10 && memcmp(s, "watermark=", 10) == 0)
			e = put_mark(t, s, n, f);
		else if ((e = read_tokens(s, n, &c, f)) == ERR_OK)
			e = put_command(t, &c, f);
		if (e)
			return e;
	}
	if (format[0] != '\0')
		steps_put(t, "/format,%s", format);
	else if (t->len == before)
		steps_put(t, "/rotate,0");
	return ERR_OK;
}

enum err
legacy_translate(const char *s, size_t len, char *out, size_t size, struct fault *f)
{
	struct steps_text t = { .p = out, .size = size };
	enum err e = ERR_OK;

	if (memchr(s, '\0', len) != NULL)
		return bad_token(s, len, f);
	if (len > 1 && s[0] == '!')
		steps_put(&t, "style/%.*s", (int)len - 1, s + 1);
	else if (key_is(s, len, "imageAve"))
		steps_put(&t, "image/average-hue");
	else if (key_is(s, len, "info") || key_is(s, len, "exif") || key_is(s, len, "infoexif"))
		steps_put(&t, "image/info");
	else
		e = translate_commands(s, len, &t, f);
	if (e == ERR_OK && t.len >= size)
		e = fault_set(f, ERR_TOOBIG, "the steps are too long when translated");
	return e;
}
