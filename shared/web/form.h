/*
 * Request bodies: multipart/form-data as a stream of events in constant memory, and urlencoded forms.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "web/http.h"

/*
 * One part's head. Strings live in the arena; filename NULL: a plain field, "": a file field that was left empty. name and filename
 * are valid UTF-8, control bytes removed, filename without folders and at most LIMIT_NAME_BYTES.
 */
struct part {
	const char	*name;
	const char	*filename;
	const char	*type;			/* its Content-Type, "" when none */
};

/* Called in order begin, data*, end for each part. An error from any of them ends the reading and is returned. */
struct part_sink {
	enum err	(*begin)(void *arg, const struct part *p, struct fault *f);
	enum err	(*data)(void *arg, const void *bytes, size_t len, struct fault *f);
	enum err	(*end)(void *arg, struct fault *f);
};

/* The parser alone, fed with bytes: for tests and fuzzing. */
struct multipart;
enum err multipart_new(struct arena *mem, const char *content_type, const struct part_sink *sink, void *arg, struct multipart **out, struct fault *f) MUST_USE;
char	*multipart_room(struct multipart *m, size_t *room);	/* where the next bytes go; *room, at least 1, how many */
enum err multipart_feed(struct multipart *m, size_t len, struct fault *f) MUST_USE;	/* so many were put there */
enum err multipart_finish(struct multipart *m, struct fault *f) MUST_USE;	/* ERR_BADREQ when the last boundary is missing */

/* Reads the whole body of r through a parser. */
enum err form_read_multipart(struct req *r, const struct part_sink *sink, void *arg) MUST_USE;

/* Fields of a urlencoded body (at most LIMIT_FORM_BYTES), or the non-file fields of a multipart body. */
struct form {
	struct param	*field;
	size_t		 n;
};
enum err form_read(struct req *r, struct form *out) MUST_USE;

/* Parse a urlencoded text; also used for queries. First LIMIT_FORM_FIELDS fields; more is ERR_TOOBIG. */
enum err form_parse(struct arena *mem, const char *s, size_t len, struct form *out, struct fault *f) MUST_USE;

/* The first value of a field, or NULL. form_each: the i-th value of all with that name, or NULL. */
const char *form_get(const struct form *fm, const char *name);
const char *form_each(const struct form *fm, const char *name, size_t i);

/* Is the content type multipart/form-data? urlencoded? */
bool	 form_is_multipart(const struct req *r);
bool	 form_is_urlencoded(const struct req *r);

#endif
