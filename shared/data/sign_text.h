/*
 * What the signatures share: canonical texts. Private to data/sign_*.c.
 */
#ifndef DATA_SIGN_TEXT_H
#define DATA_SIGN_TEXT_H

#include "base/digest.h"
#include "data/sign.h"

/* A copy of the pairs, sorted by name and then value, bytewise. */
struct sign_pair *sign_sorted(struct arena *a, const struct sign_pair *p, size_t n);

/* "a=1&b=" with names and values percent-encoded and sorted by encoded name. bare: a parameter without value has no "=" (OSS). */
const char *sign_query(struct arena *a, const struct sign_pair *p, size_t n, bool bare);

/* "name:value\n" for the headers that take(name, arg) wants, values trimmed, in the order given. */
const char *sign_headers(struct arena *a, const struct sign_pair *p, size_t n, bool (*take)(const char *name, const void *arg), const void *arg);

/* Their names, joined by ';'. */
const char *sign_names(struct arena *a, const struct sign_pair *p, size_t n, bool (*take)(const char *name, const void *arg), const void *arg);

/* Text a, then text b, in the arena. */
const char *sign_join(struct arena *a, const char *one, const char *two);

/* hex(HMAC) of text with the key that is derived from prefix + secret by date, region, product, terminator: the scheme both V4s share. */
const char *sign_v4(struct arena *a, const char *prefix, const struct sign_creds *c, const char *date8, const char *product,
    const char *terminator, const char *text);

/* "ALGORITHM\nDATE\nSCOPE\nhex(SHA256(canonical))" */
const char *sign_to_sign(struct arena *a, const char *algorithm, const char *date, const char *scope, const char *canonical);

/* Value of a header or parameter, or "". */
const char *sign_get(const struct sign_pair *p, size_t n, const char *name);

#endif
