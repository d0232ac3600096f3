/*
 * Pictures made in code, and jobs on them: what the tests of pixels share.
 */
#ifndef TESTS_GOLDEN_SCENE_H
#define TESTS_GOLDEN_SCENE_H

#include "image/codec.h"
#include "image/job.h"

/* Soft colours, an edge, a disc and a letter-like mark, so that no turn of it looks like another. */
void	 scene_make(struct picture *p, uint32_t w, uint32_t h, bool alpha);

/* A file (memfd) of the picture in that format; p stays as it is. quality 0: 90. */
int	 scene_file(const struct picture *p, enum fmt fmt, int quality);

/* A GIF or WebP of n frames: the scene with a bar that moves. */
int	 scene_animation(uint32_t w, uint32_t h, uint32_t n, enum fmt fmt);

/* Steps on a file of format in; the result as a file of format out. */
struct scene_job {
	int		 fd;
	enum fmt	 in, out;
	const char	*steps;
	int		 orientation;	/* 0: 1 */
	uint32_t	 from_w, from_h;	/* the file is a reduced copy of that size */
	int		 mark;		/* descriptor of a watermark's picture, 0: none */
	uint32_t	 memory_mb;
};
int	 scene_run(const struct scene_job *j, struct image_result *res);

/* The pixels of a file; aborts when it cannot be decoded. */
void	 scene_read(int fd, enum fmt fmt, struct picture *p);

/* Peak signal to noise ratio on white, 99 when equal, 0 when the sizes differ. */
double	 scene_psnr(const struct picture *a, const struct picture *b);

#endif
