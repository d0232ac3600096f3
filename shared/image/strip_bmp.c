/*
 * BMP has no metadata but what is behind its pixels, and perhaps the name of a profile's file.
 */
#include "image/bytes.h"
#include "image/strip_out.h"

#define FILE_HEAD	14
#define V5_BYTES	124
#define SIDE_MAX	(1u << 20)
#define PROFILE_LINKED	0x4c494e4b
#define PROFILE_INSIDE	0x4d424544

/* Bytes of the pixels; 0 when the header does not tell (packed ones without a size). */
static uint64_t
pixel_bytes(const uint8_t *p, uint32_t head)
{
	uint32_t bits = head == 12 ? le16(p + 24) : le16(p + 28),
		 packing = head == 12 ? 0 : le32(p + 30);
	uint64_t w = head == 12 ? le16(p + 18) : le32(p + 18),
		 h = head == 12 ? le16(p + 20) : le32(p + 22);

	if (h > INT32_MAX)
		h = 0x100000000 - h;
	if (w > SIDE_MAX || h > SIDE_MAX)
		return 0;
	if (packing != 0 && packing != 3 && packing != 6)
		return le32(p + 34);
	return (w * bits + 31) / 32 * 4 * h;
}

enum err
strip_bmp(struct strip_out *o, struct fault *f)
{
	struct strip_patches patches = { .n = 0 };
	const uint8_t *p = o->p;
	uint64_t end, profile;
	uint32_t head, kind = 0;
	uint8_t size[4];

	if (o->len < FILE_HEAD + 12 || memcmp(p, "BM", 2) != 0)
		return fault_set(f, ERR_BROKEN, "this is no BMP");
	head = le32(p + 14);
	if (head != 12 && (head < 40 || o->len < FILE_HEAD + 40 || head > o->len - FILE_HEAD)) {
		/* The short forms of OS/2: nothing is known to be behind. */
		strip_keep(o, 0, o->len);
		return ERR_OK;
	}
	if (le32(p + 10) < FILE_HEAD + head)
		return fault_set(f, ERR_BROKEN, "the pixels of this BMP begin in its header");
	end = pixel_bytes(p, head);
	if (end == 0) {
		strip_keep(o, 0, o->len);
		return ERR_OK;
	}
	end += le32(p + 10);
	if (head >= V5_BYTES) {
		kind = le32(p + FILE_HEAD + 56);
		profile = FILE_HEAD + (uint64_t)le32(p + FILE_HEAD + 112);
		if (kind == PROFILE_INSIDE && profile + le32(p + FILE_HEAD + 116) > end)
			end = profile + le32(p + FILE_HEAD + 116);
		if (kind ==
		    PROFILE_LINKED) { /* a file's name on somebody's machine: sRGB instead */
			patch_bytes(&patches, o, FILE_HEAD + 56, "BGRs", 4);
			patch_fill(&patches, FILE_HEAD + 112, 8, 0);
			if (profile <= o->len && le32(p + FILE_HEAD + 116) <= o->len - profile &&
			    profile >= FILE_HEAD + V5_BYTES)
				patch_fill(&patches, (size_t)profile, le32(p + FILE_HEAD + 116), 0);
		}
	}
	if (end >= o->len)
		end = o->len;
	else if (le32(p + 2) > end) {
		put_le32(size, (uint32_t)end);
		patch_bytes(&patches, o, 2, size, 4);
	}
	return patches_apply(&patches, o, (size_t)end, f);
}
