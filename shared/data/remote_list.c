/*
 * Listing a bucket, a thousand keys at a time. S3 and OSS share the second version of the call and its XML.
 */
#include "data/remote.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

int64_t
remote_time_s(const char *s)
{
	static const int days[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y, mo, d, h, mi, sec, leap;

	if (strlen(s) < 19 || !num_parse(s, 4, 1970, 9999, &y) || !num_parse(s + 5, 2, 1, 12, &mo) || !num_parse(s + 8, 2, 1, 31, &d) ||
	    !num_parse(s + 11, 2, 0, 23, &h) || !num_parse(s + 14, 2, 0, 59, &mi) || !num_parse(s + 17, 2, 0, 60, &sec))
		return 0;
	leap = (mo > 2 ? y : y - 1);
	leap = leap / 4 - leap / 100 + leap / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
	return (((y - 1970) * 365 + leap + days[mo - 1] + d - 1) * 24 + h) * 3600 + mi * 60 + sec;
}

static enum err
each_of_page(struct arena *a, const char *text, store_each *each, void *arg, struct fault *f)
{
	const char *object;
	enum err e = ERR_OK;

	while (e == ERR_OK && (object = remote_element(a, &text, "Contents")) != NULL) {
		const char *at = object, *key = remote_xml(a, &at, "Key"), *when, *bytes;
		int64_t size;

		at = object;
		when = remote_xml(a, &at, "LastModified");
		at = object;
		bytes = remote_xml(a, &at, "Size");
		if (key == NULL || bytes == NULL || !num_parses(bytes, 0, INT64_MAX, &size))
			return fault_set(f, ERR_STORE, "the listing of the bucket is not understood");
		e = each(key, (off_t)size, when != NULL ? remote_time_s(when) : 0, arg);
	}
	return e;
}

enum err
remote_list(struct remote *r, const char *prefix, store_each *each, void *arg, struct fault *f)
{
	char token[1024] = "";
	bool more = true;
	enum err e = ERR_OK;

	while (more && e == ERR_OK) {
		struct remote_ask q = REMOTE_ASK("GET", "");
		struct arena *a = arena_new();
		struct fetch_answer out;
		const char *at, *next;

		remote_query(&q, "list-type", "2");
		remote_query(&q, "max-keys", "1000");
		remote_query(&q, "prefix", prefix);
		if (*token != '\0')
			remote_query(&q, "continuation-token", token);
		if ((e = remote_ask(r, &q, &out, f)) == ERR_OK) {
			e = each_of_page(a, buf_str(&out.text), each, arg, f);
			at = buf_str(&out.text);
			next = remote_xml(a, &at, "NextContinuationToken");
			more = next != NULL && *next != '\0';
			if (more)
				snprintf(token, sizeof(token), "%s", next);
		}
		buf_free(&out.text);
		arena_free(a);
	}
	return e;
}
