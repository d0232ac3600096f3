/*
 * Objects in parts: begun, sent part by part from the descriptor, then put together; given up as a whole when a part fails for good, so that
 * nothing half-sent is paid for.
 */
#include "data/remote.h"

#include <stdio.h>
#include <string.h>

static enum err
begin(struct remote *r, struct arena *a, const char *key, const char **id, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("POST", key);
	struct fetch_answer out;
	const char *at;
	enum err e;

	q.query[q.nquery++] = (struct sign_pair){ "uploads", "" };
	q.body = "";
	e = remote_ask(r, &q, &out, f);
	at = buf_str(&out.text);
	if (e == ERR_OK && (*id = remote_xml(a, &at, "UploadId")) == NULL)
		e = fault_set(f, ERR_STORE, "%s began no upload in parts", r->host);
	buf_free(&out.text);
	return e;
}

static enum err
send_part(struct remote *r, const char *key, const char *id, int number, int fd, off_t off, off_t len, struct buf *list, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("PUT", key);
	struct fetch_answer out;
	char text[16];
	enum err e;

	snprintf(text, sizeof(text), "%d", number);
	q.query[q.nquery++] = (struct sign_pair){ "partNumber", text };
	q.query[q.nquery++] = (struct sign_pair){ "uploadId", id };
	q.body_fd = fd;
	q.body_off = off;
	q.body_len = len;
	if ((e = remote_ask(r, &q, &out, f)) == ERR_OK)
		e = buf_printf(list, "<Part><PartNumber>%d</PartNumber><ETag>\"%s\"</ETag></Part>", number, out.etag);
	buf_free(&out.text);
	return e;
}

/* S3 may answer 200 and tell the failure in the body. */
static enum err
finish(struct remote *r, struct arena *a, const char *key, const char *id, const struct buf *list, struct fault *f)
{
	struct remote_ask q = REMOTE_ASK("POST", key);
	struct fetch_answer out;
	const char *at, *code;
	enum err e;

	q.query[q.nquery++] = (struct sign_pair){ "uploadId", id };
	q.body = buf_str(list);
	q.body_len = (off_t)list->len;
	e = remote_ask(r, &q, &out, f);
	at = buf_str(&out.text);
	if (e == ERR_OK && strstr(at, "<Error>") != NULL && (code = remote_xml(a, &at, "Code")) != NULL)
		e = fault_set(f, ERR_STORE, "%s could not put the parts together: %s", r->host, code);
	buf_free(&out.text);
	return e;
}

static void
give_up(struct remote *r, const char *key, const char *id)
{
	struct remote_ask q = REMOTE_ASK("DELETE", key);
	struct fault ignored = FAULT_NONE;
	struct fetch_answer out;

	q.query[q.nquery++] = (struct sign_pair){ "uploadId", id };
	(void)!remote_ask(r, &q, &out, &ignored);
	buf_free(&out.text);
}

enum err
remote_put_parts(struct remote *r, const char *key, int fd, off_t size, struct fault *f)
{
	struct arena *a = arena_new();
	struct buf list = BUF_INIT(4 << 20);
	const char *id = NULL;
	int number = 1;
	enum err e;

	if ((e = begin(r, a, key, &id, f)) == ERR_OK)
		e = buf_adds(&list, "<CompleteMultipartUpload>");
	for (off_t off = 0; e == ERR_OK && off < size; off += REMOTE_PART_BYTES, number++) {
		off_t len = size - off < REMOTE_PART_BYTES ? size - off : REMOTE_PART_BYTES;

		e = send_part(r, key, id, number, fd, off, len, &list, f);
	}
	if (e == ERR_OK && (e = buf_adds(&list, "</CompleteMultipartUpload>")) == ERR_OK)
		e = finish(r, a, key, id, &list, f);
	if (e != ERR_OK && id != NULL)
		give_up(r, key, id);
	buf_free(&list);
	arena_free(a);
	return e;
}
