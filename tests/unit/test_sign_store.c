/*
 * Signatures of object stores against published vectors: the S3 API reference, the OSS document and its vendor's SDKs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/sign.h"
#include "base/digest.h"

#define EMPTY_SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define UNSIGNED "UNSIGNED-PAYLOAD"

static const char *
last_field(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	assert_non_null(p);
	return p + strlen(name);
}

/* --- AWS ---------------------------------------------------------------------------------------- */

static const struct sign_creds aws = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", NULL };

#define AWS_HOST { "host", "examplebucket.s3.amazonaws.com" }
#define AWS_DATE { "x-amz-date", "20130524T000000Z" }
#define SHA(x) { "x-amz-content-sha256", x }

static const struct {
	const char		*name, *method, *key, *payload, *signature;
	struct sign_pair	 header[6], query[3];
} aws_cases[] = {
	{ "A-1", "GET", "test.txt", EMPTY_SHA, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
	    { AWS_HOST, AWS_DATE, SHA(EMPTY_SHA), { "range", "bytes=0-9" } }, { { 0 } } },
	{ "A-2", "PUT", "test$file.text", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
	    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
	    { AWS_HOST, AWS_DATE, SHA("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
	    { "date", "Fri, 24 May 2013 00:00:00 GMT" }, { "x-amz-storage-class", "REDUCED_REDUNDANCY" } }, { { 0 } } },
	{ "A-3", "GET", "", EMPTY_SHA, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
	    { AWS_HOST, AWS_DATE, SHA(EMPTY_SHA) }, { { "lifecycle", "" } } },
	{ "A-4", "GET", "", EMPTY_SHA, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
	    { AWS_HOST, AWS_DATE, SHA(EMPTY_SHA) }, { { "prefix", "J" }, { "max-keys", "2" } } },
};

static size_t
count(const struct sign_pair *p, size_t max)
{
	size_t n = 0;

	while (n < max && p[n].name != NULL)
		n++;
	return n;
}

static void
aws_headers(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(aws_cases); i++) {
		struct sign_request r = { .method = aws_cases[i].method, .bucket = "examplebucket", .key = aws_cases[i].key,
		    .query = aws_cases[i].query, .nquery = count(aws_cases[i].query, 3),
		    .header = aws_cases[i].header, .nheader = count(aws_cases[i].header, 6), .payload = aws_cases[i].payload };

		print_message("%s\n", aws_cases[i].name);
		assert_string_equal(last_field(sign_s3(a, &aws, &r), "Signature="), aws_cases[i].signature);
	}
	arena_free(a);
}

static void
aws_presigned(void **state)
{
	const struct sign_pair host[] = { AWS_HOST };
	struct sign_request r = { .method = "GET", .bucket = "examplebucket", .key = "test.txt", .header = host, .nheader = 1 };
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(last_field(sign_s3_query(a, &aws, &r, 1369353600, 86400, NULL), "X-Amz-Signature="),
	    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	arena_free(a);
}

/* --- OSS V4 ------------------------------------------------------------------------------------- */

static const struct sign_creds oss = { "ak", "sk", "cn-hangzhou", NULL };
static const struct sign_creds box = { "ak", "sk", "cb-123", "oss-cloudbox" };

static const struct sign_pair common_query[] = {
	{ "param1", "value1" }, { "+param1", "value3" }, { "|param1", "value4" }, { "+param2", "" }, { "|param2", "" }, { "param2", "" },
};

static const struct {
	const char		*name;
	const struct sign_creds	*creds;
	const char		*date, *token, *additional, *signature;
} oss4_cases[] = {
	{ "V4-1", &oss, "20231216T162057Z", NULL, "", "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe" },
	{ "V4-2", &box, "20231216T162057Z", NULL, "", "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43" },
	{ "V4-3", &oss, "20231217T034736Z", "token", "", "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea" },
	{ "V4-4", &oss, "20231216T172512Z", NULL, "abc;zabc", "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f" },
};

static void
oss4_headers(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(oss4_cases); i++) {
		struct sign_pair h[] = {
			{ "x-oss-head1", "value" }, { "abc", "value" }, { "zabc", "value" }, { "xyz", "value" }, { "content-type", "text/plain" },
			{ "x-oss-content-sha256", UNSIGNED }, { "x-oss-date", oss4_cases[i].date }, { "x-oss-security-token", oss4_cases[i].token },
		};
		struct sign_request r = { .method = "PUT", .bucket = "bucket", .key = "1234+-/123/1.txt", .query = common_query,
		    .nquery = NELEM(common_query), .header = h, .nheader = NELEM(h) - (oss4_cases[i].token == NULL), .payload = UNSIGNED };

		print_message("%s\n", oss4_cases[i].name);
		assert_string_equal(last_field(sign_oss4(a, oss4_cases[i].creds, &r, oss4_cases[i].additional), "Signature="),
		    oss4_cases[i].signature);
	}
	arena_free(a);
}

