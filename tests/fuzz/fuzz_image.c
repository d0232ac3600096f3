/*
 * The whole engine on any bytes: ingest, and steps on them. The end of the input, read backwards, chooses the steps out
 * of the table of operations, so that every operation meets every kind of picture; what is no picture is taken for the
 * pixels of one. Whatever comes, there is a result or a reason, the result has the size that was planned, and it is
 * the same when it is made again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/defs.h"
#include "base/fdio.h"
#include "image/job.h"
#include "image/op_list.h"

#define STEPS_MOST	4
#define NUMBER_MOST	300		/* larger ones are for the planner, which has a target of its own */
#define PEAK_MOST	(1u << 18)	/* pixels on the way */
#define AGAIN_ONE_IN	8
#define SLOW_ONE_IN	56		/* its encoder takes ten times as long as others */
#define FDS		6
#define FONTS		"/usr/share/fonts/truetype/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum fmt outs[] = { FMT_JPEG, FMT_PNG, FMT_WEBP, FMT_GIF, FMT_BMP, FMT_TIFF };

/* Values of the arguments that are texts, by key. */
static const struct { const char *key, *value; } texts[] = {
	{ "text", "SGk" }, { "text", "5Zu-54mHIGZp" }, { "text", "4oCL4oCLIEHMgQ" },
	{ "image", "YQ" }, { "image", "YT94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSxQXzMw" },
	{ "image", "YT94LW9zcy1wcm9jZXNzPWltYWdlL2Nyb3Asd185L3JvdGF0ZSwzMC9yb3VuZGVkLWNvcm5lcnMscl8z" },
	{ "type", "d3F5LXplbmhlaQ" }, { "type", "ZmFuZ3poZW5na2FpdGk" },
};

/* What is left of the input, taken from its end. */
struct tail {
	const uint8_t	*p;
	size_t		 n, all;
};

static unsigned
take(struct tail *t)
{
	return t->n > 0 ? t->p[--t->n] : 0;
}

static void
put_text(struct tail *t, const char *key, char *out, size_t size)
{
	unsigned	 skip = take(t) % 3;
	size_t		 i, found = 0;

	for (i = 0; i < NELEM(texts); i++)
		if (strcmp(texts[i].key, key) == 0 && (found = i, skip-- == 0))
			break;
	(void)snprintf(out, size, "%s", texts[found].value);
}

static void
put_value(struct tail *t, const struct arg_row *a, char *out, size_t size)
{
	int64_t	 most = a->max - a->min < NUMBER_MOST ? a->max - a->min : NUMBER_MOST;
	unsigned n = 0;

	switch (a->type) {
	case ARG_NUM:
		(void)snprintf(out, size, "%lld", (long long)(a->min + (int64_t)(take(t) + (take(t) & 1) * 256) % (most + 1)));
		break;
	case ARG_WORD:
		while (a->words[n] != NULL)
			n++;
		(void)snprintf(out, size, "%s", a->words[take(t) % n]);
		break;
	case ARG_COLOR:
		(void)snprintf(out, size, "%06X", take(t) * 0x10203 & 0xffffff);
		break;
	case ARG_TEXT:
		put_text(t, a->key, out, size);
		break;
	case ARG_NONE:
		break;
	}
}

static size_t
put_step(struct tail *t, const struct op *op, char *out, size_t size)
{
	size_t	 len = (size_t)snprintf(out, size, "/%s", op->name);
	char	 value[128];
	unsigned set = 0;

	for (int i = 0; i < OP_ARGS_MAX && op->args[i].type != ARG_NONE; i++, set >>= 1) {
		const struct arg_row	*a = &op->args[i];

		if (i % 8 == 0)
			set = take(t);
		if (!a->required && (set & 1) == 0)
			continue;
		put_value(t, a, value, sizeof(value));
		len += (size_t)snprintf(out + len, size - len, ",%s%s%s", a->key, a->key[0] != '\0' ? "_" : "", value);
	}
	return len;
}

/* Steps of the operations that the input names; not all texts are accepted. */
static void
choose_steps(struct tail *t, char *out, size_t size)
{
	unsigned n = 1 + take(t) % STEPS_MOST, all = 0;
	size_t	 len = (size_t)snprintf(out, size, "image");

	while (op_table[all] != NULL)
		all++;
	while (n-- > 0 && len + 512 < size)
		len += put_step(t, op_table[take(t) % all], out + len, size - len);
}

