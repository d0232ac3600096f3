/*
 * The list of pieces, and the patches that become one.
 */
#include "image/strip_out.h"

#include <stdlib.h>
#include <string.h>

#define PIECES_MAX	(1u << 20)

static struct strip_piece *
piece_new(struct strip_out *o)
{
	struct strip_piece *p;
	size_t cap;

	if (o->err)
		return NULL;
	if (o->n == o->cap) {
		cap = o->cap == 0 ? 64 : 2 * o->cap;
		p = cap <= PIECES_MAX ? realloc(o->piece, cap * sizeof(*p)) : NULL;
		if (p == NULL) {
			o->err = cap <= PIECES_MAX ? ERR_NOMEM : ERR_BROKEN;
			return NULL;
		}
		o->piece = p;
		o->cap = cap;
	}
	return &o->piece[o->n++];
}

void
strip_keep(struct strip_out *o, size_t at, size_t len)
{
	struct strip_piece *p = o->n > 0 ? &o->piece[o->n - 1] : NULL;

	if (len == 0)
		return;
	if (p != NULL && p->kind == PIECE_FILE && p->at + p->len == at) {
		p->len += len;
		return;
	}
	p = piece_new(o);
	if (p != NULL)
		*p = (struct strip_piece){ PIECE_FILE, at, len };
}

void
strip_add(struct strip_out *o, const void *data, size_t len)
{
	struct strip_piece *p;
	size_t at = o->own.len;

	if (len == 0 || o->err)
		return;
	o->err = buf_add(&o->own, data, len);
	p = piece_new(o);
	if (p != NULL)
		*p = (struct strip_piece){ PIECE_OWN, at, len };
}

void
strip_fill(struct strip_out *o, uint8_t c, size_t len)
{
	struct strip_piece *p;

	if (len == 0)
		return;
	p = piece_new(o);
	if (p != NULL)
		*p = (struct strip_piece){ PIECE_FILL, c, len };
}

uint64_t
strip_size(const struct strip_out *o)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < o->n; i++)
		sum += o->piece[i].len;
	return sum;
}

static bool
piece_same(const struct strip_out *o, const struct strip_piece *p, size_t at)
{
	size_t i;

	switch (p->kind) {
	case PIECE_FILE:
		return p->at == at || memcmp(o->p + p->at, o->p + at, p->len) == 0;
	case PIECE_OWN:
		return memcmp(o->own.data + p->at, o->p + at, p->len) == 0;
	case PIECE_FILL:
		for (i = 0; i < p->len && o->p[at + i] == (uint8_t)p->at; i++)
			;
		return i == p->len;
	}
	return false;
}

bool
strip_same(const struct strip_out *o)
{
	size_t i, at = 0;

	if (strip_size(o) != o->len)
		return false;
	for (i = 0; i < o->n; i++) {
		if (!piece_same(o, &o->piece[i], at))
			return false;
		at += o->piece[i].len;
	}
	return true;
}

static void
patch_add(struct strip_patches *s, struct strip_patch patch)
{
	struct strip_patch *p;
	size_t cap;

	if (s->err || patch.len == 0)
		return;
	if (s->n == s->cap) {
		cap = s->cap == 0 ? 64 : 2 * s->cap;
		p = cap <= PIECES_MAX ? realloc(s->patch, cap * sizeof(*p)) : NULL;
		if (p == NULL) {
			s->err = cap <= PIECES_MAX ? ERR_NOMEM : ERR_BROKEN;
			return;
		}
		s->patch = p;
		s->cap = cap;
	}
	s->patch[s->n++] = patch;
}

void
patch_fill(struct strip_patches *s, size_t at, size_t len, uint8_t c)
{
	patch_add(s, (struct strip_patch){ .at = at, .len = len, .fill = true, .from = c });
}

void
patch_bytes(struct strip_patches *s, struct strip_out *o, size_t at, const void *data, size_t len)
{
	size_t from = o->own.len;

	if (s->err == ERR_OK)
		s->err = buf_add(&o->own, data, len);
	patch_add(s, (struct strip_patch){ .at = at, .len = len, .from = from });
}

static int
by_place(const void *a, const void *b)
{
	const struct strip_patch *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Append one patch behind what is there; `at` is how far the old file is told. */
static bool
patch_put(
    struct strip_out *o, const struct strip_patch *x, const struct strip_patch *before, size_t *at)
{
	struct strip_piece *p;
	size_t skip = 0;

	if (x->at < *at) {
		if (!x->fill || before == NULL || !before->fill || x->from != before->from)
			return false;
		skip = *at - x->at;
		if (skip >= x->len)
			return true;
	} else {
		strip_keep(o, *at, x->at - *at);
	}
	p = piece_new(o);
	if (p != NULL)
		*p = (struct strip_piece){ x->fill ? PIECE_FILL : PIECE_OWN, x->from,
			x->len - skip };
	*at = x->at + x->len;
	return true;
}

enum err
patches_apply(struct strip_patches *s, struct strip_out *o, size_t end, struct fault *f)
{
	const struct strip_patch *x;
	enum err e = s->err;
	size_t at = 0, i;

	if (e) {
		fault_set(f, e, "too many places to clean in this file");
		goto out;
	}
	if (s->n > 0)
		qsort(s->patch, s->n, sizeof(*s->patch), by_place);
	for (i = 0; i < s->n; i++) {
		x = &s->patch[i];
		if (x->at >= end)
			break;		/* cut off anyway, and so are those that follow */
		if (x->fill && x->len > end - x->at)
			s->patch[i].len = end - x->at;
		if (x->at > end || x->len > end - x->at ||
		    !patch_put(o, x, i > 0 ? x - 1 : NULL, &at)) {
			e = fault_set(f, ERR_BROKEN, "the parts of this file lie over each other");
			goto out;
		}
	}
	strip_keep(o, at, end - at);
out:
	free(s->patch);
	*s = (struct strip_patches){ .n = 0 };
	return e;
}
