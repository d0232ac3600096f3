/*
 * Stores by their names; store.mirror is a list of them.
 */
#include "data/conf.h"

#include <string.h>

#define BETWEEN ", "

enum err
conf_store_find(const char *s, size_t len, enum conf_store *out, struct fault *f)
{
	for (int i = 0; conf_store_names[i] != NULL; i++) {
		if (strlen(conf_store_names[i]) == len && strncmp(conf_store_names[i], s, len) == 0) {
			*out = (enum conf_store)i;
			return ERR_OK;
		}
	}
	return fault_set(f, ERR_BADREQ, "\"%.*s\" is none of local, s3, oss, local_b, s3_b, oss_b", (int)(len < 40 ? len : 40), s);
}

enum err
conf_mirrors(const struct conf *c, enum conf_store out[CONF_STORE__MAX], size_t *n, struct fault *f)
{
	bool seen[CONF_STORE__MAX] = { false };
	const char *s = c->store_mirror != NULL ? c->store_mirror : "";
	enum err e;

	*n = 0;
	for (s += strspn(s, BETWEEN); *s != '\0'; s += strspn(s, BETWEEN)) {
		size_t len = strcspn(s, BETWEEN);
		enum conf_store which = STORE_LOCAL;

		struct fault why = FAULT_NONE;

		if ((e = conf_store_find(s, len, &which, &why)) != ERR_OK)
			return fault_set(f, e, "store.mirror: %s", why.why);
		if (which == (enum conf_store)c->store_primary)
			return fault_set(f, ERR_BADREQ, "store.mirror: %s is the primary", conf_store_names[which]);
		if (seen[which])
			return fault_set(f, ERR_BADREQ, "store.mirror: %s stands there twice", conf_store_names[which]);
		seen[which] = true;
		out[(*n)++] = which;
		s += len;
	}
	return ERR_OK;
}
