/*
 * From a spooled file to a picture. The order is the promise: proof in the sandbox, bytes durable in the store, sidecar,
 * and only then the row. A crash anywhere leaves at most bytes that nobody refers to.
 */
#include "app/ingest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/bad_blob.h"
#include "app/mirror.h"
#include "app/pyramid.h"
#include "app/sandbox.h"
#include "app/sidecar.h"
#include "app/variant.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/fdio.h"
#include "base/limits.h"
#include "base/metric.h"
#include "image/fmt.h"
#include "image/job.h"

/* Descriptors of one ingest: the upload, the copy without private metadata, two steps of the pyramid. */
enum { FD_UPLOAD, FD_STRIPPED, FD_PYRAMID, FD__MAX = FD_PYRAMID + 2 };

/* Formats too rare or too slow to guess the size of from the first bytes are admitted at this weight. */
#define UNKNOWN_WEIGHT_PX 24000000u

static bool
format_taken(const struct conf *c, enum fmt fmt)
{
	const int64_t on[FMT__MAX] = {
		[FMT_JPEG] = c->formats_jpeg, [FMT_PNG] = c->formats_png, [FMT_GIF] = c->formats_gif, [FMT_WEBP] = c->formats_webp,
		[FMT_AVIF] = c->formats_avif, [FMT_BMP] = c->formats_bmp, [FMT_TIFF] = c->formats_tiff, [FMT_HEIC] = c->formats_heic,
	};

	return on[fmt] != 0;
}

static enum err
check_head(struct app *app, const struct ingest_ask *ask, struct sniffed *sn, struct fault *f)
{
	struct buf b = BUF_INIT(SNIFF_BYTES);
	enum err e;
	size_t got = 0;

	if (ask->bytes == 0)
		return fault_set(f, ERR_BROKEN, "the file is empty");
	if (ask->bytes > app->conf->limits_file_bytes)
		return fault_set(f, ERR_TOOBIG, "the file has more than %lld bytes", (long long)app->conf->limits_file_bytes);
	if ((e = buf_reserve(&b, SNIFF_BYTES)) == ERR_OK && (e = fd_pread_all(ask->fd, b.data, SNIFF_BYTES, 0, &got, f)) == ERR_OK)
		e = sniff(b.data, got, sn, f);
	buf_free(&b);
	if (e != ERR_OK)
		return e;
	if (!format_taken(app->conf, sn->fmt))
		return fault_set(f, ERR_TYPE, "%s files are switched off here", fmt_name(sn->fmt));
	if (sn->width_px > app->limits.max_side_px || sn->height_px > app->limits.max_side_px)
		return fault_set(f, ERR_TOOBIG, "%u x %u: a side has more than %u pixels", sn->width_px, sn->height_px, app->limits.max_side_px);
	if ((uint64_t)sn->width_px * sn->height_px > app->limits.max_pixels)
		return fault_set(f, ERR_TOOBIG, "%u x %u is more than %llu pixels", sn->width_px, sn->height_px,
		    (unsigned long long)app->limits.max_pixels);
	return ERR_OK;
}

static void
fill_job(const struct app *app, const struct sniffed *sn, bool copies, struct image_job *job)
{
	memset(job, 0, sizeof(*job));
	job->magic = JOB_MAGIC;
	job->kind = JOB_INGEST;
	job->fmt_in = sn->fmt;
	job->metadata = (uint32_t)app->conf->image_metadata;
	job->default_quality = (uint32_t)app->conf->image_quality;
	job->memory_bytes_mb = (uint32_t)(app->conf->sandbox_memory_bytes >> 20);
	job->limits = app->limits;
	job->orientation = 1;
	for (size_t i = 0; copies && i < PYRAMID_STEPS; i++)
		job->pyramid_px[i] = pyramid_px[i];
}

/*
 * The file for an upload without its private metadata is kept from one to the next: mostly nothing is written to it. Emptied when it is taken,
 * too, whatever the sandbox did to it.
 */
static bool
is_emptied(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_size == 0 || ftruncate(fd, 0) == 0) && lseek(fd, 0, SEEK_SET) == 0;
}

static int
take_spare(struct app *app)
{
	int fd = app->spare_fd;

	app->spare_fd = -1;
	if (!is_emptied(fd))
		fd_close(&fd);
	return fd;
}

static void
keep_spare(struct app *app, int *fd)
{
	if (app->spare_fd < 0 && is_emptied(*fd)) {
		app->spare_fd = *fd;
		*fd = -1;
	}
}

