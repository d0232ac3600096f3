/*
 * The fast way through the most common JPEG: baseline, 8 bits, one scan. Its headers are read by libjpeg; this decodes the
 * scan, straight to planes of the wanted size. Bits that nobody will see are stepped over. Whatever is not as it should be
 * ends it, and libjpeg decides what that picture looks like: this decoder has no opinion on damage.
 */
#ifndef IMAGE_JPEG_SCAN_H
#define IMAGE_JPEG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/defs.h"

#define SCAN_PLANES	3

/* What the headers say, and what is wanted. The pointers are borrowed for the call. */
struct scan_plane {
	unsigned	 h, v;			/* sampling: 1, 2 or 4 */
	const uint16_t	*quant;			/* row by row */
	const uint8_t	*dc_bits, *dc_val, *ac_bits, *ac_val;	/* as in DHT; bits[1..16] */
	unsigned	 n;			/* a block becomes n x n pixels: see scan_size() */
};

struct scan_spec {
	const uint8_t	*data;			/* all of the scan's coded bytes; borrowed until jpeg_scan_free() */
	size_t		 len;
	uint32_t	 w, h;			/* of the picture */
	unsigned	 planes;		/* 1 or 3 */
	unsigned	 restart;		/* MCUs between restart markers, 0: there are none */
	uint32_t	 x0, y0, x1, y1;	/* only these pixels of the picture matter; x1 0: all */
	struct scan_plane p[SCAN_PLANES];
};

struct jpeg_scan;

/* The smallest n (1, 2, 3, 4, 6, 8) from which so many eighths of the size can be made without a visible loss. */
unsigned scan_size(double eighths);

/* Are size and sampling what this can read? The tables are another question. */
bool	 jpeg_scan_fits(const struct scan_spec *spec);

/* The size of an MCU of a scan that fits. */
void	 jpeg_scan_mcu(const struct scan_spec *spec, uint32_t *w_px, uint32_t *h_px);

/* NULL: no memory, or not a scan for this. */
struct jpeg_scan *jpeg_scan_new(const struct scan_spec *spec);
void	 jpeg_scan_free(struct jpeg_scan *s);

/* Bytes that jpeg_scan_new takes at most. */
uint64_t jpeg_scan_bytes(uint32_t w);

/* The next row of MCUs: v * n rows of each plane. false: damage, or there are no more. */
bool	 jpeg_scan_next(struct jpeg_scan *s) MUST_USE;

/*
 * After the last row: nothing is left of the coded bytes but the rest of a byte, and the picture's end follows. false: not so, or rows
 * are missing.
 */
bool	 jpeg_scan_complete(struct jpeg_scan *s) MUST_USE;

/* Row y of the last v * n of a plane. What lies outside of the wanted pixels is of an earlier row. */
const uint8_t *jpeg_scan_row(const struct jpeg_scan *s, unsigned plane, unsigned y);

/*
 * Coded bytes from *at on, freed from stuffing, to where to is full; returns their end. *ended is set where a marker or the end comes first:
 * *at is there.
 */
uint8_t	*jpeg_scan_copy(uint8_t *to, const uint8_t *full, const uint8_t *data, size_t len, size_t *at, bool *ended);

/* Bytes of the scan that were read so far. */
size_t	 jpeg_scan_at(const struct jpeg_scan *s);

#endif