static void
check(const struct image_result *res)
{
	if (res->err == ERR_INTERNAL || (res->err && res->why[0] == '\0') || res->err >= ERR__MAX) {
		fprintf(stderr, "error %u: %s\n", res->err, res->why);
		abort();
	}
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* A BMP of 32 bits with alpha, whose pixels these bytes are. */
static void
write_pixels(int fd, struct tail *t)
{
	uint8_t	 head[122] = "BM";
	uint32_t w = 1 + take(t) % 64, h = (uint32_t)(t->n / 4 / w);

	if (h < 1 || h > 256)
		h = 1;
	put32(head + 2, 122 + w * h * 4);
	put32(head + 10, 122);
	put32(head + 14, 108);
	put32(head + 18, w);
	put32(head + 22, h);
	put32(head + 26, 32u << 16 | 1);
	put32(head + 30, 3);
	put32(head + 34, w * h * 4);
	put32(head + 54, 0xff0000);
	put32(head + 58, 0xff00);
	put32(head + 62, 0xff);
	put32(head + 66, 0xff000000u);
	if (fd_write_all(fd, head, sizeof(head), NULL) || fd_write_all(fd, t->p, t->n < w * h * 4 ? t->n : w * h * 4, NULL) ||
	    ftruncate(fd, (off_t)(sizeof(head) + w * h * 4)) != 0)
		abort();
}

static enum fmt
write_source(int fd, struct tail *t)
{
	struct sniffed	 s;

	if (sniff(t->p, t->all < SNIFF_BYTES ? t->all : SNIFF_BYTES, &s, NULL) != ERR_OK) {
		write_pixels(fd, t);
		return FMT_BMP;
	}
	if (fd_write_all(fd, t->p, t->all, NULL))
		abort();
	return s.fmt;
}

/* Would this take too long here, or is it not accepted at all? */
static bool
too_much(const struct image_job *job, const struct image_facts *x, struct spec *sp)
{
	struct source	 src = { .fmt = (enum fmt)job->fmt_in, .width_px = x->width_px, .height_px = x->height_px, .frames = x->frames,
		.orientation = job->orientation, .alpha = x->alpha != 0, .bytes = 1 };
	struct plan	 p;

	return spec_parse(job->steps, strlen(job->steps), sp, NULL) != ERR_OK ||
	    spec_plan(sp, &src, &job->limits, &p, NULL) != ERR_OK || p.peak_px > PEAK_MOST ||
	    (uint64_t)p.frames * p.peak_px > 4 * PEAK_MOST;
}

static void
empty(int fd)
{
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		abort();
}

static void
same_again(const struct image_job *job, const int fds[4])
{
	int			 again[FDS] = { fds[0], fds[2], fds[0], fds[0], fds[0], fds[0] };
	char			 a[4096], b[4096];
	struct image_result	 res;
	off_t			 at = 0;
	ssize_t			 n;

	empty(fds[2]);
	image_run(job, again, FDS, &res);
	check(&res);
	while ((n = pread(fds[1], a, sizeof(a), at)) > 0) {
		if (pread(fds[2], b, sizeof(b), at) != n || memcmp(a, b, (size_t)n) != 0)
			abort();
		at += n;
	}
}

static void
render(struct image_job *job, struct tail *t, const int fds[4])
{
	/* Watermarks are of the picture itself. */
	int			 own[FDS] = { fds[0], fds[1], fds[0], fds[0], fds[0], fds[0] };
	static struct spec	 sp;
	struct image_result	 res;
	unsigned		 more = take(t);
	bool			 taken;

	choose_steps(t, job->steps, sizeof(job->steps));
	job->fmt_in = write_source(fds[0], t);
	job->kind = JOB_INGEST;
	image_run(job, fds, 4, &res);
	check(&res);
	taken = !res.err;
	if (!taken)
		res.facts = (struct image_facts){ .width_px = 64, .height_px = 64, .frames = 1 };
	job->orientation = more % 9;
	if (job->orientation == 0)
		job->orientation = 1;
	if (too_much(job, &res.facts, &sp))
		return;
	job->kind = sp.kind == SPEC_PICTURE ? JOB_RENDER : JOB_INFO;
	job->fmt_out = more % SLOW_ONE_IN == 0 && more > 0 ? FMT_HEIC : outs[more / 9 % NELEM(outs)];
	if (more % 5 == 4 && taken && res.facts.frames == 1 && sp.n > 0 && sp.step[0].op == &op_resize) {	/* as if from a smaller copy */
		job->source_scale_from_w = res.facts.width_px * 2;
		job->source_scale_from_h = res.facts.height_px * 2;
		job->orientation = 1;
	}
	empty(fds[1]);
	image_run(job, own, FDS, &res);
	check(&res);
	if (!res.err && more % AGAIN_ONE_IN == 0)
		same_again(job, fds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const fonts[] = { "wqy-zenhei=" FONTS "wqy/wqy-zenhei.ttc", "fangzhengkaiti=" FONTS "arphic/ukai.ttc", NULL };
	static bool		 warm;
	struct image_job	 job = { .magic = JOB_MAGIC, .memory_bytes_mb = 64, .default_quality = 80, .pyramid_px = { 64, 16 },
		.limits = { .max_pixels = 1 << 20, .max_frame_pixels = 1 << 21, .max_side_px = 5000 } };
	struct tail		 t = { .p = data, .n = size, .all = size };
	int			 fds[4];

	if (!warm)
		image_warm(fonts);
	warm = true;
	for (size_t i = 0; i < NELEM(fds); i++)
		if ((fds[i] = memfd_create("fuzz", MFD_CLOEXEC)) == -1)
			abort();
	render(&job, &t, fds);
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
	return 0;
}
