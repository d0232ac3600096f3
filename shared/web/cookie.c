/*
 * Cookies, in and out.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "web/wire.h"

bool
cookie_name_ok(const char *s)
{
	return header_name_ok(s);
}

bool
cookie_value_ok(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || strchr("\",;\\", *s))
			return false;
	return true;
}

bool
cookie_find(const char *header, const char *name, const char **out, size_t *len)
{
	size_t want = strlen(name), n;
	const char *p = header;

	while (*p) {
		p += strspn(p, "; \t");
		n = strcspn(p, ";");
		if (n > want && p[want] == '=' && strncmp(p, name, want) == 0) {
			*len = n - want - 1;
			*out = text_trim(p + want + 1, len);
			if (*len >= 2 && (*out)[0] == '"' && (*out)[*len - 1] == '"') {
				++*out;
				*len -= 2;
			}
			return true;
		}
		p += n;
	}
	return false;
}

void
answer_cookie(struct req *r, struct answer *a, const char *name, const char *value,
    int64_t max_age_s, const char *path)
{
	const char *base = r->tr->conf.base_path, *age = "";

	if (!cookie_name_ok(name) || !cookie_value_ok(value)) {
		fault_set(&r->fault, ERR_INTERNAL, "cookie %s cannot be sent", name);
		return;
	}
	if (max_age_s >= 0)
		age = arena_printf(r->mem, "; Max-Age=%lld", (long long)max_age_s);
	answer_header(r, a, "Set-Cookie", "%s=%s; Path=%s%s%s; HttpOnly; SameSite=Lax%s", name,
	    value, base, path && *path ? path : "/", age, r->https ? "; Secure" : "");
}
