/*
 * TIFF in and out, through libtiff, from and to memory. The first page only; the library turns every kind into
 * red green blue alpha, but for four inks side by side, which are taken as they are so that their profile counts.
 */
#include "image/codec.h"

#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "image/alpha.h"

#define ALLOC_MAX	((tmsize_t)512 << 20)	/* one allocation by the word of the file */
#define OUT_MAX		((size_t)1 << 31)

/* A file in memory: read-only (own false) or growing. */
struct mem {
	uint8_t	*data;
	size_t	 len, cap, at;
	bool	 own;
};

struct tiff {
	struct mem	 mem;
	TIFF		*t;
	struct picture	 whole;
	uint32_t	 next;
	bool		 failed;
	char		 why[128];
};

static tmsize_t
mem_read(thandle_t h, void *out, tmsize_t n)
{
	struct mem	*m = h;
	size_t		 k = m->at < m->len ? m->len - m->at : 0;

	if (n < 0)
		return 0;
	if (k > (size_t)n)
		k = (size_t)n;
	memcpy(out, m->data + m->at, k);
	m->at += k;
	return (tmsize_t)k;
}

static bool
mem_grow(struct mem *m, size_t need)
{
	size_t	 cap = m->cap ? m->cap : 65536;
	uint8_t	*p;

	if (need <= m->cap)
		return true;
	if (need > OUT_MAX)
		return false;
	while (cap < need)
		cap *= 2;
	if ((p = realloc(m->data, cap)) == NULL)
		return false;
	memset(p + m->cap, 0, cap - m->cap);
	m->data = p;
	m->cap = cap;
	return true;
}

static tmsize_t
mem_write(thandle_t h, void *data, tmsize_t n)
{
	struct mem	*m = h;
	size_t		 end;

	if (!m->own || n < 0 || __builtin_add_overflow(m->at, (size_t)n, &end) || !mem_grow(m, end))
		return -1;
	memcpy(m->data + m->at, data, (size_t)n);
	m->at = end;
	if (end > m->len)
		m->len = end;
	return n;
}

static toff_t
mem_seek(thandle_t h, toff_t off, int whence)
{
	struct mem	*m = h;
	toff_t		 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->len;

	m->at = (size_t)(base + off);
	return m->at;
}

static int
mem_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t
mem_size(thandle_t h)
{
	return ((struct mem *)h)->len;
}

static int
mem_map(thandle_t h, void **base, toff_t *size)
{
	struct mem	*m = h;

	if (m->own)
		return 0;
	*base = m->data;
	*size = m->len;
	return 1;
}

static void
mem_unmap(thandle_t h, void *base, toff_t size)
{
	(void)h;
	(void)base;
	(void)size;
}

/* The first complaint is the reason; the library's own handlers, which print, are passed over. */
static int
on_error(TIFF *t, void *arg, const char *module, const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static int
on_error(TIFF *t, void *arg, const char *module, const char *fmt, va_list ap)
{
	struct tiff	*x = arg;

	(void)t;
	(void)module;
	if (!x->failed)
		(void)vsnprintf(x->why, sizeof(x->why), fmt, ap);
	x->failed = true;
	return 1;
}

static int
on_warning(TIFF *t, void *arg, const char *module, const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static int
on_warning(TIFF *t, void *arg, const char *module, const char *fmt, va_list ap)
{
	(void)t;
	(void)arg;
	(void)module;
	(void)fmt;
	(void)ap;
	return 1;
}

static TIFF *
open_mem(struct tiff *x, const char *mode)
{
	TIFFOpenOptions	*opt = TIFFOpenOptionsAlloc();
	TIFF		*t;

	if (opt == NULL)
		return NULL;
	TIFFOpenOptionsSetMaxSingleMemAlloc(opt, ALLOC_MAX);
	TIFFOpenOptionsSetErrorHandlerExtR(opt, on_error, x);
	TIFFOpenOptionsSetWarningHandlerExtR(opt, on_warning, x);
	t = TIFFClientOpenExt("picture", mode, &x->mem, mem_read, mem_write, mem_seek, mem_close, mem_size, mem_map, mem_unmap, opt);
	TIFFOpenOptionsFree(opt);
	return t;
}

static enum err
library_error(const struct tiff *x, struct fault *f)
{
	return fault_set(f, ERR_BROKEN, "damaged TIFF: %s", x->why[0] != '\0' ? x->why : "it makes no sense");
}

static void
take_icc(struct decoder *d, TIFF *t)
{
	uint32_t	 n;
	void		*p;

	if (!TIFFGetField(t, TIFFTAG_ICCPROFILE, &n, &p) || n == 0 || (d->head.icc = malloc(n)) == NULL)
		return;
	memcpy(d->head.icc, p, n);
	d->head.icc_len = n;
}

static bool
is_four_inks(TIFF *t)
{
	uint16_t	 photo = 0, bits = 0, samples = 0, planes = 0, inks = 0;

	return TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &photo) && photo == PHOTOMETRIC_SEPARATED && !TIFFIsTiled(t) &&
	    TIFFGetFieldDefaulted(t, TIFFTAG_BITSPERSAMPLE, &bits) && bits == 8 &&
	    TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLESPERPIXEL, &samples) && samples == 4 &&
	    TIFFGetFieldDefaulted(t, TIFFTAG_PLANARCONFIG, &planes) && planes == PLANARCONFIG_CONTIG &&
	    TIFFGetFieldDefaulted(t, TIFFTAG_INKSET, &inks) && inks == INKSET_CMYK;
}

