/*
 * What crosses between a worker and its sandbox child: a small checked struct each way and
 * file descriptors. Both ends are built from one tree; the version guards against a stale child.
 * The worker side needs no codec: this header is pure.
 */
#ifndef IMAGE_JOB_H
#define IMAGE_JOB_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "image/spec.h"

#define JOB_MAGIC	0x74696e32u	/* changes with the layout */

enum image_job_kind {
	JOB_PING,		/* alive and filtered? */
	JOB_INGEST,		/* fds: [0] upload, [1] empty file for the stripped copy, [2] [3] empty files for the pyramid */
	JOB_RENDER,		/* fds: [0] source, [1] empty file for the variant, [2..] pictures of the watermarks, in order */
	JOB_INFO,		/* fds: [0] source, [1] empty file for the JSON of info or average-hue */
	JOB_TEST		/* test builds only: misbehave as steps says ("open", "socket", "exec", "hang", "crash", "spin", "memory") */
};

enum metadata_policy { METADATA_PRIVATE, METADATA_ALL, METADATA_NONE };

struct image_job {
	uint32_t	 magic;
	uint32_t	 kind;			/* enum image_job_kind */
	uint32_t	 fmt_in;		/* enum fmt, as sniffed */
	uint32_t	 fmt_out;		/* JOB_RENDER: what to make */
	uint32_t	 metadata;		/* JOB_INGEST: enum metadata_policy: what is removed */
	uint32_t	 pyramid_px[2];		/* JOB_INGEST: long sides of the reduced copies; 0: none */
	uint32_t	 default_quality;	/* for sources that have no quality of their own, 1..100 */
	uint32_t	 memory_bytes_mb;	/* budget of the job */
	uint32_t	 source_scale_from_w, source_scale_from_h;	/* JOB_RENDER from a pyramid step: the displayed size of the original it stands for; else 0 */
	uint32_t	 source_quality;	/* JOB_RENDER from a pyramid step: facts.quality of the original, 0: it has none */
	int32_t		 orientation;		/* JOB_RENDER: of the original, 1..8 (a pyramid step is stored upright: 1) */
	uint32_t	 keep_copyright;	/* JOB_RENDER: carry the copyright along */
	struct limits	 limits;
	char		 steps[LIMIT_STEPS_BYTES];	/* canonical text, "image/..." */
};

struct image_facts {			/* JOB_INGEST, JOB_RENDER: of the result; JOB_INGEST: of the (stripped) original */
	uint32_t	 fmt;
	uint32_t	 width_px, height_px;	/* as coded */
	uint32_t	 frames;
	int32_t		 orientation;
	uint32_t	 alpha;
	uint32_t	 quality;		/* estimated quality of a JPEG source, 0: none */
	int64_t		 taken_s;		/* EXIF date of taking, 0: unknown */
};

struct image_result {
	uint32_t	 magic;
	uint32_t	 err;			/* enum err */
	char		 ec[20];		/* OSS EC or "" */
	char		 why[FAULT_WHY_BYTES];
	struct image_facts facts;
	uint32_t	 stripped;		/* JOB_INGEST: 1: fds[1] holds the bytes to store; 0: store the upload as it is */
	uint32_t	 pyramid[2];		/* JOB_INGEST: formats (enum fmt) of the copies made, 0: none */
	uint32_t	 decode_us, work_us, encode_us;
	uint32_t	 peak_kb;		/* the child's high-water mark */
};

/*
 * Do a job with descriptors (the sandbox calls this; so do tests and benchmarks directly). Reads fds[0] by mmap or
 * pread, writes the others from offset 0. Fills *out always; out->err says how it went. Built with TINTYPE_PIXELS only.
 */
void	 image_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *out);

/* Before the filter closes the door: fonts opened, tables made, libraries initialised. fonts: "name=path" pairs, NULL-terminated. */
void	 image_warm(const char *const *fonts);

#endif
