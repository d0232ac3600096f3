/*
 * The one place that knows libcurl. It is loaded when a remote store is opened: with all it brings along it would make every worker
 * half as large again, and a CGI program slower to start, where no store is remote.
 */
#include "data/fetch.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/fdio.h"
#include "base/num.h"

#define TEXT_MAX	(4 << 20)	/* listings of a thousand keys have less */
#define SLOW_BYTES_S	1024
#define PIECE_BYTES	65536L	/* read at once */
#define WAIT_MS		1000	/* libcurl's own time limits end a wait before */

/* What we use of the library, by its own names. */
#define FUNCTIONS(F) \
	F(curl_global_init) F(curl_easy_init) F(curl_easy_cleanup) F(curl_easy_reset) F(curl_easy_setopt) F(curl_easy_pause) F(curl_easy_strerror) \
	F(curl_multi_init) F(curl_multi_cleanup) F(curl_multi_add_handle) F(curl_multi_remove_handle) F(curl_multi_perform) \
	F(curl_multi_poll) F(curl_multi_info_read) F(curl_slist_append) F(curl_slist_free_all)

static struct {
#define F(name) __typeof__(&(name)) name;
	FUNCTIONS(F)
#undef F
} lib;

#undef curl_easy_setopt		/* the checking macro knows only the function itself */

/* One request on its way. */
struct transfer {
	CURL			*curl;
	struct fetch_ask	 ask;
	struct fetch_answer	*out;
	struct sha256		*hash;
	off_t			 sent;
	bool			 paused;
	bool			 first;		/* the first piece is there, and wanted at once: what came with it waits */
	enum err		 mine;		/* a failure of our own side */
	struct fault		*f;
	struct curl_slist	*headers;
	char			 why[CURL_ERROR_SIZE];
	char			*piece;		/* room for the first, not in to_fd yet */
};

/* The connection is kept by multi. */
struct fetch {
	CURL			*curl;
	CURLM			*multi;
	struct fetch_conf	 conf;
	int			 sock;		/* the last that was opened; it may be closed, or another's by now */
	bool			 busy;
	bool			 set;		/* curl has the options that every request has */
	struct transfer		 now;
	char			 piece[CURL_MAX_WRITE_SIZE];
};

static enum err
load(struct fault *f)
{
	static void *handle;

	if (handle != NULL)
		return ERR_OK;
	if ((handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL)) == NULL)
		return fault_set(f, ERR_INTERNAL, "libcurl is needed for a remote store: %s", dlerror());
