/*
 * JPEG's markers up to the frame header.
 */
#include "image/sniff_jpeg.h"

#include "image/bytes.h"

/* Cause of refusing a frame of this kind, or NULL. */
static const char *
frame_refused(unsigned marker)
{
	switch (marker) {
	case 0xc0:
	case 0xc1:
	case 0xc2:
		return NULL;
	case 0xc3:
		return "lossless JPEG is not taken; send a PNG or a usual JPEG";
	case 0xc9:
	case 0xca:
		return "JPEG with arithmetic coding is not taken; send a usual JPEG";
	default:
		return "JPEG of this coding (hierarchical or lossless) is not taken; send a usual "
		       "JPEG";
	}
}

static bool
is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
	       marker != 0xcc;
}

static enum err
read_frame(const uint8_t *p, size_t len, unsigned marker, uint32_t *w, uint32_t *h, struct fault *f)
{
	const char *refused = frame_refused(marker);

	if (len < 8 || be16(p) < 8)
		return fault_set(f, ERR_BROKEN, "the frame header of this JPEG is cut short");
	if (refused != NULL)
		return fault_set(f, ERR_TYPE, "%s", refused);
	if (p[2] != 8)
		return fault_set(
		    f, ERR_TYPE, "JPEG of %u bits is not taken; send one of 8 bits", p[2]);
	if (p[7] == 0 || p[7] > 4 || be16(p) != 8 + 3u * p[7])
		return fault_set(f, ERR_BROKEN, "the frame header of this JPEG is impossible");
	if (be16(p + 3) == 0 || be16(p + 5) == 0)
		return fault_set(f, ERR_BROKEN, "a side of this jpg is 0");
	*h = be16(p + 3);
	*w = be16(p + 5);
	return ERR_OK;
}

enum err
jpeg_header_size(const uint8_t *p, size_t len, uint32_t *w, uint32_t *h, struct fault *f)
{
	size_t at = 2;
	unsigned marker;

	*w = *h = 0;
	while (at + 4 <= len) {
		marker = p[at + 1];
		/* Fill bytes, and the junk that decoders pass over. */
		if (p[at] != 0xff || marker == 0xff || marker == 0) {
			at++;
			continue;
		}
		at += 2;
		if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7))
			continue;
		if (marker == 0xd8 || marker == 0xd9 || marker == 0xda)
			return fault_set(
			    f, ERR_BROKEN, "this JPEG has no frame header before its data");
		if (is_frame(marker))
			return read_frame(p + at, len - at, marker, w, h, f);
		if (be16(p + at) < 2)
			return fault_set(
			    f, ERR_BROKEN, "a segment of this JPEG has an impossible length");
		at += be16(p + at);
	}
	/* A short file ends here; a full head just does not reach so far. */
	if (len < 65536)
		return fault_set(f, ERR_BROKEN, "this JPEG is cut short in its header");
	return ERR_OK;
}
