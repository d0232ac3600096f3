/*
 * A FastCGI program over web/ alone: says what it got. For check-fcgi.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/enc.h"
#include "web/fcgi.h"
#include "web/form.h"

static int reloads, requests;

static enum err
say(struct req *r, struct answer *a)
{
	json_t *m = req_json(r, json_pack("{s:s, s:s, s:s, s:s, s:I, s:b, s:i, s:i, s:b}", "method", r->method_text, "path", r->path,
	    "query", r->query, "client", r->remote_addr, "length", (json_int_t)r->content_length, "chunked", (int)r->chunked,
	    "requests", requests, "reloads", reloads, "cgi", (int)transport_is_cgi(r->tr)));
	char *s = json_dumps(m, 0);

	answer_text(r, a, 200, "application/json", arena_strdup(r->mem, s));
	free(s);
	return ERR_OK;
}

static enum err
hash_body(struct req *r, struct answer *a)
{
	uint8_t sum[SHA256_BYTES];
	char hex[SHA256_HEX];
	char *chunk = arena_alloc(r->mem, 65536);
	struct sha256 *h = sha256_new();
	size_t got = 0;
	enum err e;

	req_body_limit(r, 300 << 20);
	while (!(e = req_body_read(r, chunk, 65536, &got)) && got)
		sha256_add(h, chunk, got);
	sha256_end(h, sum);
	if (e)
		return e;
	enc_hex(sum, sizeof(sum), hex);
	answer_text(r, a, 200, "text/plain", arena_strdup(r->mem, hex));
	return ERR_OK;
}

struct files {
	struct buf	 text;
	int64_t		 bytes;
};

static enum err
file_begin(void *arg, const struct part *p, struct fault *f)
{
	struct files *fs = arg;

	(void)f;
	fs->bytes = 0;
	return buf_printf(&fs->text, "%s %s ", p->name, p->filename ? p->filename : "-");
}

static enum err
file_data(void *arg, const void *bytes, size_t len, struct fault *f)
{
	(void)bytes;
	(void)f;
	((struct files *)arg)->bytes += (int64_t)len;
	return ERR_OK;
}

static enum err
file_end(void *arg, struct fault *f)
{
	struct files *fs = arg;

	(void)f;
	return buf_printf(&fs->text, "%lld\n", (long long)fs->bytes);
}

static enum err
count_files(struct req *r, struct answer *a)
{
	static const struct part_sink sink = { file_begin, file_data, file_end };
	struct files fs = { .text = BUF_INIT(65536) };
	enum err e;

	req_body_limit(r, 300 << 20);
	if (!(e = form_read_multipart(r, &sink, &fs)))
		answer_text(r, a, 200, "text/plain", arena_strdup(r->mem, buf_str(&fs.text)));
	buf_free(&fs.text);
	return e;
}

/* ?path=: a file, streamed. */
static enum err
send_file(struct req *r, struct answer *a)
{
	a->kind = BODY_INTERNAL;
	a->internal_path = req_param(r, "path");
	a->type = "application/octet-stream";
	return ERR_OK;
}

static enum err
answer(struct req *r, struct answer *a)
{
	static const struct { const char *path; enum err (*run)(struct req *r, struct answer *a); } places[] = {
		{ "/say", say }, { "/hash", hash_body }, { "/files", count_files }, { "/send", send_file },
	};

	for (size_t i = 0; i < NELEM(places); i++)
		if (strcmp(r->path, places[i].path) == 0)
			return places[i].run(r, a);
	return fault_set(&r->fault, ERR_NOTFOUND, "no such place");
}

static void
refuse(struct req *r, struct answer *a, enum err e)
{
	*a = (struct answer){ .fd = -1 };
	answer_text(r, a, err_status(e), "text/plain", arena_printf(r->mem, "%s: %s\n", err_name(e), r->fault.why));
}

int
main(void)
{
	struct transport_conf conf = { .base_path = "" };
	struct fault f = FAULT_NONE;
	struct arena *mem = arena_new();
	struct transport *t;
	struct req r;
	enum err e;

	transport_hold_signals();
	if (getenv("ECHO_STARTS_MS") != NULL)
		poll(NULL, 0, atoi(getenv("ECHO_STARTS_MS")));
	if (transport_open(&conf, &t, &f)) {
		fprintf(stderr, "%s\n", f.why);
		return 1;
	}
	while (transport_next(t, mem, &r, &e)) {
		struct answer a = { .fd = -1 };
		int64_t sent;

		requests++;
		reloads += transport_reload(t);
		if (e || (e = answer(&r, &a)))
			refuse(&r, &a, e);
		if ((e = transport_send(t, &r, &a, &sent, &r.fault)) && sent < 0) {
			refuse(&r, &a, e);
			if (transport_send(t, &r, &a, &sent, &r.fault))
				fprintf(stderr, "not sent: %s\n", r.fault.why);
		}
		transport_finish(t);
		arena_reset(mem);
	}
	transport_close(t);
	arena_free(mem);
	return 0;
}
