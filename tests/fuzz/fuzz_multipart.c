/*
 * multipart bodies. The first line is the content type; the rest is fed in pieces whose size the
 * first byte of the body decides. What comes out must not depend on how it was cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
on_begin(void *arg, const struct part *p, struct fault *f)
{
	(void)f;
	return buf_printf(arg, "\n%s\n%s\n%s\n", p->name, p->filename ? p->filename : "(none)", p->type);
}

static enum err
on_data(void *arg, const void *bytes, size_t len, struct fault *f)
{
	(void)f;
	return buf_add(arg, bytes, len);
}

static enum err
on_end(void *arg, struct fault *f)
{
	(void)f;
	return buf_adds(arg, "\nend\n");
}

static enum err
parse(const char *type, const uint8_t *body, size_t len, size_t piece, struct buf *out)
{
	static const struct part_sink sink = { on_begin, on_data, on_end };
	struct arena *mem = arena_new();
	struct fault f = FAULT_NONE;
	struct multipart *m;
	enum err e = multipart_new(mem, type, &sink, out, &m, &f);

	for (size_t at = 0, n, room; !e && at < len; at += n) {
		char *to = multipart_room(m, &room);

		n = piece < len - at ? piece : len - at;
		n = n < room ? n : room;
		memcpy(to, body + at, n);
		e = multipart_feed(m, n, &f);
	}
	if (!e)
		e = multipart_finish(m, &f);
	arena_free(mem);
	return e;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *eol = size ? memchr(data, '\n', size) : NULL;
	struct buf whole = BUF_INIT(1 << 22), cut = BUF_INIT(1 << 22);
	char type[1024];
	size_t n;

	if (!eol || (n = (size_t)(eol - data)) >= sizeof(type))
		return 0;
	memcpy(type, data, n);
	type[n] = '\0';
	data += n + 1;
	size -= n + 1;
	if (!parse(type, data, size, size + 1, &whole)) {
		if (parse(type, data, size, size ? data[0] % 61 + 1 : 1, &cut) || cut.len != whole.len ||
		    (cut.len && memcmp(cut.data, whole.data, cut.len) != 0))
			abort();
	}
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