static enum err
in_open(struct decoder *d, struct fault *f)
{
	struct tiff	*x = calloc(1, sizeof(*x));
	union { const uint8_t *c; uint8_t *p; }	 u = { .c = d->data };
	uint32_t	 w = 0, h = 0;
	uint16_t	 extra = 0, photo = 0, *kinds;
	char		 why[1024] = "";

	if ((d->priv = x) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a decoder");
	x->mem = (struct mem){ .data = u.p, .len = d->len };
	if ((x->t = open_mem(x, "r")) == NULL)
		return library_error(x, f);
	TIFFGetField(x->t, TIFFTAG_IMAGEWIDTH, &w);
	TIFFGetField(x->t, TIFFTAG_IMAGELENGTH, &h);
	d->head.w = w;
	d->head.h = h;
	d->head.alpha = TIFFGetFieldDefaulted(x->t, TIFFTAG_EXTRASAMPLES, &extra, &kinds) && extra > 0 &&
	    (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
	if (TIFFGetField(x->t, TIFFTAG_PHOTOMETRIC, &photo) && photo <= PHOTOMETRIC_MINISBLACK)
		d->head.space = SPACE_GREY;
	if (is_four_inks(x->t)) {
		d->head.space = SPACE_CMYK;
		d->head.alpha = false;
	}
	if (w != 0 && h != 0 && !TIFFRGBAImageOK(x->t, why))
		return fault_set(f, ERR_TYPE, "a TIFF of a kind that is not supported: %.160s", why);
	x->failed = false;
	take_icc(d, x->t);
	return ERR_OK;
}

/* Inks as decoders give them: 255 is none. Rows that cannot be read stay white unless strict. */
static enum err
read_inks(struct decoder *d, struct tiff *x, bool strict, struct fault *f)
{
	memset(x->whole.px, 0, picture_bytes(&x->whole));
	if (TIFFScanlineSize(x->t) != (tmsize_t)d->w * 4)
		return fault_set(f, ERR_BROKEN, "damaged TIFF: its sizes contradict each other");
	for (uint32_t y = 0; y < d->h; y++)
		if (TIFFReadScanline(x->t, picture_row(&x->whole, y), y, 0) != 1 && strict)
			return library_error(x, f);
	for (size_t i = 0, n = picture_bytes(&x->whole); i < n; i++)
		x->whole.px[i] = (uint8_t)~x->whole.px[i];
	return strict && x->failed ? library_error(x, f) : ERR_OK;
}

static enum err
read_rgba(struct decoder *d, struct tiff *x, bool strict, struct fault *f)
{
	TIFFRGBAImage	 im;
	char		 why[1024] = "";
	int		 ok;

	memset(x->whole.px, 0, picture_bytes(&x->whole));
	if (!TIFFRGBAImageBegin(&im, x->t, strict, why))
		return fault_set(f, ERR_BROKEN, "damaged TIFF: %.160s", why);
	im.req_orientation = im.orientation;	/* as stored: turning is done by others */
	ok = TIFFRGBAImageGet(&im, (uint32_t *)(void *)x->whole.px, d->w, d->h);
	TIFFRGBAImageEnd(&im);
	if (!ok || (strict && x->failed))
		return library_error(x, f);
	if (d->head.alpha)		/* the library gives premultiplied pixels */
		alpha_kernels()->straighten(x->whole.px, (size_t)d->w * d->h);
	return ERR_OK;
}

static enum err
in_start(struct decoder *d, const struct want *w, struct fault *f)
{
	struct tiff	*x = d->priv;
	enum err	 e;

	d->w = d->cols = d->head.w;
	d->h = d->rows = d->head.h;
	if ((e = picture_new(&x->whole, d->w, d->h, d->head.alpha, f)))
		return e;
	return d->head.space == SPACE_CMYK ? read_inks(d, x, w->strict, f) : read_rgba(d, x, w->strict, f);
}

static enum err
in_row(struct decoder *d, uint8_t *px, struct fault *f)
{
	struct tiff	*x = d->priv;

	(void)f;
	memcpy(px, picture_row(&x->whole, x->next++), (size_t)d->w * 4);
	if (!d->head.alpha && d->head.space != SPACE_CMYK)
		for (uint32_t i = 0; i < d->w; i++)
			px[i * 4 + 3] = 255;
	return ERR_OK;
}

static void
in_close(struct decoder *d)
{
	struct tiff	*x = d->priv;

	if (x == NULL)
		return;
	if (x->t != NULL)
		TIFFClose(x->t);
	picture_free(&x->whole);
	free(x);
	d->priv = NULL;
}

static bool
set_fields(TIFF *t, const struct picture *p, bool alpha)
{
	uint16_t	 kind = EXTRASAMPLE_UNASSALPHA;

	return TIFFSetField(t, TIFFTAG_IMAGEWIDTH, p->w) && TIFFSetField(t, TIFFTAG_IMAGELENGTH, p->h) &&
	    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8) && TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, alpha ? 4 : 3) &&
	    (!alpha || TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1, &kind)) &&
	    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB) && TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
	    TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_LZW) && TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) &&
	    TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(t, 0));
}

