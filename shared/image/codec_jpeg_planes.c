/*
 * The planes of a JPEG, each at the size that is wanted of it: by the fast decoder where that will do, else by the library.
 */
#include "image/codec_jpeg_own.h"

#include <math.h>
#include <stdlib.h>

#include "image/jpeg_prove.h"

bool
jpeg_planes_possible(const struct decoder *d)
{
	const struct jpeg	*j = d->priv;
	const jpeg_component_info *c = j->c.comp_info;

	if (j->c.num_components == 1)
		return j->c.jpeg_color_space == JCS_GRAYSCALE;
	return j->c.num_components == 3 && j->c.jpeg_color_space == JCS_YCbCr && c[0].h_samp_factor == j->c.max_h_samp_factor &&
	    c[0].v_samp_factor == j->c.max_v_samp_factor;
}

/* Rows of one plane that come at once, and their bytes. */
static unsigned
raw_height(const jpeg_component_info *c)
{
	return (unsigned)(c->v_samp_factor * c->DCT_scaled_size);
}

static size_t
raw_width(const jpeg_component_info *c)
{
	return ((size_t)c->width_in_blocks + (size_t)c->h_samp_factor) * (size_t)c->DCT_scaled_size;
}

static enum err
make_raw(struct jpeg *j, struct fault *f)
{
	size_t	 bytes = 0, rows = 0, n = (size_t)j->c.num_components;
	uint8_t	*p;

	for (size_t i = 0; i < n; i++) {
		bytes += raw_width(&j->c.comp_info[i]) * raw_height(&j->c.comp_info[i]);
		rows += raw_height(&j->c.comp_info[i]);
	}
	j->raw = p = malloc(bytes);
	j->raw_rows[0] = calloc(rows, sizeof(JSAMPROW));
	if (p == NULL || j->raw_rows[0] == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for rows");
	for (size_t i = 0; i < n; i++) {
		unsigned	 h = raw_height(&j->c.comp_info[i]);

		if (i + 1 < n)
			j->raw_rows[i + 1] = j->raw_rows[i] + h;
		for (unsigned y = 0; y < h; y++, p += raw_width(&j->c.comp_info[i]))
			j->raw_rows[i][y] = p;
	}
	return ERR_OK;
}

bool
jpeg_scan_spec(const struct decoder *d, struct scan_spec *spec)
{
	const struct jpeg	*j = d->priv;
	size_t			 at = j->at - j->src.bytes_in_buffer;

	*spec = (struct scan_spec){ .data = j->data + at, .len = j->len - at };
	spec->w = j->c.image_width;
	spec->h = j->c.image_height;
	spec->planes = (unsigned)j->c.num_components;
	spec->restart = j->c.restart_interval;
	if (j->scan_failed || j->c.progressive_mode || j->c.arith_code || j->c.data_precision != 8 ||
	    j->c.comps_in_scan != j->c.num_components || j->c.num_components > PLANES_MAX)
		return false;
	for (unsigned i = 0; i < spec->planes; i++) {
		const jpeg_component_info	*c = j->c.cur_comp_info[i];
		const JHUFF_TBL			*dc = j->c.dc_huff_tbl_ptrs[c->dc_tbl_no & 3], *ac = j->c.ac_huff_tbl_ptrs[c->ac_tbl_no & 3];
		const JQUANT_TBL		*q = j->c.quant_tbl_ptrs[c->quant_tbl_no & 3];

		if (c->component_index != (int)i || dc == NULL || ac == NULL || q == NULL)
			return false;
		spec->p[i] = (struct scan_plane){ .n = 1, .quant = q->quantval, .dc_bits = dc->bits, .dc_val = dc->huffval,
		    .ac_bits = ac->bits, .ac_val = ac->huffval,
		    .h = spec->planes == 1 ? 1 : (unsigned)c->h_samp_factor, .v = spec->planes == 1 ? 1 : (unsigned)c->v_samp_factor };
	}
	return true;
}

/* Several places at once. *fine: what was found. false: not for such a scan. */
static bool
prove_long(struct jpeg *j, const struct scan_spec *spec, bool *fine)
{
	struct jpeg_proof	*p;

	if (spec->len < PROOF_SCAN_MIN || picture_may_need(jpeg_proof_bytes(PROOF_WINDOW), NULL) != ERR_OK ||
	    (p = jpeg_proof_new(spec, PROOF_WINDOW, PROOF_PART)) == NULL)
		return false;
	while (jpeg_proof_next(p))
		jpeg_forget(j, j->len - spec->len + jpeg_proof_at(p));
	*fine = jpeg_proof_complete(p);
	jpeg_proof_free(p);
	return true;
}

static bool
prove_any(struct jpeg *j, const struct scan_spec *spec)
{
	struct jpeg_scan	*s = jpeg_scan_new(spec);
	bool			 fine;

	if (s == NULL)
		return false;
	while (jpeg_scan_next(s))
		jpeg_forget(j, j->len - spec->len + jpeg_scan_at(s));
	fine = jpeg_scan_complete(s);
	jpeg_scan_free(s);
	return fine;
}

/*
 * Every code of the scan is read, and nothing made of it. Whatever the library refuses before it reads the scan, jpeg_start() has
 * met already.
 */
bool
jpeg_prove(struct decoder *d)
{
	struct jpeg	*j = d->priv;
	struct scan_spec spec;
	bool		 fine;

	if (j->damaged || !jpeg_scan_spec(d, &spec) || picture_may_need(jpeg_scan_bytes(spec.w), NULL) != ERR_OK)
		return false;
	if (!prove_long(j, &spec, &fine))
		fine = prove_any(j, &spec);
	if (!fine)
		j->forgotten = 0;
	return fine;
}

bool
jpeg_planes_fast(const struct decoder *d)
{
	struct scan_spec	 spec;

	return jpeg_scan_spec(d, &spec);
}

/* The eighths of a plane that leave more than enough of it. */
static unsigned
size_of(uint32_t have_w, uint32_t have_h, double want_w, double want_h)
{
	return scan_size(8 * fmax(want_w / have_w, want_h / have_h));
}

static uint32_t
part(uint32_t size, unsigned num, unsigned den)
{
	return (uint32_t)(((uint64_t)size * num + den - 1) / den);
}

static bool
start_scan(struct decoder *d, const struct want *w, bool half, struct coded_planes *out)
{
	struct jpeg	*j = d->priv;
	struct scan_spec spec;

	if (!jpeg_scan_spec(d, &spec))
		return false;
	spec.x0 = w->x0;
	spec.x1 = w->x1;
	spec.y0 = w->y0;
	spec.y1 = w->y1;
	out->n = spec.planes;
	for (unsigned i = 0; i < spec.planes; i++) {
		struct scan_plane	*p = &spec.p[i];
		unsigned		 h = spec.p[0].h, v = spec.p[0].v, less = i > 0 && half ? 2 : 1;

		p->n = w->shrink_w == 0 ? 8 : size_of(part(spec.w, p->h, h), part(spec.h, p->v, v), (double)w->shrink_w / less,
		    (double)w->shrink_h / less);
		out->w[i] = part(spec.w, p->h * p->n, h * DCTSIZE);
		out->h[i] = part(spec.h, p->v * p->n, v * DCTSIZE);
		out->kx[i] = (double)p->h / h * p->n / DCTSIZE;
		out->ky[i] = (double)p->v / v * p->n / DCTSIZE;
		j->scan_lines[i] = p->v * p->n;
	}
	if (picture_may_need(jpeg_scan_bytes(spec.w), NULL) != ERR_OK)
		return false;
	j->scan_start = j->len - spec.len;
	j->scan = jpeg_scan_new(&spec);
	j->scan_row = 0;
	return j->scan != NULL;
}

static enum err
start_library(struct decoder *d, const struct want *w, struct coded_planes *out, struct fault *f)
{
	struct jpeg	*j = d->priv;
	enum err	 e;

	if ((e = jpeg_check_memory(j, f)))
		return e;
	j->num = jpeg_shrink(d, w);
	if (setjmp(j->jump))
		return jpeg_error(j, f);
	j->c.scale_num = j->num;
	j->c.scale_denom = DCTSIZE;
	j->c.raw_data_out = TRUE;
	j->c.out_color_space = j->c.jpeg_color_space;
	jpeg_start_decompress(&j->c);
	out->n = (unsigned)j->c.num_components;
	for (unsigned i = 0; i < out->n; i++) {
		const jpeg_component_info *c = &j->c.comp_info[i];

		out->w[i] = c->downsampled_width;
		out->h[i] = c->downsampled_height;
		out->kx[i] = (double)c->h_samp_factor / j->c.max_h_samp_factor * c->DCT_scaled_size / DCTSIZE;
		out->ky[i] = (double)c->v_samp_factor / j->c.max_v_samp_factor * c->DCT_scaled_size / DCTSIZE;
	}
	return make_raw(j, f);
}

enum err
jpeg_planes_start(struct decoder *d, const struct want *w, bool half_chroma, struct coded_planes *out, struct fault *f)
{
	struct jpeg	*j = d->priv;
	enum err	 e;

	j->pages = d->mapped;
	j->strict = w->strict;
	if ((w->strict || !start_scan(d, w, half_chroma, out)) && (e = start_library(d, w, out, f)))
		return e;
	for (unsigned i = 0; i < out->n; i++)
		j->plane_h[i] = out->h[i];
	return ERR_OK;
}

static enum planes_state
read_scan(struct jpeg *j, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg)
{
	if (j->scan_row * j->scan_lines[0] >= j->plane_h[0])
		return PLANES_END;
	if (!jpeg_scan_next(j->scan)) {
		jpeg_scan_free(j->scan);
		j->scan = NULL;
		j->scan_failed = true;
		j->forgotten = 0;
		return PLANES_AGAIN;
	}
	for (unsigned i = 0; i < (unsigned)j->c.num_components; i++) {
		uint32_t	 first = j->scan_row * j->scan_lines[i];

		for (unsigned y = 0; y < j->scan_lines[i] && first + y < j->plane_h[i]; y++)
			take(arg, i, jpeg_scan_row(j->scan, i, y));
	}
	j->scan_row++;
	jpeg_forget(j, j->scan_start + jpeg_scan_at(j->scan));
	return PLANES_MORE;
}

enum err
jpeg_planes_read(struct decoder *d, void (*take)(void *arg, unsigned plane, const uint8_t *row), void *arg,
    enum planes_state *state, struct fault *f)
{
	struct jpeg	*j = d->priv;
	JDIMENSION	 lines, at;

	if (j->scan != NULL) {
		*state = read_scan(j, take, arg);
		return ERR_OK;
	}
	lines = (JDIMENSION)(j->c.max_v_samp_factor * j->c.min_DCT_scaled_size);
	at = j->c.output_scanline;
	*state = at < j->c.output_height ? PLANES_MORE : PLANES_END;
	if (*state == PLANES_END)
		return ERR_OK;
	if (setjmp(j->jump))
		return jpeg_error(j, f);
	jpeg_read_raw_data(&j->c, j->raw_rows, lines);
	for (unsigned i = 0; i < (unsigned)j->c.num_components; i++) {
		const jpeg_component_info *c = &j->c.comp_info[i];
		unsigned	 first = at / lines * raw_height(c);

		for (unsigned y = 0; y < raw_height(c) && first + y < c->downsampled_height; y++)
			take(arg, i, j->raw_rows[i][y]);
	}
	return ERR_OK;
}