#define F(name) \
	if ((lib.name = (__typeof__(lib.name))dlsym(handle, #name)) == NULL) \
		return fault_set(f, ERR_INTERNAL, "libcurl lacks " #name);
	FUNCTIONS(F)
#undef F
	return ERR_OK;
}

enum err
fetch_open(const struct fetch_conf *c, struct fetch **out, struct fault *f)
{
	struct fetch *ft;
	enum err e = load(f);

	if (e != ERR_OK)
		return e;
	ft = calloc(1, sizeof(*ft));
	if (ft == NULL || lib.curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (ft->curl = lib.curl_easy_init()) == NULL ||
	    (ft->multi = lib.curl_multi_init()) == NULL) {
		fetch_close(ft);
		return fault_set(f, ERR_NOMEM, "libcurl cannot be started");
	}
	ft->conf = *c;
	ft->sock = -1;
	*out = ft;
	return ERR_OK;
}

void
fetch_close(struct fetch *ft)
{
	if (ft == NULL)
		return;
	if (ft->busy)
		fetch_stop(ft);
	if (ft->curl != NULL)
		lib.curl_easy_cleanup(ft->curl);
	if (ft->multi != NULL)
		lib.curl_multi_cleanup(ft->multi);
	free(ft);
}

static size_t
on_send(char *to, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	off_t left = t->ask.body_len - t->sent;
	size_t take = size * n, got = 0;

	if ((off_t)take > left)
		take = (size_t)left;
	if (t->ask.body_fd < 0) {
		memcpy(to, (const char *)t->ask.body + t->sent, take);
		got = take;
	} else if ((t->mine = fd_pread_all(t->ask.body_fd, to, take, t->ask.body_off + t->sent, &got, t->f)) != ERR_OK) {
		return CURL_READFUNC_ABORT;
	}
	t->out->crc64 = crc64(t->out->crc64, to, got);
	t->sent += (off_t)got;
	return got;
}

/* libcurl goes back to the start when a kept connection turned out to be dead. */
static int
on_seek(void *arg, curl_off_t off, int origin)
{
	struct transfer *t = arg;

	if (origin != SEEK_SET || off != 0)
		return CURL_SEEKFUNC_CANTSEEK;
	t->sent = 0;
	t->out->crc64 = 0;
	return CURL_SEEKFUNC_OK;
}

static enum err
open_to(struct transfer *t)
{
	if (t->ask.to_open == NULL)
		return ERR_OK;
	if ((t->mine = t->ask.to_open(t->ask.to_arg, &t->ask.to_fd, t->f)) == ERR_OK)
		t->ask.to_open = NULL;
	return t->mine;
}

static bool
keep(struct transfer *t, const char *data, size_t len)
{
	if ((t->mine = fd_write_all(t->ask.to_fd, data, len, t->f)) != ERR_OK)
		return false;
	t->out->got += (int64_t)len;
	sha256_add(t->hash, data, len);
	return true;
}

/* Who waits for the first bytes need not wait until they are kept. */
static void
lend(struct transfer *t, const char *data, size_t len)
{
	memcpy(t->piece, data, len);
	t->out->piece = t->piece;
	t->out->npiece = len;
}

static bool
keep_lent(struct transfer *t)
{
	size_t len = t->out->npiece;

	t->out->piece = NULL;
	t->out->npiece = 0;
	return len == 0 || keep(t, t->piece, len);
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n;

	if (t->first) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (t->out->status / 100 == 2 && open_to(t) != ERR_OK)
		return 0;
	if (t->ask.to_fd < 0 || t->out->status / 100 != 2) {
		t->mine = buf_add(&t->out->text, data, len);
		return t->mine == ERR_OK ? len : 0;
	}
	if (t->ask.rest && t->out->status != 206) {
		t->mine = fault_set(t->f, ERR_STORE, "the whole came where the rest was asked for");
		return 0;
	}
	t->first = t->ask.early && t->out->got == 0 && len <= CURL_MAX_WRITE_SIZE;
	if (t->first)
		lend(t, data, len);
	else if (!keep(t, data, len))
		return 0;
	if (!t->ask.early)
		return len;
	/* libcurl would go on as long as there is something to read; of what it has it passes 16 KB at a time. */
	t->paused = t->first || lib.curl_easy_pause(t->curl, CURLPAUSE_RECV) == CURLE_OK;
	return t->paused ? len : 0;
}

/* "Name: value\r\n" copied without its end when it is that name. */
static void
take_header(const char *line, size_t len, const char *name, char *to, size_t room)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return;
	line += n + 1;
	len -= n + 1;
	while (len > 0 && (*line == ' ' || *line == '"')) {
		line++;
		len--;
	}
	while (len > 0 && strchr("\r\n \"", line[len - 1]) != NULL)
		len--;
	snprintf(to, room, "%.*s", (int)len, line);
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct fetch_answer *out = t->out;
	size_t len = size * n;
	char number[24] = "";

	if (len > 9 && strncmp(line, "HTTP/", 5) == 0) {
		const char *code = memchr(line, ' ', len);

		out->status = code != NULL ? strtol(code, NULL, 10) : 0;
		out->length = -1;
	}
	take_header(line, len, "etag", out->etag, sizeof(out->etag));
	take_header(line, len, "date", out->date, sizeof(out->date));
	take_header(line, len, "x-oss-hash-crc64ecma", out->crc_header, sizeof(out->crc_header));
	take_header(line, len, "x-amz-meta-sha256", out->sha_header, sizeof(out->sha_header));
	take_header(line, len, "x-oss-meta-sha256", out->sha_header, sizeof(out->sha_header));
	take_header(line, len, "content-length", number, sizeof(number));
	if (*number != '\0' && !num_parses(number, 0, INT64_MAX, &out->length))
		out->length = -1;
	return len;
}

static struct curl_slist *
header_list(const char *const *header)
{
	struct curl_slist *list = lib.curl_slist_append(NULL, "Expect:"), *more;

	for (; list != NULL && header != NULL && *header != NULL; header++) {
		if ((more = lib.curl_slist_append(list, *header)) == NULL)
			lib.curl_slist_free_all(list);
		list = more;
	}
	return list;
}

static int
on_socket(void *arg, curl_socket_t s, curlsocktype purpose)
{
	struct fetch *ft = arg;

	(void)purpose;
	ft->sock = s;
	return CURL_SOCKOPT_OK;
}

/*
 * A server that does not set TCP_NODELAY (radosgw, unless told so) keeps the end of its answer back until we say that we have what came before,
 * and on a connection that was used before we would say so 40 ms later. The kernel forgets this wish after a while.
 */
static void
hurry(const struct fetch *ft)
{
	int on = 1;

	if (ft->sock >= 0)
		(void)setsockopt(ft->sock, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

/* What every request has. */
static void
set_common(struct fetch *ft)
{
	struct transfer *t = &ft->now;
	CURL *c = ft->curl;

	if (ft->set)
		return;
	ft->set = true;
	lib.curl_easy_reset(c);	/* options only; the connection stays */
	lib.curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
	lib.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	lib.curl_easy_setopt(c, CURLOPT_BUFFERSIZE, PIECE_BYTES);
	lib.curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
	lib.curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, ft);
	lib.curl_easy_setopt(c, CURLOPT_PROXY, "");
	lib.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);	/* what was signed is what is sent */
	lib.curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)ft->conf.connect_ms);
	lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_S);
	lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(ft->conf.stall_ms + 999) / 1000);
	lib.curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ft->conf.total_ms);
	lib.curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	lib.curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	lib.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	lib.curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	if (*ft->conf.ca_file != '\0')
		lib.curl_easy_setopt(c, CURLOPT_CAINFO, ft->conf.ca_file);
}

