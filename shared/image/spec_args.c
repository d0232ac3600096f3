/*
 * One step's arguments: "key_value" pairs, or one bare value. Tolerant where the service is: empty
 * arguments, unknown keys and repeated ones pass; a known key with a bad value never does.
 */
#include "image/spec_args.h"

#include <string.h>

#include "base/enc.h"
#include "base/num.h"

#define EC_SEVERAL "0040-00000203"

static const char *
row_ec(const struct op *op, const struct arg_row *row)
{
	return row->ec_range != NULL ? row->ec_range : op->ec;
}

/* A bare value goes by the name of its operation. */
static const char *
row_key(const struct op *op, const struct arg_row *row)
{
	return row->key[0] != '\0' ? row->key : op->name;
}

static int
row_find(const struct op *op, const char *key, size_t len, bool in_mark)
{
	int i;

	for (i = 0; i < OP_ARGS_MAX && op->args[i].type != ARG_NONE; i++)
		if (strlen(op->args[i].key) == len && memcmp(op->args[i].key, key, len) == 0)
			return op->args[i].mark_only && !in_mark ? -1 : i;
	return -1;
}

static bool
read_word(const struct arg_row *row, const char *s, size_t len, int64_t *out)
{
	int64_t i;

	for (i = 0; row->words[i] != NULL; i++) {
		if (strlen(row->words[i]) == len && memcmp(row->words[i], s, len) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
read_color(const char *s, size_t len, int64_t *out)
{
	unsigned char rgb[3];

	if (!dec_hex(s, len, rgb, sizeof(rgb)))
		return false;
	*out = (int64_t)rgb[0] << 16 | rgb[1] << 8 | rgb[2];
	return true;
}

static bool
read_num(const struct arg_row *row, const char *s, size_t len, int64_t *out)
{
	return num_parse(s, len, row->min, row->max, out) ||
	       (row->zero_ok && num_parse(s, len, 0, 0, out));
}

/* The decoded text is kept in the spec, with a NUL; one inside of it would hide the rest. */
static enum err
read_text(const struct arg_row *row, const char *s, size_t len, struct spec *sp, const char **out,
    struct fault *f)
{
	char *p = sp->text + sp->text_len;
	size_t room = sizeof(sp->text) - sp->text_len;
	ssize_t n;

	n = room > 0 ? dec_b64(s, len, p, room - 1) : -1;
	if (n < 0 || memchr(p, '\0', (size_t)n) != NULL)
		return fault_ec(f, ERR_BADREQ, row->ec_range, "Input is not base64 decoding.");
	p[n] = '\0';
	sp->text_len += (size_t)n + 1;
	*out = p;
	return ERR_OK;
}

static enum err
read_value(struct step *st, int i, const char *s, size_t len, struct spec *sp, struct fault *f)
{
	const struct arg_row *row = &st->op->args[i];
	struct arg a = { .set = true };
	bool ok = true;
	enum err e;

	switch (row->type) {
	case ARG_NUM:
		ok = read_num(row, s, len, &a.num);
		break;
	case ARG_WORD:
		ok = read_word(row, s, len, &a.num);
		break;
	case ARG_COLOR:
		ok = read_color(s, len, &a.num);
		break;
	case ARG_TEXT:
		e = read_text(row, s, len, sp, &a.text, f);
		if (e)
			return e;
		break;
	case ARG_NONE:
		return ERR_OK;
	}
	if (!ok)
		return op_invalid(
		    f, ERR_BADSPEC, row_ec(st->op, row), row_key(st->op, row), s, len);
	st->arg[i] = a;
	return ERR_OK;
}

/* "w_100", or "90" for the row with the empty key. */
static enum err
read_arg(struct step *st, const char *s, size_t len, bool in_mark, struct spec *sp, struct fault *f)
{
	const char *sep = st->op->single ? NULL : memchr(s, '_', len);
	size_t klen = sep != NULL ? (size_t)(sep - s) : 0;
	int i;

	if (sep == NULL)
		i = row_find(st->op, "", 0, in_mark);
	else
		i = klen > 0 ? row_find(st->op, s, klen, in_mark) : -1;
	if (i < 0)
		return ERR_OK;
	if (sep == NULL)
		return read_value(st, i, s, len, sp, f);
	return read_value(st, i, sep + 1, len - klen - 1, sp, f);
}

static enum err
check_required(const struct step *st, struct fault *f)
{
	const struct op *op = st->op;
	int i;

	for (i = 0; i < OP_ARGS_MAX && op->args[i].type != ARG_NONE; i++) {
		const struct arg_row *row = &op->args[i];

		if (row->required && !st->arg[i].set)
			return fault_ec(f, ERR_MISSINGARG,
			    row->ec_missing != NULL ? row->ec_missing : row_ec(op, row),
			    "The parameter: %s is missing.", row_key(op, row));
	}
	return ERR_OK;
}

enum err
step_parse_args(
    struct step *st, const char *s, size_t len, bool in_mark, struct spec *sp, struct fault *f)
{
	const char *end = s + len, *comma;
	size_t n;
	int i, count = 0;
	enum err e;

	for (i = 0; i < OP_ARGS_MAX; i++)
		st->arg[i] = (struct arg){ .num = st->op->args[i].dflt };
	for (; s < end; s += n + 1) {
		comma = memchr(s, ',', (size_t)(end - s));
		n = comma != NULL ? (size_t)(comma - s) : (size_t)(end - s);
		if (n == 0)
			continue;
		if (st->op->single && ++count > 1)
			return fault_ec(f, ERR_BADSPEC, EC_SEVERAL,
			    "The operation: %s takes one value.", st->op->name);
		e = read_arg(st, s, n, in_mark, sp, f);
		if (e)
			return e;
	}
	return check_required(st, f);
}
