/*
 * The pyramid: reduced copies of large pictures, upright and small, so that most variants need not
 * decode the original. Cache and nothing else: whoever finds no step takes the original.
 */
#include "app/pyramid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cache_file.h"
#include "app/variant.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "image/op_list.h"
#include "image/op_resize.h"

const uint32_t pyramid_px[PYRAMID_STEPS] = { 1280, 320 };

static const enum fmt formats[] = { FMT_JPEG, FMT_WEBP, FMT_PNG };

enum {
	ENOUGH = 2,		/* a step is this many times as large as what is made of it */
	WORTH_2 = 3		/* a picture half as many times as large as a step has it */
};

/* Is a copy of that long side worth it? */
static bool
is_due(uint32_t side, int n)
{
	return (uint64_t)side * 2 >= (uint64_t)pyramid_px[n] * WORTH_2;
}

bool
pyramid_at_upload(uint32_t width_px, uint32_t height_px)
{
	return is_due(width_px > height_px ? width_px : height_px, 0);
}

void
pyramid_path(const uint8_t blob[SHA256_BYTES], int n, enum fmt fmt, char out[VARIANT_PATH_SIZE])
{
	char hex[SHA256_HEX];

	enc_hex(blob, SHA256_BYTES, hex);
	snprintf(out, VARIANT_PATH_SIZE, "y/%.2s/%s.%d.%s", hex, hex, n, fmt_name(fmt));
}

void
pyramid_none_path(const uint8_t blob[SHA256_BYTES], char out[VARIANT_PATH_SIZE])
{
	char hex[SHA256_HEX];

	enc_hex(blob, SHA256_BYTES, hex);
	snprintf(out, VARIANT_PATH_SIZE, "y/%.2s/%s.none", hex, hex);
}

/*
 * What the first step scales the whole picture to. false: the steps begin with something else, in
 * the original's pixels.
 */
static bool
first_size(const struct picture_row *p, const struct spec *spec, uint32_t w, uint32_t h,
    struct resize_geo *g)
{
	if (spec->kind != SPEC_PICTURE || p->src.frames > 1 || spec->n == 0 ||
	    spec->step[0].op != &op_resize)
		return false;
	if (!spec->orient && p->src.orientation != 1)
		return false;		/* asked for lying down; the copies are upright */
	resize_geometry(&spec->step[0], w, h, 0, 0, p->src.fmt == FMT_GIF, g);
	return true;
}

static bool
open_step(struct app *app, const struct picture_row *p, int n, struct pyramid_step *out)
{
	char path[VARIANT_PATH_SIZE];
	struct stat st;

	for (size_t i = 0; i < NELEM(formats); i++) {
		pyramid_path(p->blob, n, formats[i], path);
		out->fd = openat(app->cache_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (out->fd < 0)
			continue;
		if (fstat(out->fd, &st) == 0 && st.st_size > 0) {
			cache_used(app, path, &st);
			out->fmt = formats[i];
			return true;
		}
		fd_close(&out->fd);
	}
	return false;
}

bool
pyramid_open(
    struct app *app, const struct picture_row *p, const struct spec *spec, struct pyramid_step *out)
{
	char none[VARIANT_PATH_SIZE];
	struct resize_geo g;
	uint32_t w, h, side;
	int64_t sw, sh;
	bool found = false;

	out->missing = false;
	source_displayed(&p->src, &w, &h);
	side = w > h ? w : h;
	if (!app->conf->image_pyramid || side == 0 || !first_size(p, spec, w, h, &g))
		return false;
	for (int n = PYRAMID_STEPS - 1; n >= 0 && !found; n--) {
		sw = (int64_t)w * pyramid_px[n] / side;
		sh = (int64_t)h * pyramid_px[n] / side;
		if (side <= pyramid_px[n] || sw < ENOUGH * g.scaled_w || sh < ENOUGH * g.scaled_h)
			continue;
		if ((found = open_step(app, p, n, out))) {
			out->width_px = (uint32_t)sw;
			out->height_px = (uint32_t)sh;
		}
		out->missing |= !found && is_due(side, n);
	}
	pyramid_none_path(p->blob, none);
	out->missing = out->missing && faccessat(app->cache_fd, none, F_OK, 0) != 0;
	return found;
}

enum err
pyramid_put(
    struct app *app, const uint8_t blob[SHA256_BYTES], int n, enum fmt fmt, int fd, struct fault *f)
{
	char path[VARIANT_PATH_SIZE];

	pyramid_path(blob, n, fmt, path);
	/* The time is of no use here and the same for all. */
	return cache_publish(app, fd, path, 0, f);
}

enum err
pyramid_drop(struct app *app, const uint8_t blob[SHA256_BYTES], struct fault *f)
{
	char path[VARIANT_PATH_SIZE];

	for (int n = 0; n < PYRAMID_STEPS; n++)
		for (size_t i = 0; i < NELEM(formats); i++) {
			pyramid_path(blob, n, formats[i], path);
			if (unlinkat(app->cache_fd, path, 0) != 0 && errno != ENOENT)
				return fault_errno(f, ERR_IO, "cache: %s", path);
		}
	pyramid_none_path(blob, path);
	unlinkat(app->cache_fd, path, 0);
	return ERR_OK;
}
