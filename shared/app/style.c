/*
 * Styles, looked up through memcached like rows, but for seconds only: an administrator who changes one wants to see it.
 */
#include "app/style.h"

#include <string.h>

#include "app/stmt.h"
#include "base/buf.h"

#define STYLE_TTL_S 10
#define STYLE_NAME_CHARS 63

/* What could be a style's name at all; nothing else bothers the database. */
static bool
name_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= STYLE_NAME_CHARS && strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static enum err
find(struct app *app, struct arena *a, const char *name, const char **content, struct fault *f)
{
	struct buf b = BUF_INIT(LIMIT_STEPS_BYTES);
	const char *key = arena_printf(a, "style:%s", name);
	struct db_result res;
	enum err e = ERR_OK;

	if (!name_ok(name)) {
		e = fault_set(f, ERR_NOSTYLE, "The style you get is not found.");
	} else if (cache_get(app->cache, key, &b) && b.len > 0) {
		*content = arena_strndup(a, b.data, b.len);
	} else if ((e = DB_RUN(app->db, a, STMT_STYLE_GET, &res, f, DB_STR(name))) == ERR_OK) {
		if (res.rows == 0) {
			e = fault_set(f, ERR_NOSTYLE, "The style you get is not found.");
		} else {
			*content = db_text(&res, 0, 0);
			cache_set(app->cache, key, *content, strlen(*content), STYLE_TTL_S);
		}
	}
	buf_free(&b);
	return e;
}

enum err
style_expand(struct app *app, struct arena *a, const char *name, struct spec **out, struct fault *f)
{
	struct spec *sp = arena_alloc(a, sizeof(*sp));
	const char *content = "";
	enum err e;

	if ((e = find(app, a, name, &content, f)) || (e = spec_parse(content, strlen(content), sp, f)))
		return e;
	if (*sp->style != '\0' || *sp->saveas != '\0')
		return fault_set(f, ERR_BADSPEC, "style %s may hold image/ steps only", name);
	*out = sp;
	return ERR_OK;
}

enum err
style_expand_text(struct app *app, struct arena *a, const char *text, struct spec **out, struct fault *f)
{
	struct spec *sp = arena_alloc(a, sizeof(*sp));
	char *whole = arena_alloc(a, LIMIT_STEPS_BYTES + 1);
	const char *content = "";
	enum err e;

	if ((e = spec_parse(text, strlen(text), sp, f)) || (e = find(app, a, sp->style, &content, f)) ||
	    (e = spec_expand(text, strlen(text), content, whole, f)) || (e = spec_parse(whole, strlen(whole), sp, f)))
		return e;
	*out = sp;
	return ERR_OK;
}
