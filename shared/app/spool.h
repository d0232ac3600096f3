/*
 * An upload on its way: written to an unnamed file as it comes, hashed as it goes. Constant memory: a small one stays in it and costs the disk
 * nothing until it is stored. As plain bytes or as base64 text.
 */
#ifndef APP_SPOOL_H
#define APP_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

#define SPOOL_MEMORY_BYTES	(1 << 20)	/* more than this goes to a file in the folder */

struct spool {
	int		 fd;
	const char	*dir;		/* borrowed; NULL: it is there already */
	int64_t		 bytes, max_bytes;
	struct sha256	*hash;
	bool		 base64;
	bool		 head_done;	/* base64: the "data:image/png;base64," in front was looked at */
	uint8_t		 group[4];	/* base64: characters of an unfinished group, as values */
	uint8_t		 ngroup, npad;
	char		 head[128];
	uint8_t		 nhead;
};
#define SPOOL_NONE { .fd = -1 }

/* Begin with the empty file fd (taken over), or -1: in memory, and in a file in dir (borrowed) when it becomes a large one. It may grow to max_bytes. base64: what is added is base64 text (either alphabet, white space ignored, "data:...;base64," in front allowed). */
enum err spool_open(struct spool *s, int fd, const char *dir, int64_t max_bytes, bool base64, struct fault *f) MUST_USE;

/* ERR_TOOBIG past max_bytes, ERR_BADREQ for text that is no base64, ERR_NOSPACE. */
enum err spool_add(struct spool *s, const void *data, size_t len, struct fault *f) MUST_USE;

/* End of the input; the hash of the bytes. */
enum err spool_end(struct spool *s, uint8_t sha256[SHA256_BYTES], struct fault *f) MUST_USE;

/* Fine at any time, also twice. */
void	 spool_close(struct spool *s);

#endif
