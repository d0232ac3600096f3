/*
 * Spooled uploads. Base64 is decoded here as a stream, because a picture may be larger than what a worker should hold.
 */
#include "app/spool.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fdio.h"

#define WRITE_EARLY_BYTES 65536
#define NO_DIGIT	255
#define PAD		254
#define SPACE		253

enum err
spool_open(struct spool *s, int fd, const char *dir, int64_t max_bytes, bool base64, struct fault *f)
{
	*s = (struct spool)SPOOL_NONE;
	s->max_bytes = max_bytes;
	s->base64 = base64;
	s->hash = sha256_new();
	if ((s->fd = fd) >= 0)
		return ERR_OK;
	s->fd = memfd_create("upload", MFD_CLOEXEC);
	if (s->fd < 0)
		return fd_tmpfile(dir, &s->fd, f);
	s->dir = dir;
	return ERR_OK;
}

/* Too large for memory: what came so far into a file. */
static enum err
to_disk(struct spool *s, struct fault *f)
{
	int fd = -1;
	enum err e = fd_tmpfile(s->dir, &fd, f);

	if (e == ERR_OK)
		e = fd_copy(s->fd, fd, (off_t)s->bytes, f);
	if (e != ERR_OK) {
		fd_close(&fd);
		return e;
	}
	fd_close(&s->fd);
	s->fd = fd;
	s->dir = NULL;
	return ERR_OK;
}

void
spool_close(struct spool *s)
{
	fd_close(&s->fd);
	sha256_free(s->hash);
	s->hash = NULL;
}

static enum err
add_bytes(struct spool *s, const void *data, size_t len, struct fault *f)
{
	enum err e;

	if ((int64_t)len > s->max_bytes - s->bytes)
		return fault_set(f, ERR_TOOBIG, "the file has more than %lld bytes", (long long)s->max_bytes);
	if (s->dir != NULL && (int64_t)len > SPOOL_MEMORY_BYTES - s->bytes && (e = to_disk(s, f)) != ERR_OK)
		return e;
	s->bytes += (int64_t)len;
	sha256_add(s->hash, data, len);
	return fd_write_all(s->fd, data, len, f);
}

static uint8_t
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	switch (c) {
	case '+': case '-':
		return 62;
	case '/': case '_':
		return 63;
	case '=':
		return PAD;
	case ' ': case '\t': case '\r': case '\n':
		return SPACE;
	default:
		return NO_DIGIT;
	}
}

/* n values of six bits become n - 1 bytes. */
static size_t
flush_group(const uint8_t g[4], uint8_t n, uint8_t out[3])
{
	uint32_t v = (uint32_t)g[0] << 18 | (uint32_t)g[1] << 12 | (uint32_t)g[2] << 6 | g[3];

	out[0] = (uint8_t)(v >> 16);
	out[1] = (uint8_t)(v >> 8);
	out[2] = (uint8_t)v;
	return n - 1u;
}

static enum err
add_base64(struct spool *s, const char *text, size_t len, struct fault *f)
{
	uint8_t out[3 * 1024];
	size_t n = 0;
	enum err e;

	for (size_t i = 0; i < len; i++) {
		uint8_t d = digit(text[i]);

		if (d == SPACE)
			continue;
		if (d == PAD && s->npad < 2) {
			s->npad++;
			continue;
		}
		if (d >= SPACE || s->npad > 0)
			return fault_set(f, ERR_BADREQ, "the text is not base64");
		s->group[s->ngroup++] = d;
		if (s->ngroup < 4)
			continue;
		n += flush_group(s->group, 4, out + n);
		s->ngroup = 0;
		if (n + 3 > sizeof(out)) {
			if ((e = add_bytes(s, out, n, f)))
				return e;
			n = 0;
		}
	}
	return n > 0 ? add_bytes(s, out, n, f) : ERR_OK;
}

/* "data:image/png;base64," in front, or none: known once there is a comma or too much text for one. */
static enum err
head_over(struct spool *s, struct fault *f)
{
	const char *comma = memchr(s->head, ',', s->nhead), *text = s->head;

	s->head_done = true;
	if (s->nhead >= 5 && memcmp(s->head, "data:", 5) == 0) {
		if (comma == NULL || comma - s->head < 7 || memcmp(comma - 7, ";base64", 7) != 0)
			return fault_set(f, ERR_BADREQ, "a data: address must say ;base64,");
		text = comma + 1;
	}
	return add_base64(s, text, s->nhead - (size_t)(text - s->head), f);
}

static enum err
add_text(struct spool *s, const char *text, size_t len, struct fault *f)
{
	size_t room = sizeof(s->head) - s->nhead, take = len < room ? len : room;
	enum err e;

	if (!s->head_done) {
		memcpy(s->head + s->nhead, text, take);
		s->nhead = (uint8_t)(s->nhead + take);
		if (s->nhead < sizeof(s->head))
			return ERR_OK;
		if ((e = head_over(s, f)))
			return e;
		text += take;
		len -= take;
	}
	return add_base64(s, text, len, f);
}

enum err
spool_add(struct spool *s, const void *data, size_t len, struct fault *f)
{
	return s->base64 ? add_text(s, data, len, f) : add_bytes(s, data, len, f);
}

enum err
spool_end(struct spool *s, uint8_t sha256[SHA256_BYTES], struct fault *f)
{
	uint8_t out[3];
	size_t n;
	enum err e;

	if (s->base64 && !s->head_done && (e = head_over(s, f)))
		return e;
	if (s->ngroup == 1)
		return fault_set(f, ERR_BADREQ, "the base64 text is cut off");
	if (s->ngroup > 1) {
		memset(s->group + s->ngroup, 0, sizeof(s->group) - s->ngroup);
		n = flush_group(s->group, s->ngroup, out);
		if ((e = add_bytes(s, out, n, f)))
			return e;
	}
	sha256_end(s->hash, sha256);
	s->hash = NULL;
	/* On its way to the disk while it is proved, if it lies on one. */
	if (s->bytes >= WRITE_EARLY_BYTES)
		(void)!sync_file_range(s->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return ERR_OK;
}