static void
set_up(struct fetch *ft)
{
	struct transfer *t = &ft->now;
	const struct fetch_ask *ask = &t->ask;
	CURL *c = ft->curl;

	set_common(ft);
	ft->set = false;
	lib.curl_easy_setopt(c, CURLOPT_URL, ask->url);
	lib.curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, ask->method);
	lib.curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
	if (strcmp(ask->method, "HEAD") == 0)
		lib.curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (ask->body_fd < 0 && ask->body == NULL)
		return;
	lib.curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	lib.curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)ask->body_len);
	lib.curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
	lib.curl_easy_setopt(c, CURLOPT_READDATA, t);
	lib.curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	lib.curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
}

/* Everything up to here failed before a byte of the request left. */
static bool
never_left(CURLcode code)
{
	return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SSL_CONNECT_ERROR ||
	    code == CURLE_PEER_FAILED_VERIFICATION;
}

/* With early: is there something that was not there before? */
static bool
has_news(const struct transfer *t, int64_t before)
{
	return t->out->npiece > 0 || t->out->got > before;
}

/* Do what can be done now; wait for more when that was nothing. CURL_LAST: not at its end yet. */
static CURLcode
step(struct fetch *ft)
{
	int64_t before = ft->now.out->got;
	int running = 0, left;
	CURLMsg *msg;
	CURLMcode m = lib.curl_multi_perform(ft->multi, &running);

	hurry(ft);
	if (running > 0 && open_to(&ft->now) != ERR_OK)
		return CURLE_WRITE_ERROR;
	if (m == CURLM_OK && running > 0 && !has_news(&ft->now, before))
		m = lib.curl_multi_poll(ft->multi, NULL, 0, WAIT_MS, NULL);
	if (m != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	while ((msg = lib.curl_multi_info_read(ft->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			return msg->data.result;
	return CURL_LAST;
}

static void
end(struct fetch *ft)
{
	struct transfer *t = &ft->now;

	lib.curl_multi_remove_handle(ft->multi, ft->curl);
	lib.curl_slist_free_all(t->headers);
	sha256_end(t->hash, t->out->sha256);
	t->out->open = false;
	ft->busy = false;
}

/* What was kept back comes at once, and may pause it again. */
static CURLcode
unpause(struct transfer *t)
{
	CURLcode code;

	t->paused = t->first = false;
	code = lib.curl_easy_pause(t->curl, CURLPAUSE_CONT);
	return code == CURLE_OK ? CURL_LAST : code;
}

/* Until all is there, or with early something that it did not have before. */
static enum err
go_on(struct fetch *ft, bool *sent, struct fault *f)
{
	struct transfer *t = &ft->now;
	int64_t before = t->out->got;
	CURLcode code = CURL_LAST;

	t->f = f;
	if (!keep_lent(t))
		code = CURLE_WRITE_ERROR;
	else if (t->paused && t->out->got == before)
		code = unpause(t);
	while (code == CURL_LAST && !(t->ask.early && has_news(t, before)))
		code = step(ft);
	if (code != CURL_LAST && !keep_lent(t))
		code = CURLE_WRITE_ERROR;
	*sent = !never_left(code);
	t->out->open = code == CURL_LAST;
	if (t->out->open)
		return ERR_OK;
	end(ft);
	if (t->mine != ERR_OK)
		return fault_set(f, t->mine, "an answer could not be kept");
	if (code == CURLE_OK)
		return ERR_OK;
	return fault_set(f, ERR_STORE, "%s", *t->why != '\0' ? t->why : lib.curl_easy_strerror(code));
}

enum err
fetch_run(struct fetch *ft, const struct fetch_ask *ask, struct fetch_answer *out, bool *sent, struct fault *f)
{
	assert(!ft->busy);
	ft->now = (struct transfer){ .curl = ft->curl, .ask = *ask, .out = out, .piece = ft->piece, .f = f };
	memset(out, 0, sizeof(*out));
	out->length = -1;
	out->text = (struct buf)BUF_INIT(TEXT_MAX);
	*sent = false;
	if ((ft->now.headers = header_list(ask->header)) == NULL)
		return fault_set(f, ERR_NOMEM, "no memory for a request");
	ft->now.hash = sha256_new();
	set_up(ft);
	ft->busy = true;
	if (lib.curl_multi_add_handle(ft->multi, ft->curl) != CURLM_OK) {
		end(ft);
		return fault_set(f, ERR_NOMEM, "no memory for a request");
	}
	hurry(ft);
	return go_on(ft, sent, f);
}

enum err
fetch_more(struct fetch *ft, struct fault *f)
{
	bool sent;

	assert(ft->busy);
	return go_on(ft, &sent, f);
}

void
fetch_prepare(struct fetch *ft)
{
	if (!ft->busy)
		set_common(ft);
}

void
fetch_stop(struct fetch *ft)
{
	assert(ft->busy);
	end(ft);
}
