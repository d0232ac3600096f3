/*
 * Every fixed cap of the project in one place. What an operator may change is an
 * option (data/conf.c); what stands here bounds even that.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* LIMIT(name, value, unit, doc): walked by the manual. */
#define LIMITS(LIMIT) \
	LIMIT(LIMIT_PATH_BYTES,		3200,		"bytes",	"path of a request, percent-encoded: room for the longest key") \
	LIMIT(LIMIT_QUERY_BYTES,	4096,		"bytes",	"query of a request") \
	LIMIT(LIMIT_QUERY_PARAMS,	32,		"count",	"parameters of a query") \
	LIMIT(LIMIT_STEPS_BYTES,	1024,		"bytes",	"x-oss-process value, decoded") \
	LIMIT(LIMIT_STEPS,		24,		"count",	"operations in one list of steps") \
	LIMIT(LIMIT_PIPES,		5,		"count",	"commands between | in one x-oss-process") \
	LIMIT(LIMIT_FORM_BYTES,		65536,		"bytes",	"urlencoded form without a picture") \
	LIMIT(LIMIT_FORM_FIELDS,	1200,		"count",	"fields of a form") \
	LIMIT(LIMIT_FIELD_BYTES,	8192,		"bytes",	"value of one form field") \
	LIMIT(LIMIT_PART_HEADER_BYTES,	4096,		"bytes",	"header block of one multipart part") \
	LIMIT(LIMIT_PARTS,		1000,		"count",	"parts of one multipart body") \
	LIMIT(LIMIT_NAME_BYTES,		200,		"bytes",	"file name that is kept of an upload") \
	LIMIT(LIMIT_TITLE_BYTES,	400,		"bytes",	"title of a picture") \
	LIMIT(LIMIT_COOKIE_BYTES,	4096,		"bytes",	"Cookie header") \
	LIMIT(LIMIT_TEMPLATE_BYTES,	262144,		"bytes",	"one template file") \
	LIMIT(LIMIT_PAGE_BYTES,		4194304,	"bytes",	"one rendered page") \
	LIMIT(LIMIT_TEMPLATE_DEPTH,	32,		"count",	"nesting of sections and partials") \
	LIMIT(LIMIT_CACHE_VALUE_BYTES,	65536,		"bytes",	"value in memcached") \
	LIMIT(LIMIT_SIDE_PX,		30000,		"pixels",	"side of a picture, whatever is configured") \
	LIMIT(LIMIT_OUT_SIDE_PX,	16384,		"pixels",	"side of a variant") \
	LIMIT(LIMIT_OUT_PIXELS,		16777216,	"pixels",	"area of a resized variant") \
	LIMIT(LIMIT_AVIF_AT_ONCE_PX,	480000,		"pixels",	"AVIF that is made while the visitor waits; larger ones are made in the background") \
	LIMIT(LIMIT_HEIC_AT_ONCE_PX,	160000,		"pixels",	"HEIC that is made while the visitor waits; larger ones are made in the background") \
	LIMIT(LIMIT_PAGE_SIZE,		100,		"count",	"pictures on one page of a list") \
	LIMIT(LIMIT_SANDBOX_FDS,	8,		"count",	"descriptors passed with one job")

enum {
#define LIMIT(name, value, unit, doc) name = value,
	LIMITS(LIMIT)
#undef LIMIT
};

#endif
