/*
 * Strict numbers: digits only, the whole string, within the range. No white
 * space, no plus sign, no octal; a leading zero is just a zero.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/defs.h"

/* Decimal of len bytes in [min, max]; '-' only when min < 0. false (and *out untouched) for anything else. */
bool num_parse(const char *s, size_t len, int64_t min, int64_t max, int64_t *out) MUST_USE;

/* The same for a NUL-terminated string. */
bool num_parses(const char *s, int64_t min, int64_t max, int64_t *out) MUST_USE;

/* "64k", "20M", "1G" (binary, either case) or plain bytes. */
bool num_parse_bytes(const char *s, int64_t min, int64_t max, int64_t *out) MUST_USE;

#endif
