/*
 * Encodings: hex, base64, base64url, percent, and the escapes of JSON-free text.
 */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

/* Lower-case hex; out holds 2 * len + 1 bytes. */
void	 enc_hex(const void *data, size_t len, char *out);

/* Exactly 2 * len hex digits of either case into len bytes; false otherwise. */
bool	 dec_hex(const char *s, size_t slen, void *out, size_t len) MUST_USE;

/* base64url without padding, in the arena. */
char	*enc_b64url(struct arena *a, const void *data, size_t len) MUST_USE;

/* Standard base64 with padding, in the arena. */
char	*enc_b64(struct arena *a, const void *data, size_t len) MUST_USE;

/* Standard and URL alphabet, padding optional, no white space. Returns the number of bytes in out (at most cap) or -1. */
ssize_t	 dec_b64(const char *s, size_t slen, void *out, size_t cap) MUST_USE;

/* Percent-encode everything but A-Za-z0-9-._~ and the bytes in keep (may be ""). */
char	*enc_percent(struct arena *a, const char *s, const char *keep) MUST_USE;

/* Decode %XX in place semantics into out (cap bytes, NUL added). plus: '+' is a space. Returns the length, or -1 for a broken escape, a decoded NUL, or no room. */
ssize_t	 dec_percent(const char *s, size_t slen, bool plus, char *out, size_t cap) MUST_USE;

/* Is s valid UTF-8 (no surrogates, no overlongs, at most U+10FFFF)? */
bool	 utf8_valid(const char *s, size_t len) MUST_USE;

/* A copy of s that is valid UTF-8: invalid bytes become U+FFFD, control bytes are dropped, at most max bytes without cutting a character. */
char	*utf8_clean(struct arena *a, const char *s, size_t len, size_t max) MUST_USE;

#endif