static const struct {
	const char		*name;
	const struct sign_creds	*creds;
	int64_t			 now_s;
	const char		*token, *additional, *signature;
} oss4_url_cases[] = {
	{ "V4-5", &oss, 1702781677, NULL, "", "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe" },
	{ "V4-6", &oss, 1702785388, "token", "", "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5" },
	{ "V4-7", &oss, 1702783809, NULL, "abc;zabc", "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7" },
	{ "V4-8", &box, 1702781677, NULL, "abc;zabc", "07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f" },
	{ "V4-9", &box, 1702783809, NULL, "abc;zabc", "16782cc8a7a554523db055eb804b508522e7e370073108ad88ee2f47496701dd" },
};

static void
oss4_urls(void **state)
{
	static const struct sign_pair h[] = {
		{ "x-oss-head1", "value" }, { "abc", "value" }, { "zabc", "value" }, { "xyz", "value" }, { "content-type", "application/octet-stream" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(oss4_url_cases); i++) {
		struct sign_request r = { .method = "PUT", .bucket = "bucket", .key = "1234+-/123/1.txt", .query = common_query,
		    .nquery = NELEM(common_query), .header = h, .nheader = NELEM(h), .payload = UNSIGNED };

		print_message("%s\n", oss4_url_cases[i].name);
		assert_string_equal(last_field(sign_oss4_query(a, oss4_url_cases[i].creds, &r, oss4_url_cases[i].additional,
		    oss4_url_cases[i].now_s, 599, oss4_url_cases[i].token), "x-oss-signature="), oss4_url_cases[i].signature);
	}
	arena_free(a);
}

/* --- OSS V1 ------------------------------------------------------------------------------------- */

#define OLD_KEY "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV"
#define NEW_DATE "Wed, 28 Dec 2022 10:27:41 GMT"

static const struct {
	const char		*name, *secret, *method, *bucket, *key, *signature;
	struct sign_pair	 header[8], query[4];
} oss1_cases[] = {
	{ "V1-1", OLD_KEY, "PUT", "oss-example", "nelson", "26NBxoKdsyly4EDv6inkoDft/yA=",
	    { { "content-md5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=" }, { "content-type", "text/html" },
	    { "date", "Thu, 17 Nov 2005 18:49:58 GMT" }, { "x-oss-meta-author", "foo@bar.com" }, { "x-oss-magic", "abracadabra" } }, { { 0 } } },
	{ "V1-3", "sk", "PUT", "examplebucket", "nelson", "kSHKmLxlyEAKtZPkJhG9bZb5k7M=",
	    { { "content-md5", "eB5eJF1ptWaXm4bijSPyxw==" }, { "content-type", "text/html" }, { "date", NEW_DATE },
	    { "x-oss-date", NEW_DATE }, { "x-oss-meta-author", "alice" }, { "x-oss-meta-magic", "abracadabra" } }, { { 0 } } },
	{ "V1-4", "sk", "PUT", "examplebucket", "nelson", "/afkugFbmWDQ967j1vr6zygBLQk=",
	    { { "content-md5", "eB5eJF1ptWaXm4bijSPyxw==" }, { "content-type", "text/html" }, { "date", NEW_DATE },
	    { "x-oss-date", NEW_DATE }, { "x-oss-meta-author", "alice" }, { "x-oss-meta-magic", "abracadabra" } }, { { "acl", "" } } },
	{ "V1-5", "sk", "GET", "examplebucket", "", "vkQmfuUDyi1uDi3bKt67oemssIs=",
	    { { "date", NEW_DATE }, { "x-oss-date", NEW_DATE } }, { { "resourceGroup", "" }, { "non-resousce", "null" } } },
	{ "V1-6", "sk", "GET", "examplebucket", "", "x3E5TgOvl/i7PN618s5mEvpJDYk=",
	    { { "date", NEW_DATE }, { "x-oss-date", NEW_DATE } }, { { "resourceGroup", "" }, { "acl", "" }, { "prefix", "x" } } },
	{ "V1-10", "sk", "GET", "examplebucket", "example.jpg", "iqYEACoVccQFp1kupxF8ofGAmOY=",
	    { { "date", NEW_DATE } }, { { "x-oss-process", "image/resize,w_100" } } },
	{ "V1-13", "sk", "GET", "", "", "Dc7luctrodlm0ccBExyftBwH1rA=", { { "date", NEW_DATE } }, { { 0 } } },
	{ "V1-14", "sk", "GET", "examplebucket", "", "sBtBCZz4kHYnmKTlKyAFVLwQRMw=", { { "date", NEW_DATE } }, { { "prefix", "a/" } } },
	{ "V1-16", "sk", "POST", "examplebucket", "a.bin", "CCozmgWiARo3HZT+mj5ja5a7Z50=", { { "date", NEW_DATE } }, { { "uploads", "" } } },
	{ "V1-17", "sk", "PUT", "examplebucket", "a.bin", "HprV5mE3/5s6DZIXBqujEqEj25Y=", { { "date", NEW_DATE } },
	    { { "uploadId", "0004B9895DBBB6EC98E36" }, { "partNumber", "1" } } },
};

static void
oss1_headers(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(oss1_cases); i++) {
		const struct sign_creds c = { "ak", oss1_cases[i].secret, "", NULL };
		struct sign_request r = { .method = oss1_cases[i].method, .bucket = oss1_cases[i].bucket, .key = oss1_cases[i].key,
		    .query = oss1_cases[i].query, .nquery = count(oss1_cases[i].query, 4),
		    .header = oss1_cases[i].header, .nheader = count(oss1_cases[i].header, 8) };

		print_message("%s\n", oss1_cases[i].name);
		assert_string_equal(last_field(sign_oss1(a, &c, &r), "ak:"), oss1_cases[i].signature);
	}
	arena_free(a);
}

