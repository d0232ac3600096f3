/*
 * image_run(): a job from its struct to its result. The order is always header, limits, plan, and only then pixels;
 * what comes out has the planned size or the job has failed.
 */
#include "image/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "image/exif.h"
#include "image/planes.h"
#include "image/scale.h"

#define QUALITY_DEFAULT	80
#define MEGABYTE	((size_t)1 << 20)

uint64_t
cpu_us(void)
{
	struct timespec	 t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == -1)
		return 0;
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

enum err
mapped_open(struct mapped *m, int fd, struct fault *f)
{
	struct stat	 st;
	void		*p;

	*m = (struct mapped){ .data = NULL };
	if (fstat(fd, &st) == -1)
		return fault_errno(f, ERR_IO, "the picture");
	if (st.st_size <= 0)
		return fault_set(f, ERR_BROKEN, "the file is empty");
	if ((p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
		return fault_errno(f, ERR_IO, "the picture");
	m->data = p;
	m->len = (size_t)st.st_size;
	return ERR_OK;
}

void
mapped_close(struct mapped *m)
{
	union { const uint8_t *c; void *p; }	 u = { .c = m->data };

	if (m->data != NULL)
		munmap(u.p, m->len);
	m->data = NULL;
}

/* The steps of the job, and what was asked for by other ways than the text. */
static enum err
parse(struct render *r, struct fault *f)
{
	const char	*text = r->job->steps[0] != '\0' ? r->job->steps : "image/auto-orient,1";
	enum err	 e;

	if (memchr(r->job->steps, '\0', sizeof(r->job->steps)) == NULL)
		return fault_set(f, ERR_INTERNAL, "steps without an end");
	if ((e = spec_parse(text, strlen(text), &r->spec, f)))
		return e;
	if (r->job->steps[0] == '\0')
		r->spec.orient_asked = false;
	r->spec.format = (enum fmt)r->job->fmt_out;
	r->spec.gif_always = true;
	return ERR_OK;
}

/* The source as the steps see it: the original's size, also when a smaller copy of it is read. */
static void
set_source(struct render *r, const struct head *h)
{
	const struct image_job	*job = r->job;
	bool			 copy = job->source_scale_from_w != 0 && job->source_scale_from_h != 0;

	r->src = (struct source){
		.fmt = (enum fmt)job->fmt_in, .frames = h->frames, .alpha = h->alpha, .bytes = r->file.len,
		.width_px = copy ? job->source_scale_from_w : h->w,
		.height_px = copy ? job->source_scale_from_h : h->h,
		.orientation = copy || job->fmt_in == FMT_AVIF || job->fmt_in == FMT_HEIC ? 1 : job->orientation,
	};
	if (r->src.orientation < 1 || r->src.orientation > 8)
		r->src.orientation = 1;
	r->never_grow = r->src.fmt == FMT_GIF;
}

/* What OSS says: the source's own quality unless something is asked for, and never a better one than the source's. */
static int
choose_quality(const struct render *r, const struct head *h)
{
	int	 dflt = (int)r->job->default_quality;
	int	 own = r->job->source_scale_from_w ? (int)r->job->source_quality : h->quality;
	int	 q;

	if (dflt < 1 || dflt > 100)
		dflt = QUALITY_DEFAULT;
	if (own == 0 || r->plan.fmt != FMT_JPEG) {
		if (r->spec.quality_abs)
			return r->spec.quality_abs;
		return r->spec.quality_rel ? r->spec.quality_rel : dflt;
	}
	q = r->spec.quality_abs && own > r->spec.quality_abs ? r->spec.quality_abs : own;
	if (r->spec.quality_rel)
		q = (own * r->spec.quality_rel + 50) / 100;
	return q < 1 ? 1 : q;
}

/* Can the format carry an orientation tag that viewers obey? */
static bool
holds_orientation(enum fmt fmt)
{
	return fmt == FMT_JPEG || fmt == FMT_PNG || fmt == FMT_WEBP || fmt == FMT_TIFF;
}

enum err
render_steps(struct render *r, size_t first, struct picture *p, struct fault *f)
{
	enum err	 e;

	for (size_t i = first; i < r->spec.n; i++) {
		const struct step	*st = &r->spec.step[i];

		if (st->op->apply == NULL)
			return fault_set(f, ERR_INTERNAL, "%s has no pixels", st->op->name);
		if ((e = st->op->apply(st, p, r, f)))
			return e;
	}
	return ERR_OK;
}

/* The window of the first steps, in stored pixels, and how what it shows is to be turned then. */
static enum err
first_window(const struct render *r, struct window *win, int *turn, struct fault *f)
{
	uint32_t	 up_w = r->src.width_px, up_h = r->src.height_px;
	enum err	 e;

	*turn = r->spec.orient ? r->src.orientation : 1;
	if (r->spec.orient)
		source_displayed(&r->src, &up_w, &up_h);
	if ((e = window_of_steps(r, up_w, up_h, win, f)))
		return e;
	window_store(win, *turn, up_w, up_h);
	return ERR_OK;
}

static enum err
render_still(struct render *r, struct decoder *d, const struct window *win, int turn, struct picture *p, struct fault *f)
{
	enum err	 e;

	if ((e = window_read(d, win, r->src.width_px, r->src.height_px, p, f)) || (e = picture_upright(p, turn, f)))
		return e;
	if (win->pad && (e = picture_pad(p, win->pad_x, win->pad_y, win->pad_w, win->pad_h, win->color, f)))
		return e;
	return render_steps(r, win->steps, p, f);
}

static enum err
check_size(const struct render *r, uint32_t w, uint32_t h, struct fault *f)
{
	if (w == r->plan.width_px && h == r->plan.height_px)
		return ERR_OK;
	return fault_set(f, ERR_INTERNAL, "planned %u x %u, made %u x %u", r->plan.width_px, r->plan.height_px, w, h);
}

static void
set_facts(struct image_result *res, const struct encode *enc, const struct render *r, bool alpha)
{
	res->facts = (struct image_facts){
		.fmt = r->plan.fmt, .width_px = r->plan.width_px, .height_px = r->plan.height_px, .frames = 1,
		.orientation = enc->orientation ? enc->orientation : 1, .alpha = alpha,
		.quality = r->plan.fmt == FMT_JPEG ? (uint32_t)enc->quality : 0,
	};
}

/* Nothing but a window, between formats that are stored as planes. */
static enum err
make_planes(struct render *r, struct decoder *d, const struct window *win, int turn, struct encode *enc, bool *done,
    struct fault *f)
{
	const struct codec	*out = codec_of(r->plan.fmt);
	bool			 swap = turn >= 5;
	enum err		 e;

	*done = false;
	if (out->encode_planes == NULL || win->steps < r->spec.n || win->pad)
		return ERR_OK;
	enc->w = swap ? win->out_h : win->out_w;
	enc->h = swap ? win->out_w : win->out_h;
	if ((e = check_size(r, enc->w, enc->h, f)) ||
	    (e = planes_make(d, win, r->src.width_px, r->src.height_px, turn, out, enc, done, f)))
		return e;
	return ERR_OK;
}

static enum err
make_pixels(struct render *r, struct decoder *d, const struct window *win, int turn, struct encode *enc, struct fault *f)
{
	const struct codec	*out = codec_of(r->plan.fmt);
	struct picture		 p = PICTURE_EMPTY;
	uint64_t		 t0 = cpu_us(), t1;
	enum err		 e;

	if ((e = render_still(r, d, win, turn, &p, f)) || (e = check_size(r, p.w, p.h, f)))
		goto out;
	/* Left as coded, in a format that cannot say so: shown upright all the same. */
	if (!r->spec.orient && !holds_orientation(r->plan.fmt) && (e = picture_upright(&p, r->src.orientation, f)))
		goto out;
	t1 = cpu_us();
	if (!fmt_table[r->plan.fmt].alpha)
		picture_flatten(&p, 0xffffff);
	e = out->encode(enc, &p, f);
	r->res->decode_us = (uint32_t)(t1 - t0);
	r->res->encode_us = (uint32_t)(cpu_us() - t1);
	set_facts(r->res, enc, r, p.alpha);
	r->res->facts.width_px = p.w;
	r->res->facts.height_px = p.h;
out:
	picture_free(&p);
	return e;
}

static enum err
make_still(struct render *r, struct decoder *d, struct encode *enc, struct fault *f)
{
	const struct codec	*out = codec_of(r->plan.fmt);
	struct window		 win;
	uint64_t		 t0 = cpu_us();
	int			 turn;
	bool			 done;
	enum err		 e;

	if (out == NULL || out->encode == NULL)
		return fault_set(f, ERR_BADIMAGE, "%s cannot be made", fmt_name(r->plan.fmt));
	/* Left as coded, but shown upright: by a tag where the format has one. */
	if (!r->spec.orient && r->src.orientation > 1 && holds_orientation(r->plan.fmt))
		enc->orientation = r->src.orientation;
	if ((e = first_window(r, &win, &turn, f)) || (e = make_planes(r, d, &win, turn, enc, &done, f)))
		return e;
	if (!done)
		return make_pixels(r, d, &win, turn, enc, f);
	r->res->work_us = (uint32_t)(cpu_us() - t0);
	set_facts(r->res, enc, r, false);
	return ERR_OK;
}

/* The copyright of the source, when it is to be carried along. */
static void
read_copyright(const struct render *r, struct exif_facts *x)
{
	const uint8_t	*tiff;
	size_t		 len;

	x->copyright[0] = '\0';
	if (r->job->keep_copyright && exif_find((enum fmt)r->job->fmt_in, r->file.data, r->file.len, &tiff, &len))
		exif_read(tiff, len, x);
}

static enum err
make(struct render *r, struct decoder *d, int fd, struct fault *f)
{
	struct sink	*sink = malloc(sizeof(*sink));
	struct exif_facts x;
	struct encode	 enc = { .sink = sink, .interlace = r->spec.interlace, .copyright = x.copyright };
	enum err	 e;

	if (sink == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a buffer");
	sink_init(sink, fd);
	read_copyright(r, &x);
	enc.quality = choose_quality(r, &d->head);
	enc.full_chroma = r->plan.fmt == FMT_JPEG && enc.quality >= 90;
	e = r->plan.frames > 1 ? render_frames(r, d, &enc, f) : make_still(r, d, &enc, f);
	if (e == ERR_OK)
		e = sink_flush(sink, f);
	free(sink);
	return e;
}

enum err
render_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f)
{
	struct render	*r = calloc(1, sizeof(*r));
	struct decoder	 d = { .codec = NULL };
	enum err	 e;

	if (r == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a job");
	r->job = job;
	r->res = res;
	if (nfds < 2) {
		e = fault_set(f, ERR_INTERNAL, "a job without files");
		goto out;
	}
	r->marks = fds + 2;
	r->nmarks = nfds - 2;
	if ((e = mapped_open(&r->file, fds[0], f)) || (e = parse(r, f)) ||
	    (e = decoder_open(&d, (enum fmt)job->fmt_in, r->file.data, r->file.len, &job->limits, f)))
		goto out;
	d.mapped = true;
	set_source(r, &d.head);
	if ((e = spec_plan(&r->spec, &r->src, &job->limits, &r->plan, f)))
		goto out;
	e = make(r, &d, fds[1], f);
out:
	decoder_close(&d);
	mapped_close(&r->file);
	free(r);
	return e;
}

static enum err
run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f)
{
	if (job->magic != JOB_MAGIC)
		return fault_set(f, ERR_INTERNAL, "a job of another version");
	switch (job->kind) {
	case JOB_PING:
		return ERR_OK;
	case JOB_INGEST:
		return ingest_run(job, fds, nfds, res, f);
	case JOB_RENDER:
		return render_run(job, fds, nfds, res, f);
	case JOB_INFO:
		return info_run(job, fds, nfds, res, f);
	default:
		return fault_set(f, ERR_INTERNAL, "a job of an unknown kind");
	}
}

void
image_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *out)
{
	struct fault	 f = FAULT_NONE;
	struct rusage	 ru;
	enum err	 e;

	*out = (struct image_result){ .magic = JOB_MAGIC };
	picture_budget(job->memory_bytes_mb ? job->memory_bytes_mb * MEGABYTE : 1024 * MEGABYTE);
	e = run(job, fds, nfds, out, &f);
	out->err = e;
	if (e) {
		memcpy(out->why, f.why, sizeof(out->why));
		if (f.ec != NULL)
			memcpy(out->ec, f.ec, strnlen(f.ec, sizeof(out->ec) - 1));
	}
	if (getrusage(RUSAGE_SELF, &ru) == 0)
		out->peak_kb = (uint32_t)ru.ru_maxrss;
}
