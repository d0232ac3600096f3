/*
 * Alibaba OSS signatures. V4 is AWS's with differences: the bucket is always in the path, a parameter without value has
 * no "=", and only x-oss-*, content-type, content-md5 and the named additional headers are signed. V1 is the older HMAC-SHA1 over a few lines.
 */
#include "data/sign_text.h"

#include <string.h>

#include "base/enc.h"

#define ALGORITHM	"OSS4-HMAC-SHA256"
#define TERMINATOR	"aliyun_v4_request"

static bool
is_additional(const char *name, const void *arg)
{
	const char *list = arg;
	size_t n = strlen(name);

	for (; *list != '\0'; list += strcspn(list, ";") + (list[strcspn(list, ";")] == ';'))
		if (strcspn(list, ";") == n && memcmp(list, name, n) == 0)
			return true;
	return false;
}

static bool
is_oss(const char *name)
{
	return strncmp(name, "x-oss-", 6) == 0;
}

static bool
is_signed4(const char *name, const void *arg)
{
	return is_oss(name) || strcmp(name, "content-type") == 0 || strcmp(name, "content-md5") == 0 || is_additional(name, arg);
}

static const char *
scope_of(struct arena *a, const struct sign_creds *c, const char *date)
{
	return arena_printf(a, "%.8s/%s/%s/" TERMINATOR, date, c->region, c->product != NULL ? c->product : "oss");
}

static const char *
canonical4(struct arena *a, const struct sign_request *r, const struct sign_pair *h, const char *query, const char *additional)
{
	return arena_printf(a, "%s\n%s\n%s\n%s\n%s\n%s", r->method, sign_path(a, r, true), query,
	    sign_headers(a, h, r->nheader, is_signed4, additional), sign_names(a, h, r->nheader, is_additional, additional), r->payload);
}

static const char *
signature4(struct arena *a, const struct sign_creds *c, const char *date, const char *text)
{
	return sign_v4(a, "aliyun_v4", c, arena_strndup(a, date, 8), c->product != NULL ? c->product : "oss", TERMINATOR,
	    sign_to_sign(a, ALGORITHM, date, scope_of(a, c, date), text));
}

const char *
sign_oss4(struct arena *a, const struct sign_creds *c, const struct sign_request *r, const char *additional)
{
	const struct sign_pair *h = sign_sorted(a, r->header, r->nheader);
	const char *date = sign_get(h, r->nheader, "x-oss-date"), *names = sign_names(a, h, r->nheader, is_additional, additional);
	const char *text = canonical4(a, r, h, sign_query(a, r->query, r->nquery, true), additional);

	return arena_printf(a, ALGORITHM " Credential=%s/%s,%s%s%sSignature=%s", c->access_key, scope_of(a, c, date),
	    *names != '\0' ? "AdditionalHeaders=" : "", names, *names != '\0' ? "," : "", signature4(a, c, date, text));
}

const char *
sign_oss4_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, const char *additional,
    int64_t now_s, int64_t expires_s, const char *token)
{
	const struct sign_pair *h = sign_sorted(a, r->header, r->nheader);
	struct sign_pair *q = arena_calloc(a, r->nquery + 6, sizeof(*q));
	const char *names = sign_names(a, h, r->nheader, is_additional, additional), *query;
	char date[SIGN_DATE_SIZE];
	size_t n = r->nquery;

	sign_date(now_s, date);
	if (n > 0)
		memcpy(q, r->query, n * sizeof(*q));
	q[n++] = (struct sign_pair){ "x-oss-signature-version", ALGORITHM };
	q[n++] = (struct sign_pair){ "x-oss-credential", arena_printf(a, "%s/%s", c->access_key, scope_of(a, c, date)) };
	q[n++] = (struct sign_pair){ "x-oss-date", arena_strdup(a, date) };
	q[n++] = (struct sign_pair){ "x-oss-expires", arena_printf(a, "%lld", (long long)expires_s) };
	if (*names != '\0')
		q[n++] = (struct sign_pair){ "x-oss-additional-headers", names };
	if (token != NULL && *token != '\0')
		q[n++] = (struct sign_pair){ "x-oss-security-token", token };
	query = sign_query(a, q, n, true);
	return arena_printf(a, "%s&x-oss-signature=%s", query, signature4(a, c, date, canonical4(a, r, h, query, additional)));
}

/* The parameters that V1 signs (SDK of the vendor, and its document); all else of a query is free. */
static const char *const sub_resources[] = {
	"acl", "append", "asyncFetch", "bucketInfo", "callback", "callback-var", "cname", "comp", "continuation-token", "cors", "delete",
	"encryption", "endTime", "group", "img", "inventory", "inventoryId", "lifecycle", "link", "live", "location", "logging", "metaQuery",
	"objectInfo", "objectMeta", "partNumber", "policy", "position", "qos", "qosInfo", "referer", "regionList", "replication",
	"replicationLocation", "replicationProgress", "requestPayment", "resourceGroup", "response-cache-control",
	"response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
	"response-expires", "restore", "security-token", "sequential", "startTime", "stat", "status", "style", "styleName", "symlink",
	"tagging", "transferAcceleration", "uploadId", "uploads", "versionId", "versioning", "versions", "vod", "website", "worm",
	"wormExtend", "wormId",
};

static bool
is_sub_resource(const char *name)
{
	for (size_t i = 0; i < NELEM(sub_resources); i++)
		if (strcmp(name, sub_resources[i]) == 0)
			return true;
	return is_oss(name);
}

/* "/bucket/key?acl&x=1", all decoded. */
static const char *
resource(struct arena *a, const struct sign_request *r)
{
	const struct sign_pair *q = sign_sorted(a, r->query, r->nquery);
	const char *out = *r->bucket != '\0' ? arena_printf(a, "/%s/%s", r->bucket, r->key) : "/";
	bool first = true;

	for (size_t i = 0; i < r->nquery; i++) {
		if (!is_sub_resource(q[i].name))
			continue;
		out = arena_printf(a, "%s%c%s%s%s", out, first ? '?' : '&', q[i].name, *q[i].value != '\0' ? "=" : "", q[i].value);
		first = false;
	}
	return out;
}

static bool
is_signed1(const char *name, const void *arg)
{
	(void)arg;
	return is_oss(name);
}

static const char *
signature1(struct arena *a, const struct sign_creds *c, const struct sign_request *r, const char *date)
{
	const struct sign_pair *h = sign_sorted(a, r->header, r->nheader);
	const char *text = arena_printf(a, "%s\n%s\n%s\n%s\n%s%s", r->method, sign_get(h, r->nheader, "content-md5"),
	    sign_get(h, r->nheader, "content-type"), date, sign_headers(a, h, r->nheader, is_signed1, NULL), resource(a, r));
	uint8_t mac[SHA1_BYTES];

	hmac_sha1(c->secret_key, strlen(c->secret_key), text, strlen(text), mac);
	return enc_b64(a, mac, sizeof(mac));
}

const char *
sign_oss1(struct arena *a, const struct sign_creds *c, const struct sign_request *r)
{
	return arena_printf(a, "OSS %s:%s", c->access_key, signature1(a, c, r, sign_get(r->header, r->nheader, "date")));
}

const char *
sign_oss1_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, int64_t expires_at_s)
{
	return signature1(a, c, r, arena_printf(a, "%lld", (long long)expires_at_s));
}