static const struct {
	const char		*name, *secret, *bucket, *key, *signature;
	int64_t			 expires_s;
	struct sign_pair	 query[3];
} oss1_url_cases[] = {
	{ "V1-7", "sk", "bucket", "key", "dcLTea+Yh9ApirQ8o8dOPqtvJXQ=", 1699807420, { { "versionId", "versionId" } } },
	{ "V1-8", "sk", "bucket", "key+123", "jzKYRrM5y6Br0dRFPaTGOsbrDhY=", 1699808204, { { "versionId", "versionId" }, { "security-token", "token" } } },
	{ "V1-9", OLD_KEY, "oss-example", "oss-api.pdf", "EwaNTn1erJGkimiJ9WmXgwnANLc=", 1141889120, { { 0 } } },
	{ "V1-11", "sk", "examplebucket", "example.jpg", "dZZ+SVjb+xFeCi5JdvKwbShNAlI=", 1699807420, { { "x-oss-process", "image/resize,w_100" } } },
	{ "V1-12", "sk", "examplebucket", "\xe7\x9b\xae\xe5\xbd\x95/\xe5\x9b\xbe\xe7\x89\x87.jpg", "dpWrdKSPvI6rbj2BVZFAWo1zEQo=", 1699807420,
	    { { "x-oss-process", "style/thumb" } } },
};

static void
oss1_urls(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < NELEM(oss1_url_cases); i++) {
		const struct sign_creds c = { "ak", oss1_url_cases[i].secret, "", NULL };
		struct sign_request r = { .method = "GET", .bucket = oss1_url_cases[i].bucket, .key = oss1_url_cases[i].key,
		    .query = oss1_url_cases[i].query, .nquery = count(oss1_url_cases[i].query, 3) };

		print_message("%s\n", oss1_url_cases[i].name);
		assert_string_equal(sign_oss1_query(a, &c, &r, oss1_url_cases[i].expires_s), oss1_url_cases[i].signature);
	}
	arena_free(a);
}

static void
crc64_vectors(void **state)
{
	static const struct { const char *text; uint64_t crc; } cases[] = {
		{ "", 0 }, { "123456789", UINT64_C(11051210869376104954) },
		{ "This is a test of the emergency broadcast system.", UINT64_C(2871916124362751090) },
		{ "hello world", UINT64_C(5981764153023615706) },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		for (size_t cut = 0; cut <= strlen(cases[i].text); cut++)
			assert_true(crc64(crc64(0, cases[i].text, cut), cases[i].text + cut, strlen(cases[i].text) - cut) == cases[i].crc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aws_headers),
		cmocka_unit_test(aws_presigned),
		cmocka_unit_test(oss4_headers),
		cmocka_unit_test(oss4_urls),
		cmocka_unit_test(oss1_headers),
		cmocka_unit_test(oss1_urls),
		cmocka_unit_test(crc64_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