static bool
put_rows(TIFF *t, const struct picture *p, bool alpha, uint8_t *line)
{
	size_t	 each = alpha ? 4 : 3;

	for (uint32_t y = 0; y < p->h; y++) {
		for (size_t x = 0; x < p->w; x++)
			memcpy(line + x * each, picture_row(p, y) + x * 4, each);
		if (TIFFWriteScanline(t, line, y, 0) != 1)
			return false;
	}
	return true;
}

static enum err
out_encode(struct encode *e, struct picture *p, struct fault *f)
{
	struct tiff	 x = { .mem = { .own = true } };
	bool		 alpha = picture_check_alpha(p), ok;
	uint8_t		*line = malloc((size_t)p->w * 4);
	enum err	 err = picture_may_need(picture_bytes(p) * 2, f);

	if (err)
		goto out;
	if (line == NULL || (x.t = open_mem(&x, "wl")) == NULL) {
		err = fault_set(f, ERR_NOMEM, "no memory for an encoder");
		goto out;
	}
	ok = set_fields(x.t, p, alpha) && (e->orientation < 2 || TIFFSetField(x.t, TIFFTAG_ORIENTATION, e->orientation)) &&
	    put_rows(x.t, p, alpha, line);
	TIFFClose(x.t);
	if (!ok || x.failed)
		err = fault_set(f, ERR_INTERNAL, "the TIFF encoder failed");
	else
		sink_put(e->sink, x.mem.data, x.mem.len);
out:
	free(line);
	free(x.mem.data);
	return err;
}

const struct codec codec_tiff = {
	.fmt = FMT_TIFF,
	.open = in_open, .start = in_start, .row = in_row, .close = in_close, .encode = out_encode,
};
