/*
 * render: one picture through image_run(), without a server. For benchmarks and for looking at results; not installed.
 *
 *	render [-n TIMES] [-q QUALITY] [-o ORIENTATION] [-s WxH] [-m MEGABYTES] [-w MARK]... SOURCE STEPS OUT.EXT
 *	render -i [-p FIRST,SECOND] SOURCE STRIPPED COPY1 COPY2
 *	render -j SOURCE info|average-hue
 *
 * STEPS as after x-oss-process= ("image/resize,w_100"); "" for none. -s: SOURCE is a reduced copy of a picture of that size.
 * Fonts: $TINTYPE_FONTS, "name=path,...". Prints facts and the milliseconds of CPU time a run took.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "image/job.h"

#define FONTS_MAX 16

static const struct limits limits = { .max_pixels = 250000000, .max_frame_pixels = 500000000, .max_side_px = LIMIT_SIDE_PX };

static int64_t
number(const char *s, int64_t most)
{
	int64_t	 v;

	if (!num_parses(s, 0, most, &v))
		errx(2, "not a number up to %lld: %s", (long long)most, s);
	return v;
}

/* "AxB" or "A,B". */
static void
two_numbers(char *s, uint32_t *a, uint32_t *b)
{
	char	*sep = strpbrk(s, "x,");

	if (sep == NULL)
		errx(2, "not two numbers: %s", s);
	*sep = '\0';
	*a = (uint32_t)number(s, LIMIT_SIDE_PX);
	*b = (uint32_t)number(sep + 1, LIMIT_SIDE_PX);
}

static int
open_source(const char *path, enum fmt *fmt)
{
	static uint8_t	 head[SNIFF_BYTES];
	struct sniffed	 sn;
	struct fault	 f = FAULT_NONE;
	int		 fd = open(path, O_RDONLY);
	ssize_t		 n;

	if (fd == -1 || (n = pread(fd, head, sizeof(head), 0)) == -1)
		err(1, "%s", path);
	if (sniff(head, (size_t)n, &sn, &f))
		errx(1, "%s: %s", path, f.why);
	*fmt = sn.fmt;
	return fd;
}

static int
open_out(const char *path)
{
	int	 fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (fd == -1)
		err(1, "%s", path);
	return fd;
}

static void
warm(void)
{
	static char	 text[4096];
	const char	*list[FONTS_MAX + 1], *env = getenv("TINTYPE_FONTS");
	size_t		 n = 0;

	if (env == NULL)
		env = "wqy-zenhei=/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc";
	(void)snprintf(text, sizeof(text), "%s", env);
	for (char *p = text; *p != '\0' && n < FONTS_MAX;) {
		size_t	 k = strcspn(p, ",");

		list[n++] = p;
		if (p[k] == '\0')
			break;
		p[k] = '\0';
		p += k + 1;
	}
	list[n] = NULL;
	image_warm(list);
}

static double
cpu_ms(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
report(const struct image_result *res, double ms)
{
	if (res->err) {
		printf("error %s %s %s\n", err_name((enum err)res->err), res->ec[0] ? res->ec : "-", res->why);
		return 1;
	}
	printf("%s %ux%u frames %u orientation %d alpha %u quality %u taken %lld stripped %u copies %s %s peak %u kB cpu %.2f ms\n",
	    fmt_name((enum fmt)res->facts.fmt), res->facts.width_px, res->facts.height_px, res->facts.frames,
	    res->facts.orientation, res->facts.alpha, res->facts.quality, (long long)res->facts.taken_s, res->stripped,
	    fmt_name((enum fmt)res->pyramid[0]), fmt_name((enum fmt)res->pyramid[1]), res->peak_kb, ms);
	return 0;
}

static void
set_steps(struct image_job *job, const char *steps)
{
	if ((size_t)snprintf(job->steps, sizeof(job->steps), "%s", steps) >= sizeof(job->steps))
		errx(2, "the steps are too long");
}

int
main(int argc, char **argv)
{
	struct image_job	 job = { .magic = JOB_MAGIC, .kind = JOB_RENDER, .default_quality = 80, .orientation = 1,
	    .memory_bytes_mb = 1024, .limits = limits, .pyramid_px = { 1280, 320 } };
	struct image_result	 res;
	int			 fds[LIMIT_SANDBOX_FDS] = { -1 }, times = 1, c;
	size_t			 nfds = 0, marks = 0;
	enum fmt		 fmt;
	double			 t0;

	while ((c = getopt(argc, argv, "ijn:q:o:s:m:p:w:")) != -1) {
		switch (c) {
		case 'i':
			job.kind = JOB_INGEST;
			break;
		case 'j':
			job.kind = JOB_INFO;
			break;
		case 'n':
			times = (int)number(optarg, 100000);
			break;
		case 'q':
			job.default_quality = job.source_quality = (uint32_t)number(optarg, 100);
			break;
		case 'o':
			job.orientation = (int32_t)number(optarg, 8);
			break;
		case 's':
			two_numbers(optarg, &job.source_scale_from_w, &job.source_scale_from_h);
			break;
		case 'm':
			job.memory_bytes_mb = (uint32_t)number(optarg, 65536);
			break;
		case 'p':
			two_numbers(optarg, &job.pyramid_px[0], &job.pyramid_px[1]);
			break;
		case 'w':
			if (marks < LIMIT_SANDBOX_FDS - 2)
				fds[2 + marks++] = open_source(optarg, &fmt);
			break;
		default:
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	warm();
	if (argc < (job.kind == JOB_INGEST ? 4 : job.kind == JOB_INFO ? 2 : 3))
		errx(2, "too few arguments; see the top of render.c");
	fds[0] = open_source(argv[0], &fmt);
	job.fmt_in = fmt;
	if (job.kind == JOB_INGEST) {
		for (nfds = 1; nfds < 4; nfds++)
			fds[nfds] = open_out(argv[nfds]);
	} else {
		const char	*dot = strrchr(argv[2] != NULL ? argv[2] : "", '.');

		fds[1] = open_out(job.kind == JOB_INFO ? "/dev/stdout" : argv[2]);
		nfds = 2 + marks;
		job.fmt_out = dot != NULL ? fmt_by_name(dot + 1, strlen(dot + 1)) : FMT_NONE;
		set_steps(&job, argv[1]);
		if (job.kind == JOB_INFO)
			(void)snprintf(job.steps, sizeof(job.steps), "image/%s", argv[1]);
	}
	t0 = cpu_ms();
	for (int i = 0; i < times; i++) {
		for (size_t k = 1; k < nfds - marks; k++)
			if (job.kind != JOB_INFO && (ftruncate(fds[k], 0) == -1 || lseek(fds[k], 0, SEEK_SET) == -1))
				err(1, "the result");
		image_run(&job, fds, nfds, &res);
	}
	return report(&res, (cpu_ms() - t0) / times);
}
