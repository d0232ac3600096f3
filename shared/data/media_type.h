/*
 * The type of an object for whoever reads the bucket without us: what Content-Type it is stored with.
 */
#ifndef DATA_MEDIA_TYPE_H
#define DATA_MEDIA_TYPE_H

#include <stddef.h>

/* By the first bytes: "image/jpeg" ..., "application/octet-stream" for all else. 16 bytes are enough. Static text. */
#define MEDIA_TYPE_HEAD 16
const char *media_type(const void *head, size_t len);

#endif
