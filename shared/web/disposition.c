/*
 * Content-Disposition as RFC 6266 has it: a plain ASCII name for everybody, and the real one in
 * filename*.
 */
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "web/wire.h"

const char *
disposition_text(struct arena *mem, bool attachment, const char *filename)
{
	const char *kind = attachment ? "attachment" : "inline";
	char *name = utf8_clean(mem, filename, strlen(filename), LIMIT_NAME_BYTES);
	char *ascii = arena_strdup(mem, name);
	bool plain = true;
	char *o = ascii;

	for (const char *p = name; *p; p++) {
		/*
		 * One sign for each character, not for each of its bytes. A percent sign misleads
		 * old browsers.
		 */
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue;
		if ((unsigned char)*p >= 0x80 || strchr("\"\\%/", *p)) {
			plain = false;
			*o++ = '_';
		} else {
			*o++ = *p;
		}
	}
	*o = '\0';
	if (!*ascii)
		return kind;
	if (plain)
		return arena_printf(mem, "%s; filename=\"%s\"", kind, ascii);
	return arena_printf(mem, "%s; filename=\"%s\"; filename*=UTF-8''%s", kind, ascii,
	    enc_percent(mem, name, "!#$&+^`|"));
}

void
answer_disposition(struct req *r, struct answer *a, bool attachment, const char *filename)
{
	answer_header(
	    r, a, "Content-Disposition", "%s", disposition_text(r->mem, attachment, filename));
}