/* The upload for the sandbox, which can then not write to it. Without /proc it could. */
static int
read_only(int fd)
{
	char self[40];
	int got;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	got = open(self, O_RDONLY | O_CLOEXEC);
	return got >= 0 ? got : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Stored as it came, and nobody but us could write to it since it was hashed? */
static bool
is_own(const int fds[FD__MAX], const struct image_result *res)
{
	return !res->stripped && (fcntl(fds[FD_UPLOAD], F_GETFL) & O_ACCMODE) == O_RDONLY;
}

static enum err
prove(struct app *app, struct arena *a, const struct ingest_ask *ask, const struct sniffed *sn, int fds[FD__MAX],
    struct image_result *res, struct fault *f)
{
	uint64_t weight = (uint64_t)sn->width_px * sn->height_px;
	bool copies = app->conf->image_pyramid && pyramid_at_upload(sn->width_px, sn->height_px);
	int nfds = copies ? FD__MAX : FD_PYRAMID;
	struct image_job job;
	enum err e;

	if ((fds[FD_UPLOAD] = read_only(ask->fd)) < 0)
		return fault_errno(f, ERR_IO, "the spooled file");
	fds[FD_STRIPPED] = take_spare(app);
	for (int i = FD_STRIPPED; i < nfds; i++)
		if (fds[i] < 0 && (e = fd_tmpfile(app->conf->server_spool_dir, &fds[i], f)))
			return e;
	fill_job(app, sn, copies, &job);
	e = sandbox_run(app->sandbox, &job, fds, (size_t)nfds, weight > 0 ? weight : UNKNOWN_WEIGHT_PX, res, f);
	if (e == ERR_BROKEN && sandbox_crashed(app->sandbox))
		bad_blob_note(app, a, ask->sha256, f->why);
	/* Limits that only the decoder could see, of frames for example, are limits like the others. */
	return e == ERR_BADIMAGE ? ERR_TOOBIG : e;
}

/* "C:\\photos\\cat.jpg", "../cat.jpg": what people see is cat.jpg. */
static const char *
clean_name(struct arena *a, const char *s)
{
	const char *p;

	if (s == NULL)
		return "";
	while ((p = strpbrk(s, "/\\")) != NULL)
		s = p + 1;
	return utf8_clean(a, s, strlen(s), LIMIT_NAME_BYTES);
}

static enum err
fill_row(struct arena *a, const struct ingest_ask *ask, const struct image_result *res, int fd, struct picture_row *p, struct fault *f)
{
	struct stat st;
	enum err e;

	memset(p, 0, sizeof(*p));
	if (fstat(fd, &st) != 0)
		return fault_errno(f, ERR_IO, "spooled file");
	p->created_s = clock_now_s();
	id_make(p->created_s, p->id);
	if (fd == ask->fd)
		memcpy(p->blob, ask->sha256, sizeof(p->blob));
	else if ((e = sha256_fd(fd, p->blob, f)))
		return e;
	p->owner = ask->owner;
	if (ask->uploader != NULL)
		memcpy(p->uploader, ask->uploader, sizeof(p->uploader));
	p->visibility = ask->visibility;
	p->src = (struct source){ .fmt = (enum fmt)res->facts.fmt, .width_px = res->facts.width_px, .height_px = res->facts.height_px,
	    .frames = res->facts.frames > 0 ? res->facts.frames : 1, .orientation = res->facts.orientation,
	    .alpha = res->facts.alpha != 0, .bytes = (uint64_t)st.st_size };
	p->quality = (int)res->facts.quality;
	p->taken_s = res->facts.taken_s;
	p->name = clean_name(a, ask->name);
	p->title = ask->title != NULL ? utf8_clean(a, ask->title, strlen(ask->title), LIMIT_TITLE_BYTES) : "";
	p->address = ask->address != NULL ? ask->address : "";
	p->key = ask->key;
	return ERR_OK;
}

/* The picture and its sidecar, flushed together: the disk is waited for once. own: fd need not be copied. */
static enum err
keep_files(struct app *app, const struct picture_row *p, int fd, bool own, struct fault *f)
{
	char key[STORE_KEY_SIZE];
	enum err e, settled;

	store_blob_key(p->blob, key);
	store_hold(app->store);
	e = own ? store_put_own(app->store, key, fd, (off_t)p->src.bytes, f)
		: store_put(app->store, key, fd, (off_t)p->src.bytes, p->blob, f);
	if (e == ERR_OK)
		e = sidecar_write_new(app, p, f);
	settled = store_settle(app->store, f);
	return e != ERR_OK ? e : settled;
}

static enum err
keep(struct app *app, struct arena *a, const struct picture_row *p, int fd, const int fds[FD__MAX],
    const struct image_result *res, struct fault *f)
{
	struct fault ignored = FAULT_NONE;
	enum err e;

	if ((e = keep_files(app, p, fd, is_own(fds, res), f)))
		return e;
	for (int i = 0; i < 2; i++)
		if (res->pyramid[i] != FMT_NONE)
			(void)!pyramid_put(app, p->blob, i, (enum fmt)res->pyramid[i], fds[FD_PYRAMID + i], &ignored);
	e = picture_insert(app, a, p, fd, f);
	/* Somebody else was quicker with the key: no sidecar may claim it. */
	for (int t = 0; e == ERR_CONFLICT && t < store_targets(app->store); t++)
		(void)!sidecar_delete(app, t, p->id, &ignored);
	return e;
}

enum err
ingest(struct app *app, struct arena *a, const struct ingest_ask *ask, struct picture_row *out, struct fault *f)
{
	int fds[FD__MAX] = { [FD_UPLOAD ... FD__MAX - 1] = -1 };
	struct image_result res;
	struct sniffed sn;
	struct picture_row p;
	enum err e;
	int fd;

	memset(&res, 0, sizeof(res));
	if ((e = check_head(app, ask, &sn, f)) || (e = store_check(app->store, f)) || (e = bad_blob_check(app, a, ask->sha256, f)) ||
	    (e = prove(app, a, ask, &sn, fds, &res, f)))
		goto out;
	fd = res.stripped ? fds[FD_STRIPPED] : ask->fd;
	if ((e = fill_row(a, ask, &res, fd, &p, f)))
		goto out;
	mirror_hold(app);
	e = keep(app, a, &p, fd, fds, &res, f);
	mirror_release(app);
	if (e != ERR_OK)
		goto out;
	metric_add(METRIC_UPLOADS, 1);
	metric_add(METRIC_UPLOAD_BYTES, (uint64_t)ask->bytes);
	*out = p;
out:
	if (e != ERR_OK && err_status(e) < 500)
		metric_add(METRIC_UPLOADS_REFUSED, 1);
	if (e == ERR_OK)
		keep_spare(app, &fds[FD_STRIPPED]);
	for (int i = 0; i < FD__MAX; i++)
		fd_close(&fds[i]);
	return e;
}
