/*
 * One job of the sandbox while it runs: what stands between image_run() and the operations.
 */
#ifndef IMAGE_PIPELINE_H
#define IMAGE_PIPELINE_H

#include "image/codec.h"
#include "image/color.h"
#include "image/job.h"
#include "image/op.h"

/* A file that is read: its bytes in memory, not owned by anybody but the mapping. */
struct mapped {
	const uint8_t	*data;
	size_t		 len;
};

struct render {
	const struct image_job	*job;
	struct image_result	*res;
	struct spec		 spec;
	struct plan		 plan;
	struct source		 src;		/* as planned: of the original, also when a pyramid step is read */
	struct mapped		 file;
	const int		*marks;		/* descriptors of the pictures of watermarks, in order of their steps */
	size_t			 nmarks;
	size_t			 next_mark;	/* of the frame being made */
	bool			 never_grow;	/* the source is a GIF */
	uint32_t		 main_w, main_h; /* steps of a watermark's picture: size of what it is put on */
};

/* ERR_BROKEN for an empty file. mapped_close() in any case. */
enum err mapped_open(struct mapped *m, int fd, struct fault *f) MUST_USE;
void	 mapped_close(struct mapped *m);

/*
 * The first steps as far as they are cuts and one scaling: a window of the source (in source pixels as planned) that
 * becomes out_w x out_h. The decoder and the resampler do that at once.
 */
struct window {
	double		 x, y, w, h;
	uint32_t	 lo_x, lo_y, hi_x, hi_y;	/* what the filter may see */
	uint32_t	 out_w, out_h;
	size_t		 steps;				/* so many are in it */
	bool		 scaled;
	bool		 pad;				/* then put at (pad_x, pad_y) of pad_w x pad_h of color */
	uint32_t	 pad_x, pad_y, pad_w, pad_h, color;
};
enum err window_of_steps(const struct render *r, uint32_t w, uint32_t h, struct window *out, struct fault *f) MUST_USE;

/* The window in stored pixels of a picture of that orientation; w x h is the upright size. */
void	 window_store(struct window *win, int orientation, uint32_t w, uint32_t h);

/*
 * Decodes what the window shows, scaled, colours made sRGB. src_w x src_h is the size that the window counts in; the
 * file may be smaller (a pyramid step). d was opened, not started.
 */
enum err window_read(struct decoder *d, const struct window *win, uint32_t src_w, uint32_t src_h, struct picture *p,
	struct fault *f) MUST_USE;

/* One frame through the steps from the first one on. */
enum err render_steps(struct render *r, size_t first, struct picture *p, struct fault *f) MUST_USE;

/* The job kinds. */
enum err render_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f) MUST_USE;
enum err ingest_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f) MUST_USE;
enum err info_run(const struct image_job *job, const int *fds, size_t nfds, struct image_result *res, struct fault *f) MUST_USE;

/* What render does with an animation of several frames. */
enum err render_frames(struct render *r, struct decoder *d, struct encode *enc, struct fault *f) MUST_USE;

/* Microseconds of CPU time of this process. */
uint64_t cpu_us(void);

#endif
