/*
 * Boxes of ISO 14496-12, and the items of AVIF and HEIC files: what they are, where their bytes
 * lie. Pure.
 */
#ifndef IMAGE_BOX_H
#define IMAGE_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct box {
	size_t	 start;		/* of its header */
	size_t	 at, end;	/* of its content */
	char	 type[5];
};

/* The box at *at, within end; *at moves behind it. false when there is none that fits. */
bool	 box_next(const uint8_t *p, size_t *at, size_t end, struct box *b);

/* The first box of a type from `at` on. */
bool	 box_find(const uint8_t *p, size_t at, size_t end, const char *type, struct box *b);

#define HEIF_ITEMS_MAX		4096
#define HEIF_EXTENTS_MAX	16384

struct heif_extent {
	size_t	 at, len;	/* in the file */
};

struct heif_item {
	uint32_t	 id;
	/* "hvc1", "Exif", "mime" ...; "" for an item with a place but no description */
	char		 type[5];
	bool		 thumb;		/* a thumbnail, or a part of one */
	bool		 primary;
	uint32_t	 extent, extents;	/* first and number in heif.extent */
};

struct heif {
	struct box		 meta;
	struct box		 idat;		/* inside of meta; end 0: none */
	struct heif_item	*item;
	size_t			 items;
	struct heif_extent	*extent;
	size_t			 extents;
};

/*
 * Read the meta box of a file. ERR_BROKEN, with its cause, for what is not understood to the last
 * byte that matters: unknown versions, places outside of the file, too much of anything. On success
 * heif_free() it.
 */
enum err heif_open(const uint8_t *p, size_t len, struct heif *out, struct fault *f) MUST_USE;
void	 heif_free(struct heif *h);

/* The same of a box meta elsewhere (a track has one). */
enum err heif_read(const uint8_t *p, size_t len, const struct box *meta, struct heif *out,
    struct fault *f) MUST_USE;

/* The item of an id, or NULL. */
struct heif_item *heif_item_find(const struct heif *h, uint32_t id);

#endif
