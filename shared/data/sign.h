/*
 * Request signatures of object stores: AWS Signature Version 4, Alibaba OSS V1 and V4. Pure functions over text, so that the published
 * vectors test them. Sources: the S3 and OSS API references; the rules that differ are noted at each function.
 */
#ifndef DATA_SIGN_H
#define DATA_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* A header (name in small letters) or a query parameter (decoded). */
struct sign_pair {
	const char	*name;
	const char	*value;		/* "" when none */
};

struct sign_request {
	const char		*method;	/* "PUT" */
	const char		*bucket;	/* "" for the service itself */
	const char		*key;		/* decoded, without leading slash; "" for the bucket itself */
	bool			 path_style;	/* S3: is the bucket in the path? (OSS always signs it) */
	const struct sign_pair	*query;
	size_t			 nquery;
	const struct sign_pair	*header;	/* all that are sent and have a meaning: host, x-amz-*, x-oss-*, content-type, ... */
	size_t			 nheader;
	const char		*payload;	/* hex SHA-256 of the body, or "UNSIGNED-PAYLOAD" */
};

struct sign_creds {
	const char	*access_key, *secret_key;
	const char	*region;	/* "us-east-1", "cn-hangzhou"; not used by OSS V1 */
	const char	*product;	/* OSS V4: "oss"; NULL: that */
};

/* The value of the Authorization header, in the arena. Every header given is signed. x-amz-date must be among them. */
const char *sign_s3(struct arena *a, const struct sign_creds *c, const struct sign_request *r);

/* The query (without '?') of a presigned address, valid expires_s seconds from now_s. The headers given are signed: at least host. token: session token or NULL. */
const char *sign_s3_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, int64_t now_s, int64_t expires_s, const char *token);

/* OSS V4, header form: x-oss-date among the headers; host and other headers are not signed unless named in additional ("a;b", or ""). */
const char *sign_oss4(struct arena *a, const struct sign_creds *c, const struct sign_request *r, const char *additional);

/* OSS V4, URL form: the whole query. additional as above. token: STS token or NULL. */
const char *sign_oss4_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, const char *additional,
    int64_t now_s, int64_t expires_s, const char *token);

/* OSS V1, header form: "OSS AK:SIGNATURE". The headers content-md5, content-type, date and x-oss-* count. */
const char *sign_oss1(struct arena *a, const struct sign_creds *c, const struct sign_request *r);

/* OSS V1, URL form: the signature alone (base64, not percent-encoded), valid until expires_at_s. */
const char *sign_oss1_query(struct arena *a, const struct sign_creds *c, const struct sign_request *r, int64_t expires_at_s);

/* "20130524T000000Z" (16 characters and a NUL). */
#define SIGN_DATE_SIZE 17
void	 sign_date(int64_t now_s, char out[SIGN_DATE_SIZE]);

/* The path of a request line: "/bucket/key" or "/key", percent-encoded once. */
const char *sign_path(struct arena *a, const struct sign_request *r, bool with_bucket);

#endif
