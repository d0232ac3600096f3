/*
 * Sidecars. Format 1; readers skip what they do not know.
 */
#include "app/sidecar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/enc.h"

static void
key_of(const char *id, char key[STORE_KEY_SIZE])
{
	snprintf(key, STORE_KEY_SIZE, "p/%s.json", id);
}

static json_t *
to_json(const struct picture_row *p)
{
	char blob[SHA256_HEX], uploader[2 * UPLOADER_BYTES + 1];

	enc_hex(p->blob, sizeof(p->blob), blob);
	enc_hex(p->uploader, sizeof(p->uploader), uploader);
	return json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:b, s:I, s:i, s:I, s:I, s:s}",
	    "tintype", 1, "id", p->id, "blob", blob, "owner", (json_int_t)p->owner, "uploader", uploader,
	    "name", p->name, "title", p->title, "visibility", (int)p->visibility, "format", fmt_name(p->src.fmt),
	    "width", (int)p->src.width_px, "height", (int)p->src.height_px, "frames", (int)p->src.frames,
	    "orientation", p->src.orientation, "alpha", p->src.alpha, "bytes", (json_int_t)p->src.bytes,
	    "quality", p->quality, "created", (json_int_t)p->created_s, "taken", (json_int_t)p->taken_s, "address", p->address);
}

static enum err
put_json(struct app *app, const char *key, json_t *j, struct fault *f)
{
	char *s = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	enum err e = s != NULL ? store_put_mem(app->store, key, s, strlen(s), f) :
	    fault_set(f, ERR_INTERNAL, "%s could not be written as JSON", key);

	free(s);
	json_decref(j);
	return e;
}

enum err
sidecar_write(struct app *app, const struct picture_row *p, struct fault *f)
{
	char key[STORE_KEY_SIZE];

	key_of(p->id, key);
	return put_json(app, key, to_json(p), f);
}

enum err
tombstone_write(struct app *app, const char *id, int64_t deleted_s, struct fault *f)
{
	char key[STORE_KEY_SIZE];

	snprintf(key, sizeof(key), "t/%s", id);
	return put_json(app, key, json_pack("{s:i, s:s, s:I}", "tintype", 1, "id", id, "deleted", (json_int_t)deleted_s), f);
}

enum err
sidecar_delete(struct app *app, const char *id, struct fault *f)
{
	char key[STORE_KEY_SIZE];

	key_of(id, key);
	return store_delete(app->store, key, f);
}
