/*
 * Which stripper a format has, and writing what it found.
 */
#include "image/strip.h"

#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "image/strip_out.h"

#define OWN_BYTES_MAX	(16u << 20)
#define CHUNK_BYTES	65536

static enum err (*const strippers[FMT__MAX])(struct strip_out *, struct fault *) = {
	[FMT_JPEG] = strip_jpeg, [FMT_PNG] = strip_png, [FMT_GIF] = strip_gif,
	[FMT_WEBP] = strip_webp,
	[FMT_AVIF] = strip_heif, [FMT_BMP] = strip_bmp, [FMT_TIFF] = strip_tiff,
	[FMT_HEIC] = strip_heif,
};

static enum err
write_fill(int fd, const struct strip_piece *p, struct fault *f)
{
	uint8_t chunk[CHUNK_BYTES];
	size_t left = p->len, n;
	enum err e = ERR_OK;

	memset(chunk, (int)p->at, sizeof(chunk));
	for (; left > 0 && e == ERR_OK; left -= n) {
		n = left < sizeof(chunk) ? left : sizeof(chunk);
		e = fd_write_all(fd, chunk, n, f);
	}
	return e;
}

static enum err
write_pieces(const struct strip_out *o, int fd, struct fault *f)
{
	const struct strip_piece *p;
	enum err e = ERR_OK;

	for (p = o->piece; p < o->piece + o->n && e == ERR_OK; p++) {
		if (p->kind == PIECE_FILL)
			e = write_fill(fd, p, f);
		else
			e = fd_write_all(fd,
			    p->kind == PIECE_FILE ? (const void *)(o->p + p->at)
						  : o->own.data + p->at,
			    p->len, f);
	}
	return e;
}

enum err
strip(enum fmt fmt, const void *p, size_t len, enum metadata_policy policy, int out_fd,
    bool *changed, struct fault *f)
{
	struct strip_out o = {
		.p = p, .len = len, .policy = policy, .own = BUF_INIT(OWN_BYTES_MAX)
	};
	bool same;
	enum err e;

	if (policy == METADATA_NONE) {
		*changed = false;
		return ERR_OK;
	}
	if (strippers[fmt] == NULL)
		return fault_set(f, ERR_TYPE, "this type of file cannot be cleaned");
	e = strippers[fmt](&o, f);
	if (e == ERR_OK && o.err != ERR_OK)
		e = fault_set(f, o.err, "too many parts in this file");
	if (e)
		goto out;
	same = strip_same(&o);
	if (!same)
		e = write_pieces(&o, out_fd, f);
	if (e == ERR_OK)
		*changed = !same;
out:
	free(o.piece);
	buf_free(&o.own);
	return e;
}
