/*
 * The page with the form. Its model tells a program the limits it has to keep.
 */
#include "upload.h"

#include "app/page.h"
#include "image/fmt.h"

static json_t *
formats_model(const struct conf *c)
{
	const struct { enum fmt fmt; int64_t on; } rows[] = {
		{ FMT_JPEG, c->formats_jpeg }, { FMT_PNG, c->formats_png }, { FMT_GIF, c->formats_gif }, { FMT_WEBP, c->formats_webp },
		{ FMT_AVIF, c->formats_avif }, { FMT_HEIC, c->formats_heic }, { FMT_BMP, c->formats_bmp }, { FMT_TIFF, c->formats_tiff },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < NELEM(rows); i++)
		if (rows[i].on)
			json_array_append_new(list, json_pack("{s:s, s:s}", "name", fmt_name(rows[i].fmt), "mime", fmt_mime(rows[i].fmt)));
	return list;
}

enum err
upload_page(void *ctx, struct req *r, struct answer *a)
{
	struct call *c = ctx;
	const struct conf *conf = c->app->conf;
	json_t *m;

	if (conf->site_upload == UPLOAD_USERS && c->me == NULL)
		return ERR_LOGIN;
	m = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "max_files", (json_int_t)conf->limits_files,
	    "max_file_bytes", (json_int_t)conf->limits_file_bytes, "max_body_bytes", (json_int_t)conf->limits_body_bytes,
	    "max_file_mb", (json_int_t)(conf->limits_file_bytes >> 20), "max_pixels_m", (json_int_t)(conf->limits_pixels / 1000000),
	    "formats", formats_model(conf));
	page_answer(c, r, a, 200, "upload", m, NULL);
	return ERR_OK;
}
