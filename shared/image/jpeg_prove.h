/*
 * The proof that the scan of a baseline JPEG is whole: every code is one, and they end where the picture ends. The values are stepped
 * over. Several places of the scan are read at once, by one thread: what a code means waits for the code before it, and a processor has
 * time for others meanwhile. The verdict is that of jpeg_scan_next() to the last row with jpeg_scan_complete().
 */
#ifndef IMAGE_JPEG_PROVE_H
#define IMAGE_JPEG_PROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/defs.h"
#include "image/jpeg_scan.h"

#define PROOF_WINDOW	(256 * 1024)
#define PROOF_PART	(2 * 1024)
#define PROOF_LEAST	64

/* Shorter scans are not worth the tables. */
#define PROOF_SCAN_MIN	(12 * 1024)

struct jpeg_proof;

/*
 * window: bytes that are looked at together, at least PROOF_LEAST; part: no place has fewer to read. What spec points to is borrowed
 * until jpeg_proof_free(); n of a plane does not matter. NULL: no memory, or not a scan for this: jpeg_scan_new() may be asked.
 */
struct jpeg_proof *jpeg_proof_new(const struct scan_spec *spec, size_t window, size_t part);
void	 jpeg_proof_free(struct jpeg_proof *p);

/* Bytes that jpeg_proof_new takes at most. */
size_t	 jpeg_proof_bytes(size_t window);

/* The next window. false: there are no more, or damage. */
bool	 jpeg_proof_next(struct jpeg_proof *p) MUST_USE;

/* After the last window: was it all as it should be? */
bool	 jpeg_proof_complete(const struct jpeg_proof *p) MUST_USE;

/* Bytes of the scan that were read so far. */
size_t	 jpeg_proof_at(const struct jpeg_proof *p);

#endif
