/*
 * JPEGs made by libjpeg for the tests of who reads them.
 */
#ifndef TESTS_UNIT_JPEG_MADE_H
#define TESTS_UNIT_JPEG_MADE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct made {
	unsigned	 w, h, planes, sh, sv;	/* sampling of the first plane */
	unsigned	 restart;		/* MCUs; 0: none */
	int		 quality;
	bool		 own_tables;
	int		 noise;
};

/* One of n numbers, the same in each run. */
static inline int
any(uint32_t *seed, int n)
{
	*seed = *seed * 1664525 + 1013904223;
	return n ? (int)(*seed >> 8) % n : 0;
}

static inline unsigned char *
compress(const struct made *m, unsigned long *len)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *out = NULL;
	JSAMPLE *row = malloc((size_t)m->w * 3);
	uint32_t seed = m->w * 31 + m->h;

	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, len);
	c.image_width = m->w;
	c.image_height = m->h;
	c.input_components = (int)m->planes;
	c.in_color_space = m->planes == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, m->quality, TRUE);
	c.comp_info[0].h_samp_factor = (int)m->sh;
	c.comp_info[0].v_samp_factor = (int)m->sv;
	c.restart_interval = m->restart;
	c.optimize_coding = m->own_tables;
	jpeg_start_compress(&c, TRUE);
	for (unsigned y = 0; y < m->h; y++) {
		for (unsigned x = 0; x < m->w * m->planes; x++) {
			double v = 128 + 90 * sin(x * 0.021 + y * 0.03) + ((x / 50 + y / 40) & 1) * 40 + any(&seed, 2 * m->noise + 1) - m->noise;

			row[x] = (JSAMPLE)fmin(255, fmax(0, v));
		}
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	return out;
}

#endif
